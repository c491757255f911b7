"""Variables: scopes, precedence, nesting, types (what a template becomes)."""

from __future__ import annotations

from conformance.case import Case, case, item
from conformance.harness import Compare

CASES = [
    case("var-collection", item(url="@BASE@/{{a}}"), variables={"a": "c"}),
    case("var-environment-over-collection", item(url="@BASE@/{{a}}"), variables={"a": "c"}, environment={"a": "e"}),
    case("var-collection-over-globals", item(url="@BASE@/{{a}}"), variables={"a": "c"}, globals={"a": "g"}),
    case(
        "var-data-over-environment",
        item(url="@BASE@/{{a}}"),
        environment={"a": "e"},
        data=[{"a": "d1"}, {"a": "d2"}],
    ),
    case(
        "var-local-over-data",
        item("one", "@BASE@/1/{{a}}", pre="pm.variables.set('a', 'local')"),
        item("two", "@BASE@/2/{{a}}"),
        data=[{"a": "d1"}, {"a": "d2"}],
    ),
    case(
        "var-local-persists-over-iterations",
        item("one", "@BASE@/1/{{a}}", test="if (pm.info.iteration === 0) pm.variables.set('a', 'set');"),
        args=("-n", "2"),
    ),
]


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)

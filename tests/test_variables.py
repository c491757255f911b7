"""Scopes and templates. Expected texts were checked against JavaScript and postman-collection."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.collection import Header, RequestSpec, Variable, VariableSet
from runner.parse.url import parse_url, render_url
from runner.templating import Resolver
from runner.variables import Scopes, VariableScope, number_text, to_text


def scope(*rows: Variable) -> VariableScope:
    return VariableScope(VariableSet("id", None, rows))


def scopes(**given: object) -> Scopes:
    def of(name: str) -> VariableScope:
        values = given.get(name, {})
        assert isinstance(values, dict)
        return scope(*(Variable(key, value) for key, value in values.items()))

    data = given.get("data", {})
    assert isinstance(data, dict)
    return Scopes(of("globals"), of("environment"), of("collection"), of("local"), data)


def test_precedence() -> None:
    names = ["local", "data", "environment", "collection", "globals"]
    for index, winner in enumerate(names):
        found = scopes(**{name: {"x": name} for name in names[index:]})
        assert Resolver(found).text("{{x}}") == winner


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{user-id}} {{a.b}} {{with space}}", "dash dot space"),
        ("{{{{inner}}}}", "outer value"),
        ("{{ s }}", "{{ s }}"),
        ("{{S}}", "{{S}}"),
        ("{% raw %}{# c #}{{s}}", "{% raw %}{# c #}v"),
        (
            "{{null}}|{{true}}|{{int}}|{{float}}|{{list}}|{{object}}",
            "null|true|9007199254740993|1.5|1,,a|[object Object]",
        ),
        ("{{missing}}", "{{missing}}"),
        ("{{}}", "{{}}"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    found = scopes(
        environment={
            "user-id": "dash", "a.b": "dot", "with space": "space", "inner": "name", "name": "outer value", "s": "v",
            "null": None, "true": True, "int": 9007199254740993, "float": 1.5, "list": [1, None, "a"], "object": {},
        }
    )  # fmt: skip
    assert Resolver(found).text(template) == expected


def test_a_variable_that_names_itself_ends_after_nineteen_rounds() -> None:
    assert Resolver(scopes(globals={"loop": "{{loop}}x"})).text("{{loop}}") == "{{loop}}" + "x" * 19


def test_a_plain_null_of_the_data_is_no_value() -> None:
    assert Resolver(scopes(data={"x": None})).text("{{x}}") == "{{x}}"


def test_unresolved_names_are_remembered_in_order() -> None:
    resolver = Resolver(scopes(globals={"known": "1"}))
    resolver.text("{{b}}{{known}}{{a}}{{b}}")
    assert list(resolver.unresolved) == ["b", "a"]


def test_dynamic_variables_are_new_each_time_and_hidden_by_a_variable() -> None:
    one, two = Resolver(scopes()).text("{{$guid}} {{$guid}}").split()
    assert one != two
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one)
    assert Resolver(scopes(globals={"$guid": "mine"})).text("{{$guid}}") == "mine"


def test_the_last_enabled_row_wins() -> None:
    rows = scope(Variable("a", "1"), Variable("a", "2"), Variable("a", "3", enabled=False))
    assert rows.find("a") == Variable("a", "2")
    rows.set("a", "4")
    assert [row.value for row in rows.snapshot().values] == ["1", "4", "3"]
    rows.unset("a")
    assert [(row.value, row.enabled) for row in rows.snapshot().values] == [("3", False)]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("string", 12, "12"),
        ("boolean", "false", "true"),
        ("number", " 7 ", "7"),
        ("number", "x", "NaN"),
        ("array", "[1, 2]", "1,2"),
        ("object", '{"a": 1}', "[object Object]"),
        ("array", "no json", ""),
        ("secret", "s", "s"),
        ("default", None, "null"),
    ],
)
def test_types_cast_as_in_postman(kind: str, value: object, text: str) -> None:
    found = scopes()
    found.environment = scope(Variable("x", value, kind))
    assert found.text("x") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"), (1e21, "1e+21"), (1e-7, "1e-7"), (0.000001, "0.000001"), (1.5e300, "1.5e+300"), (-0.0, "0"),
        (123456789012345680000.0, "123456789012345680000"), (float("inf"), "Infinity"), (1.25e-6, "0.00000125"),
    ],
)  # fmt: skip
def test_numbers_as_javascript_prints_them(value: float, text: str) -> None:
    assert number_text(value) == text


@given(st.integers())
def test_integers_stay_exact(value: int) -> None:
    assert Resolver(scopes(data={"x": value})).text("{{x}}") == str(value)


NO_NAMES = st.text().filter(lambda text: "{{" not in text)


@given(NO_NAMES, NO_NAMES)
def test_text_without_known_names_stays_byte_for_byte(before: str, after: str) -> None:
    text = before + "{{nobody knows}}" + after
    assert Resolver(scopes()).text(text) == text


def test_a_variable_may_hold_any_part_of_a_url() -> None:
    spec = RequestSpec(parse_url("{{base}}/:id?q={{q}}"), headers=(Header("{{h}}", "{{q}}"),))
    resolved = Resolver(scopes(globals={"base": "https://h:1/p?x=1", "q": "a&b", "h": "X"})).request(spec, None)
    assert render_url(resolved.url) == "https://h:1/p?x=1/:id?q=a&b"
    assert resolved.headers == (Header("X", "a&b"),)


def test_text_of_undefined_and_nested_lists() -> None:
    assert to_text([[1, 2], [None, True]]) == "1,2,,true"

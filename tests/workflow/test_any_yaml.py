"""Whatever a workflow file holds, it is read or refused in a sentence."""

# ruff: noqa: E501  (tables)

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.workflow.load import load_workflow
from support.refusal import attempt

PATIENT = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
_KEYS = st.sampled_from(
    (
        *(
            "version",
            "name",
            "collection",
            "collections",
            "variables",
            "steps",
            "run",
            "branches",
            "foreach",
            "in",
            "as",
            "when",
        ),
        *(
            "capture",
            "expect",
            "retry",
            "until",
            "overrides",
            "headers",
            "body",
            "query",
            "path",
            "json",
            "status",
            "id",
        ),
        *("on_failure", "attempts", "delay", "timeout", "after", "needs", "equals", "matches", "jsonpath", "message"),
    )
)
_VALUES = st.none() | st.booleans() | st.integers(-2, 300) | st.text(max_size=8) | st.sampled_from(
    ["{{ a }}", "{{ a", "stop", "continue", "$.a[0]", "$..[", "1s", "c.json", "c/Get user", "a and b", "(", "*"]
)  # fmt: skip
TREES = st.recursive(
    _VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=4), inner, max_size=4),
    max_leaves=14,
)
STEPS = st.lists(st.dictionaries(_KEYS, TREES, max_size=4), max_size=3)
LINES = st.lists(
    st.sampled_from(["steps:", "- run: a", "  - run: b", "  capture:", "    x: $.y", "&a", "*a", "<<: *a", "? k", "!!x y", "{", "["])
    | st.text(max_size=8),
    max_size=10,
).map("\n".join)  # fmt: skip


def refused_or_read(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "w.workflow.yaml")
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        workflow, said = attempt(lambda: load_workflow(str(file)))
        assert (workflow is None) == said.startswith(str(file))


@PATIENT
@given(st.dictionaries(_KEYS, TREES, max_size=6), STEPS)
def test_any_members_are_read_or_refused_in_a_sentence(members: dict[str, Any], steps: list[Any]) -> None:
    refused_or_read(json.dumps({"version": 1, "collection": "c.json", **members, "steps": steps}))


@PATIENT
@given(LINES | st.text(max_size=80))
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    refused_or_read(text)

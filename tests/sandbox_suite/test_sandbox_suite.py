"""postman-sandbox's own unit tests, in real Node and in htrun's sandbox."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.newman import NoNode, node_directory
from sandbox_suite import suite


@pytest.mark.conformance
def test_what_holds_in_node_holds_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fails if a test of upstream's fails here only, and if one that expected.json lists does not."""
    try:
        node_directory()
        folder = suite.prepare(suite.checkout(tmp_path), tmp_path)
    except (NoNode, suite.NoTests) as missing:
        pytest.skip(str(missing))
    node, ours = suite.run(folder), suite.run(folder, suite.DRIVER)
    with capsys.disabled():
        for name, results in {"Node": node, "htrun": ours}.items():
            sys.stdout.write(f"\npostman-sandbox's tests in {name}: {suite.passed(results)} of {len(results)} pass\n")
    assert suite.passed(node) > 300, "Node itself fails: the tests are not those of the packages"
    found = suite.disagreements(node, ours, suite.expected())
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_the_packages_are_those_that_the_bundle_is_built_from() -> None:
    assert suite.version(suite.HERE) == suite.version(Path(__file__).parents[2] / "runner/scripting/js")


@pytest.mark.parametrize(
    ("node", "ours", "known", "found"),
    [
        pytest.param({"a": None, "b": "x"}, {"a": None, "b": "x"}, {}, [], id="the same"),
        pytest.param({"a": None}, {"a": "broke"}, {}, ["fails: a\n    broke"], id="a new failure"),
        pytest.param({"a": "x"}, {"a": None}, {}, [], id="only Node fails"),
        pytest.param({"a": None}, {}, {}, ["did not run: a"], id="a test that did not run"),
        pytest.param({"a": None}, {"a": "broke"}, {"a": "why"}, [], id="an expected difference"),
    ],
)
def test_disagreements(node: suite.Results, ours: suite.Results, known: dict[str, str], found: list[str]) -> None:
    assert suite.disagreements(node, ours, known) == found


def test_expected_differences_do_not_outlive_their_reason() -> None:
    gone, cured = suite.disagreements({"a": None}, {"a": None}, {"a": "why", "b": "why"})[::-1]
    assert gone.endswith("expected.json: b")
    assert cured.endswith("expected.json: a")

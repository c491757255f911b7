"""What pytest finds in collections and workflow files, and when it looks for them at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_plugin.conftest import OK, Project, nodes, request
from runner.opening.source import WORKFLOW_FILES
from runner.parse.remote import DEFINITIONS
from runner.pytest_plugin.names import DEFINITION, RESOURCES, SUFFIXES

pytest_plugins = ("pytester",)


def test_each_request_is_a_test_and_nothing_is_sent(project: Project) -> None:
    folder = {"name": "Users", "item": [request("Create"), request("Get"), request("Get")]}
    project.collection("apis/shop", folder, request("Ping"))
    result = project.pytest("apis", "--collect-only", "-q")
    file = "apis/shop.postman_collection.json"
    assert nodes(result) == [f"{file}::{name}" for name in ("Users/Create", "Users/Get[1]", "Users/Get[2]", "Ping")]
    assert project.sent() == []


def test_names_that_mean_something_to_pytest(project: Project) -> None:
    inner = {"name": "a", "item": [request("b")]}
    file = project.collection("odd", request("x::y [z]"), request("a/b"), inner, request("two\nlines"))
    found = nodes(project.pytest(file, "--collect-only", "-q"))
    assert found == [f"{file}::{name}" for name in ("x:y [z]", "a/b[1]", "a/b[2]", "two\\nlines")]
    for node in found:
        project.pytest(node)
        assert project.outcomes() == [(node, "passed")]
        assert project.sent() == ["/json"]


@pytest.mark.parametrize(
    ("ini", "arguments", "count"),
    [
        ("", [], 0),
        ("", ["."], 2),
        ("", ["apis"], 2),
        ("", ["apis/shop.postman_collection.json::A"], 1),
        ("", ["other"], 0),
        ("testpaths = apis", [], 0),
        ("testpaths = apis\nhtrun_collect = all", [], 2),
        ("htrun_collect = all", [], 2),
        ("htrun_collect = none", ["apis"], 0),
    ],
)
def test_only_what_the_command_line_names_unless_the_ini_file_says_otherwise(
    project: Project, ini: str, arguments: list[str], count: int
) -> None:
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    project.write("other/test_python.py", "def test_it(): pass\n")
    project.collection("apis/shop", request("A"), request("B"))
    found = nodes(project.pytest("--collect-only", "-q", *arguments))
    assert len([node for node in found if "test_python" not in node]) == count


def test_any_collection_file_that_is_named_itself(project: Project) -> None:
    name = project.collection("shop", request("A"))
    (project.path / name).rename(project.path / "api.json")
    project.write("data.json", '{"A": 1}')
    assert nodes(project.pytest("--collect-only", "-q", "api.json")) == ["api.json::A"]
    assert nodes(project.pytest("--collect-only", "-q", ".")) == []


def test_the_names_are_those_of_the_command_line() -> None:
    """They are written down twice: starting pytest loads nothing of htrun that it can do without."""
    assert SUFFIXES[1:] == WORKFLOW_FILES
    assert tuple(f"{RESOURCES}/{name}" for name in DEFINITION) == DEFINITIONS


def test_a_wrong_value_of_htrun_collect(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nhtrun_collect = some\n")
    result = project.pytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "htrun_collect is named or all or none, not 'some'" in result.stderr.str()


def test_what_is_wrong_with_a_file_is_said_in_a_sentence(project: Project) -> None:
    project.write("apis/broken.postman_collection.json", '{"info": {,')
    project.write("apis/flow.workflow.yaml", "collection: shop.postman_collection.json\nsteps:\n  - run: Nothing\n")
    project.collection("apis/shop", request("A"))
    result = project.pytest("apis")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "*ERROR collecting apis/broken.postman_collection.json*",
            "*broken.postman_collection.json:1:11: is not valid JSON*",
            "*ERROR collecting apis/flow.workflow.yaml*",
            '*flow.workflow.yaml:3: there is no folder or request "Nothing" in the collection*',
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*reading.py*")


def test_a_workflow_is_collected_without_the_network(project: Project) -> None:
    project.write("a.workflow.yaml", f"collection: {project.server.url}/collection\nsteps: [{{run: A}}]\n")
    result = project.pytest("a.workflow.yaml")
    result.stdout.fnmatch_lines(["*is not in a file: pytest collects what can be read without the network"])
    assert project.sent() == []


def test_tags_are_marks(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\naddopts = --strict-markers\n")
    file = project.collection(
        "tags", request("A", description="Checks it. #Smoke"), {"name": "F #slow", "item": [request("B")]}, request("C")
    )
    assert nodes(project.pytest(file, "--collect-only", "-q", "-m", "smoke")) == [f"{file}::A"]
    assert nodes(project.pytest(file, "--collect-only", "-q", "-m", "not (smoke or slow)")) == [f"{file}::C"]
    assert nodes(project.pytest(file, "--collect-only", "-q", "-m", "htrun", "-k", "slow")) == [f"{file}::F #slow/B"]


def test_the_tags_skip_and_xfail_mean_what_they_mean_in_pytest(project: Project) -> None:
    bad = 'pm.test("no", () => pm.expect(1).to.eql(2))'
    file = project.collection(
        "tags", request("Later", "/later", description="#skip"), request("Known", test=bad, description="#xfail")
    )
    result = project.pytest(file)
    assert result.ret == 0
    assert result.parseoutcomes() == {"skipped": 1, "xfailed": 1}
    assert project.sent() == ["/json"]


def test_a_collection_v3(project: Project) -> None:
    project.write("apis/shop/.resources/definition.yaml", "$kind: collection\nname: Shop\n")
    text = "$kind: http-request\nname: %s\nurl: '{{base}}/json'\nmethod: GET\n"
    project.write("apis/shop/Users/Get.request.yaml", text % "Get")
    project.write("apis/shop/Ping.request.yaml", text % "Ping")
    definition = "apis/shop/.resources/definition.yaml"
    expected = [f"{definition}::Ping", f"{definition}::Users/Get"]
    for arguments in (["apis"], ["apis/shop"], [definition]):
        assert nodes(project.pytest("--collect-only", "-q", *arguments)) == expected
    project.pytest(f"{definition}::Users/Get")
    assert project.outcomes() == [(expected[1], "passed")]


def test_a_line_for_editors(project: Project) -> None:
    file = project.collection("shop", request("A"), request("B", test='pm.test("t", () => { throw Error("no"); })'))
    lines = (project.path / file).read_text().splitlines()
    result = project.pytest(file, "--tb=line")
    at = next(number for number, line in enumerate(lines, 1) if "no" in line and "throw" in line)
    result.stdout.fnmatch_lines([f"{file}:{at}: t: no"])


def test_starting_pytest_loads_nothing_of_htrun_but_the_plugin(project: Project) -> None:
    project.write("conftest.py", "")
    project.write("test_it.py", "import sys\ndef test_it():\n    print('LOADED', *sorted(sys.modules))\n")
    project.collection("shop", request("A", test=OK))
    loaded = next(line for line in project.pytest("-rP").outlines if line.startswith("LOADED")).split()
    ours = {name for name in loaded if name.partition(".")[0] == "runner"}
    assert ours == {
        "runner",
        *(f"runner.pytest_plugin{part}" for part in ("", ".hooks", ".fixtures", ".names", ".options")),
    }
    assert not {"click", "requests", "jinja2", "rich", "yaml", "py_mini_racer"} & set(loaded)


def test_an_older_pytest_is_left_alone() -> None:
    code = "import pytest; pytest.version_tuple = (7, 4, 4); import runner.pytest_plugin as it; print(*dir(it))"
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert "pytest_" not in ran.stdout.replace("pytest_plugin", "")

"""``--htrun-snapshot``: the shapes that the command keeps, as a check of each test; and the bounds of the command."""

from __future__ import annotations

import json

import pytest

from pytest_plugin.conftest import REPORTS, Project, request
from support.server import Answer, Received

pytest_plugins = ("pytester",)

CHECK = "matches its snapshot"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "")


def answer(project: Project, body: object) -> None:
    def respond(received: Received) -> Answer:
        return Answer(200, json.dumps(body).encode(), (("Content-Type", "application/json"),))

    project.server.respond = respond


@pytest.mark.parametrize("xdist", [(), ("-n", "2")])
def test_each_request_is_compared_with_what_was_kept(project: Project, xdist: tuple[str, ...]) -> None:
    project.write("pytest.ini", "[pytest]\nhtrun_snapshot = true\n")
    project.collection("apis/shop", request("A"), request("B"))
    kept = project.path / "apis" / "shop.postman_collection.snapshots.yaml"
    answer(project, {"id": 1})
    first = project.pytest("apis", *xdist)
    assert first.ret == pytest.ExitCode.OK
    first.stdout.fnmatch_lines([f"apis/shop.postman_collection.json: snapshots in {kept}: 2 new"])
    assert kept.read_text("utf-8").count("      $.id: integer\n") == 2
    answer(project, {"id": "1"})
    broken = project.pytest("apis", *xdist, "-p", "no:subtests")
    assert [outcome for _, outcome in project.outcomes()] == ["failed", "failed"]
    broken.stdout.fnmatch_lines(
        [f"E   {CHECK}: $.id: integer -> string", "*: 2 changed", "*: --htrun-update-snapshots keeps them as they *"]
    )
    assert project.pytest("apis", *xdist, "--htrun-update-snapshots").ret == pytest.ExitCode.OK
    assert project.pytest("apis", *xdist).ret == pytest.ExitCode.OK


def test_workflows_and_folders_have_theirs_and_a_part_of_them_makes_nothing_stale(project: Project) -> None:
    answer(project, {"id": 1})
    file = project.collection("shop", request("A", test=""))
    project.write(
        "flow.workflow.yaml", f"collection: {file}\nsteps:\n  - {{name: one, run: A}}\n  - {{name: two, run: A}}\n"
    )
    project.write("v3/.resources/definition.yaml", "$kind: collection\nname: v3\n")
    project.write("v3/A.request.yaml", "$kind: http-request\nmethod: GET\nurl: '{{base}}/'\n")
    ran = project.pytest("flow.workflow.yaml", "v3", "--htrun-snapshot")
    assert [outcome for _, outcome in project.outcomes()] == ["passed"] * 3
    ran.stdout.fnmatch_lines(
        ["*flow.workflow.snapshots.yaml: 2 new", f"*snapshots in {project.path / 'v3.snapshots.yaml'}: 1 new"]
    )
    part = project.pytest("flow.workflow.yaml", "--htrun-snapshot", "-k", "one")
    part.stdout.fnmatch_lines(["*flow.workflow.snapshots.yaml: 1 match"])
    kept = (project.path / "flow.workflow.snapshots.yaml").read_text("utf-8")
    assert ['  "one: A":' in kept, '  "two: A":' in kept] == [True, True]


def test_nothing_is_kept_in_ci_or_of_a_run_that_stops_early(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    file = project.collection(
        "shop", request("A"), request("B", test='pm.test("no", () => pm.expect(1).to.eql(2));'), request("C")
    )
    answer(project, {})
    project.pytest(file, "--htrun-snapshot", "-x")
    monkeypatch.setenv("CI", "1")
    in_ci = project.pytest(file, "--htrun-snapshot", "-p", "no:subtests", "-k", "A")
    in_ci.stdout.fnmatch_lines(
        [f"E   {CHECK}: there is none in shop.postman_collection.snapshots.yaml: run once where CI*"]
    )
    assert not list(project.path.glob("*.snapshots.yaml"))


def test_a_file_that_cannot_be_read_or_written_is_said(project: Project) -> None:
    file = project.collection("shop", request("A"))
    kept = project.path / "shop.postman_collection.snapshots.yaml"
    kept.write_text("version: 1\nresponses: [1]\n")
    project.pytest(file, "--htrun-snapshot").stdout.fnmatch_lines([f"*{kept}:2: responses must be a mapping*"])
    assert project.sent() == []
    kept.unlink()
    answer(project, {})
    blocking = f"import os\n\ndef pytest_runtest_call(item):\n    os.mkdir({str(kept)!r})\n"
    project.write("conftest.py", REPORTS + blocking)
    unwritable = project.pytest(file, "--htrun-snapshot")
    assert [outcome for _, outcome in project.outcomes()] == ["passed", "teardown failed"]
    unwritable.stdout.fnmatch_lines([f"snapshots: {kept}: snapshots cannot be written: Is a directory"])
    unwritable.stdout.no_fnmatch_line("*.py:*")
    project.write("conftest.py", REPORTS)
    kept.rmdir()


def test_runs_from_python_tests(project: Project) -> None:
    file = project.collection("shop", request("A"))
    kept = project.path / "shop.postman_collection.snapshots.yaml"
    answer(project, {})
    small = {"info": {"name": "in no file"}, "item": []}
    project.write("test_it.py", f"def test_it(htrun_run):\n    htrun_run('{file}')\n    htrun_run({small})\n")
    project.pytest("test_it.py", "--htrun-snapshot").assert_outcomes(passed=1)
    assert '  "A":\n' in kept.read_text("utf-8")
    answer(project, [])
    project.pytest("test_it.py", "--htrun-snapshot").stdout.fnmatch_lines([f"  {CHECK}: $: object -> array"])
    project.pytest("test_it.py", "--htrun-update-snapshots").assert_outcomes(passed=1)


def test_bounds(project: Project) -> None:
    file = project.collection("shop", request("A"))
    project.write("test_it.py", f"def test_it(htrun_run): htrun_run('{file}')\n")
    answer(project, "x" * 2000)
    for option, told in (
        ("--htrun-max-response-size=1kB", "*larger than*"),
        ("--htrun-deny-private-addresses", "*127.0.0.1*private*"),
    ):
        ran = project.pytest(file, "test_it.py", option)
        assert [outcome for _, outcome in project.outcomes()] == ["failed", "failed"], option
        ran.stdout.fnmatch_lines([told])
    project.write("pytest.ini", "[pytest]\nhtrun_max_response_size = 1MB\n")
    assert project.pytest(file, "test_it.py").ret == pytest.ExitCode.OK
    for none in ("much", "0.5", "9" * 400):
        wrong = project.pytest(file, "--htrun-max-response-size", none)
        assert wrong.ret == pytest.ExitCode.USAGE_ERROR
        wrong.stderr.fnmatch_lines([f"ERROR: --htrun-max-response-size: '{none}' is no size*"])

"""Some of the tests of a collection: only their requests run, and those that they need. All of them with xdist."""

from __future__ import annotations

import pytest

from pytest_plugin.conftest import OK, REPORTS, Project, request
from support.marks import slow

pytest_plugins = ("pytester",)

SET = OK + 'pm.environment.set("id", pm.response.json().id);'


def failing(name: str = "no") -> str:
    return f'pm.test("{name}", () => pm.expect(1).to.eql(2));'


def shop(project: Project, name: str = "shop") -> str:
    """The request that is called Get needs what Create has set."""
    return project.collection(
        name, request("Ping", "/ping"), request("Create", "/json", SET), request("Get", "/items/{{id}}", failing())
    )


@pytest.mark.parametrize("selection", [["-k", "Get"], ["shop.postman_collection.json::Get"], ["--lf"]])
def test_what_the_selected_ones_need_runs_too(project: Project, selection: list[str]) -> None:
    file = shop(project)
    if selection == ["--lf"]:
        project.pytest(file)
    result = project.pytest(*([] if "::" in selection[0] else [file]), *selection)
    assert project.outcomes() == [(f"{file}::Get", "failed")]
    assert project.sent() == ["/json", "/items/42"]
    result.stdout.fnmatch_lines(
        ["*= htrun =*", f"{file}: 1 request added (htrun_with_deps):", f"{file}:   Create sets id for Get"],
        consecutive=True,
    )


def test_the_ini_file_can_switch_that_off(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nhtrun_with_deps = false\n")
    file = shop(project)
    result = project.pytest(file, "-k", "Get")
    assert project.sent() == ["/items/%7B%7Bid%7D%7D"]
    result.stdout.no_fnmatch_line("*= htrun =*")


def test_a_failure_of_what_is_needed_is_seen(project: Project) -> None:
    """The selected test would pass: it must not hide that what it needs does not work."""
    file = project.collection("shop", request("Create", "/json", SET + failing("set up")), request("Get", "/i/{{id}}"))
    result = project.pytest(file, "-k", "Get")
    assert project.outcomes() == [(f"{file}::Get", "failed")]
    result.stdout.fnmatch_lines(["E   Create (ran for others): set up: expected 1 to deeply equal 2"])


def test_failed_first_keeps_the_order_of_the_requests(project: Project) -> None:
    file = project.collection("shop", request("A", "/a"), request("B", "/b", failing()), request("C", "/c"))
    project.pytest(file)
    project.pytest(file, "--ff")
    assert project.outcomes() == [(f"{file}::{name}", what) for name, what in (("B", "failed"), *PASSED)]
    assert project.sent() == ["/a", "/b", "/c"]


PASSED = (("A", "passed"), ("C", "passed"))


def test_tests_in_any_order(project: Project) -> None:
    """Of two files turn by turn and backwards: each collection runs once, in its own order."""
    shuffle = "def pytest_collection_modifyitems(items): items[:] = [*items[::-2], *items[-2::-2]]\n"
    project.write("conftest.py", REPORTS + shuffle)
    for name in ("one", "two"):
        project.collection(f"apis/{name}", *(request(f"{at}", f"/{name}/{at}", failing()) for at in range(3)))
    result = project.pytest("apis", "-rA")
    assert result.parseoutcomes() == {"failed": 6}
    sent = project.sent()
    for name in ("one", "two"):
        assert [path for path in sent if name in path] == [f"/{name}/{at}" for at in range(3)]


def test_steps_of_a_workflow(project: Project) -> None:
    shop(project)
    file = "flow.workflow.yaml"
    steps = [
        "{name: ping, run: Ping}",
        "{name: make, run: Create}",
        "{name: get, run: Get, needs: make}",
        "{name: last, run: Ping, needs: get}",
    ]
    project.write(file, "collection: shop.postman_collection.json\nsteps:\n" + "".join(f"  - {one}\n" for one in steps))
    result = project.pytest(file, "-k", "get")
    assert project.outcomes() == [(f"{file}::get/Get", "failed")]
    assert project.sent() == ["/ping", "/json", "/items/42"]  # "make" does not say what it needs: it follows "ping"
    result.stdout.fnmatch_lines([f"{file}: steps that run before the selected ones: ping, make"])


def test_three_collections_two_workers_and_then_what_failed(project: Project) -> None:
    good = [project.collection(f"apis/{name}", request("A", "/a"), request("B", "/b")) for name in ("one", "three")]
    bad = shop(project, "apis/two")
    project.write("apis/test_python.py", "def test_one(): pass\ndef test_two(): pass\n")
    result = project.pytest("apis", "-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcomes = dict(project.outcomes())
    assert outcomes == {
        **{f"{file}::{name}": "passed" for file in good for name in "AB"},
        **{f"{bad}::{name}": "passed" for name in ("Ping", "Create")},
        f"{bad}::Get": "failed",
        **{f"apis/test_python.py::test_{name}": "passed" for name in ("one", "two")},
    }
    assert sorted(project.sent()) == sorted(["/a", "/b"] * 2 + ["/ping", "/json", "/items/42"])
    for more in ([], ["-n", "2"]):
        project.pytest("apis", "--lf", *more)
        assert project.outcomes() == [(f"{bad}::Get", "failed")]
        assert project.sent() == ["/json", "/items/42"]


@pytest.mark.parametrize("dist", ["load", *slow("worksteal", "loadscope", "loadfile", "loadgroup")])
def test_a_collection_stays_on_one_worker(project: Project, dist: str) -> None:
    """Each request is sent once, in order: no other worker has run a part of the collection."""
    one = project.collection("apis/one", *(request(f"A{number}", f"/one/{number}") for number in range(6)))
    two = project.collection("apis/two", *(request(f"B{number}", f"/two/{number}") for number in range(6)))
    project.pytest("apis", "-n", "3", "--dist", dist)
    assert sorted(project.outcomes()) == sorted(
        (f"{file}::{name}{number}", "passed") for file, name in ((one, "A"), (two, "B")) for number in range(6)
    )
    sent = project.sent()
    for name in ("one", "two"):
        assert [path for path in sent if name in path] == [f"/{name}/{number}" for number in range(6)]


def test_other_tests_are_dealt_out_as_ever(project: Project) -> None:
    """Without a collection xdist's own scheduler is at work: it deals the tests of one file out to both workers."""
    project.write("test_it.py", "import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_it(n): pass\n")
    result = project.pytest("-n", "2", "-v")
    assert {line[:5] for line in result.outlines if "PASSED" in line} == {"[gw0]", "[gw1]"}

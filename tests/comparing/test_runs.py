"""``htrun runs compare`` and ``flaky``, ``--baseline``: against a server whose answers the test decides."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun, folder, request
from cli.conftest import collection as collection
from cli.conftest import htrun as htrun
from support.server import Answer, Received, RecordingServer

ON = {"HTRUN_JOURNAL": "", "CI": ""}
CHECK = "pm.test('it is there', () => pm.response.to.have.status(200));"


class World:
    """What a server answers, by path: status, JSON, seconds before the answer."""

    def __init__(self, server: RecordingServer) -> None:
        self.answers: dict[str, tuple[int, Any, float]] = {}
        server.respond = self._respond

    def _respond(self, received: Received) -> Answer:
        status, body, delay = self.answers[received.target]
        time.sleep(delay)
        return Answer(status, json.dumps(body).encode(), (("Content-Type", "application/json"),))


@pytest.fixture
def world(server: RecordingServer, collection: Callable[..., str]) -> World:
    collection(
        folder("Users", request("get", f"{server.url}/user", CHECK)),
        request("list", f"{server.url}/list", CHECK),
    )
    found = World(server)
    found.answers = {
        "/user": (200, {"id": 1, "by_day": {"2026-01-01": 1}, "note": None}, 0.0),
        "/list": (200, [{"id": 1}], 0.0),
    }
    return found


def run(htrun: Htrun, *options: str) -> int:
    return htrun("run", "collection.json", "--silent", *options, env=ON).returncode


def changes(htrun: Htrun, *options: str) -> list[tuple[str, str, str]]:
    found = json.loads(htrun("runs", "compare", *options, "--format", "json", env=ON).stdout)
    return [(one["kind"], one["request"], one["text"]) for one in found["changes"]]


def test_two_runs(world: World, htrun: Htrun, collection: Callable[..., str], server: RecordingServer) -> None:
    assert run(htrun) == 0
    world.answers["/user"] = (200, {"id": "1", "by_day": {"2026-02-02": 2}, "more": []}, 0.0)
    world.answers["/list"] = (404, [], 0.0)
    assert run(htrun) == 1
    assert changes(htrun, "1", "2") == [
        ("shape", "Users/get", "$.id: integer -> string"),
        ("added", "Users/get", "$.more: added (array)"),
        ("shape", "Users/get", "$.note: removed (was null)"),
        ("status", "list", "200 -> 404"),
        ("checks", "list", '"it is there": passed -> failed'),
    ]
    assert ("fixed", "list", '"it is there": failed -> passed') in changes(htrun, "2", "1")
    text = htrun("runs", "compare", "1", "last", env=ON).stdout
    assert text.startswith("Run 1 (passed) -> run 2 (failed): Example\n")
    assert "  status   list: 200 -> 404\n" in text
    assert "2 requests compared, 5 differences\nResponse times of all of them were not compared" in text
    for names, code in (("slower,missing", 0), ("shape", 1), ("any", 1), ("statuses", 2)):
        assert htrun("runs", "compare", "1", "2", "--fail-on", names, env=ON).returncode == code
    assert htrun("runs", "compare", "1", "1", "--fail-on", "any", env=ON).returncode == 0
    collection(request("list", f"{server.url}/list"), request("other", f"{server.url}/list"))
    run(htrun)
    assert [one[:2] for one in changes(htrun, "2", "3")] == [("missing", "Users/get"), ("new", "other")]
    missing = htrun("runs", "compare", "1", "9", env=ON)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)


@pytest.mark.slow
def test_what_has_become_slower(world: World, htrun: Htrun, tmp_path: Path) -> None:
    world.answers = {"/user": (200, {}, 0.03), "/list": (200, [], 0.03)}
    assert run(htrun, "-n", "8") == 0
    world.answers["/list"] = (200, [], 0.15)
    failing = ("--baseline", "last", "--fail-if-slower", "100%")
    report = ("-r", "json,junit,tap", "--reporter-json-export", "r.json", "--reporter-junit-export", "r.xml")
    slower = htrun("run", "collection.json", "-n", "8", *failing, *report, env=ON)
    assert slower.returncode == 1
    (failure,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["run"]["failures"]
    assert failure["error"]["test"] == "list is not slower than in run 1"
    assert "8 and 8 responses, p = 0.000" in failure["error"]["message"]
    assert "not ok 17 - list is not slower than in run 1\n" in slower.stdout
    assert slower.stdout.endswith("\n1..17\n")
    assert 'failures="1"' in (tmp_path / "r.xml").read_text(encoding="utf-8")
    ((kind, text),) = [(kind, text) for kind, name, text in changes(htrun, "1", "2") if name == "list"]
    assert kind == "slower"
    assert "a later one is slower in 100% of pairs" in text
    assert ("faster", "list") in [one[:2] for one in changes(htrun, "2", "1")]
    # as slow as run 2 was; and told, not failed, without --fail-if-slower
    assert run(htrun, "-n", "8", *failing) == 0
    told = htrun("run", "collection.json", "-n", "8", "--parallel", "2", "--baseline", "1", "-r", "json", env=ON)
    assert told.returncode == 0
    assert "htrun: list: slower than in run 1: " in told.stderr
    # a single response: no test, but 120 ms are more than a whim
    assert run(htrun, "--baseline", "1", "--fail-if-slower", "100%") == 1


@pytest.mark.slow
def test_baselines_that_are_none(world: World, htrun: Htrun, tmp_path: Path) -> None:
    assert run(htrun, "--baseline", "last") == 2
    assert run(htrun) == 0
    for options, wanted in (
        (("--fail-if-slower", "20%"), "say which, --baseline ID or last"),
        (("--baseline", "7"), "there is no run 7"),
        (("--baseline", "1", "--fail-if-slower", "fast"), "takes a share such as 20%"),
        (("--baseline", "1", "--no-journal"), "the journal, which is off"),
    ):
        wrong = htrun("run", "collection.json", *options, env=ON)
        assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
        assert wanted in wrong.stderr
    (tmp_path / "copy.json").write_bytes((tmp_path / "collection.json").read_bytes())
    assert htrun("run", "copy.json", "--baseline", "last", env=ON).returncode == 2
    # another copy of the collection is compared by the paths of its requests; several inputs each with its own
    assert htrun("run", "copy.json", "--baseline", "1", "--silent", env=ON).returncode == 0
    both = ("run", "collection.json", "copy.json", "--baseline", "last", "--fail-if-slower", "5000%", "--silent")
    assert htrun(*both, env=ON).returncode == 0
    world.answers["/list"] = (200, [{"id": 1}], 1.0)
    assert htrun(*both, env=ON).returncode == 1


def test_a_baseline_with_which_nothing_can_be_compared(world: World, htrun: Htrun) -> None:
    """It is green, but not silently so."""
    assert run(htrun, "--select", "Users") == 0
    compared = ("run", "collection.json", "--baseline", "1", "--fail-if-slower", "100%", "--silent")
    assert "nothing was compared" not in htrun(*compared, env=ON).stderr
    told = htrun(*compared, "--select", "list", env=ON)
    assert told.returncode == 0
    assert "no request of this run has an answer in run 1: nothing was compared with it" in told.stderr


def test_what_is_not_always_the_same(world: World, htrun: Htrun, collection: Callable[..., str]) -> None:
    for status in (200, 500, 200, 200, 503):
        world.answers["/list"] = (status, [], 0.0)
        run(htrun)
    assert htrun("runs", "flaky", env=ON).stdout == (
        "Example: list: it is there: failed in 2 of 5 runs, last in run 5, turned 3 times\n"
    )
    (one,) = json.loads(htrun("runs", "flaky", "-n", "2", "--format", "json", env=ON).stdout)
    assert (one["request"], one["check"], one["failed"], one["runs"], one["turns"]) == ("list", "it is there", 1, 2, 1)
    assert htrun("runs", "flaky", "-n", "2", env=ON).stdout.endswith("turned once\n")
    # another collection is another matter
    collection(request("list", "http://127.0.0.1:1/"))
    run(htrun)
    assert "failed in 2 of 5 runs" in htrun("runs", "flaky", env=ON).stdout
    assert htrun("runs", "prune", "--keep", "2", env=ON).returncode == 0
    assert htrun("runs", "flaky", env=ON).stdout == "Nothing has passed and failed with the same files in 2 runs\n"

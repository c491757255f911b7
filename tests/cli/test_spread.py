"""Several inputs side by side (``--parallel``): how many at once, in which order they are told of, how they end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.conftest import Htrun, Json, folder, request
from support.mocks import example, item
from support.mocks import request as mocked
from support.server import Answer, Received, RecordingServer, answer_to

Write = Callable[..., str]

FAILS = "pm.test('t', () => pm.expect(1).to.eql(2))"
LOOP = "while (true) {}"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """``write("a", item, ...)`` writes the collection ``a`` and returns its file name."""

    def to(name: str, *items: Json, **more: Json) -> str:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"info": {"name": name}, "item": list(items), **more}), encoding="utf-8")
        return path.name

    return to


class Gauge:
    """Answers ``/meet`` when as many as wanted are there, and notes how many were there at most."""

    def __init__(self, server: RecordingServer, wanted: int) -> None:
        self._wanted, self._changed = wanted, threading.Condition()
        self._here = self._come = self.most = 0
        server.respond = self._respond

    def _respond(self, received: Received) -> Answer:
        if not received.target.startswith("/meet"):
            return answer_to(received)
        with self._changed:
            self._here += 1
            self._come += 1
            self.most = max(self.most, self._here)
            group = -(-self._come // self._wanted) * self._wanted
            self._changed.notify_all()
            met = self._changed.wait_for(lambda: self._come >= group, 10)
        time.sleep(0.05)  # one too many would come now
        with self._changed:
            self._here -= 1
        return Answer(200 if met else 503)


@contextmanager
def started(tmp_path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def targets(server: RecordingServer) -> list[str]:
    return [one.target for one in server.received]


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def inputs_of(tmp_path: Path) -> list[str]:
    return [one["name"] for one in json.loads((tmp_path / "r.json").read_text())["run"]["inputs"]]


REPORT = ("-r", "cli,json", "--reporter-json-export", "r.json")


# -- how many


@pytest.mark.parametrize(
    ("inputs", "options", "at_once"),
    [
        (6, "--parallel 3", 3),
        (2, "--parallel 8 -n 1", 2),
        (2, "--parallel 4 -n 4", 4),  # the places that are left are for iterations
        (3, "--parallel 3 -n 2", 3),
        (1, "--parallel 2 -n 2", 2),
    ],
)
def test_as_many_as_wanted_and_no_more(
    htrun: Htrun, write: Write, server: RecordingServer, inputs: int, options: str, at_once: int
) -> None:
    gauge = Gauge(server, at_once)
    test = "pm.test('met', () => pm.response.to.have.status(200))"
    files = [write(f"i{number}", request("r", f"{server.url}/meet", test)) for number in range(inputs)]
    done = htrun(*files, *options.split())
    assert done.returncode == 0, done.stdout
    assert gauge.most == at_once


def test_one_after_another_without_the_option(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    gauge = Gauge(server, 1)
    assert htrun(*[write(name, request("r", f"{server.url}/meet")) for name in "abc"], "-n", "2").returncode == 0
    assert gauge.most == 1


def test_an_input_whose_turn_has_not_come_waits_when_much_is_kept(
    tmp_path: Path, write: Write, server: RecordingServer
) -> None:
    """What answers hold is bounded, however many requests there are."""
    gate = threading.Event()
    body = b"x" * (2 * 1024 * 1024)

    def respond(received: Received) -> Answer:
        if received.target == "/slow":
            gate.wait(60)
            return Answer()
        return Answer(body=body)

    server.respond = respond
    write("a", request("slow", f"{server.url}/slow"))
    write("b", request("big", f"{server.url}/big"))
    write("c", request("quick", f"{server.url}/quick"))
    with started(tmp_path, "a.json", "b.json", "-n", "60", "--parallel", "2", "-r", "json") as process:
        try:
            seen = -1
            while seen < (seen := len(server.received)):
                time.sleep(1.5)
            held_back = targets(server).count("/big")
        finally:
            gate.set()
        assert process.wait(60) == 0
    assert 20 < held_back < 45
    assert targets(server).count("/big") == 60


# -- what is told


def normal(text: str) -> str:
    """Without what differs between any two runs: times, sizes that depend on them, random ids."""
    text = re.sub(r"\b\d+(\.\d+)?(ms|s|m)\b", "T", text.partition("total run duration")[0])
    return re.sub(r"[─┌┐├┤┬┼┴│ ]+", " ", text)


def told(report: Json) -> list[Json]:
    return [
        (
            entry["item"]["name"],
            entry["cursor"]["iteration"],
            entry["cursor"]["position"],
            entry.get("response", {}).get("code"),
            [(check["assertion"], "error" in check) for check in entry.get("assertions", [])],
        )
        for entry in report["executions"]
    ]


def test_reports_are_those_of_a_run_one_after_another(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer
) -> None:
    files = []
    for number, delay in enumerate((500, 0, 200, 0)):
        script = f"console.log('in', {number}, pm.info.iteration); pm.test('odd', () => pm.expect({number} % 2).eql(1))"
        slow = request("slow", f"{server.url}/respond?delay={delay}", script)
        items = (folder("F", slow, request("m", f"{server.url}/{{{{missing}}}}")), request("last", f"{server.url}/l"))
        files.append(write(f"i{number}", *items))
    (tmp_path / "w.workflow.yaml").write_text(
        "name: W\ncollection: i1.json\nsteps:\n  - parallel: [{run: F/slow, name: one}, {run: F/m, name: two}]\n"
    )
    files.insert(1, "w.workflow.yaml")

    def run(name: str, *more: str) -> tuple[str, Json, list[str], str]:
        done = htrun(
            *(*files, "-n", "2", "-r", "cli,json,junit,tap", "--reporter-json-export", f"{name}.json"),
            *("--reporter-junit-export", f"{name}.xml", "--reporter-tap-export", f"{name}.tap", *more),
        )
        assert done.returncode == 1, done.stderr
        report = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))["run"]
        suites = [suite.get("name") or "" for suite in ElementTree.parse(tmp_path / f"{name}.xml").iter("testsuite")]
        tap = re.sub(r"duration_ms: [\d.]+|\d+(\.\d+)?ms", "T", (tmp_path / f"{name}.tap").read_text(encoding="utf-8"))
        return normal(done.stdout), report, suites, tap

    alone, together = run("alone"), run("together", "--parallel", "4")
    assert together[0] == alone[0]
    assert together[1]["stats"] == alone[1]["stats"]
    assert told(together[1]) == told(alone[1])
    assert len(told(alone[1])) == 2 * (4 * 3 + 2)
    assert [(f["source"]["name"], f["error"]["message"]) for f in together[1]["failures"]] == [
        (f["source"]["name"], f["error"]["message"]) for f in alone[1]["failures"]
    ]
    for one, other in zip(alone[1]["inputs"], together[1]["inputs"], strict=True):
        assert [one[key] for key in ("name", "input", "stats", "executions", "failures")] == [
            other[key] for key in ("name", "input", "stats", "executions", "failures")
        ]
    assert together[2:] == alone[2:]
    started, ended = ([one["timings"][key] for one in together[1]["inputs"]] for key in ("started", "completed"))
    assert max(started[:4]) < min(ended[:4])  # they really ran at once


def test_nothing_is_shared(htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer) -> None:
    """Variables, cookies, and what scripts leave behind in their engine; also from one iteration to the next."""
    reads = "pm.variables.set('seen', ['globals', 'environment', 'collectionVariables'].map(s => pm[s].get('v') || '-')"
    reads += ".join('') + ([].mine || '-')); Array.prototype.mine = 'leak'"
    sets = "['globals', 'environment', 'collectionVariables'].forEach(s => pm[s].set('v', 'v'))"
    url = f"{server.url}/respond?seen={{{{seen}}}}&header=Set-Cookie: s=1"
    for name in "abcd":
        write(name, request("r", url, sets, reads))
    (tmp_path / "e.json").write_text(json.dumps({"name": "env", "values": []}))
    done = htrun("a.json", "b.json", "c.json", "d.json", "-e", "e.json", "--parallel", "2", "-n", "1")
    assert done.returncode == 0, done.stdout
    taken = server.take()
    assert [one.target.partition("&")[0] for one in taken] == ["/respond?seen=----"] * 4
    assert [one.header("cookie") for one in taken] == [None] * 4
    assert htrun("a.json", "b.json", "-e", "e.json", "--parallel", "2", "-n", "3").returncode == 0
    taken = server.take()
    assert {one.target.partition("&")[0][:-4] for one in taken} <= {"/respond?seen=---", "/respond?seen="}
    assert [one.header("cookie") for one in taken] == [None] * 6


def test_globals_are_not_shared_side_by_side(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    for name in "ab":
        write(name, request("r", server.url))
    done = htrun("a.json", "b.json", "--share-globals", "--parallel", "2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("htrun: error: --share-globals hands globals from one input to the next")
    assert server.take() == ()


def test_an_input_that_cannot_be_run_stops_all_before_the_first_request(
    htrun: Htrun, write: Write, server: RecordingServer
) -> None:
    write("a", request("r", server.url))
    auth = {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}"}]}
    write("b", request("r", server.url), auth=auth, variable=[{"key": "key", "value": "", "description": "yours"}])
    done = htrun("a.json", "b.json", "--parallel", "2")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith('htrun: error: b.json: the variable "key" is empty')
    assert server.take() == ()


def test_secrets_captures_and_the_mock(htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer) -> None:
    secret = "Zq8-very-secret-71"
    log = f"console.log('{secret}')"
    use = request("use", f"{server.url}/{{{{id}}}}", log, header=[{"key": "X-Thing", "value": "{{pass}}"}])
    for name in "ab":
        variable = [{"key": "pass", "value": secret, "type": "secret"}]
        write(name, request("take", f"{server.url}/json"), use, variable=variable)
    done = htrun("a.json", "b.json", "--parallel", "2", "--capture", "id=$.id @ take", "--verbose", *REPORT)
    assert done.returncode == 0, done.stderr
    assert sorted(one.target for one in server.take()) == ["/42", "/42", "/json", "/json"]
    for text in (done.stdout, done.stderr, (tmp_path / "r.json").read_text()):
        assert secret not in text
    assert "********" in done.stdout

    test = "pm.test('own', () => pm.response.to.have.status({code}))"
    for name, code in (("m", 201), ("n", 202)):
        made = item("r", mocked("https://api.test/things"), example("e", code), test=test.replace("{code}", str(code)))
        write(name, made)
    done = htrun("m.json", "n.json", "--mock", "--parallel", "2")
    assert done.returncode == 0, done.stdout
    assert done.stderr.count("htrun: mock: api.test answered from 1 saved example") == 2


# -- how it ends


def test_bail_ends_the_run_at_the_first_failure_in_order(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer
) -> None:
    write("a", request("r", f"{server.url}/respond?delay=600"), request("last", f"{server.url}/last"))
    write("b", request("r", f"{server.url}/b", FAILS), request("no", f"{server.url}/no"))
    write("c", request("r", f"{server.url}/respond?delay=30000"), request("no", f"{server.url}/no"))
    write("d", request("r", f"{server.url}/respond", LOOP))
    write("e", request("no", f"{server.url}/no"))
    began = time.monotonic()
    files = [f"{name}.json" for name in "abcde"]
    done = htrun(*files, "--bail", "--parallel", "4", *REPORT)
    assert time.monotonic() - began < 12
    assert done.returncode == 1, done.stderr
    assert inputs_of(tmp_path) == ["a", "b"]
    assert {"/last", "/no"} & set(targets(server)) == {"/last"}


def test_the_time_limit_reaches_all(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    write("a", request("slow", f"{server.url}/respond?delay=30000"))
    write("b", request("loop", f"{server.url}/b", LOOP))
    write("c", request("wait", f"{server.url}/c", "setTimeout(() => {}, 60000)"))
    write("d", request("never", f"{server.url}/d"))
    began = time.monotonic()
    done = htrun("a.json", "b.json", "c.json", "d.json", "--timeout", "1500", "--parallel", "3")
    assert time.monotonic() - began < 8
    assert done.returncode == 1
    assert "d: the run took longer than its time limit of 1500 ms (--timeout)" in done.stdout
    assert re.findall(r"^(\w) \(\w.json\)$", done.stdout, re.MULTILINE) == ["a", "b", "c", "d"]
    assert "/d" not in targets(server)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("iterations", ["1", "2"])
def test_ctrl_c_ends_all_and_the_reports_are_written(
    tmp_path: Path, write: Write, server: RecordingServer, iterations: str
) -> None:
    write("a", request("quick", f"{server.url}/a"), request("slow", f"{server.url}/respond?delay=30000"))
    write("b", request("loop", f"{server.url}/b", LOOP), request("no", f"{server.url}/no"))
    write("c", request("done", f"{server.url}/c"))
    write("d", request("never", f"{server.url}/no"))
    files = [f"{name}.json" for name in "abcd"]
    with started(tmp_path, *files, "-n", iterations, "--parallel", "3", *REPORT) as process:
        wait_for(lambda: {"/a", "/respond?delay=30000", "/b", "/c"} <= set(targets(server)))
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, err = process.communicate(timeout=20)
        assert time.monotonic() - began < 4
        assert process.returncode == 130, err
        assert "Traceback" not in err
    assert "/no" not in targets(server)
    assert inputs_of(tmp_path) == ["a", "b", "c"]
    run = json.loads((tmp_path / "r.json").read_text())["run"]
    assert run["error"] == {"name": "Interrupted", "message": "the run was interrupted"}
    # what was begun is told of, and nothing that only went wrong because it was broken off
    names = [entry["item"]["name"] for entry in run["executions"] if "response" in entry]
    assert (names[0], names[-1]) == ("quick", "done")
    assert run["failures"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("step", ["{run: Slow}", "{parallel: [{run: Slow}, {run: Loop}]}", "{run: Loop}"])
def test_the_clean_up_of_every_workflow_is_done(
    tmp_path: Path, write: Write, server: RecordingServer, step: str
) -> None:
    write(
        "api",
        request("Slow", f"{server.url}/respond?delay=30000"),
        request("Loop", f"{server.url}/script", LOOP),
        request("Clean", f"{server.url}/clean?{{{{who}}}}", "pm.test('t', () => pm.response.to.have.status(200))"),
    )
    for name in ("v", "w"):
        head = f"name: {name}\ncollection: api.json\nvariables: {{who: {name}}}\n"
        (tmp_path / f"{name}.workflow.yaml").write_text(f"{head}steps: [{step}]\nalways: [{{run: Clean}}]\n")
    begun = 2 * (2 if "parallel" in step else 1)
    with started(tmp_path, "v.workflow.yaml", "w.workflow.yaml", "--parallel", "4", *REPORT) as process:
        wait_for(lambda: len(server.received) == begun)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 130, err
        assert "Traceback" not in err
    assert sorted(targets(server)[begun:]) == ["/clean?v", "/clean?w"]
    executions = json.loads((tmp_path / "r.json").read_text())["run"]["executions"]
    cleaned = [entry for entry in executions if entry["item"]["name"] == "Clean"]
    assert [[check.get("error") for check in entry["assertions"]] for entry in cleaned] == [[None], [None]]


def test_bail_lets_workflows_clean_up(htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer) -> None:
    write("a", request("bad", f"{server.url}/respond?delay=600", FAILS))
    write("b", request("Slow", f"{server.url}/respond?delay=30000"), request("Clean", f"{server.url}/clean"))
    (tmp_path / "w.workflow.yaml").write_text(
        "name: W\ncollection: b.json\nsteps: [{run: Slow}]\nalways: [{run: Clean}]\n"
    )
    done = htrun("a.json", "w.workflow.yaml", "--bail", "--parallel", "2", *REPORT)
    assert done.returncode == 1, done.stderr
    assert inputs_of(tmp_path) == ["a"]
    assert targets(server)[-1] == "/clean"

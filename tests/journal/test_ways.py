"""What can be resumed besides a plain run: iterations side by side, workflow files, several inputs, Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import request
from journal.killing import finished, start
from support.server import Answer, Received, RecordingServer, answer_to

FOUND, COOKIE = "found-9d8e7f6a5b", "cookie-9d8e7f6a5b"


class Api:
    """Counts what arrives; ``hook`` is called with each request, and its number, before it is answered."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.hook: Callable[[str, int], object] = lambda target, number: None

    def __call__(self, received: Received) -> Answer:
        target = f"{received.method} {received.target}"
        self.arrived[target] += 1
        self.hook(target, sum(self.arrived.values()))
        if received.target.startswith("/new/"):
            return Answer(
                201, json.dumps({"id": received.target[5:]}).encode(), (("Content-Type", "application/json"),)
            )
        if received.target == "/token":
            body = json.dumps({"access_token": FOUND}).encode()
            return Answer(200, body, (("Content-Type", "application/json"), ("Set-Cookie", f"sid={COOKIE}")))
        return answer_to(received)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def server(api: Api) -> Iterator[RecordingServer]:
    with RecordingServer(respond=api) as running:
        yield running


def killed(place: Path, api: Api, when: Callable[[str, int], bool], *arguments: str) -> None:
    """Runs htrun and kills it when a request arrives; what it had sent besides is not answered any more."""
    running: list[subprocess.Popen[str]] = []

    def hook(target: str, number: int) -> None:
        if when(target, number):
            while not running:
                pass
            running[0].kill()
            running[0].wait(10)

    api.hook = hook
    running.append(start(place, *arguments))
    output, _ = running[0].communicate(timeout=60)
    assert running[0].returncode == -signal.SIGKILL, output
    api.hook = lambda target, number: None


def counts(place: Path) -> dict[str, Any]:
    """Totals of the merged report, made from the journal."""
    code, output = finished(
        place, ["runs", "show", "last", "--as", "json", "--reporter-json-export", "again.json", "--silent"]
    )
    assert code in (0, 1), output
    stats = json.loads((place / "again.json").read_text())["run"]["stats"]
    return {name: stats[name]["total"] for name in ("iterations", "items", "requests", "assertions")}


def write(place: Path, name: str, *items: Any, **more: Any) -> None:
    (place / name).write_text(json.dumps({"info": {"name": name.partition(".")[0]}, "item": list(items), **more}))


def three(url: str) -> list[Any]:
    test = "pm.test('ok', () => pm.expect(pm.response.code).to.be.below(300));"
    keep = "pm.collectionVariables.set('id', pm.response.json().id);" + test
    return [
        request("make", f"{url}/new/{{{{row}}}}", keep, method="POST"),
        request("read", f"{url}/read/{{{{row}}}}/{{{{id}}}}", test),
        request("drop", f"{url}/drop/{{{{row}}}}/{{{{id}}}}", test, method="DELETE"),
    ]


def test_iterations_side_by_side(tmp_path: Path, api: Api, server: RecordingServer) -> None:
    write(tmp_path, "api.json", *three(server.url))
    (tmp_path / "rows.json").write_text(json.dumps([{"row": f"r{number}"} for number in range(24)]))
    command = ["run", "api.json", "-d", "rows.json", "--parallel", "4", "--silent"]
    killed(tmp_path, api, lambda _, number: number == 40, *command)
    code, output = finished(tmp_path, ["resume", "last"])
    unknown = re.findall(r"unknown: POST \S+/new/(r\d+)", (shown := finished(tmp_path, ["runs", "show", "last"])[1]))
    assert code == (1 if unknown else 0), output + shown
    assert len(unknown) <= 4
    for number in range(24):
        name = f"r{number}"
        assert api.arrived[f"POST /new/{name}"] <= 1, name
        if name not in unknown:
            assert api.arrived[f"POST /new/{name}"] == 1, name
            assert api.arrived[f"GET /read/{name}/{name}"] >= 1
            assert api.arrived[f"DELETE /drop/{name}/{name}"] >= 1
    # no more is sent again than what was under way
    twice = [target for target, times in api.arrived.items() if times > 1]
    assert len(twice) <= 4
    assert counts(tmp_path) == {"iterations": 24, "items": 72, "requests": 72, "assertions": 72 - len(unknown)}


WORKFLOW = """
name: Flow
collection: api.json
on_failure: continue
variables:
  key: "{{ dynamic('guid') }}"
steps:
  - parallel:
      - {name: on the left, run: left}
      - {name: on the right, run: right}
  - foreach: {in: [a, b, c, d], as: row}
    run: one
  - run: last
"""


def test_a_workflow(tmp_path: Path, api: Api, server: RecordingServer) -> None:
    """A value that is made at the beginning stays what it was; branches and repetitions are told apart."""
    url = server.url
    test = "pm.test('ok', () => pm.response.to.be.ok);"
    write(
        tmp_path,
        "api.json",
        *(request(name, f"{url}/{name}/{{{{key}}}}", test, method="POST") for name in ("left", "right")),
        request("one", f"{url}/one/{{{{key}}}}/{{{{row}}}}", test, method="POST"),
        request("last", f"{url}/last/{{{{key}}}}", test, method="POST"),
    )
    (tmp_path / "flow.workflow.yaml").write_text(WORKFLOW)
    killed(tmp_path, api, lambda target, _: "/one/" in target and target.endswith("/c"), "run", "flow.workflow.yaml")
    code, output = finished(tmp_path, ["resume", "last"])
    assert code == 1, output
    assert output.count("unknown: POST") >= 1
    keys = {target.split("/")[2] for target in api.arrived}
    assert len(keys) == 1
    assert all(times == 1 for times in api.arrived.values())
    assert len(api.arrived) == 7
    assert counts(tmp_path) == {"iterations": 1, "items": 7, "requests": 7, "assertions": 6}


@pytest.mark.parametrize("parallel", ["1", "2"])
def test_several_inputs(tmp_path: Path, api: Api, server: RecordingServer, parallel: str) -> None:
    for name in ("first", "second"):
        row = {"variable": [{"key": "row", "value": name}]}
        write(tmp_path, f"{name}.json", *three(server.url), **row)
    # in order the second begins when the first is over
    at = "GET /read/second" if parallel == "1" else "GET /read/"
    command = ["run", "first.json", "second.json", "--parallel", parallel, "--silent"]
    killed(tmp_path, api, lambda target, _: target.startswith(at), *command)
    code, output = finished(tmp_path, ["resume", "last"])
    shown = finished(tmp_path, ["runs", "show", "last"])[1]
    unknown = set(re.findall(r"unknown: POST \S+/new/(\w+)", shown))
    assert code == (1 if unknown else 0), output + shown
    assert not (unknown and parallel == "1")
    for name in ("first", "second"):
        assert api.arrived[f"POST /new/{name}"] == 1 or name in unknown
        assert name in unknown or api.arrived[f"DELETE /drop/{name}/{name}"] == 1
    assert counts(tmp_path)["items"] == 6
    names = json.loads((tmp_path / "again.json").read_text())["collection"]["item"]
    assert [one["name"] for one in names] == ["first", "second"]


@pytest.mark.parametrize("parallel", ["1", "2"])
def test_what_is_unknown_has_failed_for_the_next_run(
    tmp_path: Path, api: Api, server: RecordingServer, parallel: str
) -> None:
    """By its address in its own input, so that of two with the same name the right one runs."""
    for name in ("first", "second"):
        url = f"{server.url}/{name}"
        write(tmp_path, f"{name}.json", request("a", f"{url}/1"), request("a", f"{url}/2", method="POST"))
    killed(
        tmp_path, api, lambda target, _: target == "POST /second/2", "run", "first.json", "second.json",
        "--parallel", parallel, "--silent",
    )  # fmt: skip
    code, output = finished(tmp_path, ["resume", "last"])
    assert code == 1, output
    shown = json.loads(finished(tmp_path, ["runs", "show", "last", "--format", "json"])[1])
    assert "a[2]" in [one["path"] for one in shown["requests"] if one["outcome"] == "unknown"]
    server.take()
    code, output = finished(tmp_path, ["run", "second.json", "--last-failed"])
    assert code == 0, output
    assert [one.target for one in server.take()] == ["/second/2"]


def test_no_secret_of_what_runs_side_by_side(tmp_path: Path, server: RecordingServer) -> None:
    """Nobody has been told of it when it is written: what is secret in it is found all the same."""
    secrets = ["first-9d8e7f6a5b", "second-9d8e7f6a5b"]
    keep = "pm.collectionVariables.set('innocent', pm.response.json().access_token); console.log(pm.response.text());"
    for name, secret in zip(("first", "second"), secrets, strict=True):
        header = [{"key": "X-Mine", "value": "{{api_key}}"}]
        write(
            tmp_path,
            f"{name}.json",
            request("a", f"{server.url}/echo", header=header),
            request("b", f"{server.url}/token", keep),
            request("c", f"{server.url}/echo", method="POST", body={"mode": "raw", "raw": "{{innocent}}"}),
            variable=[{"key": "api_key", "value": secret}],
        )
    code, output = finished(tmp_path, ["run", "first.json", "second.json", "-n", "3", "--parallel", "4", "--silent"])
    assert code == 0, output
    kept = b"".join(one.read_bytes() for one in tmp_path.glob(".htrun/runs.db*"))
    assert kept.count(b"application/json") > 10
    for secret in (*secrets, FOUND, COOKIE):
        assert secret.encode() not in kept, secret


def test_interrupted_and_out_of_time(tmp_path: Path, api: Api, server: RecordingServer) -> None:
    write(tmp_path, "api.json", *three(server.url), variable=[{"key": "row", "value": "x"}])
    running: list[subprocess.Popen[str]] = []

    def interrupt(target: str, number: int) -> None:
        if number == 2:
            running[0].send_signal(signal.SIGINT)

    api.hook = interrupt
    running.append(start(tmp_path, "run", "api.json"))
    running[0].communicate(timeout=60)
    assert running[0].returncode == 130
    api.hook = lambda target, number: None
    # now it has no time
    code, output = finished(tmp_path, ["resume", "last", "--timeout", "1"])
    assert code == 1
    assert "took longer than its time limit" in output
    code, output = finished(tmp_path, ["resume", "last", "--timeout", "60000"])
    assert code == 0, output
    assert api.arrived["POST /new/x"] == 1
    assert counts(tmp_path)["items"] == 3
    code, output = finished(tmp_path, ["resume", "last"])
    assert code == 2
    assert "run 1 has ended (passed)" in output


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_the_time_limit_ended_has_not_ended(
    tmp_path: Path, api: Api, server: RecordingServer, method: str
) -> None:
    """It is as if it had been killed, also in the last request of a run."""
    late = request("late", f"{server.url}/respond?delay=1500", "pm.test('ok', () => {});", method=method)
    write(tmp_path, "api.json", request("first", f"{server.url}/first", method="POST"), late)
    code, output = finished(tmp_path, ["run", "api.json", "--timeout", "1000"])
    assert code == 1, output
    assert "stopped" in (shown := finished(tmp_path, ["runs", "show", "last"])[1])
    assert f"late: {method} {server.url}/respond was being sent" in shown
    code, output = finished(tmp_path, ["resume", "last", "--timeout", "0"])
    if method == "GET":
        assert code == 0, output
        assert counts(tmp_path) == {"iterations": 1, "items": 2, "requests": 2, "assertions": 1}
    else:
        assert code == 1
        assert f"unknown: POST {server.url}/respond was sent, or being sent" in output
    arrived = [one.target for one in server.take()]
    assert arrived.count("/first") == 1
    assert arrived.count("/respond?delay=1500") == (2 if method == "GET" else 1)


def test_a_file_that_has_changed(tmp_path: Path, api: Api, server: RecordingServer) -> None:
    write(tmp_path, "api.json", *three(server.url), variable=[{"key": "row", "value": "x"}])
    killed(tmp_path, api, lambda _, number: number == 2, "run", "api.json")
    text = (tmp_path / "api.json").read_text()
    (tmp_path / "api.json").write_text(text.replace("/drop/", "/remove/"))
    code, output = finished(tmp_path, ["resume", "last"])
    assert code == 3
    assert "api.json changed since the run began" in output
    assert finished(tmp_path, ["resume", "last", "--force"])[0] == 0
    assert [target for target in api.arrived if "/remove/" in target]
    assert api.arrived["POST /new/x"] == 1


def test_repeat_unknown(tmp_path: Path, api: Api, server: RecordingServer) -> None:
    write(tmp_path, "api.json", *three(server.url), variable=[{"key": "row", "value": "x"}])
    killed(tmp_path, api, lambda _, number: number == 1, "run", "api.json", "--silent")
    shown = finished(tmp_path, ["runs", "show", "last"])[1]
    assert f"make: POST {server.url}/new/x was being sent" in shown
    assert "htrun resume 1 goes on with it" in shown
    code, output = finished(tmp_path, ["resume", "1", "--repeat-unknown", "-r", "cli"])
    assert code == 0
    assert "→ make" in output  # it was silent, but now somebody wants to see it
    assert api.arrived["POST /new/x"] == 2


def test_a_jump_to_nowhere(tmp_path: Path, api: Api, server: RecordingServer) -> None:
    """It fails once, also when it is told again."""
    jump = "pm.execution.setNextRequest('nowhere');"
    write(tmp_path, "api.json", request("jump", f"{server.url}/a", jump), request("b", f"{server.url}/b"))
    killed(tmp_path, api, lambda _, number: number == 2, "run", "api.json", "-n", "2")
    code, output = finished(tmp_path, ["resume", "last"])
    assert code == 1, output
    report = json.loads(finished(tmp_path, ["runs", "show", "last", "--format", "json"])[1])
    assert [one["failure"] for one in report["requests"]] == [
        'setNextRequest("nowhere"): no request of this run has that name or id'
    ] * 2
    assert api.arrived == {"GET /a": 3}


def test_a_loop(tmp_path: Path, api: Api, server: RecordingServer) -> None:
    """More has run than there is in the collection; nothing says 5 of 2."""
    again = "const n = Number(pm.environment.get('n') || 0) + 1; pm.environment.set('n', n);"
    again += " if (n < 5) pm.execution.setNextRequest('a');"
    write(
        tmp_path,
        "api.json",
        request("a", f"{server.url}/a", again, method="POST"),
        request("b", f"{server.url}/b/{{{{n}}}}"),
    )
    killed(tmp_path, api, lambda _, number: number == 6, "run", "api.json")
    assert "; 5 requests, 0 failed" in finished(tmp_path, ["runs", "show", "last"])[1]
    code, output = finished(tmp_path, ["resume", "last"])
    assert code == 0, output
    assert "goes on after 5 requests" in output
    assert api.arrived["POST /a"] == 5
    assert counts(tmp_path)["items"] == 6


def test_what_was_simulated_is_gone(tmp_path: Path, api: Api, server: RecordingServer) -> None:
    """The simulated API died with the run, and all that the run had made in it: nothing is sent to where it was."""
    items = [request("first", f"{server.url}/first"), request("second", f"{server.url}/second")]
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "C"}, "item": items}))
    killed(tmp_path, api, lambda target, number: number == 2, "run", "c.json", "--simulate", "hypertrack")
    code, output = finished(tmp_path, ["resume", "last"])
    assert code == 3
    assert "run 1 cannot be resumed: what it had made in the simulated API ended with it" in output
    assert "goes on" not in output
    shown = finished(tmp_path, ["runs", "show", "last"])[1]
    assert "it cannot be resumed: what it had made in the simulated API ended with it" in shown
    assert "goes on with it" not in shown
    assert api.arrived == {"GET /first": 1, "GET /second": 1}

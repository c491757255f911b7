"""``--record`` and ``htrun report``: every report can be made again, the same."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun, folder, request
from runner.reporters.record.read import Record
from runner.reporters.registry import REPORTERS
from support.marks import reporters
from support.server import Answer, Received, RecordingServer, answer_to

#: What is made anew for each report: ids, and the time when it is written.
VOLATILE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b|\b1[789]\d{11}\b"
    r"|\d{4}-\d\d-\d\d[T-]\d\d[:-]\d\d[:-]\d\d[\d.-]*Z?"
)
#: Answers that are not text, or not what they say.
BODIES = {
    "/binary": bytes(range(256)),
    "/latin": "Ann é".encode("latin-1"),
    "/hostile": "</script>\x1b[2J\u202e\x00\u2028]]>'\"&\ud800".encode("utf-8", "surrogatepass"),
    "/large": b"0123456789abcdef" * (300 * 1024),
}


def odd(received: Received) -> Answer:
    body = BODIES.get(received.target.partition("?")[0])
    return answer_to(received) if body is None else Answer(200, body, (("Content-Type", "text/plain"),))


@pytest.fixture
def server() -> Any:
    with RecordingServer(respond=odd) as running:
        yield running


@pytest.fixture
def varied(collection: Callable[..., str], server: RecordingServer) -> str:
    """A collection in which a bit of everything happens."""
    url = server.url
    return collection(
        folder(
            "First / folder",
            request("json", f"{url}/json?x={{{{n}}}}", "pm.test('ok', () => {}); pm.environment.set('id', 42);"),
            request("fails", f"{url}/echo", "pm.test('no', () => pm.expect({ a: [1] }).to.eql({ a: [2] }));"
                    "pm.test.skip('later', () => {}); throw new Error('a\\nb \\u001b[31m')", method="POST",
                    body={"mode": "raw", "raw": '{"unset": "{{missing}}"}'}),
            event=[{"listen": "prerequest", "script": {"exec": ["console.warn('in', { folder: true })"]}}],
        ),
        request("redirect", f"{url}/redirect/302?to=/json&cookie=a%3Db"),
        request("refused", "http://127.0.0.1:1/"),
        request("binary", f"{url}/binary", "setTimeout(() => { throw new TypeError('late') }, 1)"),
        request("latin", f"{url}/latin"),
        request("hostile", f"{url}/hostile", "pm.test('\\ud800 ' + pm.response.text(), () => {})"),
        request("sends", f"{url}/respond?status=404",
                f"pm.sendRequest('{url}/json', (e, r) => pm.test('s', () => {{}}))"),
        request("nested", f"{url}/json", "await pm.execution.runRequest('fails')"),
        request("skipped", f"{url}/json", prerequest="pm.execution.skipRequest()"),
        request("form", f"{url}/echo", method="POST", body={"mode": "formdata", "formdata": [
            {"key": "a", "value": "1", "type": "text"}]}),
        request("jump", f"{url}/json", "pm.execution.setNextRequest(null); "
                "pm.visualizer.set('<b>{{n}}</b>', { n: 1 }); pm.globals.set('o', { deep: [1.50, NaN, null] })"),
        request("never", f"{url}/json"),
        variable=[{"key": "n", "value": "7"}],
    )  # fmt: skip


def outputs(folder: Path, stdout: str) -> list[tuple[str, str]]:
    """Names and texts of all that a report has written."""
    files = [(str(path.relative_to(folder)), path) for path in folder.rglob("*") if path.is_file()]
    texts = [("stdout", stdout), *((name, path.read_text("utf-8", "surrogateescape")) for name, path in files)]
    return sorted((VOLATILE.sub("*", name), VOLATILE.sub("*", text)) for name, text in texts)


@pytest.mark.parametrize("name", reporters(sorted(REPORTERS)))
def test_a_report_from_the_record_is_the_one_of_the_run(htrun: Htrun, varied: str, tmp_path: Path, name: str) -> None:
    live, again = tmp_path / "live", tmp_path / "again"
    options = ("--verbose", "--curl", "--color", "on", f"--reporter-{name}-show-timestamps")
    env = {"GITHUB_STEP_SUMMARY": str(live / "summary"), "TZ": "UTC"}
    live.mkdir()
    again.mkdir()
    done = htrun("run", varied, "-n", "2", "-r", name, f"--reporter-{name}-export", f"live/{name}", *options,
                 "--record", "the/record", env=env)  # fmt: skip
    assert done.returncode == 1, done.stderr
    env["GITHUB_STEP_SUMMARY"] = str(again / "summary")
    made = htrun("report", "the/record", "--as", name, f"--reporter-{name}-export", f"again/{name}", *options, env=env)
    assert made.returncode == 1, made.stderr
    assert outputs(again, made.stdout) == outputs(live, done.stdout)


def test_several_reports_at_once(htrun: Htrun, varied: str, tmp_path: Path) -> None:
    htrun("run", varied, "--record", "record", "-r", "progress")
    done = htrun("report", "record", "--as", "cli,junit", "--reporter-junit-export", "r.xml", "-x")
    assert done.returncode == 0
    assert "→ redirect" in done.stdout
    assert (tmp_path / "r.xml").read_text().startswith("<?xml")


def test_attempts_captures_and_steps_of_a_workflow(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, tmp_path: Path
) -> None:
    collection(request("A", f"{server.url}/json"), request("B", f"{server.url}/respond?status=503"))
    (tmp_path / "w.workflow.yaml").write_text(
        "name: W\ncollection: collection.json\nsteps:\n"
        "  - name: first\n    run: A\n    capture:\n      user_id: $.id\n"
        "  - name: second\n    run: B\n    retry: 2\n    expect:\n      status: 200\n"
    )
    done = htrun("run", "w.workflow.yaml", "--record", "record")
    assert "attempt" in done.stdout, done.stdout + done.stderr
    made = htrun("report", "record")
    assert made.stdout == done.stdout
    assert made.returncode == done.returncode


def test_iterations_side_by_side(htrun: Htrun, varied: str) -> None:
    done = htrun("run", varied, "-n", "6", "--parallel", "3", "--record", "record")
    assert htrun("report", "record").stdout == done.stdout


def test_bodies_are_kept_up_to_a_limit(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, tmp_path: Path
) -> None:
    file = collection(request("large", f"{server.url}/large"), request("hostile", f"{server.url}/hostile"))
    size = len(BODIES["/large"])
    done = htrun("run", file, "--record", "record", "--verbose")
    assert done.returncode == 0
    assert 1024 * 1024 < (tmp_path / "record").stat().st_size < 1.2 * 1024 * 1024
    made = htrun("report", "record", "--verbose")
    assert made.stdout == done.stdout, "the terminal shows the size of the whole and the beginning"
    htrun("report", "record", "--as", "json", "--reporter-json-export", "r.json")
    response = json.loads((tmp_path / "r.json").read_text())["run"]["executions"][0]["response"]
    assert response["responseSize"] == size
    assert bytes(response["stream"]["data"]) == BODIES["/large"][: 1024 * 1024]

    htrun("run", file, "--record", "record", "--record-bodies", "0")
    assert (tmp_path / "record").stat().st_size < 10_000
    assert b"0123456789abcdef" not in (tmp_path / "record").read_bytes()

    htrun("run", file, "--record", "record", "--record-bodies", str(size))
    htrun("report", "record", "--as", "json", "--reporter-json-export", "r.json")
    response = json.loads((tmp_path / "r.json").read_text())["run"]["executions"][0]["response"]
    assert bytes(response["stream"]["data"]) == BODIES["/large"]


def test_a_record_grows_by_what_happens_only(htrun: Htrun, varied: str, tmp_path: Path) -> None:
    """Items are written once, and what is repeated within an item is not written again."""
    sizes = []
    for iterations in ("1", "2", "3"):
        htrun("run", varied, "-n", iterations, "--record", "record", "-r", "progress")
        sizes.append((tmp_path / "record").stat().st_size)
    assert abs((sizes[2] - sizes[1]) - (sizes[1] - sizes[0])) < 0.05 * sizes[0]
    text = (tmp_path / "record").read_text()
    assert text.count('"name":"First / folder"') == 1
    assert text.count("/redirect/302") < 3 * 6


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_record_that_was_cut_off(htrun: Htrun, varied: str, tmp_path: Path, share: float) -> None:
    """A run that was killed leaves half a line at most."""
    whole = htrun("run", varied, "--record", "record").stdout
    data = (tmp_path / "record").read_bytes()
    (tmp_path / "record").write_bytes(data[: int(len(data) * share)])
    made = htrun("report", "record", "--as", "cli,junit", "--reporter-junit-export", "r.xml")
    assert made.returncode == 130
    assert made.stderr == ""
    assert "interrupted: the run was stopped before its end" in made.stdout
    assert "was interrupted" in (tmp_path / "r.xml").read_text()
    before = made.stdout.partition("┌──")[0].rstrip()
    assert whole.startswith(before[: before.rindex("\n")])


def test_a_run_that_is_killed_leaves_its_record(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    file = collection(request("A", f"{server.url}/json"), request("slow", f"{server.url}/respond?delay=60000"))
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "run", file, "--record", "record"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    try:
        while time.monotonic() < until and len(server.received) < 2:
            time.sleep(0.02)
        assert '"event":"ItemFinished"' in (tmp_path / "record").read_text(), "it is written as the run goes"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    made = htrun("report", "record")
    assert made.returncode == 130
    assert "→ A\n" in made.stdout
    assert "[200 OK" in made.stdout
    assert "→ slow\n" in made.stdout


def test_ctrl_c(collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path) -> None:
    file = collection(request("A", f"{server.url}/json"), request("slow", f"{server.url}/respond?delay=60000"))
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "run", file, "--record", "record"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 30
    while time.monotonic() < until and len(server.received) < 2:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    made = htrun("report", "record")
    assert made.returncode == 130
    assert made.stdout == shown


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no record of a run"),
        (b"{}\n", "is no record of a run"),
        (b'{"info": {}, "item": []}', "is no record of a run"),
        (b"\xff\xfe\n", "is no record of a run"),
        (b'{"record":"htrun","version":99,"htrun":"9.0","masked":true}\n', "was written by a newer htrun (9.0)"),
        (b'{"record":"htrun","version":1,"masked":true}\nnonsense\n', "record:2: is no event of a record"),
        (b'{"record":"htrun","version":1,"masked":true}\n{"event":"ItemStarted","at":1}\n', "record:2: is no event"),
        (b'{"record":"htrun","version":1,"masked":true}\n{"event":"ItemStarted","at":1,"located":{"#":7},"cursor":{}}\n',
         "record:2: is no event"),
        (b'{"record":"htrun","version":1,"masked":true}\n{"event":"ItemFinished","at":1,"result":{"$":"Popen"}}\n',
         "record:2: is no event"),
        (b'{"record":"htrun","version":1,"masked":true}\n' + b"[" * 100_000 + b"\n", "record:2: is no event"),
    ],
)  # fmt: skip
def test_what_is_no_record(htrun: Htrun, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "record").write_bytes(content)
    done = htrun("report", "record")
    assert done.returncode == 3
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_record_that_is_not_there(htrun: Htrun) -> None:
    done = htrun("report", "record")
    assert (done.returncode, done.stderr) == (3, "htrun: error: record: cannot be read: No such file or directory\n")


def test_a_later_event_that_nobody_knows_yet_falls_through(htrun: Htrun, varied: str, tmp_path: Path) -> None:
    done = htrun("run", varied, "--record", "record")
    lines = (tmp_path / "record").read_text().splitlines(keepends=True)
    lines.insert(3, '{"event":"SomethingNew","at":1.0,"what":"ever"}\n')
    (tmp_path / "record").write_text("".join(lines))
    assert htrun("report", "record").stdout == done.stdout


def test_a_place_that_cannot_be_written_to(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = htrun("run", collection(request("A", f"{server.url}/json")), "--record", "file/record")
    assert done.returncode == 1
    assert "cannot write the record to file/record: " in done.stderr
    assert "Traceback" not in done.stderr
    assert server.take() == ()


def test_the_events_are_the_same_objects_where_they_were(htrun: Htrun, varied: str, tmp_path: Path) -> None:
    """Listeners tell by identity what belongs together."""
    htrun("run", varied, "--record", "record")
    with Record(tmp_path / "record") as record:
        events = [line.event for line in record.lines()]
    started = events[0]
    collection = started.collection  # type: ignore[union-attr]
    finished = [event.result for event in events if type(event).__name__ == "ItemFinished"]
    exchanges = [event.exchange for event in events if type(event).__name__ == "ExchangeFinished"]
    assert all(result.located.parents[0] is collection for result in finished)
    assert any(one is exchanges[0] for one in finished[0].exchanges)
    assert all(run.script in result.item.scripts or run.script.listen == "prerequest"
               for result in finished for run in result.scripts)  # fmt: skip

"""How a run ends: by signals, and with reports and output that cannot be written. docs/reliability.md, "Ends" and
"Reports"."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from faults.conftest import JSON_REPORT, collection, command, environment, execute, item
from faults.server import Faulty, listening, wait_after
from support.marks import slow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and devices of Unix")

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
#: seconds that anything here may take at most
SOON = 15.0
LOOP = "while (true) {}"
#: A resolver that takes its time: the real one cannot be made slow from outside.
SLOW_RESOLVER = """
import socket, time
real = socket.getaddrinfo
def slow(host, *rest, **more):
    if str(host).endswith(".slow.invalid"):
        open("looked-up", "w").close()
        time.sleep(20)
    return real(host, *rest, **more)
socket.getaddrinfo = slow
"""


@contextmanager
def full_port() -> Iterator[int]:
    """A port whose queue of connections is full: connecting hangs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]
        for sock in waiting:
            sock.close()


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def start(folder: Path, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(*arguments), cwd=folder, env=environment(PYTHONPATH=f"{folder}:{environment()['PYTHONPATH']}"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


@pytest.fixture
def stages(server: Faulty) -> Iterator[dict[str, dict[str, Any]]]:
    """What the second request of a run is stuck in."""
    with full_port() as full, listening(wait_after(b"")) as silent:
        ask = f"pm.sendRequest('{server.url('silent')}?s', () => {{}})"
        yield {
            "look-up": item("stuck", "http://a.slow.invalid/"),
            "connecting": item("stuck", f"http://127.0.0.1:{full}/"),
            "handshake": item("stuck", f"https://127.0.0.1:{silent}/"),
            "tunnel": item("stuck", "https://a.invalid/", proxy={"host": "127.0.0.1", "port": silent, "tunnel": True}),
            "headers": item("stuck", server.url("silent")),
            "body": item("stuck", server.url("slow-body")),
            "prerequest": item("stuck", server.url("good"), prerequest=LOOP),
            "test": item("stuck", server.url("good"), test=LOOP),
            "script-request": item("stuck", server.url("good"), test=ask),
        }


STAGES = (
    "look-up", "connecting", "handshake", "tunnel", "headers", "body", "prerequest", "test", "script-request",
)  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        pytest.param(
            stage, number, marks=[] if (number is signal.SIGTERM) == (stage in STAGES[::2]) else pytest.mark.slow
        )
        for stage in STAGES
        for number in CODES
    ],
)
def test_signals(
    tmp_path: Path, stages: dict[str, dict[str, Any]], server: Faulty, stage: str, number: signal.Signals
) -> None:
    """The run ends at once, with the summary, the reports and the exports of what it did until then."""
    (tmp_path / "sitecustomize.py").write_text(SLOW_RESOLVER)
    (tmp_path / "r.json").write_text("old")
    first = item("first", server.url("good"), test="pm.environment.set('a', 1); pm.test('it ran')")
    file = collection(tmp_path, [first, stages[stage], item("never", server.url("never"))])
    before = len(server.heads)
    with start(tmp_path, "run", file, *JSON_REPORT, "--export-environment", "e.json", "--no-journal") as process:
        until(lambda: len(server.heads) > before)
        time.sleep(0.4)  # the second request gets to where it is stuck
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=SOON)
    assert time.monotonic() - began < 5
    assert process.returncode == CODES[number], err
    assert not err
    assert b"interrupted: the run was stopped before its end" in out
    report = json.loads((tmp_path / "r.json").read_bytes())["run"]
    assert report["executions"][0]["item"]["name"] == "first"
    assert json.loads((tmp_path / "e.json").read_bytes())["values"][0]["key"] == "a"
    assert not any(b"/never" in head for head in server.heads[before:])
    assert not list(tmp_path.glob(".htrun-*"))


@pytest.mark.parametrize("stage", ["look-up", "handshake", "tunnel", "body", "prerequest", "test", "script-request"])
def test_the_time_limit_of_the_run_holds(
    tmp_path: Path, stages: dict[str, dict[str, Any]], server: Faulty, stage: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SLOW_RESOLVER)
    file = collection(tmp_path, [stages[stage], item("never", server.url("never"))])
    before = len(server.heads)
    env = {"PYTHONPATH": f"{tmp_path}:{environment()['PYTHONPATH']}"}
    ran = execute(tmp_path, file, "--timeout", "500", "--no-journal", env=env)
    assert ran.code == 1
    assert "the run took longer than its time limit of 500 ms (--timeout)" in ran.out
    assert ran.seconds < 8
    assert not any(b"/never" in head for head in server.heads[before:])


def test_sigkill_leaves_the_old_report_whole(tmp_path: Path, server: Faulty) -> None:
    (tmp_path / "r.json").write_text("old")
    file = collection(tmp_path, [item("first", server.url("good")), item("stuck", server.url("silent"))])
    before = len(server.heads)
    with start(tmp_path, "run", file, *JSON_REPORT) as process:
        until(lambda: len(server.heads) > before + 1)
        process.kill()
        process.communicate(timeout=SOON)
    assert (tmp_path / "r.json").read_text() == "old"


@pytest.mark.parametrize("number", [*slow(*CODES), signal.SIGKILL])
def test_signals_while_a_report_is_written(tmp_path: Path, server: Faulty, number: signal.Signals) -> None:
    """It takes a while: the JSON report has a number for each byte of a body."""
    (tmp_path / "r.json").write_text("old")
    script = "for (let n = 0; n < 60000; n++) pm.test(`${n} ${'long '.repeat(40)}`)"
    file = collection(tmp_path, [item("large", server.url("good"), test=script)])
    with start(tmp_path, "run", file, "-r", "json", "--reporter-json-export", "r.json", "--no-journal") as process:
        until(lambda: bool(list(tmp_path.glob(".htrun-*"))) or process.poll() is not None)
        process.send_signal(number)
        _, err = process.communicate(timeout=SOON)
    assert b"Traceback" not in err
    written = (tmp_path / "r.json").read_text()
    if process.returncode == 0:  # it was quicker
        assert len(json.loads(written)["run"]["executions"]) == 1
    else:
        assert process.returncode == CODES.get(number, -signal.SIGKILL)
        assert written == "old" or json.loads(written)
        assert number is signal.SIGKILL or not list(tmp_path.glob(".htrun-*"))


# --- reports ---


@pytest.mark.parametrize(
    ("option", "place"),
    [
        ("--reporter-json-export", "file/r.json"),
        ("--reporter-json-export", "n" * 300),
        ("--export-environment", "file/e.json"),
        ("--export-globals", "/proc/none/g.json"),
        ("--record", "folder"),
        ("--record", "file/r.jsonl"),
    ],
)
def test_places_that_cannot_be_written_to_are_told_of_before_the_first_request(
    tmp_path: Path, server: Faulty, option: str, place: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    before = len(server.heads)
    ran = execute(tmp_path, collection(tmp_path, [item("a", server.url("good"))]), "-r", "json", option, place)
    assert ran.code == 1
    assert len(ran.said()) == 1
    assert ran.err.startswith("htrun: error: cannot write the ")
    assert place in ran.err
    assert len(server.heads) == before


def small_files() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))


def test_a_disk_that_is_full_costs_one_report_and_not_the_others(tmp_path: Path, server: Faulty) -> None:
    """The limit for the size of files stands for the end of a disk. A report that was there before stays."""
    (tmp_path / "r.json").write_text("old")
    script = "for (let n = 0; n < 300; n++) pm.test(`${n} ${'long '.repeat(40)}`)"
    items = [item("large", server.url("good"), test=script), item("after", server.url("good"))]
    options = ("-r", "cli,json,csv", "--reporter-json-export", "r.json", "--reporter-csv-export", "r.csv")
    more = ("--export-environment", "e.json", "--no-journal", "--reporter-cli-no-success-assertions")
    before = len(server.heads)
    ran = execute(tmp_path, collection(tmp_path, items), *options, *more, preexec_fn=small_files)
    assert ran.code == 1
    assert "htrun: error: cannot write the json report to r.json: File too large" in ran.err
    assert len(server.heads) == before + 2
    assert (tmp_path / "r.json").read_text() == "old"
    assert (tmp_path / "e.json").exists()
    assert not list(tmp_path.glob(".htrun-*"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_device(tmp_path: Path, server: Faulty) -> None:
    file = collection(tmp_path, [item("a", server.url("good"))])
    with open("/dev/full", "wb") as full:
        ran = execute(tmp_path, file, *JSON_REPORT, stdout=full)
    assert ran.code == 1
    assert ran.said()[-1] == "htrun: error: cannot write to the standard output: No space left on device"
    ran = execute(tmp_path, file, "-r", "cli,json", "--reporter-json-export", "/dev/full")
    assert ran.code == 1
    assert ran.said()[-1] == "htrun: error: cannot write the json report to /dev/full: No space left on device"
    assert "total run duration" in ran.out


def test_a_pipe_that_nobody_reads_any_more(tmp_path: Path, server: Faulty) -> None:
    """The run goes on to its end, and so do its other reports."""
    file = collection(tmp_path, [item("first", server.url("good")), item("last", server.url("good"))])
    with start(tmp_path, "run", file, *JSON_REPORT) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        assert process.wait(SOON) == 0
    assert err == b""
    assert len(json.loads((tmp_path / "r.json").read_bytes())["run"]["executions"]) == 2


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(tmp_path: Path, server: Faulty, closed: str) -> None:
    """What is opened later does not take their places: nothing is written into a report or a connection."""
    file = collection(tmp_path, [item("a", server.url("good"))])
    shell = f'exec "$@" {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", shell, "sh", *command("run", file, *JSON_REPORT)],
        cwd=tmp_path, env=environment(), capture_output=True, timeout=SOON,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert len(json.loads((tmp_path / "r.json").read_bytes())["run"]["executions"]) == 1

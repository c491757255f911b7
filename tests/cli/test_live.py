"""The status line on a real terminal: there while it helps, and without a trace in what stays."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.conftest import Htrun, request
from support.server import RecordingServer

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

from support.terminal import Terminal, terminal, width

Write = Callable[..., str]
ROOT = Path(__file__).parents[2]


@contextmanager
def running(
    folder: Path, *arguments: str, columns: int = 100, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "runner", "run", *arguments]
    with terminal(command, folder, columns=columns, env={"PYTHONPATH": str(ROOT), **(env or {})}) as shown:
        yield shown


def stable(text: str) -> str:
    """Without what differs from run to run."""
    text = re.sub(r"[\d.]+(?:µs|ms|s)\b", "T", text)
    return re.sub(r" +|[─│┌┬┐├┼┤└┴┘]+", " ", text)


@pytest.mark.parametrize(("columns", "parallel"), [
        (100, ()),
        pytest.param(32, (), marks=pytest.mark.slow),
        pytest.param(140, ("--parallel", "3"), marks=pytest.mark.slow),
    ])
def test_nothing_of_it_stays(
    tmp_path: Path, collection: Write, htrun: Htrun, server: RecordingServer, columns: int, parallel: tuple[str, ...]
) -> None:
    fails = "pm.test('x', () => { throw new Error('no') })"
    file = collection(
        request("Größe 大きさの名前がとても長い場合もある", f"{server.url}/respond?delay=120", "console.log('said')"),
        request("Second", f"{server.url}/respond?delay=120", fails),
    )
    arguments = (file, "-n", "12", *parallel)
    with running(tmp_path, *arguments, columns=columns) as shown:
        assert shown.finish() == 1
    drawn = shown.drawn()
    assert len(drawn) > 5
    assert max(map(width, drawn)) < columns
    assert any(re.search(r"item \d+/24 +\d+ failed", text) for text in drawn)
    if columns >= 100:
        assert any(re.search(r"[█░]{20}  item \d+/24  \d+ failed  ETA \d+s  [\d.]+ items/s", text) for text in drawn)
        assert any("Größe 大" in text for text in drawn)
    assert "ETA" not in shown.screen()
    if columns >= 100:  # a narrower one wraps the report itself
        expected = htrun(*arguments, env={"COLUMNS": "100"}).stdout
        assert stable(shown.screen()) == stable(expected)


def test_a_window_may_change(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    file = collection(request("A request with a name of some length", f"{server.url}/respond?delay=100"))
    with running(tmp_path, file, "-n", "30", columns=120) as shown:
        shown.until("item [3-9]/30")
        shown.resize(40)
        before = len(shown.drawn())
        shown.until("item 1[2-9]/30")
        assert shown.finish() == 0
    # one may have been on its way
    assert max(width(text) for text in shown.drawn()[:before]) > 60
    assert max(width(text) for text in shown.drawn()[before + 2 :]) < 40


def test_whoever_waits_sees_for_what_and_how_long(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    file = collection(request("quick", f"{server.url}/"), request("slow", f"{server.url}/respond?delay=4000"))
    with running(tmp_path, file) as shown:
        shown.until(r"item 2/2 .*slow 3s")
        assert shown.finish() == 0


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"CI": "true"}])
def test_some_terminals_cannot_draw(
    tmp_path: Path, collection: Write, server: RecordingServer, env: Mapping[str, str]
) -> None:
    file = collection(request("a", f"{server.url}/respond?delay=60"))
    for reporter in ("cli", "progress"):
        with running(tmp_path, file, "-n", "25", "-r", reporter, env=env) as shown:
            assert shown.finish() == 0
        assert "\x1b[2K" not in shown.raw
        assert "items/s" not in shown.raw


@pytest.mark.parametrize("options", [(), ("--reporter-cli-compact",), ("-r", "progress")])
def test_pipes_get_nothing_of_it(
    htrun: Htrun, collection: Write, server: RecordingServer, options: tuple[str, ...]
) -> None:
    done = htrun(collection(request("a", f"{server.url}/respond?delay=50")), "-n", "25", *options)
    assert done.returncode == 0
    assert "\r" not in done.stdout
    assert "\x1b" not in done.stdout
    assert "items/s" not in done.stdout


def test_the_progress_bar(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    file = collection(request("A name", f"{server.url}/respond?delay=100", "pm.test('x', () => { throw 1 })"))
    with running(tmp_path, file, "-n", "15", "-r", "progress", columns=110) as shown:
        assert shown.finish() == 1
    found = r"^progress \[[█░]+\] \d+% \| ETA: \d+s \| \d+/15 \| \d+ failed \| [\d.]+ items/s \| A name$"
    assert any(re.search(found, text) for text in shown.drawn())
    assert shown.screen() == f"progress [{'█' * 40}] 100% | ETA: 0s | 15/15 | 15 failed\n"


def test_a_warning_takes_the_place_of_the_line(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    items = [request("a", f"{server.url}/respond?delay=100")] * 25
    file = collection(*items, request("b", f"{server.url.replace('http', 'https')}/"))
    with running(tmp_path, file, "--ssl-extra-ca-certs", "missing.pem", "--timeout-request", "500") as shown:
        shown.finish()
    lines = shown.screen().split("\n")
    warnings = [line for line in lines if "warning" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("htrun: warning: extra CA certificates ")


def test_ctrl_c_leaves_no_status(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    import signal

    file = collection(request("slow", f"{server.url}/respond?delay=20000"))
    with running(tmp_path, file, "-n", "30") as shown:
        shown.until("item 1/30.*slow")
        os.killpg(shown.process.pid, signal.SIGINT)
        assert shown.finish() == 130
    assert "item 1/30" not in shown.screen()
    assert "interrupted: the run was stopped before its end" in shown.screen()

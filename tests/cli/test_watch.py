"""``--watch``: runs again when a file changes, and nothing else ends it than Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.conftest import request
from support.server import RecordingServer

Write = Callable[..., str]
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")


class Watching:
    """``htrun run --watch`` as it goes. ``err`` and ``out`` are what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out = self.err = ""
        self._threads = [
            threading.Thread(target=self._read, args=(name,), daemon=True) for name in ("stdout", "stderr")
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, name: str) -> None:
        for line in getattr(self.process, name):
            if name == "stdout":
                self.out += line
            else:
                self.err += line

    def waits(self, times: int) -> str:
        """Comes back when it has begun to wait for so many times; the header of the last run."""
        until = time.monotonic() + 30
        while self.err.count("---- waiting for changes of ") < times:
            assert time.monotonic() < until, self.err
            assert self.process.poll() is None, self.err
            time.sleep(0.02)
        return re.findall(r"---- run \d+, [\d:]+(.*) ----", self.err)[-1]

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=20)
        for thread in self._threads:
            thread.join(5)
        return self.process.returncode


@contextmanager
def watching(folder: Path, *arguments: str, path: str = "") -> Iterator[Watching]:
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "run", *arguments, "--watch"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (path, str(ROOT)))),
            "HOME": str(folder / "home"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield Watching(process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(params=["watchfiles", "nothing but a look now and then"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where Python looks first: the library can be hidden there."""
    if request.param == "watchfiles":
        pytest.importorskip("watchfiles")
        return ""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "watchfiles.py").write_text("raise ImportError('not installed')")
    return str(hidden)


def test_each_file_of_a_run_starts_another(
    tmp_path: Path, collection: Write, server: RecordingServer, path: str
) -> None:
    (tmp_path / "body.txt").write_text("one")
    (tmp_path / "env.json").write_text('{"values": [{"key": "n", "value": "1"}]}')
    upload = {"method": "POST", "body": {"mode": "file", "file": {"src": "{{file}}"}}}
    file = collection(request("up", f"{server.url}/{{{{n}}}}", **upload))
    with watching(tmp_path, file, "-e", "env.json", "--var", "file=body.txt", path=path) as run:
        assert run.waits(1) == ""
        assert "waiting for changes of body.txt, collection.json, env.json; Ctrl-C ends it" in run.err
        (tmp_path / "body.txt").write_text("another")
        assert run.waits(2) == ", changed: body.txt"
        # as editors do: a new file takes the place of the old one
        (tmp_path / "new").write_text('{"values": [{"key": "n", "value": "22"}]}')
        (tmp_path / "new").replace(tmp_path / "env.json")
        assert run.waits(3) == ", changed: env.json"
        (tmp_path / "unrelated.txt").write_text("x")
        time.sleep(0.8)
        assert run.end() == 130
    assert [(one.target, one.body) for one in server.take()] == [
        ("/1", b"one"),
        ("/1", b"another"),
        ("/22", b"another"),
    ]
    assert run.out.count("│              iterations │") == 3
    assert run.err.count("---- run ") == 3
    assert "Traceback" not in run.err


def test_a_broken_file_is_one_sentence_and_mending_it_goes_on(
    tmp_path: Path, collection: Write, server: RecordingServer
) -> None:
    file = collection(request("a", f"{server.url}/a"))
    whole = (tmp_path / file).read_text()
    (tmp_path / "data.json").write_text('[{"x": 1}]')
    with watching(tmp_path, file, "-d", "data.json") as run:
        run.waits(1)
        (tmp_path / file).write_text(whole[:-3])
        run.waits(2)
        errors = [line for line in run.err.splitlines() if not line.startswith("----") and line]
        assert len(errors) == 1
        assert errors[0].startswith("htrun: error: collection.json:1:")
        (tmp_path / "data.json").write_text('[{"x": 1}, {"x": 2}]')  # not read by the broken run, and yet not forgotten
        assert run.waits(3) == ", changed: data.json"
        (tmp_path / file).unlink()
        run.waits(4)
        assert "htrun: error: collection.json: no such file" in run.err
        (tmp_path / file).write_text(whole)
        run.waits(5)
        assert run.end() == 130
    assert len(server.take()) == 1 + 2


def test_what_the_run_writes_itself_starts_none(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    (tmp_path / "env.json").write_text('{"values": [{"key": "n", "value": "1"}]}')
    count = "pm.environment.set('n', Number(pm.environment.get('n')) + 1)"
    file = collection(request("a", f"{server.url}/{{{{n}}}}", count))
    with watching(tmp_path, file, "-e", "env.json", "--export-environment", "env.json") as run:
        run.waits(1)
        time.sleep(1.2)
        assert run.err.count("---- run ") == 1
        os.utime(tmp_path / file)
        run.waits(2)
        assert run.end() == 130
    assert [one.target for one in server.take()] == ["/1", "/2"]


def test_configuration_and_workflow_files(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    collection(request("a", f"{server.url}/a"))
    flow = "collection: collection.json\nsteps:\n  - run: a\n"
    (tmp_path / "w.workflow.yaml").write_text(flow)
    with watching(tmp_path, "w.workflow.yaml") as run:
        run.waits(1)
        (tmp_path / ".htrunrc").write_text('{"reporters": "progress"}')
        assert run.waits(2) == ", changed: .htrunrc"
        assert run.out.rstrip().endswith("100% | ETA: 0s | 1/1")
        (tmp_path / ".htrunrc").write_text('{"reporters": 1, "nope": 2}')
        run.waits(3)
        assert "htrun: error: " in run.err
        assert "there is no option 'nope'" in run.err
        (tmp_path / ".htrunrc").unlink()
        run.waits(4)
        (tmp_path / "w.workflow.yaml").write_text(flow + "  - run: a\n")
        assert run.waits(5) == ", changed: w.workflow.yaml"
        collection(request("a", f"{server.url}/b"))
        assert run.waits(6) == ", changed: collection.json"
        assert run.end() == 130
    assert [one.target for one in server.take()] == ["/a", "/a", "/a", "/a", "/a", "/b", "/b"]


def test_ctrl_c_in_a_run_ends_it_with_its_summary(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    file = collection(request("slow", f"{server.url}/respond?delay=30000"))
    with watching(tmp_path, file) as run:
        until = time.monotonic() + 20
        while not server.received and time.monotonic() < until:
            time.sleep(0.02)
        assert run.end() == 130
    assert "interrupted: the run was stopped before its end" in run.out
    assert "waiting" not in run.err


def test_wrong_use_does_not_wait(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    def answer(name: str) -> None:
        data = {"info": {"name": "Remote"}, "item": [request("a", f"{server.url}/a")]}
        (tmp_path / name).write_text(json.dumps(data))

    answer("c.json")
    with watching(tmp_path, "c.json", "-r", "clii") as run:
        assert run.process.wait(timeout=20) == 2
    from support.server import Answer

    body = (tmp_path / "c.json").read_bytes()
    with RecordingServer(respond=lambda received: Answer(200, body)) as remote, watching(tmp_path, remote.url) as run:
        assert run.process.wait(timeout=20) == 2
        time.sleep(0.1)
        assert "there is no file to wait for" in run.err
    with watching(tmp_path, "c.json", "--silent") as run:
        until = time.monotonic() + 20
        while not server.received and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)
        assert run.end() == 130
        assert (run.out, run.err) == ("", "")


def test_on_a_terminal(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    from support.terminal import terminal

    file = collection(request("a", f"{server.url}/respond?delay=300"))
    command = [sys.executable, "-m", "runner", "run", file, "--watch", "-n", "4"]
    with terminal(command, tmp_path, env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path / "home")}) as shown:
        shown.until("waiting for changes of collection.json")
        os.utime(tmp_path / file)
        shown.until("changed: collection.json(?s:.*)waiting for changes")
        os.killpg(shown.process.pid, signal.SIGINT)
        assert shown.finish() == 130
    lines = shown.screen().split("\n")
    assert sum(line.startswith("---- run ") for line in lines) == 2
    assert sum(line.startswith("  GET http://") for line in lines) == 8
    assert not any("item " in line for line in lines)
    assert "Traceback" not in shown.raw

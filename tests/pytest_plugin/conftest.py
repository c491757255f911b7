"""A project of a user: pytest is run in it as a process of its own, with nothing but this plugin and xdist."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from support.server import RecordingServer

Json = Any
#: Tells what came of each test, in order, as ``outcomes`` reads it.
REPORTS = """
def pytest_configure(config):
    global is_worker
    is_worker = hasattr(config, "workerinput")

def pytest_runtest_logreport(report):
    if is_worker:
        return
    if type(report).__name__ == "TestReport" and (report.when == "call" or report.outcome != "passed"):
        with open("reports.txt", "a") as file:
            print(report.nodeid, report.when, report.outcome, sep="|", file=file)
"""
OK = 'pm.test("is 200", () => pm.response.to.have.status(200));'


def request(name: str, path: str = "/json", test: str = OK, prerequest: str = "", **more: Json) -> Json:
    events = [
        {"listen": listen, "script": {"exec": source.splitlines()}}
        for listen, source in (("prerequest", prerequest), ("test", test))
        if source
    ]
    return {"name": name, "request": {"method": "GET", "url": "{{base}}" + path, **more}, "event": events}


class Project:
    """Its folder, and what came of the last run of pytest."""

    def __init__(self, pytester: pytest.Pytester, server: RecordingServer) -> None:
        self.path, self.server = pytester.path, server
        self._pytester = pytester
        pytester.plugins = ["xdist", "runner.pytest_plugin"]
        self.write("conftest.py", REPORTS)

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def collection(self, name: str, *items: Json, **more: Json) -> str:
        """The name of the file that it writes."""
        file = f"{name}.postman_collection.json"
        self.write(file, json.dumps({"info": {"name": name.rpartition("/")[2]}, "item": items, **more}, indent=2))
        return file

    def pytest(self, *arguments: str) -> pytest.RunResult:
        (self.path / "reports.txt").unlink(missing_ok=True)
        self.server.take()
        return self._pytester.runpytest_subprocess(f"--htrun-var=base={self.server.url}", *arguments, timeout=120)

    def interrupted(self, *arguments: str) -> tuple[int, str]:
        """Ctrl-C as soon as a request has been sent; the exit code, and what pytest printed."""
        self.server.take()
        command = [sys.executable, "-m", "pytest", f"--htrun-var=base={self.server.url}", *arguments]
        plugins = [f"-p{name}" for name in self._pytester.plugins]
        process = subprocess.Popen(
            [*command, *plugins],
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        until = time.monotonic() + 60
        while not self.server.take() and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        return process.returncode, out.decode()

    def outcomes(self) -> list[tuple[str, str]]:
        """The tests of the last run and what came of each, in their order; an error of its set-up or teardown too."""
        file = self.path / "reports.txt"
        lines = [line.split("|") for line in file.read_text().splitlines()] if file.exists() else []
        return [(node, outcome if when == "call" else f"{when} {outcome}") for node, when, outcome in lines]

    def sent(self) -> list[str]:
        """The paths of the requests of the last run."""
        return [one.target for one in self.server.take()]


@pytest.fixture
def project(pytester: pytest.Pytester, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "200")
    return Project(pytester, server)


def nodes(result: pytest.RunResult) -> Sequence[str]:
    """What ``--collect-only -q`` lists."""
    return [line for line in result.outlines if "::" in line]


def plain(result: pytest.RunResult) -> str:
    """What pytest printed, without the lines that hold times and places of this machine."""
    return re.sub(r"\d+ms|:\d{4,5}/", "~", result.stdout.str())

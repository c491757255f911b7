"""Load tests as a user starts them: processes of their own, against the simulator, which counts what it gets.

Locust replaces the threads of a process that imports it, so that none of it may be imported here.
"""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.simulator.server import SimulatorServer

ROOT = Path(__file__).parents[2]
KEY = "sk_test_load"

CREATED = """pm.test("created", () => pm.response.to.have.status(201));
pm.environment.set("id", pm.response.json().id);"""
#: waits for a timer, and then for an answer
PATIENT = """pm.test("found", () => pm.response.to.have.status(200));
pm.test("mine", () => pm.expect(pm.response.json().id).to.eql(pm.environment.get("id")));
setTimeout(() => pm.sendRequest({
    url: pm.variables.get("base") + "/users/" + pm.environment.get("id") + "/",
    header: { Authorization: "token sk_test_load" },
}, (error, response) => pm.test("again", () => {
    pm.expect(error).to.be.null;
    pm.expect(response.json().id).to.eql(pm.environment.get("id"));
})), 10);"""

Stats = dict[str, tuple[int, int]]


class Simulator:
    """The server, and what it was asked: method, and path without ids."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.server = SimulatorServer(log=self._note)

    def _note(self, line: str) -> None:
        method, path, _ = line.split()
        self.seen[f"{method} {re.sub(r'/users/[^/]+/', '/users/ID/', path).removeprefix('/api/v2')}"] += 1


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    running = Simulator()
    with running.server:
        yield running


def item(name: str, method: str, url: str, test: str = "", body: str | None = None, pre: str = "") -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "header": [{"key": "Authorization", "value": f"token {KEY}"}],
    }
    if body is not None:
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {"mode": "raw", "raw": body}
    scripts = (("prerequest", pre), ("test", test))
    events = [{"listen": listen, "script": {"exec": source.splitlines()}} for listen, source in scripts if source]
    return {"name": name, "request": request, "event": events}


@pytest.fixture
def collection(tmp_path: Path) -> Callable[..., str]:
    def write(*items: dict[str, Any], base: str = "", name: str = "load.json") -> str:
        document = {"info": {"name": "Load"}, "item": list(items), "variable": [{"key": "base", "value": base}]}
        (tmp_path / name).write_text(json.dumps(document))
        return name

    return write


@pytest.fixture
def users(simulator: Simulator, collection: Callable[..., str]) -> str:
    """Creates a user and looks it up; the second script waits."""
    body = '{"name": "Ann", "lookup_id": "{{$guid}}"}'
    return collection(
        {
            "name": "Users",
            "item": [
                item("Create user", "POST", "{{base}}/users/", CREATED, body),
                item("Get user", "GET", "{{base}}/users/{{id}}/", PATIENT),
            ],
        },
        base=simulator.server.url,
    )


class Load:
    """``htrun load``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: object, program: tuple[str, ...] = ("-m", "runner", "load")) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *program, *map(str, arguments)],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def __call__(self, *arguments: object, timeout: float = 60) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=timeout)
        return process.returncode, out, err

    def stats(self, prefix: str = "out") -> Stats:
        """Requests and failures by method and name, out of Locust's CSV file."""
        with (self.directory / f"{prefix}_stats.csv").open() as file:
            rows: list[Mapping[str, str]] = list(csv.DictReader(file))
        return {
            f"{row['Type']} {row['Name']}".strip(): (int(row["Request Count"]), int(row["Failure Count"]))
            for row in rows
        }

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    running = Load(tmp_path)
    yield running
    running.end()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def same_counts(stats: Stats, seen: Counter[str]) -> bool:
    """Whether Locust and the server have counted the same."""
    return {
        "POST /users/": stats["POST Users/Create user"][0],
        "GET /users/ID/": stats["GET Users/Get user"][0] + stats["GET Users/Get user [script]"][0],
    } == dict(seen)

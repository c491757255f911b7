"""The command against servers that do wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from faults.server import Faulty, faulty

ROOT = Path(__file__).parents[2]
Json = Any


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "runner", *arguments]


def item(name: str, url: str, test: str = "pm.test('it ran')", prerequest: str = "", **more: Json) -> Json:
    """A request; ``more`` goes into it."""
    scripts = [("prerequest", prerequest), ("test", test)]
    events = [{"listen": listen, "script": {"exec": source.splitlines()}} for listen, source in scripts if source]
    return {"name": name, "request": {"method": "GET", "url": url, **more}, "event": events}


def collection(folder: Path, items: Sequence[Json]) -> str:
    (folder / "c.json").write_text(json.dumps({"info": {"name": "Faults"}, "item": list(items)}))
    return "c.json"


@dataclass(frozen=True)
class Outcome:
    """What the JSON report says of one request."""

    status: int | None
    message: str | None
    code: str | None
    body: bytes | None
    ran: bool  #: its test script


@dataclass(frozen=True)
class Ran:
    """A run that is over."""

    code: int
    out: str
    err: str
    seconds: float
    folder: Path

    @property
    def report(self) -> Json:
        return json.loads((self.folder / "r.json").read_bytes())["run"]

    def outcomes(self) -> dict[str, Outcome]:
        report = self.report
        messages = {f["source"]["name"]: f["error"]["message"] for f in report["failures"] if f["at"] == "request"}
        found: dict[str, Outcome] = {}
        for execution in report["executions"]:
            name, response = execution["item"]["name"], execution.get("response") or {}
            stream = response.get("stream")
            found[name] = Outcome(
                response.get("code"),
                messages.get(name),
                (execution.get("requestError") or {}).get("code"),
                bytes(stream["data"]) if stream else None,
                any(check["assertion"] == "it ran" for check in execution.get("assertions", ())),
            )
        return found

    def said(self) -> list[str]:
        """The lines of errors and warnings; that there is no traceback goes without saying."""
        assert "Traceback" not in self.err + self.out
        return self.err.splitlines()


def execute(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, **more: Any) -> Ran:
    """Runs the command in ``folder``; ``more`` is for ``subprocess.run``."""
    started = time.monotonic()
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(**(env or {})),
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 90, **more},
    )
    took = time.monotonic() - started
    ran = Ran(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode(), took, folder)
    ran.said()
    return ran


JSON_REPORT = ("-r", "cli,json", "--reporter-json-export", "r.json")
Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def server() -> Iterator[Faulty]:
    with faulty() as one:
        yield one

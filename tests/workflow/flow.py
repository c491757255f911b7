"""Writing a workflow file and running it against the API of ``workflow.api``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.conftest import Htrun
from support.server import RecordingServer
from workflow.api import COLLECTION, Api


@dataclass
class Done:
    """What came of a run."""

    code: int
    out: str
    err: str
    report: Any = None

    @property
    def failures(self) -> list[str]:
        return [failure["error"]["message"] for failure in self.report["run"]["failures"]]

    @property
    def checks(self) -> list[str]:
        return [check["assertion"] for run in self.report["run"]["executions"] for check in run.get("assertions", [])]

    @property
    def skipped(self) -> dict[str, str]:
        return {entry["item"]["name"]: entry["reason"] for entry in self.report["run"].get("skipped", [])}


@dataclass
class Flow:
    """Writes a workflow file and runs it."""

    folder: Path
    start: Htrun
    api: Api = field(default_factory=Api)
    server: RecordingServer = field(default_factory=RecordingServer)

    def __post_init__(self) -> None:
        self.server.respond = self.api

    def write(self, text: str, head: str = "collection: things.json\n") -> str:
        (self.folder / "things.json").write_text(json.dumps(COLLECTION), encoding="utf-8")
        (self.folder / "flow.workflow.yaml").write_text(head + text, encoding="utf-8")
        return "flow.workflow.yaml"

    def run(self, text: str, *options: str, code: int = 0, reporters: str = "cli,json", **more: Any) -> Done:
        given = ("--var", f"base={self.server.url}", "-r", reporters, "--reporter-json-export", "report.json")
        done = self.start(self.write(text, **more), *given, *options)
        assert done.returncode == code, done.stdout + done.stderr
        report = self.folder / "report.json"
        found = json.loads(report.read_text("utf-8")) if report.exists() else None
        return Done(done.returncode, done.stdout, done.stderr, found)

    @property
    def targets(self) -> list[str]:
        return [request.target for request in self.server.take()]

    def begin(self, text: str, **variables: object) -> subprocess.Popen[str]:
        """Starts a run that is going to be interrupted."""
        given = [f"--var={name}={value}" for name, value in {"base": self.server.url, **variables}.items()]
        return subprocess.Popen(
            [sys.executable, "-m", "runner", self.write(text), *given],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def wait_for(self, requests: int) -> None:
        """Returns when the server has had so many requests."""
        until = time.monotonic() + 30
        while len(self.server.received) < requests and time.monotonic() < until:
            time.sleep(0.05)

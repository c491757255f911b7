"""The onboarding workflow against the simulator: it waits, checks, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun, htrun
from runner.simulator.server import SimulatorServer

__all__ = ["htrun"]

FILE = Path(__file__).parents[2] / "collections" / "hypertrack.workflow.yaml"


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer() as running:
        yield running


def left_behind(simulator: SimulatorServer, kind: str) -> list[Any]:
    request = urllib.request.Request(f"{simulator.url}/{kind}/", headers={"Authorization": "token sk_test"})
    with urllib.request.urlopen(request) as response:
        found: list[Any] = json.load(response)["results"]
    return found


def test_it_passes_as_the_first_line_of_the_file_says(htrun: Htrun, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = htrun(
        str(FILE), "--simulate", "hypertrack", "--var", "hypertrack_sk=sk_test",
        "-r", "cli,json", "--reporter-json-export", str(report),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads(report.read_text("utf-8"))["run"]
    assert run["failures"] == []
    assert {entry["reason"] for entry in run["retries"]} >= {'json.status is "started"'}
    names = [check["assertion"] for one in run["executions"] for check in one.get("assertions", [])]
    assert 'until json.status == "completed"' in names
    assert '$.distance is of type "number" and is greater than 0' in names
    assert "sk_test" not in done.stdout


def test_it_leaves_nothing_behind(htrun: Htrun, simulator: SimulatorServer) -> None:
    done = htrun(str(FILE), "--var", f"base_url={simulator.url}", "--var", "hypertrack_sk=sk_test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [left_behind(simulator, kind) for kind in ("users", "actions", "places")] == [[], [], []]


def test_it_leaves_nothing_behind_after_ctrl_c(simulator: SimulatorServer) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "runner", str(FILE), "--var", f"base_url={simulator.url}",
         "--var", "hypertrack_sk=sk_test"],
        env={**os.environ, "PYTHONPATH": str(FILE.parents[1])},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    until = time.monotonic() + 20
    while time.monotonic() < until and not any(one["status"] != "created" for one in left_behind(simulator, "actions")):
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=15)
    assert child.returncode == 130, out + err
    assert [left_behind(simulator, kind) for kind in ("users", "actions", "places")] == [[], [], []]


def test_the_key_is_asked_for_first(htrun: Htrun) -> None:
    done = htrun(str(FILE), "--simulate", "hypertrack")
    assert done.returncode == 3
    assert 'the secret "hypertrack_sk" is not set' in done.stderr

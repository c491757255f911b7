"""Whole processes: started, waited for, measured. And the server that they talk to."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_TAIL = 20_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One process.

    Attributes:
        wall: seconds from its start to its end.
        cpu: seconds of processor time, user and system.
        memory: peak of its resident memory, MiB.
        error: why it did not end with exit code 0, one line; empty if it did.
        started: seconds of ``time.perf_counter``, the same clock for all processes of a machine.
    """

    wall: float
    cpu: float
    memory: float
    error: str = ""
    started: float = 0.0

    @property
    def ended(self) -> float:
        return self.started + self.wall


class Launcher:
    """Starts processes, one after the other (see ``launch.py``)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, command: Sequence[str], directory: Path, env: Mapping[str, str]) -> Sample:
        """Runs one process to its end; what it prints is kept only for the reason of a failure."""
        assert self._process.stdin
        assert self._process.stdout
        output = directory / "output.txt"
        job = {"command": list(command), "directory": str(directory), "env": dict(env), "output": str(output)}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"cannot start {command[0]}; the reason is above")
        answer: Mapping[str, Any] = json.loads(line)
        error = f"exit code {answer['code']}: {_reason(output)}" if answer["code"] else ""
        wall = answer["ended"] - answer["started"]
        return Sample(wall, answer["cpu"], answer["memory"], error, answer["started"])


def _reason(output: Path) -> str:
    """The line of the output that most likely says what went wrong."""
    with output.open("rb") as file:
        file.seek(max(0, output.stat().st_size - _TAIL))
        lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()]
    return (telling or lines or ["no output"])[-1][:200]


@contextmanager
def _helper(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A process that ends when its standard input does."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@contextmanager
def launching() -> Iterator[Launcher]:
    with _helper(sys.executable, "-I", "-S", str(HERE / "launch.py")) as process:
        yield Launcher(process)


@contextmanager
def serving() -> Iterator[int]:
    """The port of the fast server."""
    with _helper(sys.executable, str(HERE / "server.py")) as process:
        assert process.stdout
        yield int(process.stdout.readline())

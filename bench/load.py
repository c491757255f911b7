"""Measures ``htrun load``: processor time of a scripted request, beside Newman and a hand-written Locust user.

``python bench/load.py [--turns N] [--docs]``. All run the same request with the same three checks against the same
server, in turn. What starting costs is taken out by running each with few and with many iterations; only for Newman in
a shell loop, which starts anew for each iteration, it counts. docs/load.md has the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]  # in place of this folder: its modules are bench.<name>

from bench.documents import NAMED, STATUS, collection  # noqa: E402
from bench.process import Launcher, launching, serving  # noqa: E402
from bench.store import machine, put  # noqa: E402
from bench.tools import HTRUN, NEWMAN, Tool, found  # noqa: E402
from conformance import newman  # noqa: E402
from conformance.case import item  # noqa: E402

PAGE = ROOT / "docs" / "load.md"
CHECKS = f"{STATUS}\n{NAMED}\npm.test('is quick', () => pm.expect(pm.response.responseTime).to.be.below(5000));"
USERS = 10
LOOP, MANY, FLOOR, LOAD = (
    "`newman run` in a shell loop",
    "`newman run -n 100`",
    "Locust, written by hand",
    "`htrun load`",
)
#: at most and at least, as multiples of the cost of ``htrun load``
AT_LEAST_BELOW_NEWMAN, AT_MOST_ABOVE_FLOOR = 8.0, 3.0


@dataclass(frozen=True, slots=True)
class Series:
    """Something to measure: its command lines with few and with many requests (few may be none at all)."""

    name: str
    few: tuple[Sequence[str], int] | None
    many: tuple[Sequence[str], int]


def series(tools: dict[str, Tool], file: Path, url: str, scale: int) -> list[Series]:
    run = (*tools[NEWMAN].command, "run", str(file), "-n")
    load = (*tools[HTRUN].command, "load", str(file), "-u", str(USERS), "-r", str(USERS), "-n")
    floor = (sys.executable, str(ROOT / "bench" / "load_floor.py"), url, str(USERS))
    few, many = 20 * scale, 120 * scale  # V8 has compiled what is used often by then
    return [
        Series(LOAD, ((*load, str(few)), few * USERS), ((*load, str(many)), many * USERS)),
        Series(FLOOR, ((*floor, str(few)), few * USERS), ((*floor, str(many)), many * USERS)),
        Series(MANY, ((*run, "1"), 1), ((*run, "101"), 101)),
        Series(LOOP, None, ((*run, "1"), 1)),
    ]


def measure(turns: int, scale: int) -> dict[str, float]:
    """Processor time of one request by what makes it, median of the turns, ms."""
    samples: dict[str, list[float]] = {}
    tools = found(None, None)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, serving() as port, launching() as launcher:
        directory, url = Path(name), f"http://127.0.0.1:{port}"
        file = directory / "bench.postman_collection.json"
        file.write_text(json.dumps(collection(item("ok", f"{url}/ok", test=CHECKS))))
        for turn in range(turns):
            print(f"turn {turn + 1} of {turns}", file=sys.stderr)
            for one in series(tools, file, url, scale):
                spent, requests = _cpu(one.many, tools, launcher, directory)
                if one.few is not None:
                    less, fewer = _cpu(one.few, tools, launcher, directory)
                    spent, requests = spent - less, requests - fewer
                samples.setdefault(one.name, []).append(1000 * spent / requests)
    return {name: median(found) for name, found in samples.items()}


def _cpu(
    run: tuple[Sequence[str], int], tools: dict[str, Tool], launcher: Launcher, directory: Path
) -> tuple[float, int]:
    command, requests = run
    sample = launcher.run(command, directory, {**newman.environment(directory), **tools[HTRUN].env})
    if sample.error:
        raise SystemExit(f"{' '.join(command)} ended with {sample.error}")
    return sample.cpu, requests


def table(figures: dict[str, float]) -> str:
    ours = figures[LOAD]
    rows = [
        "| | processor time of a request | requests per second of one core | beside `htrun load` |",
        "|---|---|---|---|",
    ]
    for name, cost in figures.items():
        beside = "" if name == LOAD else f"{cost / ours:.2f} times its cost"
        rows.append(f"| {name} | {cost:.2f} ms | {1000 / cost:.0f} | {beside} |")
    return "\n".join(rows)


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measures htrun load beside Newman and a hand-written Locust user.")
    parser.add_argument("--turns", type=int, default=5, help="how often each is run (default: 5)")
    parser.add_argument("--scale", type=int, default=10, help="hundreds of iterations of each user (default: 10)")
    parser.add_argument("--docs", action="store_true", help="put the table into docs/load.md")
    options = parser.parse_args(given)
    figures = measure(options.turns, options.scale)
    print(table(figures))
    ours = figures[LOAD]
    good = figures[LOOP] >= AT_LEAST_BELOW_NEWMAN * ours and ours <= AT_MOST_ABOVE_FLOOR * figures[FLOOR]
    limits = f"Newman >= {AT_LEAST_BELOW_NEWMAN:g} times, at most {AT_MOST_ABOVE_FLOOR:g} times the floor"
    print(f"limits {'kept' if good else 'NOT KEPT'} ({limits})")
    if options.docs:
        about = "; ".join(f"{name} {value}" for name, value in machine().items())
        put(f"Measured: {about}; {options.turns} turns.\n\n{table(figures)}", PAGE)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""Medians, spreads and ratios; and what was promised of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench import cases
from bench.measure import Measured
from bench.tools import HTRUN, NEWMAN, SESSION

Quantity = str  # a field of Sample: wall, cpu, memory
Results = Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with the quartiles around it."""

    median: float
    low: float
    high: float


def figure(values: Sequence[float]) -> Figure:
    if len(values) < 2:
        return Figure(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Figure(median, low, high)


def ratio(above: Sequence[float], below: Sequence[float]) -> Figure:
    """The ratio of the medians; the quartiles are those of the single turns' ratios."""
    turns = figure([a / b for a, b in zip(above, below, strict=True)])
    return Figure(statistics.median(above) / statistics.median(below), turns.low, turns.high)


def whole(measured: Measured, series: str, quantity: Quantity, count: int | None = None) -> list[float] | None:
    """One value a turn: of the whole process with so many iterations (None: the most)."""
    counts = measured.counts(series)
    if not counts:
        return None
    chosen = measured.samples[series][counts[-1] if count is None else count]
    return [getattr(sample, quantity) for sample in chosen]


def each(measured: Measured, series: str, quantity: Quantity) -> list[float] | None:
    """One value a turn: seconds that one more request takes."""
    counts = measured.counts(series)
    if len(counts) < 2:
        return None
    few, many = counts[0], counts[-1]
    less, more = whole(measured, series, quantity, few), whole(measured, series, quantity, many)
    assert less
    assert more
    return [(b - a) / (many - few) for a, b in zip(less, more, strict=True)]


def values(measured: Measured, series: str, quantity: Quantity) -> list[float] | None:
    """What counts in a case of this kind."""
    per_request = measured.kind == "request" and quantity != "memory"
    return (each if per_request else whole)(measured, series, quantity)


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure that was promised: at most ``limit``, or at least, if more is better."""

    title: str
    limit: float
    found: Callable[[Results], Figure | None]
    at_least: bool = False

    def kept(self, found: Figure) -> bool:
        return found.median >= self.limit if self.at_least else found.median <= self.limit


def compared(
    case: str, quantity: Quantity, above: str = HTRUN, below: str = NEWMAN
) -> Callable[[Results], Figure | None]:
    def find(results: Results) -> Figure | None:
        if case not in results:
            return None
        first, second = (values(results[case], series, quantity) for series in (above, below))
        return ratio(first, second) if first and second else None

    return find


def growth(case: str, series: str) -> Callable[[Results], Figure | None]:
    """Peak memory with the most iterations to that with the fewest."""

    def find(results: Results) -> Figure | None:
        counts = results[case].counts(series) if case in results else []
        if len(counts) < 2:
            return None
        few, many = (whole(results[case], series, "memory", count) for count in (counts[0], counts[-1]))
        return ratio(many, few) if many and few else None

    return find


_ONE, _EIGHT = (" ".join((HTRUN, *args)) for args in (cases.ONE_BY_ONE, cases.EIGHT))

LIMITS = (
    Limit("one request with one test, whole process, wall, to Newman", 0.28, compared(cases.ONE_TEST, "wall")),
    Limit("the same, CPU time", 0.35, compared(cases.ONE_TEST, "cpu")),
    Limit("the same, peak memory", 0.65, compared(cases.ONE_TEST, "memory")),
    Limit("one request without scripts, whole process, wall, to Newman", 0.20, compared(cases.NO_SCRIPTS, "wall")),
    Limit("steady state per request with one test script, to Newman", 0.18, compared(cases.STEADY_ONE, "wall")),
    Limit(
        "steady state per request without scripts, to a bare requests.Session loop",
        1.8,
        compared(cases.STEADY_NONE, "wall", below=SESSION),
    ),
    Limit(
        "3,000 iterations with a 100 KB body, cli, json and junit reports: peak memory, to 100 iterations",
        1.15,
        growth(cases.REPORTS, HTRUN),
    ),
    Limit("the same run, wall, to Newman", 0.25, compared(cases.REPORTS, "wall")),
    Limit("parsing and starting the large collection, wall, to Newman", 0.30, compared(cases.LARGE, "wall")),
    Limit(
        "throughput of --parallel 8 to --parallel 1, answers after 50 ms",
        7.0,
        compared(cases.PARALLEL, "wall", above=_ONE, below=_EIGHT),
        at_least=True,
    ),
)

"""The results as tables, text or Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench import curve
from bench.cases import STEADY_NONE
from bench.figures import LIMITS, Figure, Results, compared, figure, ratio, values, whole
from bench.measure import Measured
from bench.split import ORDER, PLAIN, Split
from bench.startup import BACKGROUND
from bench.tools import NEWMAN, SESSION, SOCKET


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1  #: so many columns, from the left, hold words; the others are flush right

    def text(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]

        def line(cells: Sequence[str]) -> str:
            placed = (
                cell.ljust(width) if index < self.words else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
            return "  ".join(placed).rstrip()

        return "\n".join([self.title, line(self.head), line(["-" * width for width in widths]), *map(line, self.rows)])

    def markdown(self) -> str:
        rule = ("---" if index < self.words else "--:" for index in range(len(self.head)))
        lines = [self.head, tuple(rule), *self.rows]
        return "\n".join([f"### {self.title}", "", *("| " + " | ".join(cells) + " |" for cells in lines)])


def tables(results: Results, split: Split) -> list[Table]:
    """What there is something to say about, in order of interest."""
    found = [
        acceptance(results),
        _compared("Whole processes", "s", 1, [one for one in results.values() if one.kind == "process"]),
        _compared("One more request", "ms", 1000, [one for one in results.values() if one.kind == "request"]),
        _curve([one for one in results.values() if one.kind == "curve"]),
        _split(split),
    ]
    return [table for table in found if table.rows]


def acceptance(results: Results) -> Table:
    rows = []
    for limit in LIMITS:
        found = limit.found(results)
        bound = f"{'at least' if limit.at_least else 'at most'} {limit.limit:g}"
        mark = "not measured" if found is None else "kept" if limit.kept(found) else "**missed**"
        measured = "" if found is None else _number(found.median)
        rows.append((limit.title, bound, measured, _spread(found), mark))
    return Table("What was promised", ("figure", "limit", "measured", "quartiles", ""), tuple(rows))


def _compared(title: str, unit: str, factor: float, measured: Sequence[Measured]) -> Table:
    rows = []
    for one in measured:
        for series in one.samples:
            for count in one.counts(series) if one.kind == "process" else one.counts(series)[-1:]:
                rows.append((_label(one, count), series, *_cells(one, series, count, factor)))
    head = ("", "", f"wall, {unit}", "quartiles", f"CPU, {unit}", "peak, MiB", "wall to Newman", "CPU", "peak")
    return Table(title, head, tuple(rows), words=2)


def _label(measured: Measured, count: int) -> str:
    return f"{measured.case}, {count:,} iterations" if measured.kind == "process" and count > 1 else measured.case


def _cells(measured: Measured, series: str, count: int, factor: float) -> tuple[str, ...]:
    def found(name: str, quantity: str) -> list[float] | None:
        if measured.kind == "process":
            return whole(measured, name, quantity, count) if count in measured.counts(name) else None
        return values(measured, name, quantity)

    wall, cpu, memory = (found(series, quantity) or [] for quantity in ("wall", "cpu", "memory"))
    cells = [_number(figure(wall).median * factor), _spread(figure(wall), factor)]
    cells += [_number(figure(cpu).median * factor), f"{figure(memory).median:.0f}"]
    for ours, quantity in ((wall, "wall"), (cpu, "cpu"), (memory, "memory")):
        newman = found(NEWMAN, quantity) if series != NEWMAN else None
        cells.append(_bare(ratio(ours, newman)) if newman else "")
    return tuple(cells)


def _curve(measured: Sequence[Measured]) -> Table:
    lines = _lines(measured)
    counts = sorted({count for points in lines.values() for count, _ in points})
    rows = tuple(
        (f"{count:,}", *(f"{dict(points)[count]:.0f}" if count in dict(points) else "" for points in lines.values()))
        for count in counts
    )
    return Table("Peak memory by iterations, MiB", ("iterations", *lines), rows)


def _lines(measured: Sequence[Measured]) -> dict[str, list[tuple[int, float]]]:
    return {
        series: [(count, figure(whole(one, series, "memory", count) or [0.0]).median) for count in one.counts(series)]
        for one in measured
        for series in one.samples
    }


def picture(results: Results) -> str | None:
    """The memory curve, if it was measured."""
    lines = _lines([one for one in results.values() if one.kind == "curve"])
    return curve.svg("Peak memory of a run, 1 KB answers, one test script", lines) if lines else None


def _split(split: Split) -> Table:
    found = {stage: figure(seconds) for stage, seconds in split.items() if seconds}
    rows = [(stage, _number(found[stage].median * 1000), _spread(found[stage], 1000)) for stage in ORDER if found]
    if found:
        total = figure([sum(turn) for turn in zip(*(split[stage] for stage in ORDER), strict=True)])
        rows.append(("together", _number(total.median * 1000), _spread(total, 1000)))
        for title, stage in (("the same run without the stopwatch", PLAIN), ("beside it: V8 boot", BACKGROUND)):
            rows.append((title, _number(found[stage].median * 1000), _spread(found[stage], 1000)))
    return Table("htrun's time for one request with one test", ("", "ms", "quartiles"), tuple(rows))


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 100 else f"{value:.3g}" if value >= 1 else f"{value:.3f}"


def _bare(found: Figure | None) -> str:
    return "" if found is None else f"{found.median:.2f}"


def _spread(found: Figure | None, factor: float = 1) -> str:
    return "" if found is None else f"{_number(found.low * factor)} .. {_number(found.high * factor)}"


def remarks(results: Results) -> list[str]:
    """What one has to know to read the tables."""
    found = [
        f"{one.case}: {where}: ended with {reason!r}; its figures are those until then."
        for one in results.values()
        for where, reason in one.errors().items()
    ]
    if share := compared(STEADY_NONE, "wall", above=SOCKET, below=SESSION)(results):
        found.append(f"The server and a bare socket take {share.median:.0%} of what a bare session takes per request.")
    return found

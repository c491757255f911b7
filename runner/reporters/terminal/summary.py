"""The summary table: Newman's rows in Newman's frame."""

from __future__ import annotations

import math

from runner.engine.tally import Spread, Tally
from runner.reporters.terminal.style import Style, Tone
from runner.reporters.text import duration, filesize

_LABEL_WIDTH = 25


def summary_lines(tally: Tally, elapsed: float, style: Style, verbose: bool) -> list[str]:
    """The table as lines. ``elapsed``: ms from start to end of the run."""
    rows = [
        ("iterations", tally.iterations),
        ("requests", tally.requests),
        ("test-scripts", tally.test_scripts),
        ("prerequest-scripts", tally.prerequest_scripts),
        ("assertions", tally.assertions),
    ]
    wide = [
        f"total run duration: {duration(elapsed)}",
        f"total data received: {filesize(tally.received)} (approx)",
        *_average("response time", tally.response),
    ]
    if verbose:
        wide += [*_average("DNS lookup time", tally.dns), *_average("first byte time", tally.first_byte)]
    table: list[tuple[str, Tone, int, int]] = []
    for label, count in rows:
        tone: Tone = "red" if count.failed else "plain" if count.pending else "green"
        table.append((label, tone, count.total, count.failed))
    return _draw(table, wide, style)


def _average(name: str, spread: Spread) -> list[str]:
    if not spread.count:
        return []
    low, high, deviation = duration(spread.minimum), duration(spread.maximum), duration(spread.deviation)
    return [f"average {name}: {duration(spread.average)} [min: {low}, max: {high}, s.d.: {deviation}]"]


def _draw(table: list[tuple[str, Tone, int, int]], wide: list[str], style: Style) -> list[str]:
    first, second = _widths(table, wide)
    frame = style.symbols.frame
    bar, side, corners = frame[0], frame[1], frame[2:]
    columns = (_LABEL_WIDTH, first, second)
    whole = sum(columns) + 2

    def grey(text: str) -> str:
        return style.paint(text, "grey")

    def rule(left: str, middle: str, right: str) -> str:
        return grey(left + middle.join(bar * width for width in columns) + right)

    def row(label: str, tone: Tone, left: str, right: str, right_tone: Tone) -> str:
        cells = (
            " " * (_LABEL_WIDTH - 2 - len(label)) + style.paint(label, tone),
            left.rjust(first - 2),
            " " * (second - 2 - len(right)) + style.paint(right, right_tone),
        )
        return grey(side) + grey(side).join(f" {cell} " for cell in cells) + grey(side)

    lines = [rule(corners[0], corners[1], corners[2]), row("", "plain", "executed", "failed", "plain")]
    for label, tone, total, failed in table:
        lines.append(rule(corners[3], corners[4], corners[5]))
        lines.append(row(label, tone, str(total), str(failed), "red" if failed else "plain"))
    lines.append(rule(corners[3], corners[7], corners[5]))
    for index, text in enumerate(wide):
        if index:
            lines.append(grey(corners[3] + bar * whole + corners[5]))
        lines.append(f"{grey(side)} {text.ljust(whole - 2)} {grey(side)}")
    lines.append(grey(corners[6] + bar * whole + corners[8]))
    return lines


def _widths(table: list[tuple[str, Tone, int, int]], wide: list[str]) -> tuple[int, int]:
    """Widths of the two number columns: made wider, last row first, until every whole-width row fits."""
    first = max(len("executed"), *(len(str(row[2])) for row in table)) + 2
    second = max(len("  failed"), *(len(str(row[3])) for row in table)) + 2
    for text in reversed(wide):
        missing = len(text) + 2 - (_LABEL_WIDTH + first + second + 2)
        if missing > 0:
            more = math.floor(missing / 2 + 0.5)
            first, second = first + more, second + missing - more
    return first, second

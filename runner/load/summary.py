"""What a load test says of itself in the terminal: a line every few seconds, and tables at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from locust.stats import RequestStats, StatsEntry

from runner.load.checks import Check
from runner.load.thresholds import Verdict

_HEAD = ("Method", "Request", "requests", "failures", "avg", "min", "p50", "p95", "p99", "max", "req/s")
#: failures and checks that are listed
_MOST = 20


def progress_line(stats: RequestStats, users: int, seconds: float) -> str:
    """How it is going."""
    total = stats.total
    p95 = total.get_current_response_time_percentile(0.95)
    now = f", p95 {p95} ms" if p95 is not None else ""
    return (
        f"{seconds:4.0f} s  {users} users, {total.num_requests} requests, {total.current_rps:.1f}/s, "
        f"{total.num_failures} failed{now}"
    )


def summary(stats: RequestStats, checks: Iterable[Check], verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The lines of the tables; times are in ms."""
    rows = [_row(stats.entries[key]) for key in sorted(stats.entries)]
    total = ("", "all", *_row(stats.total)[2:])
    yield from _table([_HEAD, *rows, total])
    yield from _failures(stats)
    yield from _checks(list(checks))
    for verdict in verdicts:
        yield f"{'FAILED' if verdict.failed else 'ok':6}  --fail-if '{verdict.threshold.text}': {verdict.found}"
    if verdicts:
        yield ""


def _row(entry: StatsEntry) -> tuple[str, ...]:
    times = (
        entry.avg_response_time,
        entry.min_response_time or 0,
        *(entry.get_response_time_percentile(part) for part in (0.5, 0.95, 0.99)),
        entry.max_response_time,
    )
    return (
        entry.method or "",
        entry.name,
        str(entry.num_requests),
        str(entry.num_failures),
        *(f"{time:.0f}" for time in times),
        f"{entry.total_rps:.1f}",
    )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned: list[Callable[[str, int], str]] = [str.ljust, str.ljust, *[str.rjust] * (len(widths) - 2)]
    for number, row in enumerate(rows):
        if number == len(rows) - 1:
            yield "  ".join("-" * width for width in widths)
        yield "  ".join(align(cell, width) for align, cell, width in zip(aligned, row, widths, strict=True)).rstrip()
    yield ""


def _failures(stats: RequestStats) -> Iterator[str]:
    errors = sorted(stats.errors.values(), key=lambda error: -error.occurrences)
    if not errors:
        return
    yield "Failures"
    for error in errors[:_MOST]:
        yield f"  {error.occurrences:>6} x  {error.to_name()}"
    if len(errors) > _MOST:
        yield f"  and {len(errors) - _MOST} more kinds"
    yield ""


def _checks(checks: Sequence[Check]) -> Iterator[str]:
    if not checks:
        return
    failed = sorted((one for one in checks if one.failed), key=lambda one: -one.failed)
    yield f"Checks: {sum(one.passed for one in checks)} passed, {sum(one.failed for one in failed)} failed"
    for one in failed[:_MOST]:
        place = f"{one.item}: " if one.item and one.name else one.item
        yield f"  {one.failed} of {one.failed + one.passed} failed: {place}{one.name}"
    if len(failed) > _MOST:
        yield f"  and {len(failed) - _MOST} more"
    yield ""

"""``--fail-if``: conditions under which a load test has failed, over Locust's statistics.

``p95 > 500ms``, ``errors > 1%``, ``rps < 100``, ``p99 of Users/Create user > 1s``
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from locust.stats import RequestStats, StatsEntry

from runner.errors import UsageError
from runner.model.records import dataclass

_FORM = re.compile(
    r"\s*(?P<metric>[a-z]+[0-9.]*(?:-[a-z]+)?)\s*(?:\bof\s+(?P<item>.+?))?\s*(?P<sign>>=|<=|==|!=|>|<)\s*"
    r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-zµ%/]*)\s*",
    re.IGNORECASE,
)
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)")
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_TIMES = ("avg", "mean", "median", "min", "max")
_MILLISECONDS = {"": 1.0, "ms": 1.0, "s": 1000.0, "m": 60_000.0, "min": 60_000.0}
_METRICS = "p50 ... p99.9, avg, median, min, max (ms or s), errors, failed-checks (number or %), rps, requests"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One condition. ``value`` is in ms for times, in percent with ``percent``, else a number."""

    text: str
    metric: str
    item: str | None
    sign: str
    value: float
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds, which means that the test has failed; ``found`` is the value in words."""

    threshold: Threshold
    failed: bool
    found: str


def parse_threshold(text: str) -> Threshold:
    """Reads one condition.

    Raises:
        UsageError: it is none.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise UsageError(f"--fail-if takes a condition such as 'p95>500ms' or 'errors>1%', not {text!r}")
    metric, unit = match["metric"].lower(), match["unit"].lower()
    value, percent = float(match["number"]), False
    if _PERCENTILE.fullmatch(metric) or metric in _TIMES:
        if unit not in _MILLISECONDS:
            raise UsageError(f"--fail-if {text!r}: a time is in ms or s, not in {match['unit']!r}")
        value *= _MILLISECONDS[unit]
    elif metric in ("errors", "failed-checks"):
        percent = unit == "%"
        if unit not in ("", "%"):
            raise UsageError(f"--fail-if {text!r}: {metric} is a number or a percentage, not in {match['unit']!r}")
        if not percent and value != int(value):
            raise UsageError(f"--fail-if {text!r}: a number of {metric} is whole; for a share write {value:g}%")
    elif metric in ("rps", "requests"):
        if unit not in ("", "/s") or (unit and metric == "requests"):
            raise UsageError(f"--fail-if {text!r}: {metric} is a number without a unit")
    else:
        raise UsageError(f"--fail-if {text!r}: there is no metric {match['metric']!r}; there are: {_METRICS}")
    return Threshold(text.strip(), metric, match["item"], match["sign"], value, percent)


def check_items(thresholds: Iterable[Threshold], items: Iterable[str]) -> None:
    """Sees to it that what thresholds name is run.

    Raises:
        UsageError: there is no such request.
    """
    known = sorted(set(items))
    for one in thresholds:
        if one.item is None or _matches(one.item, known):
            continue
        near = difflib.get_close_matches(one.item, known, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(known[:5])}"
        raise UsageError(f'--fail-if {one.text!r}: no request of this test has the path "{one.item}"{hint}')


def _matches(item: str, known: Iterable[str]) -> list[str]:
    """The paths that are meant: with ``[script]`` or ``[auth]`` behind them, a request's path, or its name."""
    plain = re.sub(r" \[(script|auth)\]$", "", item)
    return [path for path in known if path == plain or path.rpartition("/")[2] == plain]


def judge(threshold: Threshold, stats: RequestStats, checks: Iterable[Any]) -> Verdict:
    """Compares a condition with the statistics. Nothing that was sent is no success: the condition counts as met."""
    if threshold.metric == "failed-checks":
        return _judge_checks(threshold, checks)
    entry = stats.total if threshold.item is None else _entry(threshold.item, stats)
    if not entry.num_requests:
        return Verdict(threshold, True, "no such request came to its end")
    if threshold.metric == "errors" and threshold.percent:
        return _verdict(threshold, 100 * entry.num_failures / entry.num_requests, "%")
    if threshold.metric in ("errors", "requests"):
        return _verdict(threshold, entry.num_failures if threshold.metric == "errors" else entry.num_requests)
    if threshold.metric == "rps":
        return _verdict(threshold, entry.total_rps, "/s")
    if entry.num_requests == entry.num_none_requests:
        return Verdict(threshold, True, "no request was answered")
    return _verdict(threshold, _time(threshold.metric, entry), " ms")


def _entry(item: str, stats: RequestStats) -> StatsEntry:
    names = {name for name, _ in stats.entries}
    wanted = {item} if item in names else set(_matches(item, names))
    together = StatsEntry(stats, item, "")
    together.start_time = stats.total.start_time
    for (name, _), entry in stats.entries.items():
        if name in wanted:
            together.extend(entry)
    return together


def _time(metric: str, entry: StatsEntry) -> float:
    percentile = _PERCENTILE.fullmatch(metric)
    if percentile is not None:
        return float(entry.get_response_time_percentile(float(percentile[1]) / 100))
    match metric:
        case "median":
            return float(entry.median_response_time)
        case "min":
            return float(entry.min_response_time or 0)
        case "max":
            return float(entry.max_response_time)
    return float(entry.avg_response_time)


def _judge_checks(threshold: Threshold, checks: Iterable[Any]) -> Verdict:
    of = [one for one in checks if threshold.item is None or _matches(threshold.item, [one.item])]
    failed = sum(one.failed for one in of)
    every = failed + sum(one.passed for one in of)
    if not every:
        return Verdict(threshold, True, "nothing was checked")
    return _verdict(threshold, 100 * failed / every, "%") if threshold.percent else _verdict(threshold, failed)


def _verdict(threshold: Threshold, found: float, unit: str = "") -> Verdict:
    shown = f"{found:.4g}" if found < 1000 else f"{found:.0f}"
    return Verdict(threshold, _SIGNS[threshold.sign](found, threshold.value), f"{shown}{unit}")

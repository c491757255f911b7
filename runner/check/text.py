"""Reports for people: a line for each finding, and what they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from runner.check.model import SEVERITIES, Problem, Report, count
from runner.reporters.text import clean_line

_ALIKE = 3  #: findings of the same words that are shown
_COLORS = {"error": "red", "warning": "yellow", "note": "cyan"}

#: Text and the colour that it is to have.
Paint = Callable[[str, str], str]


def text_report(reports: Sequence[Report], paint: Paint, *, variables: bool = False) -> str:
    """All findings of all collections.

    Args:
        variables: also list where each variable comes from.
    """
    lines: list[str] = []
    for report in reports:
        if variables and report.collection is not None:
            lines += [*_variables(report), ""]
        lines += _lines(report, paint)
    lines.append(_sum(reports))
    return "\n".join(lines) + "\n"


def _lines(report: Report, paint: Paint) -> Iterator[str]:
    """A line for each finding; of those that say the same of many places, only of the first."""
    alike = Counter((problem.finding.code, problem.finding.message) for problem in report.problems)
    shown: Counter[tuple[str, str]] = Counter()
    for problem in report.problems:
        key = problem.finding.code, problem.finding.message
        shown[key] += 1
        if alike[key] <= _ALIKE or shown[key] < _ALIKE:
            yield _line(problem, paint)
        elif shown[key] == _ALIKE:
            yield f"{_line(problem, paint)} (and {alike[key] - _ALIKE} more like it)"


def _line(problem: Problem, paint: Paint) -> str:
    finding = problem.finding
    owner = ", ".join(part for part in (finding.place.path, finding.place.within) if part)
    place = f"{clean_line(problem.path)}:{problem.line}:{problem.column}:"
    words = f"{owner}: {finding.message}" if owner else finding.message
    severity = paint(problem.severity, _COLORS[problem.severity])
    return f"{place} {severity} {finding.code} {clean_line(words)}"


def _sum(reports: Sequence[Report]) -> str:
    problems = [problem for report in reports for problem in report.problems]
    counts = count(problems)
    found = ", ".join(_several(counts[severity], severity) for severity in SEVERITIES if counts[severity])
    requests = _several(sum(report.requests for report in reports), "request")
    where = f"{requests} in {_several(len(reports), 'file')}" if len(reports) > 1 else requests
    return f"{found} in {where}" if found else f"Nothing found in {where}"


def _variables(report: Report) -> Iterator[str]:
    yield f"Variables of {clean_line(report.path)}"
    width = max((len(variable.name) for variable in report.variables), default=0)
    for variable in report.variables:
        origin = {"missing": "set by nothing", "late": f"set too late by {variable.origin}"}.get(
            variable.kind, f"{variable.origin}, empty" if variable.kind == "empty" else variable.origin
        )
        yield clean_line(f"  {variable.name:<{width}}  {origin}  ({_several(variable.uses, 'request')})")


def _several(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"

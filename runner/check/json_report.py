"""Reports as JSON, described in docs/check.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runner.check.model import Problem, Report, count
from runner.check.rules import BY_CODE


def json_report(reports: Sequence[Report]) -> str:
    """``{"files": [...], "summary": {...}}``."""
    problems = [problem for report in reports for problem in report.problems]
    return json.dumps(
        {"files": [_file(report) for report in reports], "summary": dict(count(problems))}, indent=2, ensure_ascii=False
    ) + "\n"  # fmt: skip


def _file(report: Report) -> Mapping[str, Any]:
    return {
        "path": report.path,
        "collection": report.collection.name if report.collection is not None else None,
        "requests": report.requests,
        "findings": [_finding(problem) for problem in report.problems],
        "variables": [
            {"name": one.name, "status": one.kind, "origin": one.origin, "requests": one.uses}
            for one in report.variables
        ],
    }


def _finding(problem: Problem) -> Mapping[str, Any]:
    finding = problem.finding
    script = finding.place.script
    found: dict[str, Any] = {
        "code": finding.code,
        "rule": BY_CODE[finding.code].name,
        "severity": problem.severity,
        "message": finding.message,
        "line": problem.line,
        "column": problem.column,
        "item": finding.place.path or None,
        "fixable": bool(finding.edits),
    }
    if script is not None:
        found["script"] = {"type": script.listen, "line": finding.place.line, "column": finding.place.column}
    return found

"""Reports as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for GitHub code scanning and its like."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from runner import __version__
from runner.check.model import Problem, Report, Rule
from runner.check.rules import RULES

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_INDEX = {rule.code: index for index, rule in enumerate(RULES)}
_URL = re.compile(r"[a-zA-Z][\w+.-]+://")


def sarif_report(reports: Sequence[Report]) -> str:
    """One run with the results of all files."""
    driver = {
        "name": "htrun",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in RULES],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem) for report in reports for problem in report.problems],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> Mapping[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": rule.severity},
        "help": {"text": f"{rule.summary} See {rule.code} in docs/rules.md."},
    }


def _result(problem: Problem) -> Mapping[str, Any]:
    finding = problem.finding
    place = {
        "artifactLocation": {"uri": _uri(problem.path)},
        "region": {"startLine": problem.line, "startColumn": problem.column},
    }
    location: dict[str, Any] = {"physicalLocation": place}
    owner = finding.place.path
    if owner:
        words = f"{owner}, {finding.place.within}" if finding.place.within else owner
        location["logicalLocations"] = [{"fullyQualifiedName": words, "kind": "member"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": _INDEX[finding.code],
        "level": problem.severity,
        "message": {"text": finding.message},
        "locations": [location],
        # what stays the same when lines are moved
        "partialFingerprints": {"finding/v1": _fingerprint(finding.code, owner, finding.message)},
    }


def _uri(path: str) -> str:
    if _URL.match(path):
        return path
    return quote(PurePath(path).as_posix())


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

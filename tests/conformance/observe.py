"""What is compared, taken from a run's record: five axes, as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from conformance.normalise import Normaliser
from support.server import Received

AXES = ("wire", "executions", "assertions", "errors", "variables")


@dataclass(frozen=True)
class Record:
    """All that one run of one case left behind. ``report`` is the file of the JSON reporter, or None
    if there is none; ``exit`` is the exit code; ``stderr`` is kept for people only."""

    received: tuple[Received, ...]
    report: Mapping[str, Any] | None
    exit: int
    stderr: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "received": [
                [method, target, headers, body.hex(), *rest]
                for method, target, headers, body, *rest in map(astuple, self.received)
            ],
            "report": self.report,
            "exit": self.exit,
            "stderr": self.stderr,
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Record:
        received = tuple(
            Received(method, target, tuple((k, v) for k, v in headers), bytes.fromhex(body), *rest)
            for method, target, headers, body, *rest in value["received"]
        )
        return Record(received, value["report"], value["exit"], value["stderr"])


def observe(record: Record, normaliser: Normaliser, unordered: bool = False) -> dict[str, Any]:
    """The five axes of a record, normalised."""
    report: Mapping[str, Any] = record.report or {}
    run: Mapping[str, Any] = report.get("run") or {}
    executions: Sequence[Mapping[str, Any]] = run.get("executions") or []
    wire = [normaliser.request(request) for request in record.received]
    if unordered:
        wire.sort(key=json.dumps)
    return {
        "wire": wire,
        "executions": [_place(execution) for execution in executions],
        "assertions": [_assertion(e, a, normaliser) for e in executions for a in e.get("assertions") or []],
        "errors": {
            "of executions": [found for e in executions for found in _errors(e, normaliser)],
            "failures": [_failure(failure, normaliser) for failure in run.get("failures") or []],
            "exit": "0" if record.exit == 0 else "not 0",
            "report": record.report is not None,
        },
        "variables": {
            "environment": _values(report.get("environment"), normaliser),
            "globals": _values(report.get("globals"), normaliser),
            "collection": _values({"values": (report.get("collection") or {}).get("variable")}, normaliser),
        },
    }


def _place(execution: Mapping[str, Any]) -> dict[str, Any]:
    cursor = execution.get("cursor") or {}
    return {
        "name": (execution.get("item") or {}).get("name"),
        "iteration": cursor.get("iteration"),
        "position": cursor.get("position"),
        "answered": execution.get("response") is not None,
    }


def _assertion(execution: Mapping[str, Any], assertion: Mapping[str, Any], normaliser: Normaliser) -> dict[str, Any]:
    error = assertion.get("error")
    return {
        "item": (execution.get("item") or {}).get("name"),
        "name": normaliser.text(str(assertion.get("assertion"))),
        "skipped": bool(assertion.get("skipped")),
        "error": error and [error.get("name"), normaliser.message(str(error.get("message")))],
    }


def _errors(execution: Mapping[str, Any], normaliser: Normaliser) -> list[dict[str, Any]]:
    name = (execution.get("item") or {}).get("name")
    found = []
    for listen in ("prerequestScript", "testScript"):
        for script in execution.get(listen) or []:
            if error := script.get("error"):
                message = normaliser.message(str(error.get("message")))
                found.append({"item": name, "at": listen, "error": [error.get("name"), message]})
    # Newman's report has no message here, and nothing at all for an error without a code; see "failures" for those
    if code := (execution.get("requestError") or {}).get("code"):
        found.append({"item": name, "at": "request", "error": code})
    return found


def _failure(failure: Mapping[str, Any], normaliser: Normaliser) -> dict[str, Any]:
    error = failure.get("error") or {}
    return {
        "item": (failure.get("source") or {}).get("name"),
        "iteration": (failure.get("cursor") or {}).get("iteration"),
        "at": normaliser.message(str(failure.get("at"))),
        "error": [error.get("name"), normaliser.message(str(error.get("message")))],
    }


def _values(scope: Mapping[str, Any] | None, normaliser: Normaliser) -> list[Any]:
    keep = ("key", "value", "type", "disabled", "enabled")
    return [
        normaliser.deep({name: row[name] for name in keep if name in row})
        for row in (scope or {}).get("values") or []
    ]


def differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, str]:
    """axis -> what differs, in words; empty if the two are the same."""
    return {
        axis: "\n".join(_compare(expected[axis], actual[axis], axis))
        for axis in AXES
        if expected[axis] != actual[axis]
    }


def _compare(expected: Any, actual: Any, where: str) -> list[str]:
    if expected == actual:
        return []
    if isinstance(expected, dict) and isinstance(actual, dict):
        keys = list(dict.fromkeys((*expected, *actual)))
        return [line for key in keys for line in _compare(expected.get(key), actual.get(key), f"{where}.{key}")]
    if isinstance(expected, list) and isinstance(actual, list) and where.endswith(".headers"):
        lines = [f"{where}: Newman only: {text}" for text in _minus(expected, actual)]
        return lines + [f"{where}: htrun only: {text}" for text in _minus(actual, expected)]
    if isinstance(expected, list) and isinstance(actual, list):
        longest = max(len(expected), len(actual))
        pad: list[Any] = [None]
        pairs = zip(expected + pad * (longest - len(expected)), actual + pad * (longest - len(actual)), strict=True)
        return [line for at, (one, two) in enumerate(pairs) for line in _compare(one, two, f"{where}[{at}]")]
    return [f"{where}: Newman {json.dumps(expected)}", f"{' ' * len(where)}  htrun  {json.dumps(actual)}"]


def _minus(left: Sequence[Any], right: Sequence[Any]) -> list[Any]:
    rest = list(right)
    only = []
    for value in left:
        if value in rest:
            rest.remove(value)
        else:
            only.append(value)
    return only

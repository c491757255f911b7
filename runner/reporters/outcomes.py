"""What came of each request in an earlier run, from what that run left behind: its record (``--record``), its JSON or
its JUnit report, also Newman's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from runner.errors import InputError
from runner.model.collection import Located
from runner.model.records import dataclass
from runner.parse.text import decode, read_bytes

_ITERATION = re.compile(r" \[iteration \d+\]$")
_BETWEEN = " / "  #: in JUnit reports


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request, once for each time that it ran."""

    id: str
    name: str  #: ``Folder / Request``; in a run of several inputs with the name of the input in front
    failed: bool
    duration: float  #: ms of waiting for answers


def read_outcomes(location: str) -> list[Outcome]:
    """The outcomes in a file, in order.

    Raises:
        InputError: it cannot be read, or is none of the three.
    """
    data = read_bytes(location)
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        return list(_of_junit(data, location))
    if head.startswith(b'{"record":'):
        return list(_of_record(location))
    try:
        report = json.loads(decode(data))
        return list(_of_json(report))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(
            "is no report of an earlier run: give what --record wrote, or a JSON or JUnit report", path=location
        ) from None


def same_request(outcome: Outcome, items: Sequence[Located], collection: str) -> list[Located]:
    """The items that an outcome is about: by name and id, else by name, else by id.

    Args:
        collection: the name under which reports of several inputs have these items.
    """
    names = (outcome.name, outcome.name.removeprefix(collection + _BETWEEN))
    named = [one for one in items if _BETWEEN.join((*one.folders, one.item.name)) in names]
    return (
        [one for one in named if one.item.id == outcome.id]
        or named
        or [one for one in items if one.item.id == outcome.id]
    )


def _of_record(location: str) -> Iterator[Outcome]:
    from runner.engine.events import ItemFinished
    from runner.reporters.record.read import Record

    with Record(Path(location)) as record:
        for line in record.lines():
            if isinstance(line.event, ItemFinished):
                result = line.event.result
                name = _BETWEEN.join((*result.located.folders, result.item.name))
                spent = sum(one.timings.total for one in result.exchanges if one.origin != "redirect")
                yield Outcome(result.item.id, name, bool(result.failures), spent)


def _of_junit(data: bytes, location: str) -> Iterator[Outcome]:
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise InputError("is not valid XML", path=location, line=line, column=column + 1) from None
    if root.tag not in ("testsuites", "testsuite"):
        raise InputError(f"is no JUnit report: it holds <{root.tag}>, not <testsuites>", path=location)
    for suite in root.iter("testsuite"):
        bad = any(case.find(kind) is not None for case in suite.iter("testcase") for kind in ("failure", "error"))
        spent = _number(suite.get("time")) * 1000
        yield Outcome(suite.get("id", ""), _ITERATION.sub("", suite.get("name", "")), bad, spent)


def _of_json(report: Mapping[str, Any]) -> Iterator[Outcome]:
    run, names = report["run"], dict(_names(report["collection"].get("item"), ()))
    bad: dict[str, str] = {}
    for failure in run["failures"]:
        # what a script sent is an item without a name; its parent is the request whose script it is
        known = [one for one in (failure.get("source"), failure.get("parent")) if one and one.get("id") in names]
        about = known[0] if known else failure.get("source") or {}
        bad.setdefault(str(about.get("id") or ""), str(about.get("name") or ""))
    seen: set[str] = set()
    for execution in run["executions"]:
        item = execution["item"]
        seen.add(item["id"])
        spent = _number(execution.get("response", {}).get("responseTime"))
        yield Outcome(item["id"], names.get(item["id"], item.get("name", "")), item["id"] in bad, spent)
    for one, name in bad.items():
        if one not in seen:
            yield Outcome(one, names.get(one, name), True, 0.0)


def _names(nodes: Any, around: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for node in nodes or ():
        here = (*around, str(node.get("name") or ""))
        if "item" in node:
            yield from _names(node["item"], here)
        elif isinstance(node.get("id"), str):
            yield node["id"], _BETWEEN.join(here)


def _number(text: Any) -> float:
    try:
        return max(0.0, float(text))
    except (TypeError, ValueError):
        return 0.0

"""Switching rules off: ``htrun-disable HT404`` in a script's comment or a description, for that request or folder and
everything in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runner.check.model import Finding
from runner.model.collection import Folder, Item

#: Without codes all rules are meant.
_COMMENT = re.compile(r"\bhtrun-disable\b((?:[ \t,:]+HT\d{3}\b)*)")
_CODE = re.compile(r"HT\d{3}")
_ALL = "all"


def unsuppressed(findings: Iterable[Finding], disabled: frozenset[str]) -> Iterator[Finding]:
    """The findings that nothing has switched off.

    Args:
        disabled: codes of rules that are off everywhere.
    """
    known: dict[int, frozenset[str]] = {}
    for finding in findings:
        if finding.code in disabled:
            continue
        for node in finding.place.chain:
            if id(node) not in known:
                known[id(node)] = _off(node)
            if not known[id(node)].isdisjoint((_ALL, finding.code)):
                break
        else:
            yield finding


def _off(node: Folder | Item) -> frozenset[str]:
    found: set[str] = set()
    for text in _texts(node):
        if "htrun-disable" in text:
            for match in _COMMENT.finditer(text):
                found.update(_CODE.findall(match[1]) or (_ALL,))
    return frozenset(found)


def _texts(node: Folder | Item) -> Iterator[str]:
    for script in node.scripts:
        yield script.source
    yield node.description or ""
    if isinstance(node, Item):
        yield node.request.description or ""

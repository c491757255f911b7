"""JSON text as a tree that knows where each value stands in it."""

from __future__ import annotations

import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, TypeAlias

from runner.model.records import dataclass

_SPACE = re.compile(r"[ \t\n\r]*")
_SPACES = frozenset(" \t\n\r")
_ATOM = re.compile(r"[-+.\w]+")


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value: ``at`` is the index of its first character."""

    at: int
    value: Any  #: str, dict[str, Node], list[Node], or None for what is neither


Tree: TypeAlias = dict[str, Node]


def json_tree(text: str) -> Node:
    """The value that the text holds.

    Raises:
        JSONDecodeError: it is no JSON.
        IndexError: it ends too early.
        RecursionError: it is nested too deeply.
    """
    return _value(text, 0)[0]


def _value(text: str, at: int) -> tuple[Node, int]:
    """The value that begins at or after an index, and the index after it."""
    start = _skip(text, at)
    char = text[start]
    if char == '"':
        string, end = scanstring(text, start + 1, False)
        return Node(start, string), end
    if char == "{":
        return _members(text, start)
    if char == "[":
        return _elements(text, start)
    atom = _ATOM.match(text, start)
    if atom is None:
        raise JSONDecodeError("not a value", text, start)
    return Node(start, None), atom.end()


def _members(text: str, start: int) -> tuple[Node, int]:
    members: Tree = {}
    at = _skip(text, start + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1, False)
        members[name], at = _value(text, _skip(text, at) + 1)
        at = _after_comma(text, at, "}")
    return Node(start, members), at + 1


def _elements(text: str, start: int) -> tuple[Node, int]:
    elements: list[Node] = []
    at = _skip(text, start + 1)
    while text[at] != "]":
        element, at = _value(text, at)
        elements.append(element)
        at = _after_comma(text, at, "]")
    return Node(start, elements), at + 1


def _after_comma(text: str, at: int, closing: str) -> int:
    at = _skip(text, at)
    if text[at] not in "," + closing:
        raise JSONDecodeError("not JSON", text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    if text[at : at + 1] not in _SPACES:  # most often there is none
        return at
    found = _SPACE.match(text, at)
    return found.end() if found else at

"""Where findings stand in the file of a collection."""

from __future__ import annotations

from collections.abc import Sequence

from runner.check.model import Place
from runner.parse.json_tree import Node
from runner.parse.places import CollectionText


def index_of(file: CollectionText, place: Place) -> int:
    """The index in the file's text; of the nearest thing around the place if it is not found itself."""
    if place.script is not None:
        inside = file.in_script(place.chain, place.script, place.line, place.column)
        if inside is not None:
            return inside
    node, complete = file.node(place.chain)
    if not complete:
        return node.at
    found = _below(node, place.field)
    if place.needle:
        at = _use(file, found, "{{" + place.needle + "}}")
        return _name(node) if at is None else at
    return _name(node) if found is node else found.at


def _name(node: Node) -> int:
    inner = node.value.get("info", node)
    name = inner.value.get("name") if isinstance(inner.value, dict) else None
    return int(node.at if name is None else name.at)


def _below(node: Node, field: Sequence[str | int]) -> Node:
    """The value at the end of ``field``, or the last one on the way that is there."""
    for key in field:
        value = node.value
        there = key in value if isinstance(value, dict) else isinstance(value, list) and key in range(len(value))
        if not there:
            break
        node = value[key]
    return node


def _use(file: CollectionText, node: Node, wanted: str) -> int | None:
    """The index of the first text below a value that holds ``wanted``."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one.value, str):
            found = one.value.find(wanted)
            if found >= 0:
                return file.in_string(one, found)
        elif isinstance(one.value, dict):
            waiting += reversed(one.value.values())
        elif isinstance(one.value, list):
            waiting += reversed(one.value)
    return None

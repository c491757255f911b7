"""Shapes as lines, which version control compares well: a place, and the types that are found there.

::

    $: object
    $.items: array
    $.items[]: object
    $.items[].price: number | null
    $.items[].note?: string          may be missing
    $.users.*: object                behind names that are data
    $["a name"]: string
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from runner.contract.shapes import TYPES, Shape

ITEMS, VALUES = "[]", ".*"
_NAME = re.compile(r"[^\W\d]\w*")
_STEP = re.compile(r'\.(?P<name>[^\W\d]\w*)|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|(?P<sign>\[\]|\.\*)')


def lines_of(shape: Shape, place: str = "$", optional: bool = False) -> Iterator[tuple[str, str]]:
    """The places of a shape, in order, and what is there."""
    yield f"{place}{'?' if optional else ''}", typed(shape)
    for name in sorted(shape.fields):
        yield from lines_of(shape.fields[name], named(place, name), name in shape.optional)
    if shape.values is not None:
        yield from lines_of(shape.values, place + VALUES)
    if shape.items is not None:
        yield from lines_of(shape.items, place + ITEMS)


def named(place: str, name: str) -> str:
    """The place of a member."""
    return f"{place}.{name}" if _NAME.fullmatch(name) else f"{place}[{json.dumps(name, ensure_ascii=False)}]"


def typed(shape: Shape) -> str:
    """``string | null``"""
    return " | ".join(kind for kind in TYPES if kind in shape.types)


class _Node:
    """A shape that is being read."""

    __slots__ = ("fields", "items", "optional", "types", "values")

    def __init__(self) -> None:
        self.types: frozenset[str] = frozenset()
        self.fields: dict[str, _Node] = {}
        self.optional: set[str] = set()
        self.values: _Node | None = None
        self.items: _Node | None = None

    def shape(self) -> Shape:
        return Shape(
            self.types,
            {name: inner.shape() for name, inner in self.fields.items()},
            frozenset(self.optional),
            self.values.shape() if self.values is not None else None,
            self.items.shape() if self.items is not None else None,
        )


def shape_from(lines: Iterable[tuple[str, str]]) -> Shape:
    """The shape that the lines say.

    Raises:
        ValueError: a line is none; says what is wrong.
    """
    root = _Node()
    for place, types in lines:
        node = _find(root, place)
        node.types = frozenset(types.split(" | "))
        if unknown := node.types - set(TYPES):
            raise ValueError(f"{place}: there is no type {sorted(unknown)[0]!r}; there are: {', '.join(TYPES)}")
    return root.shape()


def _find(root: _Node, place: str) -> _Node:
    bare = place.removesuffix("?")
    if not bare.startswith("$"):
        raise ValueError(f"{place!r} is no place: they start with $")
    node, at = root, 1
    while at < len(bare):
        step = _STEP.match(bare, at)
        if step is None:
            raise ValueError(f'{place!r} is no place: {bare[at:]!r} is neither .name, .*, [] nor ["name"]')
        at = step.end()
        if step["sign"] == ITEMS:
            node.items = node = node.items or _Node()
        elif step["sign"]:
            node.values = node = node.values or _Node()
        else:
            name = step["name"] or json.loads(step["quoted"])
            if at == len(bare) and bare != place:
                node.optional.add(name)
            node = node.fields.setdefault(name, _Node())
    return node

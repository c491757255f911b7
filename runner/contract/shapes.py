"""The shape of JSON: which types and names there are at each place, and which of them may be missing.

A shape says what is common to all values that were seen: elements of a list are seen at one place, and so are the
values behind names that are identifiers (numbers, UUIDs, dates ...), which are data themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from runner.model.collection import Json
from runner.model.records import dataclass, field

#: In the order in which they are written. ``element`` is one of XML.
TYPES = ("object", "array", "element", "string", "number", "integer", "boolean", "null")

#: Levels below which only types are looked at.
_MAX_DEPTH = 100

#: Names that are data: numbers, UUIDs, hashes, dates, addresses, and long names with digits.
_DATA = re.compile(
    r"-?\d+(\.\d+)*"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?=[a-f]*\d)[0-9a-f]{12,}"
    r"|\d{4}-\d\d(-\d\d)?([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?"
    r"|\S+@\S+\.\S+|[a-z][a-z0-9+.-]*://.*"
    r"|(?=(\D*\d){3})\S{16,}|.{64,}",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What was seen at one place. An empty one was never seen.

    Attributes:
        types: of ``TYPES``; with ``number`` there is no ``integer``.
        fields: what objects hold, by name.
        optional: the names that not all objects had.
        values: what objects hold behind names that are data.
        items: what arrays hold; None if all were empty.
    """

    types: frozenset[str] = frozenset()
    fields: Mapping[str, Shape] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    values: Shape | None = None
    items: Shape | None = None

    @property
    def has_members(self) -> bool:
        """Whether names can be missing: an element of XML without children says nothing of them."""
        return "object" in self.types or bool(self.fields)


def shape_of(value: Json) -> Shape:
    """The shape of a value, as far as 100 levels down."""
    return _common([value], _MAX_DEPTH)


def size(shape: Shape) -> int:
    """How many places it has."""
    inner = [*shape.fields.values(), *(one for one in (shape.values, shape.items) if one is not None)]
    return 1 + sum(map(size, inner))


def merged(one: Shape, other: Shape) -> Shape:
    """The shape of all that either of them is the shape of; in whatever order, and however often, it is done."""
    names = one.fields.keys() | other.fields.keys()
    optional = one.optional | other.optional
    for here, there in ((one, other), (other, one)):
        if here.has_members:
            optional |= there.fields.keys() - here.fields.keys()
    fields = {
        name: merged(one.fields[name], other.fields[name])
        if name in one.fields and name in other.fields
        else one.fields.get(name) or other.fields[name]
        for name in names
    }
    return Shape(
        without_integers(one.types | other.types),
        fields,
        optional,
        merged_if(one.values, other.values),
        merged_if(one.items, other.items),
    )


def merged_if(one: Shape | None, other: Shape | None) -> Shape | None:
    """The same for what may not have been seen."""
    if one is None or other is None:
        return one or other
    return merged(one, other)


def without_integers(types: frozenset[str]) -> frozenset[str]:
    return types - {"integer"} if "number" in types else types


def is_data(name: str) -> bool:
    """Whether a name is data rather than one that the interface has given."""
    return _DATA.fullmatch(name) is not None


def generalised(shape: Shape, is_data: Callable[[str], bool] = is_data) -> Shape:
    """The same with what stands behind names that are data at one place."""
    fields = {name: generalised(inner, is_data) for name, inner in shape.fields.items()}
    values = None if shape.values is None else generalised(shape.values, is_data)
    for name in [name for name in fields if is_data(name)]:
        values = merged_if(values, fields.pop(name))
    items = None if shape.items is None else generalised(shape.items, is_data)
    return Shape(shape.types, fields, shape.optional & fields.keys(), values, items)


def _common(found: Sequence[Json], depth: int) -> Shape:
    types: set[str] = set()
    objects = 0
    members: dict[str, list[Json]] = {}
    values: list[Json] = []
    items: list[Json] = []
    for value in found:
        kind = _type(value)
        types.add(kind)
        if not depth:
            continue
        if kind == "array":
            items += value
        elif kind == "object":
            objects += 1
            for name, inner in value.items():
                if is_data(name):
                    values.append(inner)
                elif name in members:
                    members[name].append(inner)
                else:
                    members[name] = [inner]
    return Shape(
        without_integers(frozenset(types)),
        {name: _common(inner, depth - 1) for name, inner in members.items()},
        frozenset(name for name, inner in members.items() if len(inner) < objects),
        _common(values, depth - 1) if values else None,
        _common(items, depth - 1) if items else None,
    )


def _type(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, (list, tuple)) else "object"

"""What is different between a shape that was kept and one that is seen now."""

from __future__ import annotations

from collections.abc import Iterator

from runner.contract.lines import ITEMS, VALUES, named, typed
from runner.contract.shapes import Shape, merged, without_integers
from runner.model.records import dataclass

_NUMBERS = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class Difference:
    """``breaks``: whoever relied on what was kept is let down; otherwise it is only news."""

    place: str  #: ``$.items[].price``
    text: str
    breaks: bool

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def differences(kept: Shape, seen: Shape, place: str = "$") -> Iterator[Difference]:
    """Each place that is different, in order.

    A type that was not there before breaks it, but for a number at the place of an integer, and anything at a place
    where there was only null. So does a name that is gone, or that no longer all have.
    """
    if kept.types != seen.types and (found := _types(kept, seen, place)) is not None:
        yield found
    if kept.has_members and seen.has_members:
        for name in sorted(kept.fields.keys() | seen.fields.keys()):
            yield from _member(kept, seen, name, named(place, name))
    for before, after, sign in ((kept.values, seen.values, VALUES), (kept.items, seen.items, ITEMS)):
        if after is not None and before is not None:
            yield from differences(before, after, place + sign)
        elif after is not None and ("object" if sign == VALUES else "array") in kept.types:
            yield Difference(place + sign, f"added ({typed(after)})", False)


def updated(kept: Shape, seen: Shape) -> Shape:
    """What is kept from now on: all of ``kept`` that what is seen does not break, and what is seen."""
    if not kept.types or _retyped(kept, seen):
        return seen
    both = merged(kept, seen)
    if not (kept.has_members and seen.has_members):
        fields, optional = both.fields, both.optional
    else:
        gone = {name for name in kept.fields.keys() - seen.fields.keys() if name not in kept.optional}
        fields = {
            name: updated(kept.fields[name], shape) if name in kept.fields and (shape := seen.fields.get(name)) else one
            for name, one in both.fields.items()
            if name not in gone
        }
        new = seen.fields.keys() - kept.fields.keys()
        optional = frozenset(name for name in both.optional & fields.keys() if name not in new or name in seen.optional)
    return Shape(both.types, fields, optional, _updated(kept.values, seen.values), _updated(kept.items, seen.items))


def _updated(kept: Shape | None, seen: Shape | None) -> Shape | None:
    if kept is None or seen is None:
        return kept or seen
    return updated(kept, seen)


def _member(kept: Shape, seen: Shape, name: str, place: str) -> Iterator[Difference]:
    before, after = kept.fields.get(name), seen.fields.get(name)
    if before is None and after is not None:
        yield Difference(place, f"added ({typed(after)})", False)
    elif before is not None and after is None:
        if name not in kept.optional:
            yield Difference(place, f"removed (was {typed(before)})", True)
    elif before is not None and after is not None:
        if name in seen.optional and name not in kept.optional:
            yield Difference(place, "required -> missing in some", True)
        yield from differences(before, after, place)


def _types(kept: Shape, seen: Shape, place: str) -> Difference | None:
    if without_integers(kept.types | seen.types) == kept.types:
        return None
    if not kept.types:  # it was no JSON
        return Difference(place, f"added ({typed(seen)})", False)
    return Difference(place, f"{typed(kept)} -> {typed(seen)}", _breaks(kept, seen))


def _breaks(kept: Shape, seen: Shape) -> bool:
    return _retyped(kept, seen) or ("null" in seen.types and "null" not in kept.types)


def _retyped(kept: Shape, seen: Shape) -> bool:
    """Whether there is a type, besides null, that nobody could expect."""
    expected = kept.types | {"null"}
    if kept.types & _NUMBERS:
        expected |= _NUMBERS
    return kept.types != {"null"} and not seen.types <= expected

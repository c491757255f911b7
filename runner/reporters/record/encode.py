"""Events as JSON."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from runner.engine import events as ev
from runner.model.collection import UNDEFINED, Collection, Folder, Item, Located, RequestSpec, Script
from runner.model.exchange import Exchange
from runner.model.records import fields
from runner.model.result import Assertion, ConsoleLine, Failure, ScriptRun, VariableChange
from runner.model.written import WrittenFloat, WrittenList, WrittenObject

#: What items have in common; written once in a run.
_SHARED: tuple[type, ...] = (Located, Item, Folder, Collection, Script)
#: What is repeated within an item; written once in it.
_REPEATED: tuple[type, ...] = (Exchange, Failure, Assertion, ConsoleLine, ScriptRun, VariableChange, RequestSpec)
#: Shared objects that can be referred to besides those of the collection: items that are made as the run goes.
_MAX_MADE = 5_000
#: The raw JSON of a collection, which is all in the other fields.
_LEFT_OUT = {(kind, "source") for kind in (Item, Folder, Collection)}


class _Numbers:
    """Numbers of objects, by identity. ``step``: 1 counts up from 0, -1 down from -1."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._base, self._size = 0, 0
        self._numbers: dict[int, int] = {}
        self._objects: list[object] = []  # kept: while they live, no other can have their id()
        self._next = 0

    def of(self, value: object) -> tuple[int, bool]:
        """The number of an object, and whether it had one before."""
        known = self._numbers.get(id(value))
        if known is not None:
            return known, True
        at = self._next
        self._next += 1
        if self._size and self._next == self._base + self._size:
            self._next = self._base
        if at < len(self._objects):
            del self._numbers[id(self._objects[at])]
            self._objects[at] = value
        else:
            self._objects.append(value)
        number = self._numbers[id(value)] = at if self._step > 0 else -1 - at
        return number, False

    def has(self, value: object) -> bool:
        return id(value) in self._numbers

    @property
    def limited(self) -> bool:
        return self._size > 0

    def limit(self, size: int) -> None:
        """From now on numbers are used again: no more than ``size`` of them besides those that are in use."""
        self._base, self._size = self._next, size

    def clear(self) -> None:
        self._numbers.clear()
        self._objects.clear()
        self._next = 0


class Encoder:
    """Encodes the events of one run, in order.

    Args:
        bodies: bytes of each body that are kept.
    """

    def __init__(self, bodies: int) -> None:
        self._bodies = bodies
        self._shared, self._repeated = _Numbers(1), _Numbers(-1)
        self._open = 0
        self._fields: dict[type, tuple[tuple[str, object], ...]] = {}

    def event(self, event: ev.Event, at: float) -> dict[str, Any]:
        """The object for one event. ``at``: epoch seconds."""
        if isinstance(event, ev.ItemStarted):
            self._open += 1
        members = {"event": event.__class__.__name__, "at": round(at, 6), **self._members(event)}
        if isinstance(event, ev.RunStarted):
            self._shared.limit(_MAX_MADE)
        if isinstance(event, ev.IterationStarted) or (isinstance(event, ev.ItemFinished) and self._open <= 1):
            self._repeated.clear()
            self._open = 0
        elif isinstance(event, ev.ItemFinished):
            self._open -= 1
        return members

    def _members(self, record: object) -> dict[str, Any]:
        found = {}
        for name, default in self._fields_of(record.__class__):
            value = getattr(record, name)
            if value is not default and value != default:
                found[name] = self._any(value)
        return found

    def _fields_of(self, kind: type) -> tuple[tuple[str, object], ...]:
        known = self._fields.get(kind)
        if known is None:
            known = self._fields[kind] = tuple(
                (one.name, one.default_factory() if callable(one.default_factory) else one.default)
                for one in fields(kind)
                if (kind, one.name) not in _LEFT_OUT
            )
        return known

    def _any(self, value: Any) -> Any:
        kind = value.__class__
        if value is None or kind in (str, int, bool):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"$": "number", "text": str(value)}
        if hasattr(kind, "__match_args__"):
            return self._record(value)
        if value is UNDEFINED:
            return {"$": "undefined"}
        if isinstance(value, WrittenFloat):
            return {"$": "number", "text": value.text}
        if isinstance(value, (WrittenObject, WrittenList)):
            return {"$": "written", "value": self._plain(value)}
        return self._plain(value)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            members = {str(key): self._any(inner) for key, inner in value.items()}
            return {"$": "object", "value": members} if "$" in members or "#" in members else members
        if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            return [self._any(inner) for inner in value]
        return str(value) if isinstance(value, str) else self._body(value) if _is_content(value) else value

    def _record(self, value: object) -> dict[str, Any]:
        kind = value.__class__
        if kind in _SHARED or (kind is RequestSpec and (not self._shared.limited or self._shared.has(value))):
            numbers = self._shared
        elif kind in _REPEATED:
            numbers = self._repeated
        else:
            return {"$": kind.__name__, **self._members(value)}
        number, known = numbers.of(value)
        return {"#": number} if known else {"$": kind.__name__, "#": number, **self._members(value)}

    def _body(self, content: Any) -> dict[str, Any]:
        """A body: as text if it is in UTF-8."""
        head: bytes = content[: self._bodies]
        size = len(content)
        cut = {"size": size} if size != len(head) else {}
        try:
            # The end may cut a character in two.
            return {"$": "text", "text": _text(head, size > self._bodies), **cut}
        except UnicodeDecodeError:
            return {"$": "base64", "data": b64encode(head).decode("ascii"), **cut}


def _is_content(value: object) -> bool:
    return isinstance(value, bytes) or (
        not isinstance(value, (str, Sequence, Mapping)) and hasattr(value, "__getitem__") and hasattr(value, "__len__")
    )


def _text(head: bytes, cut: bool) -> str:
    if not cut:
        return head.decode("utf-8")
    for end in range(len(head), max(len(head) - 4, -1), -1):
        try:
            return head[:end].decode("utf-8")
        except UnicodeDecodeError as error:
            problem = error
    raise problem

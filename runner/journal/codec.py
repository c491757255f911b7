"""Events as JSON and back, quickly: every request of every run pays for it.

A record is a list of the number of its class and the values of its fields; which class and fields these are is written
when a class comes up for the first time. What the events of a run share (items, folders, scripts) is written once and
then referred to: these definitions are rows of ``shared``, so that the events of each item can be read without those
before it. What is repeated within an item is written once in it.

::

    [5, "Host", "example.org", true, false, null]    a record
    [0, 1, 2], [-1, 1, 2]                            a tuple, a list
    {"o": 7}, {"r": 2}                               the shared object, the repeated one of that number
    {"r": 2, "v": [...]}                             a repeated one, the first time
    {"m": {...}}, {"b": "text"}, {"x": "base64", "n": 99}, {"f": "nan"}, {"u": 1}, {"w": ...}, {"W": "1.0"}
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

from runner.engine import events as ev
from runner.model import collection, exchange, result
from runner.model.collection import UNDEFINED, Body, Collection, Folder, Item, Located, RequestSpec, Script
from runner.model.exchange import Exchange
from runner.model.records import replace
from runner.model.result import Assertion, ConsoleLine, Cursor, Failure, ScriptRun, VariableChange
from runner.model.stored import CutBody, classes_of
from runner.model.written import WrittenFloat, WrittenList, WrittenObject, written

_PLAIN = frozenset({str, int, bool, type(None)})
_SHARED = frozenset({Located, Item, Folder, Collection, Script})
_REPEATED = frozenset({Exchange, Failure, Assertion, ConsoleLine, ScriptRun, VariableChange, RequestSpec, Cursor})
#: Fields that are not kept: the raw JSON, which is all in the others, and saved examples.
_LEFT_OUT = {(kind, name) for kind in (Item, Folder, Collection) for name in ("source", "examples")}
#: Shared objects that are known at a time: some are made as the run goes.
_MAX_SHARED = 20_000
#: Items in a collection beyond which only those that run are written.
_MAX_WHOLE = 200

#: Cuts the beginning of a body so that it ends between two words.
_ENDS = frozenset(b" \t\r\n\"'<>&,;{}()[]")


class Encoder:
    """Encodes the events of one run. Not thread-safe.

    Args:
        bodies: bytes of each body that are kept.
        number: of the first shared object: none before it may be used again.
    """

    def __init__(self, bodies: int, number: int = 0) -> None:
        self.bodies = bodies
        self.definitions: list[Any] = []  #: what is new since somebody took it: rows of ``shared``
        self._next = number
        self._classes: dict[type, tuple[int, Callable[[Any], tuple[Any, ...]]]] = {}
        self._shared: dict[int, tuple[int, object]] = {}
        self._repeated: dict[int, int] = {}

    def text(self, events: Iterable[tuple[ev.Event, float]]) -> str:
        """The events of one item, or of none; each with the time when it happened."""
        self._repeated.clear()
        data = [[round(at, 4), self._any(event)] for event, at in events]
        return dumps(data)

    def value(self, value: Any) -> Any:
        """A value of a variable as JSON."""
        return self._any(value)

    def taken(self) -> str | None:
        """The new definitions, once."""
        if not self.definitions:
            return None
        definitions, self.definitions = self.definitions, []
        return dumps(definitions)

    def _any(self, value: Any) -> Any:
        kind = value.__class__
        if kind in _PLAIN:
            return value
        if kind is float:
            return value if math.isfinite(value) else {"f": str(value)}
        if kind is tuple:
            return [0, *[one if one.__class__ in _PLAIN else self._any(one) for one in value]]
        if kind in _SHARED:
            return self._share(value)
        if hasattr(kind, "__match_args__"):
            if kind in _REPEATED:
                if kind is RequestSpec and id(value) in self._shared:  # as it is written in the collection
                    return self._share(value)
                known = self._repeated.get(id(value))
                if known is not None:
                    return {"r": known}
                number = self._repeated[id(value)] = len(self._repeated)
                return {"r": number, "v": self._record(value, kind)}
            return self._record(value, kind)
        return self._other(value)

    def _record(self, value: Any, kind: type) -> list[Any]:
        known = self._classes.get(kind)
        if known is None:
            known = self._define(kind)
        number, fields = known
        if kind is Body and value.raw is not None and len(value.raw) > self.bodies:
            value = replace(value, raw=value.raw[: self.bodies])
        return [number, *[one if one.__class__ in _PLAIN else self._any(one) for one in fields(value)]]

    def _define(self, kind: type) -> tuple[int, Callable[[Any], tuple[Any, ...]]]:
        names = tuple(name for name in kind.__match_args__ if (kind, name) not in _LEFT_OUT)  # type: ignore[attr-defined]
        number = self._next = self._next + 1
        self.definitions.append({"class": number, "name": kind.__name__, "fields": names})
        if len(names) == 1:
            getter: Callable[[Any], tuple[Any, ...]] = lambda value: (getattr(value, names[0]),)  # noqa: E731
        elif names:
            getter = attrgetter(*names)
        else:
            getter = lambda value: ()  # noqa: E731
        found = self._classes[kind] = number, getter
        return found

    def _share(self, value: Any) -> dict[str, int]:
        known = self._shared.get(id(value))
        if known is None:
            if len(self._shared) >= _MAX_SHARED:
                self._shared.clear()
            number = self._next = self._next + 1
            self._shared[id(value)] = known = number, value  # kept: while it lives, no other can have its id()
            repeated, self._repeated = self._repeated, {}
            kind = value.__class__
            if kind is Item:
                self._share(value.request)
            elif isinstance(value, Folder) and _count(value, _MAX_WHOLE) > _MAX_WHOLE:
                value = replace(value, children=())
            record = self._record(value, kind)
            self._repeated = repeated
            self.definitions.append({"o": number, "v": record})
        return {"o": known[0]}

    def _other(self, value: Any) -> Any:
        if value is UNDEFINED:
            return {"u": 1}
        if isinstance(value, WrittenFloat):
            return {"W": value.text}
        if isinstance(value, (WrittenObject, WrittenList)):
            return {"w": self._plain(value)}
        return self._plain(value)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {"m": {str(key): self._any(inner) for key, inner in value.items()}}
        if isinstance(value, str):
            return str(value)
        if isinstance(value, (list, tuple)):
            return [-1, *map(self._any, value)]
        if hasattr(value, "__getitem__") and hasattr(value, "__len__"):
            return self._body(value)
        return value

    def _body(self, content: Any) -> dict[str, Any]:
        size = len(content)
        head = getattr(content, "head", None)
        data: bytes = head(self.bodies) if head is not None and size > self.bodies else content[: self.bodies]
        more: dict[str, Any] = {}
        if size > self.bodies:
            data = _between_words(data)
        if size != len(data):
            more["n"] = size
        try:
            return {"b": data.decode("utf-8"), **more}
        except UnicodeDecodeError:
            return {"x": b64encode(data).decode("ascii"), **more}


def _between_words(data: bytes) -> bytes:
    """Without the last word, which may be the beginning of a secret that nobody could recognise as such."""
    end = len(data)
    while end and data[end - 1] not in _ENDS:
        end -= 1
    return data[:end]


def _count(folder: Folder, most: int) -> int:
    """Items in a folder, or a number larger than ``most``."""
    found = 0
    waiting: list[Any] = [folder]
    while waiting and found <= most:
        for child in waiting.pop().children:
            if isinstance(child, Folder):
                waiting.append(child)
            else:
                found += 1
    return found


_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


def dumps(value: Any) -> str:
    """JSON without spaces; half of a surrogate pair is escaped, since SQLite takes none."""
    text = _TO_JSON(value)
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text


#: Only these are ever made from a journal.
_CLASSES = classes_of(ev, collection, exchange, result)


class Decoder:
    """Decodes the events of one run."""

    def __init__(self) -> None:
        self.highest = 0  #: number of a class or shared object
        self._classes: dict[int, tuple[type | None, list[tuple[int, str]]]] = {}
        self._shared: dict[int, Any] = {}
        self._repeated: dict[int, Any] = {}

    def learn(self, definitions: str) -> None:
        """Takes a row of ``shared``."""
        for one in json.loads(definitions):
            if "class" in one:
                number = one["class"]
                kind = _CLASSES.get(one["name"])
                known = getattr(kind, "__match_args__", ())
                self._classes[number] = kind, [(at, name) for at, name in enumerate(one["fields"], 1) if name in known]
            else:
                number = one["o"]
                self._repeated = {}
                self._shared[number] = self._any(one["v"])
            self.highest = max(self.highest, number)

    def events(self, data: str) -> list[tuple[ev.Event, float]]:
        """Takes a row of ``events``. Kinds that this version does not know are left out."""
        self._repeated = {}
        found = [(self._any(value), at) for at, value in json.loads(data)]
        return [(event, at) for event, at in found if event is not None]

    def value(self, value: Any) -> Any:
        """The value of a variable."""
        return self._any(value)

    def _any(self, value: Any) -> Any:
        if value.__class__ is list:
            number = value[0]
            if number == 0:
                return tuple(map(self._any, value[1:]))
            if number == -1:
                return [self._any(one) for one in value[1:]]
            kind, fields = self._classes[number]
            return None if kind is None else kind(**{name: self._any(value[at]) for at, name in fields})
        if value.__class__ is not dict:
            return value
        return self._special(value)

    def _special(self, value: dict[str, Any]) -> Any:
        if "o" in value:
            return self._shared[value["o"]]
        if "r" in value:
            if "v" in value:
                self._repeated[value["r"]] = self._any(value["v"])
            return self._repeated[value["r"]]
        if "m" in value:
            return {key: self._any(inner) for key, inner in value["m"].items()}
        if "b" in value or "x" in value:
            data = value["b"].encode("utf-8") if "b" in value else b64decode(value["x"])
            return CutBody(data, value["n"]) if "n" in value else data
        if "f" in value:
            return float(value["f"])
        if "w" in value:
            return written(self._any(value["w"]))
        return WrittenFloat(value["W"]) if "W" in value else UNDEFINED

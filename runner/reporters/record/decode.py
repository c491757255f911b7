"""JSON as events."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from runner.engine import events as ev
from runner.model import collection, exchange, result
from runner.model.collection import UNDEFINED
from runner.model.records import fields
from runner.model.stored import CutBody, classes_of
from runner.model.written import WrittenFloat, written

_EVENTS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        ev.RunStarted,
        ev.InputStarted,
        ev.InputFinished,
        ev.IterationStarted,
        ev.ItemStarted,
        ev.ScriptStarted,
        ev.ConsoleLogged,
        ev.AssertionChecked,
        ev.VariableChanged,
        ev.ScriptFinished,
        ev.RequestStarted,
        ev.ExchangeFinished,
        ev.ItemRetried,
        ev.ItemFinished,
        ev.IterationFinished,
        ev.RunFinished,
    )
}
#: Only these are ever made from a record.
_CLASSES = classes_of(collection, exchange, result)


class Decoder:
    """Decodes the events of one record, in order."""

    def __init__(self) -> None:
        self._numbered: dict[int, Any] = {}
        self._types: dict[type, dict[str, str]] = {}

    def event(self, members: dict[str, Any]) -> ev.Event | None:
        """The event; None for one that this version does not know.

        Raises:
            ValueError, TypeError, KeyError, LookupError: it is none.
        """
        kind = _EVENTS.get(members["event"])
        if kind is None:
            return None
        made: ev.Event = self._made(kind, members)
        return made

    def _made(self, kind: type, members: dict[str, Any]) -> Any:
        types = self._types_of(kind)
        return kind(**{name: self._field(types[name], value) for name, value in members.items() if name in types})

    def _types_of(self, kind: type) -> dict[str, str]:
        known = self._types.get(kind)
        if known is None:
            known = self._types[kind] = {one.name: str(one.type) for one in fields(kind)}
        return known

    def _field(self, annotation: str, value: Any) -> Any:
        if isinstance(value, list):
            inner = annotation.partition("[")[2]
            if annotation.startswith("tuple["):
                return tuple(self._field(inner, one) for one in value)
            if annotation.startswith("Sequence["):
                return tuple(map(self._any, value))
            if "tuple[" in annotation:  # one alternative of several
                return tuple(map(self._any, value))
        return self._any(value)

    def _any(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._any(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        kind = value.get("$")
        if kind is None:
            if "#" in value:
                return self._numbered[value["#"]]
            return {key: self._any(inner) for key, inner in value.items()}
        special = getattr(self, f"_{kind}", None) if kind in _SPECIAL else None
        if special is not None:
            return special(value)
        made = self._made(_CLASSES[kind], value)
        if "#" in value:
            self._numbered[value["#"]] = made
        return made

    def _undefined(self, _: dict[str, Any]) -> Any:
        return UNDEFINED

    def _number(self, value: dict[str, Any]) -> Any:
        text = str(value["text"])
        return float(text) if text in ("nan", "inf", "-inf") else WrittenFloat(text)

    def _written(self, value: dict[str, Any]) -> Any:
        return written(self._any(value["value"]))

    def _object(self, value: dict[str, Any]) -> Any:
        return {key: self._any(inner) for key, inner in value["value"].items()}

    def _text(self, value: dict[str, Any]) -> bytes:
        return _body(str(value["text"]).encode("utf-8"), value)

    def _base64(self, value: dict[str, Any]) -> bytes:
        return _body(b64decode(value["data"]), value)


_SPECIAL = frozenset({"undefined", "number", "written", "object", "text", "base64"})


def _body(data: bytes, value: dict[str, Any]) -> bytes:
    return CutBody(data, int(value["size"])) if "size" in value else data

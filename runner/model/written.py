"""Values that keep the text they are to be sent with, where JavaScript's text of them would be another."""

from __future__ import annotations

import json
from typing import Any


class WrittenFloat(float):
    """A JSON number that is sent as it was received: ``1.10`` stays ``1.10``."""

    text: str

    def __new__(cls, text: str) -> WrittenFloat:
        made = super().__new__(cls, text)
        made.text = text
        return made


class WrittenObject(dict[str, Any]):
    """A JSON object whose text is JSON, not ``[object Object]``."""

    @property
    def text(self) -> str:
        return _compact(self)


class WrittenList(list[Any]):
    """A JSON array whose text is JSON, not its elements with commas."""

    @property
    def text(self) -> str:
        return _compact(self)


def read_json(text: str) -> Any:
    """JSON text as Python values: integers exact, other numbers with the text they have.

    Raises:
        ValueError: it is not JSON.
    """
    return json.loads(text, parse_float=WrittenFloat)


def written(value: Any) -> Any:
    """The value, an object or array so that its text is JSON."""
    if isinstance(value, dict):
        return WrittenObject(value)
    return WrittenList(value) if isinstance(value, list) else value


def _compact(value: Any) -> str:
    """JSON text; the numbers that `read_json` left as written, ``json.dumps`` would print anew."""
    if isinstance(value, WrittenFloat):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact(str(key))}:{_compact(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_compact(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)

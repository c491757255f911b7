"""What of a response body is kept to compare it with others: its size, its hash, the shape of the JSON in it."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from typing import Any

from runner.model.exchange import Content, Response
from runner.model.records import dataclass

#: Bytes of a body beyond which its shape is not looked at.
_MAX_SHAPED = 64 * 1024
_PIECE = 1024 * 1024
_REMEMBERED = 256
_MAX_PATHS = 2_000


@dataclass(frozen=True, slots=True)
class BodyFacts:
    """``hash`` is the beginning of the SHA-256 of the body, ``shape`` that of ``text``: one line for each place in the
    JSON and the types found there, such as ``$.items[].id integer``."""

    size: int
    hash: str
    shape: str | None = None
    text: str | None = None


class Bodies:
    """Facts about bodies; those of the last ones are remembered. Not thread-safe."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, BodyFacts] = OrderedDict()

    def facts(self, response: Response) -> BodyFacts:
        digest = _digest(response.content)
        known = self._known.get(digest)
        if known is None:
            known = BodyFacts(len(response.content), digest, *_shape(response.content))
            self._known[digest] = known
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known


def _digest(content: Content) -> str:
    if len(content) <= _PIECE:
        return hashlib.sha256(content[:]).hexdigest()[:16]
    found = hashlib.sha256()
    for at in range(0, len(content), _PIECE):
        found.update(content[at : at + _PIECE])
    return found.hexdigest()[:16]


def _shape(content: Content) -> tuple[str | None, str | None]:
    if not 0 < len(content) <= _MAX_SHAPED:
        return None, None
    data = content[:]
    if data.lstrip()[:1] not in (b"{", b"["):
        return None, None
    try:
        value = json.loads(data)
        found: dict[str, set[str]] = {}
        _collect(value, "$", found)
    except (ValueError, RecursionError):
        return None, None
    text = "\n".join(f"{path} {'|'.join(sorted(types))}" for path, types in sorted(found.items()))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16], text


def _collect(value: Any, path: str, found: dict[str, set[str]]) -> None:
    if path not in found and len(found) >= _MAX_PATHS:
        return
    found.setdefault(path, set()).add(_type(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, f"{path}.{key}" if key.isidentifier() else f"{path}[{json.dumps(key)}]", found)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, f"{path}[]", found)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"

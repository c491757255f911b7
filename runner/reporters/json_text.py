"""JSON text as Newman's report has it, in pieces: a large body never becomes one string."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from runner.model.exchange import Content
from runner.model.records import dataclass

#: Bytes of a body that are written at a time; they make up to four times as much text.
_PIECE = 65_536
# The three digits of every byte, blank where it has fewer: see _numbers.
_HUNDREDS = bytes(48 + byte // 100 if byte >= 100 else 32 for byte in range(256))
_TENS = bytes(48 + byte // 10 % 10 if byte >= 10 else 32 for byte in range(256))
_ONES = bytes(48 + byte % 10 for byte in range(256))


@dataclass(frozen=True, slots=True)
class Written:
    """A value that is JSON text already."""

    text: str


@dataclass(frozen=True, slots=True)
class Buffer:
    """Bytes, which are written as Node writes a Buffer: ``{"type": "Buffer", "data": [1, 2]}``."""

    content: Content


def to_json(value: Any) -> str:
    """JSON text as JavaScript would write it, indented by 2: no NaN, lone surrogates escaped."""
    try:
        written = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str)
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=2, allow_nan=False, default=str)
    except ValueError:
        return to_json(_finite(value))
    return written


def pieces(value: Any, spaces: int) -> Iterator[str]:
    """JSON text of a value, some of whose members may be ``Written`` or a ``Buffer``; all lines but the first are
    indented by ``spaces``."""
    if isinstance(value, Written):
        yield indent(value.text, spaces)
    elif isinstance(value, Buffer):
        # Newman gives every number a line of its own; on one line they make the file a third of that.
        yield indent('{\n  "type": "Buffer",\n  "data": [', spaces)
        yield from _numbers(value.content)
        yield indent("]\n}", spaces)
    elif _has_pieces(value):
        between = "{"
        for name, inner in value.items():
            yield f"{between}\n{' ' * (spaces + 2)}{json.dumps(name)}: "
            yield from pieces(inner, spaces + 2)
            between = ","
        yield f"\n{' ' * spaces}}}"
    else:
        yield indent(to_json(value), spaces)


def _has_pieces(value: Any) -> bool:
    return isinstance(value, (Written, Buffer)) or (isinstance(value, dict) and any(map(_has_pieces, value.values())))


def indent(written: str, spaces: int) -> str:
    """JSON text whose lines but the first are indented by ``spaces`` more."""
    # A line feed inside a JSON string is always escaped, so every real one is between members.
    return written.replace("\n", "\n" + " " * spaces)


def _numbers(content: Content) -> Iterator[str]:
    """``1,2,3`` for the bytes 1, 2 and 3.

    Ten times as fast as looking up the text of every byte: each digit is translated for all bytes at once,
    and then the blanks are thrown out."""
    for at in range(0, len(content), _PIECE):
        piece = content[at : at + _PIECE]
        cells = bytearray(b",") * (4 * len(piece))
        cells[1::4] = piece.translate(_HUNDREDS)
        cells[2::4] = piece.translate(_TENS)
        cells[3::4] = piece.translate(_ONES)
        numbers = cells.translate(None, b" ").decode("ascii")
        yield numbers if at else numbers[1:]


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return value

"""JSON as text, as JavaScript sees it: comments out, values in, properties in order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# A string, or a comment. Outside of strings a quote behind an odd number of backslashes opens none.
_PIECES = re.compile(
    r'(?<!\\)\\(?:\\\\)*"'
    r'|"(?:\\.|[^"\\])*(?:"|\\?\Z)'
    r"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))",
    re.DOTALL,
)


_SURROGATE = re.compile("[\ud800-\udfff]")


def strip_comments(text: str) -> str:
    """``text`` without ``//`` and ``/* */`` comments; what stands in strings stays. Line ends stay, as ``\\n``
    where a ``//`` comment stood before them."""
    if "//" not in text and "/*" not in text:
        return text
    return _PIECES.sub(lambda match: "" if match["comment"] is not None else match[0], text)


def dumps(value: Any) -> str:
    """``value`` as ``JSON.stringify`` writes it, except that integers keep all their digits."""
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number_text(value) if value - value == 0 else "null"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_string(str(key))}:{dumps(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(dumps(inner) for inner in value) + "]"
    return _string(str(value))


def string(value: Any) -> str:
    """``String(value)`` of a JSON value: what becomes of it as the name of a property."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "[object Object]"
    if isinstance(value, (list, tuple)):
        return ",".join("" if inner is None else string(inner) for inner in value)
    return dumps(value)


def number_text(value: float) -> str:
    """A finite float as JavaScript prints it: ``1.0`` is ``1``, ``1e-07`` is ``1e-7``."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    mantissa, exponent_mark, exponent = text.partition("e")
    if not exponent_mark:
        return text
    number = int(exponent)
    if -7 < number < 0:  # Python changes to exponents two digits earlier
        return f"{value:.{len(mantissa.lstrip('-').replace('.', '')) - 1 - number}f}"
    return f"{mantissa}e{'+' if number > 0 else '-'}{abs(number)}"


def _string(text: str) -> str:
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def object_order(names: Mapping[str, Any]) -> list[str]:
    """The order in which JavaScript lists the properties of an object: those that are array indexes first."""
    indexes = [name for name in names if name.isdigit() and name.isascii() and (name == "0" or name[0] != "0")]
    indexes = [name for name in indexes if int(name) < 2**32 - 1]
    if not indexes:
        return list(names)
    return sorted(indexes, key=int) + [name for name in names if name not in set(indexes)]

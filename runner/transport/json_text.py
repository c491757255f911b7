"""JSON as text: comments out, values in."""

from __future__ import annotations

import json
import re
from typing import Any

# A string, or a comment. Outside of strings a quote behind an odd number of backslashes opens none.
_PIECES = re.compile(
    r'(?<!\\)\\(?:\\\\)*"'
    r'|"(?:\\.|[^"\\])*(?:"|\\?\Z)'
    r"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))",
    re.DOTALL,
)


def strip_comments(text: str) -> str:
    """``text`` without ``//`` and ``/* */`` comments; what stands in strings stays. Line ends stay, as ``\\n``
    where a ``//`` comment stood before them."""
    if "//" not in text and "/*" not in text:
        return text
    return _PIECES.sub(lambda match: "" if match["comment"] is not None else match[0], text)


def dumps(value: Any) -> str:
    """``value`` as ``JSON.stringify`` writes it, except that integers keep all their digits."""
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


class _Number(float):
    """A float that prints as JavaScript does."""

    def __repr__(self) -> str:
        return number_text(float(self))


def number_text(value: float) -> str:
    """A finite float as JavaScript prints it: ``1.0`` is ``1``, ``1e-07`` is ``1e-7``."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    mantissa, exponent_mark, exponent = text.partition("e")
    if not exponent_mark:
        return text
    number = int(exponent)
    if -7 <= number < 0:
        return f"{value:.{len(mantissa.lstrip('-').replace('.', '')) - 1 - number}f}"
    return f"{mantissa}e{'+' if number > 0 else '-'}{abs(number)}"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return None
        return int(value) if value == int(value) and abs(value) < 1e21 else _Number(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value

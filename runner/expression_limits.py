"""What keeps an expression from filling the memory: Jinja2's sandbox looks at names, not at sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

#: Characters or elements that an operation may lead to, and bits of a number.
_LONGEST = 10_000_000
_BITS = 1_000_000
_PLACE = re.compile(r"%[^a-zA-Z]*[a-zA-Z]|\{[^{}]*:")  #: of a value in a text to be formatted
_DIGITS = re.compile(r"\d{1,18}")


def require_modest(operator: str, left: Any, right: Any) -> None:
    """Refuses what a few characters can make endless: Python stops neither a power nor a repetition."""
    if operator == "%" and isinstance(left, str):
        require_short(left, (right,), {})
    elif operator == "*":
        sizes = [len(side) if isinstance(side, (str, list, tuple)) else None for side in (left, right)]
        if sizes != [None, None]:
            counts = [abs(side) if isinstance(side, int) else 1 for side in (left, right)]
            _refuse_if((sizes[0] or 1) * (sizes[1] or 1) * counts[0] * counts[1] > _LONGEST)
        elif isinstance(left, int) and isinstance(right, int):
            _refuse_if(left.bit_length() + right.bit_length() > _BITS)
    elif operator == "**" and isinstance(left, int) and isinstance(right, int):
        _refuse_if(left.bit_length() * abs(right) > _BITS)


def require_short(text: Any, arguments: Iterable[Any], named: Mapping[str, Any]) -> None:
    """Refuses widths and counts that make a text endless: ``"a".center(10 ** 9)``, ``"%999999999d" % 1``."""
    given = (*arguments, *named.values())
    numbers = [value for value in given if isinstance(value, int)]
    if isinstance(text, str):
        numbers += [int(digits) for digits in _DIGITS.findall(text)] if _PLACE.search(text) else []
        texts = [value for value in given if isinstance(value, str)]
        _refuse_if(bool(texts) and (len(text) + 1) * max(map(len, texts)) > _LONGEST)
        _refuse_if("*" in text and "%" in text and any(isinstance(value, tuple) for value in given))
    _refuse_if(any(abs(number) > _LONGEST for number in numbers if text is not None))


def _refuse_if(is_too_much: bool) -> None:
    if is_too_much:
        raise OverflowError("its result is too large")


def short(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose numbers are looked at before it is called."""

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        rest = args[1:] if args and not hasattr(function, "jinja_pass_arg") else args
        text = next((arg for arg in args if isinstance(arg, str)), "")
        require_short(text, rest, kwargs)
        return function(*args, **kwargs)

    return checked

"""Numbers of bytes as people write them."""

from __future__ import annotations

import math
import re

import click

from runner.errors import UsageError

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class Size(click.ParamType[int]):
    """``5000``, ``500kB``, ``10MB``, ``1.5 GiB``: a number of bytes, which is not zero."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return size_of(value)
        except UsageError as error:
            raise click.BadParameter(str(error), ctx, param) from None


def size_of(value: object) -> int:
    """The number of bytes that a text says, not below 1.

    Raises:
        UsageError: it says none.
    """
    match = _SIZE.fullmatch(str(value).strip())
    if match:
        number, unit, binary = match.groups()
        base = 1024 if binary else 1000
        size = float(number) * base ** _POWERS[(unit or "").lower()]
        if 1 <= size < math.inf:
            return int(size)
    raise UsageError(f"{value!r} is no size: it is a number of bytes, or one with a unit, as in 500kB or 10MB")

"""Values of a parameter that the default run of the tests leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def slow(*values: object) -> list[Any]:
    """``[first, *slow(second, third)]``: the others are tried too with ``-m slow``."""
    return [pytest.param(value, marks=pytest.mark.slow, id=str(value)) for value in values]


def reporters(names: Iterable[str]) -> list[Any]:
    """Those that most people use; the others are tried too with ``-m slow``."""
    most = [name for name in names if name in ("cli", "json", "junit", "html")]
    return [*most, *slow(*(name for name in names if name not in most))]

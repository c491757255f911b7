"""Values of a parameter that the default run of the tests leaves out."""

from __future__ import annotations

from typing import Any

import pytest


def slow(*values: object) -> list[Any]:
    """``[first, *slow(second, third)]``: the others are tried too with ``-m slow``."""
    return [pytest.param(value, marks=pytest.mark.slow, id=str(value)) for value in values]

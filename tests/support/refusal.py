"""What is said of input that is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from runner.errors import HtrunError

Made = TypeVar("Made")


def attempt(make: Callable[[], Made]) -> tuple[Made | None, str]:
    """What was made and an empty text, or None and the sentence that says why not."""
    try:
        return make(), ""
    except HtrunError as error:
        said = str(error)
    assert "\n" not in said
    return None, said

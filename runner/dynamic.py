"""Dynamic variables: ``{{$guid}}`` and its like, each occurrence generated anew."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timezone


def _iso_timestamp() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


DYNAMIC: dict[str, Callable[[], str]] = {
    "$guid": lambda: str(uuid.uuid4()),
    "$timestamp": lambda: str(int(time.time())),
    "$isoTimestamp": _iso_timestamp,
    "$randomInt": lambda: str(random.randint(0, 1000)),
    "$randomUUID": lambda: str(uuid.uuid4()),
}
"""Name to function (https://learning.postman.com/docs/tests-and-scripts/write-scripts/variables-list/)."""


def generate(name: str) -> str | None:
    """A value for a dynamic variable; None if there is none of that name."""
    function = DYNAMIC.get(name)
    return function() if function else None

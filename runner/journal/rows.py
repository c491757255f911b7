"""What is written about a run and about each item."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from runner.journal.bodies import BodyFacts
from runner.journal.keys import Key
from runner.model.records import dataclass
from runner.model.result import ItemResult

#: Methods that may be sent twice (RFC 9110, 9.2.2).
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a run before it starts; see the table ``runs``."""

    inputs: tuple[str, ...]
    folder: str
    command: str
    files: str
    token: str


@dataclass(frozen=True, slots=True)
class Row:
    """An item that has ended. ``result`` and ``events`` hold no secrets."""

    key: Key | None  #: None: it is not to be resumed
    input: int
    path: str
    result: ItemResult
    events: Sequence[tuple[Any, float]]
    outcome: str
    body: BodyFacts | None = None
    replay: str | None = None
    state: str | None = None


def new_token() -> str:
    """What a run is called by that nobody else is."""
    return uuid.uuid4().hex

"""What a reporter is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TextIO

from runner.engine.events import Event
from runner.model.records import dataclass, field


@dataclass(frozen=True, slots=True)
class ReporterOptions:
    """What a reporter may want to know. ``options`` are those of its own, e.g. ``export`` or
    ``no_summary``, with generic ones (``--reporter-<opt>``) already merged in."""

    out: TextIO
    color: bool = False
    unicode: bool = True
    silent: bool = False
    verbose: bool = False
    interactive: bool = False  #: ``out`` is a terminal
    redraw: bool = True  #: it can draw over what it shows: it is neither a dumb one nor the log of a CI job
    width: int | None = None
    clock: Callable[[], float] = time.time  #: epoch seconds; in a report of an earlier run, of that run
    curl: bool = False  #: show failed requests as ``curl`` commands too
    options: Mapping[str, Any] = field(default_factory=dict)


class Reporter(Protocol):
    """Takes the events of one run, in order. ``close`` is called exactly once, also after Ctrl-C
    and errors, and writes what is still to be written."""

    def handle(self, event: Event) -> None: ...

    def close(self) -> None: ...

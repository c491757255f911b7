"""Script engines for iterations that run side by side: few, and none that nobody has to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable

from runner.scripting.interface import ScriptEngine
from runner.transport.cancel import Cancellation

#: Seconds that an iteration waits for an engine that others use before another one is started. To start one takes the
#: processor for a few times as long, and most scripts end within a few milliseconds.
PATIENCE = 0.03


class EnginePool:
    """At most ``limit`` engines. An iteration holds one from its first script to its end, since scripts leave globals
    and changed prototypes to later ones. Thread-safe.

    Args:
        first: the engine that is there already, or starts; it is not closed here.
        start: starts another one, and returns at once.
    """

    def __init__(self, first: Callable[[], ScriptEngine], start: Callable[[], ScriptEngine], limit: int) -> None:
        self._changed = threading.Condition()
        self._first, self._start, self._limit = first, start, limit
        self._own: list[ScriptEngine] = []
        self._free: list[ScriptEngine] = []
        self._count = 0
        self._started_first = False

    def take(self, cancellation: Cancellation) -> ScriptEngine | None:
        """A free engine; None if the switch was thrown before there was one."""
        with self._changed:
            self._changed.wait_for(lambda: self._free or not self._count or cancellation.cancelled, PATIENCE)
            self._changed.wait_for(lambda: self._free or self._count < self._limit or cancellation.cancelled)
            if cancellation.cancelled:
                return None
            return self._free.pop() if self._free else self._another()

    def _another(self) -> ScriptEngine:
        if self._started_first:
            engine = self._start()
            self._own.append(engine)
        else:
            engine = self._first()
            self._started_first = True
        self._count += 1
        return engine

    def give_back(self, engine: ScriptEngine) -> None:
        """Lets others have it."""
        with self._changed:
            self._free.append(engine)
            self._changed.notify()

    def drop(self, engine: ScriptEngine) -> None:
        """It was closed, and does not count any more."""
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wake(self) -> None:
        """Has those who wait look at their switches."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Closes the engines that were started here."""
        with self._changed:
            own, self._own = self._own, []
        for engine in own:
            engine.close()

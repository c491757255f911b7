"""Script engines for iterations that run side by side: few, and none that nobody has to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from runner.scripting.interface import ScriptEngine
from runner.transport.cancel import Cancellation

#: Seconds that an iteration waits for an engine that others use before another one is started. A start takes the
#: processor for as long, and most scripts end within a few milliseconds.
PATIENCE = 0.1
#: seconds between looks at an engine that is starting
_LOOK = 0.02


class EnginePool:
    """At most ``limit`` engines. An iteration holds one from its first script to its end, since scripts leave globals
    and changed prototypes to later ones. Thread-safe.

    Args:
        first: the engine that is there already, or starts.
        start: starts another one, and returns at once.
        own_first: close the first one too.
    """

    def __init__(
        self,
        first: Callable[[], ScriptEngine],
        start: Callable[[], ScriptEngine],
        limit: int,
        *,
        own_first: bool = False,
    ) -> None:
        self._changed = threading.Condition()
        self._first, self._start, self._limit = first, start, limit
        self._own_first = own_first
        self._own: list[ScriptEngine] = []
        self._free: list[ScriptEngine] = []
        self._count = 0
        self._newest: ScriptEngine | None = None
        self._first_ready: float | None = None  # monotonic seconds

    def take(self, cancellation: Cancellation) -> ScriptEngine | None:
        """A free engine; None if the switch was thrown before there was one."""
        since = monotonic()
        with self._changed:
            while not cancellation.cancelled:
                if self._free:
                    return self._free.pop()
                if self._count == self._limit:
                    self._changed.wait()
                elif (wait := self._wait(since)) > 0:
                    self._changed.wait(wait)
                else:
                    return self._another()
        return None

    def _wait(self, since: float) -> float:
        """Seconds that somebody who waits since then should go on waiting before another engine is started. They
        start one after another, because they would keep each other, and the scripts, from the processor."""
        if not self._count or self._newest is None:
            return 0
        if self._newest.starting:
            return _LOOK
        if self._first_ready is None:
            self._first_ready = monotonic()
        return max(since, self._first_ready) + PATIENCE - monotonic()

    def _another(self) -> ScriptEngine:
        if self._newest is None:
            engine = self._first()
            if self._own_first:
                self._own.append(engine)
        else:
            engine = self._start()
            self._own.append(engine)
        self._newest = engine
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
        """Closes the engines that are its own."""
        with self._changed:
            own, self._own = self._own, []
        for engine in own:
            engine.close()

"""One iteration of a parallel run while it is under way, and how it is broken off."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator
from queue import Empty, Full, Queue
from time import monotonic

from runner.engine.engines import EnginePool
from runner.engine.events import Event, ItemFinished, ItemRetried, ItemStarted, RequestStarted, ScriptStarted
from runner.engine.frame import End
from runner.engine.session import DeadlineReached, Session
from runner.scripting.interface import ScriptEngine
from runner.transport.cancel import Cancellation

#: What may take long comes after these: events are handed on in batches, since a change of threads costs as much as a
#: dozen events.
_BEFORE_WAITING = (ItemStarted, ScriptStarted, RequestStarted, ItemRetried, ItemFinished)
#: seconds after which a batch is handed on with the next event, whatever it is
_LIVE = 0.1
#: seconds between looks at signals: some platforms do not interrupt a wait
_LOOK = 0.5
#: batches of an iteration that wait to be handed on; there are a few for each item
_MOST = 4096


class Job:
    """An iteration with a session of its own. ``work`` and ``release`` are for the thread that runs it.

    Args:
        start: the session to fork.
    """

    def __init__(self, iteration: int, start: Session, engines: EnginePool) -> None:
        self.iteration = iteration
        self.events: Queue[list[Event] | None] = Queue(_MOST)  # None: that was all
        self.end = End()
        self.stop = False  #: the run ends with this iteration
        self.error: BaseException | None = None
        self._cancellation = Cancellation()
        self.session = start.fork(self._take_engine, self._cancellation)
        self._engines = engines
        self._engine: ScriptEngine | None = None
        self._engine_closed = False
        self._lock = threading.Lock()

    def _take_engine(self) -> ScriptEngine:
        engine = self._engines.take(self._cancellation)
        if engine is not None:
            self._engine = engine
        if engine is None or self._cancellation.cancelled:
            raise DeadlineReached
        return engine

    def work(self, events: Generator[Event, None, bool]) -> None:
        """Runs the iteration, and hands its events on."""
        batch: list[Event] = []
        handed_on = monotonic()
        while not self._cancellation.cancelled:
            try:
                event = next(events)
            except StopIteration as ended:
                self.stop = ended.value
                self._hand_on(batch)
                return
            batch.append(event)
            if isinstance(event, _BEFORE_WAITING) or monotonic() - handed_on > _LIVE:
                self._hand_on(batch)
                batch, handed_on = [], monotonic()

    def _hand_on(self, batch: list[Event] | None) -> None:
        while not self._cancellation.cancelled:
            try:
                self.events.put(batch, timeout=_LIVE)
                return
            except Full:
                continue

    def batches(self) -> Generator[list[Event], None, None]:
        """What was handed on, for the thread that waits for it; ends when ``finish`` was called."""
        while True:
            try:
                batch = self.events.get(timeout=_LOOK)
            except Empty:
                continue
            if batch is None:
                return
            yield batch

    def finish(self) -> None:
        """That was all."""
        self._hand_on(None)

    def cancel(self) -> None:
        """Breaks the iteration off, from any thread."""
        self._cancellation.cancel()
        self.session.deadline = -math.inf  # whatever asks for the time that is left ends
        self._engines.wake()
        with self._lock:
            if self._engine is not None:
                self._engine_closed = True
                self._engine.close()

    def release(self) -> None:
        """Gives back what others can use."""
        self.session.end_script_requests()
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None and not self._engine_closed:
            self._engines.give_back(engine)
        elif engine is not None:
            self._engines.drop(engine)

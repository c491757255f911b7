"""A part of a run in a thread of its own while it is under way, and how it is broken off."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from queue import Empty, Full, Queue
from time import monotonic
from typing import Any, Protocol, TypeAlias

from runner.engine.events import (
    Event,
    ExchangeFinished,
    ItemFinished,
    ItemRetried,
    ItemStarted,
    RequestStarted,
    ScriptStarted,
)
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
#: batches of a job that wait to be handed on; there are a few for each item
_MOST = 4096
#: bytes of responses that wait with them; one on disk counts like this many, since its file is open
_MOST_BYTES = 64 * 1024 * 1024
_ON_DISK = 4 * 1024 * 1024


class Engines(Protocol):
    """Where a job gets its script engines from."""

    def take(self, cancellation: Cancellation) -> ScriptEngine | None:
        """One that is free; None if the switch was thrown before there was one."""

    def give_back(self, engine: ScriptEngine) -> None:
        """Lets others have it."""

    def drop(self, engine: ScriptEngine) -> None:
        """It was closed."""

    def wake(self) -> None:
        """Has those who wait look at their switches."""


#: Makes the session of a job from what starts its script engine and what breaks it off, like ``Session.fork``.
Place: TypeAlias = Callable[[Callable[[], ScriptEngine], Cancellation], Session]


class Job:
    """Something with a session of its own. ``work``, ``finish`` and ``release`` are for the thread that runs it.

    Args:
        number: its place in the order of the jobs.
        place: makes its session.
        stream: its events; what the generator returns says whether the run ends with it.

    Attributes:
        began: epoch seconds.
        touched: when it last got on, in monotonic seconds.
    """

    def __init__(
        self, number: int, place: Place, engines: Engines, stream: Callable[[Session], Generator[Event, None, Any]]
    ) -> None:
        self.number = number
        self.events: Queue[Sequence[Event] | None] = Queue(_MOST)  # None: that was all
        self.stop = False  #: the run ends with this job
        self.error: BaseException | None = None
        self.touched = monotonic()
        self._cancelled = self._ignored = False
        self._engines = engines
        self._taken: list[ScriptEngine] = []
        self._closed: list[ScriptEngine] = []
        self._lock = threading.Lock()
        self._waiting_bytes = 0
        self.session = place(self._take_engine, Cancellation())
        self.began = self.session.clock()
        self.stream = stream

    @property
    def _switch(self) -> Cancellation:
        assert self.session.cancellation is not None
        return self.session.cancellation

    def _take_engine(self) -> ScriptEngine:
        switch = self._switch
        engine = self._engines.take(switch)
        if engine is not None:
            with self._lock:
                self._taken.append(engine)
        if engine is None or switch.cancelled or self._cancelled:
            raise DeadlineReached
        return engine

    def work(self, events: Generator[Event, None, Any]) -> None:
        """Runs it, and hands its events on."""
        batch: list[Event] = []
        handed_on = monotonic()
        while not self._cancelled:
            try:
                event = next(events)
            except StopIteration as ended:
                self.stop = bool(ended.value)
                self._hand_on(batch)
                return
            batch.append(event)
            if isinstance(event, _BEFORE_WAITING) or monotonic() - handed_on > _LIVE:
                self._hand_on(batch)
                batch, handed_on = [], self.touched

    def _hand_on(self, batch: Sequence[Event] | None) -> None:
        size = _size(batch or ())
        while not (self._cancelled or self._ignored):
            self.touched = monotonic()
            if size and self._waiting_bytes > _MOST_BYTES:
                time.sleep(_LIVE)
                continue
            try:
                self.events.put(batch, timeout=_LIVE)
            except Full:
                continue
            with self._lock:
                self._waiting_bytes += size
            return
        self.touched = monotonic()

    def batch(self) -> Sequence[Event] | None:
        """What was handed on, for the thread that waits for it; None after ``finish`` or ``cancel`` was called."""
        while True:
            try:
                batch = self.events.get(timeout=_LOOK)
            except Empty:
                if self._cancelled:
                    return None
                continue
            if batch is not None:
                with self._lock:
                    self._waiting_bytes -= _size(batch)
            return batch

    def batches(self) -> Generator[Sequence[Event], None, None]:
        """All of them.

        Raises:
            KeyboardInterrupt: the job was cancelled, by somebody else than who listens to it.
        """
        while (batch := self.batch()) is not None:
            yield batch
        if self._cancelled:
            raise KeyboardInterrupt

    def finish(self) -> None:
        """That was all."""
        self._hand_on(None)

    def interrupt(self) -> None:
        """Breaks off what it does now, from any thread, as Ctrl-C does: what cleans up follows."""
        self._switch.cancel()
        self._close_engines()

    def ignore(self) -> None:
        """``interrupt``, and nobody is told of what follows."""
        self._ignored = True
        self.interrupt()

    def cancel(self) -> None:
        """Breaks it off for good, from any thread."""
        self._cancelled = True
        self.session.deadline = -math.inf  # whatever asks for the time that is left ends
        self.interrupt()
        with suppress(Full):  # nobody waits for more then
            self.events.put_nowait(None)

    abort = cancel  # for the switch of the session around it

    def _close_engines(self) -> None:
        self._engines.wake()
        with self._lock:
            closed, self._taken = self._taken, []
            self._closed += closed
            for engine in closed:
                engine.close()

    def release(self) -> None:
        """Gives back what others can use."""
        self.session.end_script_requests()
        with self._lock:
            whole, self._taken = self._taken, []
            closed, self._closed = self._closed, []
        for engine in whole:
            self._engines.give_back(engine)
        for engine in closed:
            self._engines.drop(engine)


def _size(batch: Sequence[Event]) -> int:
    return sum(
        min(len(event.exchange.response.content), _ON_DISK)
        for event in batch
        if isinstance(event, ExchangeFinished) and event.exchange.response is not None
    )

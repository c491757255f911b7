"""Several inputs side by side: each in a thread, told of in their order.

No more than ``width`` of them are under way or wait to be told of. Each has a script engine of its own, as it would
have if they ran one after another: scripts leave things behind for those after them.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing, suppress

from runner.engine.crew import Crew
from runner.engine.events import Event, RunFinished
from runner.engine.job import Job
from runner.engine.session import Session
from runner.engine.several import Begun, Input
from runner.scripting.interface import ScriptEngine
from runner.transport.cancel import Cancellation


def spread(inputs: Sequence[Input], width: int, *, bail: bool) -> Generator[Begun, None, None]:
    """Those that are begun. Ctrl-C that is thrown into their events ends what is under way, with its clean-up;
    nothing more is begun.

    Args:
        bail: begin nothing after one that failed, and break off what is under way then, without a report of it.

    Raises:
        Exception: what one of them raised, when it is its turn.
    """
    crew = Crew(min(width, len(inputs)), "htrun-input", break_off=Job.ignore)

    def add(number: int) -> None:
        if number < len(inputs):
            one = inputs[number]
            engines = _OwnEngines(one.session)
            crew.add(Job(number, one.session.settle, engines, lambda session: _watched(one.events, bail)))

    try:
        for number in range(crew.width):
            add(number)
        while crew.jobs:
            job = crew.jobs.popleft()
            yield job.began, _told(crew, job)
            add(job.number + crew.width)
    finally:
        crew.dismiss()
        for one in inputs:
            with suppress(ValueError):  # it is still running: what cannot be broken off
                one.events.close()
            one.session.rest()


def _watched(events: Generator[Event, None, None], bail: bool) -> Generator[Event, None, bool]:
    failed = False
    with closing(events):
        for event in events:
            if isinstance(event, RunFinished):
                failed = not event.result.passed
            yield event
    return bail and failed


def _told(crew: Crew, job: Job) -> Generator[Event, None, None]:
    finished = False
    while not finished:
        try:
            batch = job.batch()
        except KeyboardInterrupt:
            _interrupt(crew)
            continue
        if batch is None:
            break
        at = 0
        while at < len(batch):
            event = batch[at]
            try:
                at += 1
                finished = finished or isinstance(event, RunFinished)
                yield event
            except KeyboardInterrupt:
                _interrupt(crew)
    if job.error is not None:
        raise job.error
    if not finished:
        raise KeyboardInterrupt


def _interrupt(crew: Crew) -> None:
    try:
        crew.interrupt()
    except KeyboardInterrupt:  # it came twice: some terminals and wrappers send it so
        crew.interrupt()


class _OwnEngines:
    """Script engines of one input, which nobody else gets."""

    def __init__(self, session: Session) -> None:
        self._first, self._start = session.started_scripts, session.start_scripts

    def take(self, cancellation: Cancellation) -> ScriptEngine:
        first, self._first = self._first, None
        return first or self._start()

    def give_back(self, engine: ScriptEngine) -> None:
        engine.close()

    def drop(self, engine: ScriptEngine) -> None:
        """Nobody waits for another."""

    def wake(self) -> None:
        """Nobody waits."""

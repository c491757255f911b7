"""Iterations side by side (``RunOptions.parallel``), reported as if they had run one after another.

Every iteration starts from the variables and cookies as the run was given them, in a session of its own, and sees
nothing of the others. Its events are handed on after those of the iteration before it: at once for the first one that
has not ended, later for the rest. No more than ``parallel`` iterations are under way or waiting to be handed on, so
that a slow one holds the others back instead of filling the memory. What an iteration changed is made in the run's own
session when it is handed on: the run ends with the given variables and cookies plus all changes, in order.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from contextlib import closing
from queue import SimpleQueue
from time import monotonic

from runner.engine.engines import EnginePool
from runner.engine.events import Event, VariableChanged
from runner.engine.frame import End
from runner.engine.iteration import Plan, run_iteration
from runner.engine.job import Job
from runner.engine.session import Session
from runner.model.result import VariableChange
from runner.transport.cancel import Cancellation

#: seconds that threads get to end after they were told to; what cannot be broken off (a look-up of a name, a
#: connection that is not answered) is left behind in a daemon thread
_FAREWELL = 3.0


def parallel(session: Session, plan: Plan, end: End) -> Generator[Event, None, None]:
    """The events of all iterations, in order.

    Raises:
        Exception: what an iteration raised, which is a bug or a script engine that does not start.
    """
    crew = _Crew(session, plan, min(session.options.parallel, plan.cycles))
    job: Job | None = None
    try:
        for iteration in range(crew.width):
            crew.add(iteration)
        for iteration in range(plan.cycles):
            job = crew.jobs.popleft()
            for batch in job.batches():
                for event in batch:
                    if isinstance(event, VariableChanged):
                        _repeat(event.change, session)
                    yield event
            if job.error is not None:
                raise job.error
            if job.stop:
                end.error = job.end.error
                return
            _merge(job, session, crew.start)
            job = None
            crew.add(iteration + crew.width)
    finally:
        crew.dismiss()
        if job is not None:
            _merge(job, session, crew.start)


def _repeat(change: VariableChange, session: Session) -> None:
    scopes = session.scopes
    scope = {"globals": scopes.globals, "environment": scopes.environment, "collection": scopes.collection}.get(
        change.scope
    )
    if scope is None:  # a local variable ends with its iteration
        return
    if change.removed:
        scope.unset(change.key)
    else:
        scope.set(change.key, change.value, change.type)


def _merge(job: Job, session: Session, start: Session) -> None:
    """What no event tells of."""
    session.jar.take_changes(start.jar, job.session.jar)
    for name, path in tuple(job.session.unresolved.items()):
        session.unresolved.setdefault(name, path)


class _Crew:
    """The threads, their work, and the end of it."""

    def __init__(self, session: Session, plan: Plan, width: int) -> None:
        self.width = width
        self.jobs: deque[Job] = deque()  # in order; the first is the one that is handed on next
        #: as the run was given it; the run's own session changes with each iteration that is handed on
        self.start = session.fork(session.start_scripts, Cancellation())
        self._plan = plan
        self._engines = EnginePool(lambda: session.scripts, session.start_scripts, width)
        self._lock = threading.Lock()
        self._last = plan.cycles - 1  # the iteration after which nothing is of interest
        self._under_way: dict[int, Job] = {}
        self._work: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def add(self, iteration: int) -> None:
        """Has an iteration run, unless the run ends before it."""
        with self._lock:
            if iteration > self._last:
                return
            job = Job(iteration, self.start, self._engines)
            self.jobs.append(job)
            self._under_way[iteration] = job
        self._work.put(job)
        if len(self._threads) < self.width:
            thread = threading.Thread(target=self._run, name="htrun-iteration", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self) -> None:
        while (job := self._work.get()) is not None:
            try:
                with closing(run_iteration(job.session, self._plan, job.iteration, job.end)) as events:
                    job.work(events)
            except BaseException as error:
                job.error = error
            finally:
                job.release()
            with self._lock:
                del self._under_way[job.iteration]
            if job.stop or job.error is not None:
                self._stop_after(job.iteration)
            job.finish()

    def _stop_after(self, iteration: int) -> None:
        """Breaks off what comes after this iteration, and starts nothing more."""
        with self._lock:
            self._last = min(self._last, iteration)
            later = [job for number, job in self._under_way.items() if number > self._last]
        for job in later:
            job.cancel()

    def dismiss(self) -> None:
        """Ends everything; returns when it has ended."""
        self._stop_after(-1)
        for _ in self._threads:
            self._work.put(None)
        until = monotonic() + _FAREWELL
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        self._engines.close()

"""Steps side by side: each in a thread, with variables, cookies and a script engine of its own.

What they report is handed on in their order, the first at once, the others when it is their turn. Each starts from
the variables and cookies as they are; what each has changed is made afterwards, in order: of two that set the same
variable the last one counts, as if they had run one after another, and a warning says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from queue import SimpleQueue
from time import monotonic
from typing import TypeAlias

from runner.engine.engines import EnginePool
from runner.engine.events import Event
from runner.engine.job import Job
from runner.engine.session import Session
from runner.model.collection import Variable
from runner.scripting.interface import ScriptEngine
from runner.transport.cancel import Cancellation
from runner.variables import Scopes, VariableScope

#: Runs in a session of its own; returns whether it failed.
Branch: TypeAlias = Callable[[Session], Generator[Event, None, bool]]

SCOPES = ("globals", "environment", "collection", "local")
#: seconds that threads get to end after they were told to
_FAREWELL = 3.0


def side_by_side(
    session: Session, branches: Sequence[Branch], width: int, start_engine: Callable[[], ScriptEngine]
) -> Generator[Event, None, tuple[list[bool], tuple[str, ...]]]:
    """The events of all branches, in order. Returns which have failed, and the names of the variables that
    several have set to different values.

    Args:
        width: how many run at a time.
        start_engine: starts a script engine for a branch; called from several threads.

    Raises:
        Exception: what a branch raised: the deadline, or a bug.
    """
    crew = _Crew(session, branches, width, start_engine)
    writers: dict[tuple[str, str], list[object]] = {}
    try:
        for job in crew.jobs:
            for batch in job.batches():
                yield from batch
            if job.error is not None:
                raise job.error
    finally:
        crew.dismiss()
        for job in crew.jobs:  # also of those that were broken off: the clean-up needs what they have captured
            _merge(job.session, session, crew.start, writers)
    clashes = {name for (_, name), values in writers.items() if any(value != values[0] for value in values)}
    return [job.stop for job in crew.jobs], tuple(sorted(clashes))


def _merge(done: Session, session: Session, start: Session, writers: dict[tuple[str, str], list[object]]) -> None:
    for scope, before, after in _pairs(start.scopes, done.scopes):
        old, new = _rows(before), _rows(after)
        mine: VariableScope = getattr(session.scopes, scope)
        for name in old.keys() - new.keys():
            mine.unset(name)
            writers.setdefault((scope, name), []).append(None)
        for name, row in new.items():
            if name not in old or old[name] != row:
                mine.set(name, row.value, row.type)
                writers.setdefault((scope, name), []).append(row.value)
    session.jar.take_changes(start.jar, done.jar)
    for name, path in done.unresolved.items():
        session.unresolved.setdefault(name, path)


def _pairs(one: Scopes, other: Scopes) -> Iterator[tuple[str, VariableScope, VariableScope]]:
    for scope in SCOPES:
        yield scope, getattr(one, scope), getattr(other, scope)


def _rows(scope: VariableScope) -> dict[str, Variable]:
    return {row.key: row for row in scope.snapshot().values if row.enabled}


class _Crew:
    """The threads and their work."""

    def __init__(
        self, session: Session, branches: Sequence[Branch], width: int, start_engine: Callable[[], ScriptEngine]
    ) -> None:
        self._own: list[ScriptEngine] = []
        self._start_engine = start_engine
        self._engines = EnginePool(self._first, start_engine, len(branches))
        self.start = session.fork(start_engine, Cancellation())
        self.jobs = [Job(number, self.start, self._engines) for number in range(len(branches))]
        self._work: SimpleQueue[tuple[Job, Branch] | None] = SimpleQueue()
        for job, branch in zip(self.jobs, branches, strict=True):
            self._work.put((job, branch))
        count = min(width, len(branches))
        self._threads = [threading.Thread(target=self._run, name="htrun-branch", daemon=True) for _ in range(count)]
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.start()

    def _first(self) -> ScriptEngine:
        """The pool does not close the first one: the main engine of the run could be it. Here it is not."""
        engine = self._start_engine()
        self._own.append(engine)
        return engine

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            job, branch = work
            try:
                with closing(branch(job.session)) as events:
                    job.work(events)
            except BaseException as error:
                job.error = error
            finally:
                job.release()
            job.finish()

    def dismiss(self) -> None:
        """Ends what has not ended."""
        if any(thread.is_alive() for thread in self._threads):
            for job in self.jobs:
                job.cancel()
            until = monotonic() + _FAREWELL
            for thread in self._threads:
                thread.join(max(0.0, until - monotonic()))
        self._engines.close()
        for engine in self._own:
            engine.close()

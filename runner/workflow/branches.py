"""Steps side by side: each in a thread, with variables, cookies and a script engine of its own.

What they report is handed on in their order, the first at once, the others when it is their turn. Each starts from
the variables and cookies as they are; what each has changed is made afterwards, in order: of two that set the same
variable the last one counts, as if they had run one after another, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import TypeAlias

from runner.engine.crew import Crew
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
        KeyboardInterrupt: the session was broken off.
    """
    start = session.fork(start_engine, Cancellation())
    failed = [False] * len(branches)

    def stream(number: int) -> Callable[[Session], Generator[Event, None, bool]]:
        def events(own: Session) -> Generator[Event, None, bool]:
            failed[number] = yield from branches[number](own)
            return False  # a failure stops no other branch

        return events

    with closing(EnginePool(start_engine, start_engine, len(branches), own_first=True)) as engines:
        jobs = [Job(number, start.fork, engines, stream(number)) for number in range(len(branches))]
        crew = Crew(min(width, len(jobs)), "htrun-branch", within=session.cancellation)
        writers: dict[tuple[str, str], list[object]] = {}
        try:
            for job in jobs:
                crew.add(job)
            for job in jobs:
                for batch in job.batches():
                    yield from batch
                if job.error is not None:
                    raise job.error
        finally:
            crew.dismiss()
            for job in jobs:  # also of those that were broken off: the clean-up needs what they have captured
                _merge(job.session, session, start, writers)
    clashes = {name for (_, name), values in writers.items() if any(value != values[0] for value in values)}
    return failed, tuple(sorted(clashes))


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

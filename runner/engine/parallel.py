"""Iterations side by side (``RunOptions.parallel``), reported as if they had run one after another.

Every iteration starts from the variables and cookies as the run was given them, in a session of its own, and sees
nothing of the others. Its events are handed on after those of the iteration before it: at once for the first one that
has not ended, later for the rest. No more than ``parallel`` iterations are under way or waiting to be handed on, so
that a slow one holds the others back instead of filling the memory. What an iteration changed is made in the run's own
session when it is handed on: the run ends with the given variables and cookies plus all changes, in order.
"""

from __future__ import annotations

from collections.abc import Generator

from runner.engine.crew import Crew
from runner.engine.engines import EnginePool
from runner.engine.events import Event, VariableChanged
from runner.engine.frame import End
from runner.engine.iteration import Plan, run_iteration
from runner.engine.job import Job
from runner.engine.session import Session
from runner.model.result import VariableChange
from runner.transport.cancel import Cancellation


def parallel(session: Session, plan: Plan, end: End) -> Generator[Event, None, None]:
    """The events of all iterations, in order.

    Raises:
        Exception: what an iteration raised, which is a bug or a script engine that does not start.
        KeyboardInterrupt: the session was broken off.
    """
    width = min(session.options.parallel, plan.cycles)
    # as the run was given it; the run's own session changes with each iteration that is handed on
    start = session.fork(session.start_scripts, Cancellation())
    engines = EnginePool(lambda: session.scripts, session.start_scripts, width)
    crew = Crew(width, "htrun-iteration", within=session.cancellation)
    ends: dict[int, End] = {}
    job: Job | None = None

    def add(iteration: int) -> None:
        if iteration < plan.cycles:
            mine = ends[iteration] = End()
            crew.add(Job(iteration, start.fork, engines, lambda own: run_iteration(own, plan, iteration, mine)))

    try:
        for iteration in range(width):
            add(iteration)
        for iteration in range(plan.cycles):
            job = crew.jobs.popleft()
            for batch in job.batches():
                for event in batch:
                    if isinstance(event, VariableChanged):
                        _repeat(event.change, session)
                    yield event
            if job.error is not None:
                raise job.error
            own_end = ends.pop(iteration)
            if job.stop:
                end.error = own_end.error
                return
            _merge(job, session, start)
            job = None
            add(iteration + width)
    finally:
        crew.dismiss()
        engines.close()
        if job is not None:
            _merge(job, session, start)


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

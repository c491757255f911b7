"""Script engines that the users of one process share: a script takes one and gives it back when it has ended.

A script that waits for nothing ends before anybody else gets a turn, so that one engine serves all users; each script
that waits for a timer or an answer keeps one to itself, and the pool grows, up to its limit.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import gevent

from runner.engine.engines import EnginePool
from runner.engine.inherit import script_sources
from runner.engine.session import DeadlineReached, Session
from runner.model.collection import Script
from runner.scripting.interface import Message, ScriptContext, ScriptEngine, ScriptOutcome
from runner.transport.cancel import Cancellation

#: Engines of one process, if nobody says otherwise; each takes about 15 MB.
LIMIT = 16
_COLLECT_EVERY = 3000


def start_engine(sources: Sequence[str]) -> ScriptEngine:
    """Starts V8, for many short scripts of many users: asking for memory more often takes 0.1 ms of each, and spares
    25 MB. What one user leaves in undeclared variables would be seen by the next."""
    from runner.scripting.v8 import V8Engine

    class Engine(V8Engine):
        """Starts in a real thread: users go on meanwhile, and their response times are those of the server."""

        def boot(self) -> None:
            gevent.get_hub().threadpool.apply(super().boot)

    engine = Engine(sources, collect_every=_COLLECT_EVERY, separate=True)
    engine.start()
    return engine


def engine_pool(session: Session, limit: int) -> EnginePool:
    """The engines for the forks of a session."""
    return EnginePool(lambda: session.scripts, session.start_scripts, limit)


def warm_up(session: Session, engines: EnginePool) -> None:
    """Starts the first engine, if the collection has scripts, so that no request waits for it."""
    if not script_sources(session.collection):
        return
    engine = engines.take(Cancellation())
    if engine is not None:
        while engine.starting:
            gevent.sleep(0.01)
        engines.give_back(engine)


class SharedEngine:
    """The script engine of one user. See ``ScriptEngine``."""

    starting = False

    def __init__(self, engines: EnginePool, cancellation: Cancellation) -> None:
        self._engines, self._cancellation = engines, cancellation
        self._held: ScriptEngine | None = None
        self._closed = False

    def run(self, script: Script, context: ScriptContext) -> Generator[Message, None, ScriptOutcome]:
        if self._held is not None:  # pm.execution.runRequest: the outer script waits in that engine
            return (yield from self._held.run(script, context))
        engine = self._engines.take(self._cancellation)
        if engine is None:
            raise DeadlineReached
        self._held = engine
        try:
            return (yield from engine.run(script, context))
        finally:
            self._held = None
            if self._closed:
                self._engines.drop(engine)
            else:
                self._engines.give_back(engine)

    def expect(self, scripts: Sequence[str]) -> None:
        """All engines know the scripts of the collection."""

    def close(self) -> None:
        """Ends the script that runs, if there is one, and with it the engine that it runs in."""
        if self._held is not None:
            self._closed = True
            self._held.close()

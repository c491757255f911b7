"""What stands around every run, whatever decides the order of its items: totals, the deadline, Ctrl-C, the end."""

from __future__ import annotations

from collections.abc import Generator

from runner.engine.events import Event, ItemFinished, RunFinished, RunStarted
from runner.engine.session import DeadlineReached, Session
from runner.engine.tally import Tally
from runner.model.collection import Collection
from runner.model.records import dataclass, replace
from runner.model.result import ErrorInfo, Failure, RunResult

#: What the result of a run keeps of its failures, so that it does not grow for ever. Listeners get each of them
#: whole, when it happens.
MAX_FAILURES = 10_000
MAX_TEXT = 4000  #: characters of a message or stack: a failed comparison quotes both sides, which may be whole bodies


@dataclass(slots=True)
class End:
    """Why a run ended before its last item, if it did."""

    error: str | None = None
    interrupted: bool = False

    def deadline(self, session: Session) -> None:
        self.error = f"the run took longer than its time limit of {session.options.timeout} ms (--timeout)"


def framed(
    session: Session,
    stream: Generator[Event, None, None],
    end: End,
    *,
    iterations: int,
    length: int,
    collection: Collection | None = None,
    last: Generator[Event, None, None] | None = None,
) -> Generator[Event, None, None]:
    """The events of ``stream`` between ``RunStarted`` and ``RunFinished``.

    Args:
        stream: iterations and items; it may raise ``DeadlineReached``, and is closed on Ctrl-C, or if the session
            is broken off.
        end: where ``stream`` notes why it stopped early.
        length: items per iteration.
        collection: what the run is said to be of, if that is not the session's collection.
        last: events that come after ``stream`` in any case, also after the time limit and Ctrl-C; a second
            Ctrl-C ends them too.
    """
    tally = Tally()
    strict = None
    if session.options.strict:
        from runner.engine.strict import Strict

        strict = Strict(session)
        stream = strict.watch(stream)
    failures: list[Failure] = []
    scopes = session.scopes
    started = session.clock()
    if session.options.timeout:
        session.deadline = session.monotonic() + session.options.timeout / 1000
    first: Event = RunStarted(
        collection or session.collection,
        scopes.environment.snapshot(),
        scopes.globals.snapshot(),
        iterations,
        length,
        started,
    )
    for part in (stream, last):
        if part is None:
            continue
        try:
            if part is stream:
                tally.handle(first)
                yield first
            for event in part:
                if session.broken_off:
                    raise KeyboardInterrupt
                tally.handle(event)
                if isinstance(event, ItemFinished):
                    failures.extend(_kept(failure) for failure in event.result.failures[: MAX_FAILURES - len(failures)])
                yield event
        except (Exception, KeyboardInterrupt) as error:
            if session.broken_off or isinstance(error, KeyboardInterrupt):
                end.interrupted, end.error = True, None
                part.close()
                session.mend()
            elif isinstance(error, DeadlineReached):
                end.deadline(session)
            else:
                raise
    if strict is not None:
        cut_short = end.error is not None or end.interrupted or (session.options.bail and bool(failures))
        failures += strict.of_run(tally, whole=not cut_short)
    yield RunFinished(
        RunResult(
            started=started,
            ended=session.clock(),
            **tally.counts(),
            failures=tuple(failures),
            error=end.error,
            interrupted=end.interrupted,
            environment=scopes.environment.snapshot(),
            globals=scopes.globals.snapshot(),
            collection_variables=scopes.collection.snapshot(),
            unresolved=dict(session.unresolved),
            advice={},
        )
    )


def _kept(failure: Failure) -> Failure:
    error = failure.error
    compared = sum(len(value) for _, value in error.details if isinstance(value, str))
    if len(error.message) + len(error.stack or "") + compared <= MAX_TEXT:
        return failure
    assertion = failure.assertion
    if assertion is not None and assertion.error is not None:
        assertion = replace(assertion, error=_shortened(assertion.error))
    return replace(failure, error=_shortened(error), assertion=assertion)


def _shortened(error: ErrorInfo) -> ErrorInfo:
    return replace(
        error,
        message=_short(error.message),
        stack=None if error.stack is None else _short(error.stack),
        details=tuple((name, value) for name, value in error.details if len(str(value)) <= MAX_TEXT),
    )


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "..."

"""Several inputs in one run: their events become those of one run, in which each input is a folder.

Each input runs as it would alone, in a session of its own; only what listeners are told is put together. They run one
after another, or side by side (``runner.engine.spread``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Any, TypeAlias

from runner.engine.events import (
    Event,
    InputFinished,
    InputStarted,
    ItemFinished,
    ItemStarted,
    IterationStarted,
    RunFinished,
    RunStarted,
)
from runner.engine.frame import MAX_FAILURES
from runner.engine.session import Session
from runner.model.collection import Collection, Located
from runner.model.records import dataclass, field, replace
from runner.model.result import Count, Failure, ItemResult, RunResult

#: Items that are remembered with their new place; more are made only by scripts that run others.
_MAX_LOCATED = 20_000
_MAX_NAMED = 3
_COUNTS = (
    "iterations", "items", "requests", "scripts", "prerequests", "tests", "assertions", "test_scripts",
    "prerequest_scripts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """One of them.

    Attributes:
        name: belongs to no other input.
        location: as the user named it.
        session: in which it runs.
        events: from ``RunStarted`` to ``RunFinished``, of which nothing has been taken.
        complete: adds to the result what the engine does not know.
    """

    name: str
    location: str
    session: Session
    events: Generator[Event, None, None]
    complete: Callable[[RunResult], RunResult] = lambda result: result


#: When an input begins (epoch seconds), and its events after ``RunStarted``.
Begun: TypeAlias = tuple[float, Generator[Event, None, None]]


def several(inputs: Sequence[Input], *, bail: bool = False, width: int = 1) -> Generator[Event, None, None]:
    """The events of all inputs, one after another, as one run. Ctrl-C ends the inputs that run and all after them.

    Args:
        bail: start no further input after one that failed.
        width: how many run side by side.
    """
    begun = [_begin(one) for one in inputs]
    collections = tuple(replace(start.collection, name=one.name) for one, start in zip(inputs, begun, strict=True))
    whole = _whole(collections)
    results: list[tuple[str, RunResult]] = []
    interrupted = False
    if width > 1:
        from runner.engine.spread import spread

        streams = spread(inputs, width, bail=bail)
    else:
        streams = _in_turn(inputs)
    try:
        with closing(streams):
            yield _started(whole, begun)
            told = zip(inputs, begun, collections, strict=True)
            for (began, stream), (one, start, collection) in zip(streams, told, strict=False):
                shown = Relocated((whole, collection))
                began = max(start.started, began)
                yield InputStarted(
                    one.location,
                    collection,
                    start.environment,
                    start.globals,
                    start.iterations,
                    start.length,
                    began,
                )
                result = replace((yield from _relayed(stream, one.complete, shown)), started=began)
                results.append((one.name, result))
                yield InputFinished(shown.run(result))
                interrupted = interrupted or result.interrupted
                if (interrupted and width == 1) or (bail and not result.passed):
                    break
    except KeyboardInterrupt:
        interrupted = True
    yield RunFinished(_merged(begun, results, interrupted, [Relocated((whole, one)) for one in collections]))


def _in_turn(inputs: Sequence[Input]) -> Generator[Begun, None, None]:
    for one in inputs:
        try:
            yield one.session.clock(), one.events
        finally:
            one.events.close()
            one.session.rest()


def _begin(one: Input) -> RunStarted:
    first = next(one.events)
    assert isinstance(first, RunStarted)
    return first


def _whole(collections: Sequence[Collection]) -> Collection:
    """The collection that the inputs are said to be folders of."""
    names = [one.name for one in collections]
    shown = names if len(names) <= _MAX_NAMED else [*names[: _MAX_NAMED - 1], f"{len(names) - _MAX_NAMED + 1} more"]
    title = ", ".join(shown[:-1]) + f" and {shown[-1]}" if len(shown) > 1 else shown[0]
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(one.id for one in collections))
    return Collection(str(identifier), title, tuple(collections))


def _started(whole: Collection, begun: Sequence[RunStarted]) -> RunStarted:
    cycles = {start.iterations for start in begun}
    iterations = begun[0].iterations if len(cycles) == 1 else 1
    items = sum(start.iterations * start.length for start in begun)
    first = begun[0]
    return RunStarted(
        whole, first.environment, first.globals, iterations, items // iterations, min(one.started for one in begun)
    )


def _relayed(
    events: Generator[Event, None, None], complete: Callable[[RunResult], RunResult], shown: Relocated
) -> Generator[Event, None, RunResult]:
    """All events but the first and the last, whose result it returns."""
    thrown: KeyboardInterrupt | None = None
    while True:
        event = next(events) if thrown is None else events.throw(thrown)
        thrown = None
        try:
            if isinstance(event, RunFinished):
                return complete(event.result)
            yield shown.event(event)
        except KeyboardInterrupt as interrupt:
            if isinstance(event, RunFinished):
                return replace(event.result, interrupted=True)
            thrown = interrupt


def _merged(
    begun: Sequence[RunStarted],
    results: Sequence[tuple[str, RunResult]],
    interrupted: bool,
    shown: Sequence[Relocated],
) -> RunResult:
    failures: list[Failure] = []
    unresolved: dict[str, str] = {}
    advice: dict[str, str] = {}
    for (name, result), place in zip(results, shown, strict=False):
        failures += place.run(result).failures[: MAX_FAILURES - len(failures)]
        for variable, path in result.unresolved.items():
            if variable not in unresolved:
                unresolved[variable] = f"{name}/{path}"
                if variable in result.advice:
                    advice[variable] = result.advice[variable]
    started = min(one.started for one in begun)
    counts: dict[str, Any] = {of: _sum(getattr(result, of) for _, result in results) for of in _COUNTS}
    return RunResult(
        started=started,
        ended=max((result.ended for _, result in results), default=started),
        **counts,
        failures=tuple(failures),
        error=next((f"{name}: {result.error}" for name, result in results if result.error is not None), None),
        interrupted=interrupted,
        unresolved=unresolved,
        advice=advice,
    )


def _sum(counts: Iterator[Count]) -> Count:
    total = failed = pending = 0
    for one in counts:
        total, failed, pending = total + one.total, failed + one.failed, pending + one.pending
    return Count(total, failed, pending)


@dataclass(slots=True)
class Relocated:
    """The events of an input with its items where they stand in the whole. What was one object stays one.

    Attributes:
        around: the whole, and the collection of the input in it.
    """

    around: tuple[Collection, Collection]
    # by id() of what they were made of, which is kept beside them: while it lives, no other can have its id()
    _located: dict[int, tuple[Located, Located]] = field(default_factory=dict)
    _failures: dict[int, tuple[Failure, Failure]] = field(default_factory=dict)
    _open: int = 0

    def event(self, event: Event) -> Event:
        match event:
            case IterationStarted():
                self._failures.clear()
                self._open = 0
            case ItemStarted():
                self._open += 1
            case _:
                pass
        told: Event = self._changed(event)
        if isinstance(event, ItemFinished):
            self._open -= 1
            if self._open <= 0:
                self._failures.clear()
        return told

    def run(self, result: RunResult) -> RunResult:
        return replace(result, failures=tuple(self._failure(one) for one in result.failures))

    def _changed(self, record: Any) -> Any:
        changes: dict[str, Any] = {}
        for name in record.__match_args__:
            value = getattr(record, name)
            match value:
                case Located():
                    changes[name] = self._place(value)
                case Failure():
                    changes[name] = self._failure(value)
                case ItemResult():
                    item = self._changed(value)
                    failures = tuple(self._failure(one) for one in value.failures)
                    changes[name] = replace(item, failures=failures) if failures else item
                case _:
                    pass
        return replace(record, **changes) if changes else record

    def _failure(self, failure: Failure) -> Failure:
        if failure.item is None:  # of the run as a whole
            message = f"{self.around[1].name}: {failure.error.message}"
            return replace(failure, error=replace(failure.error, message=message))
        found = self._failures.get(id(failure))
        if found is None:
            found = self._failures[id(failure)] = failure, replace(failure, item=self._place(failure.item))
        return found[1]

    def _place(self, located: Located) -> Located:
        found = self._located.get(id(located))
        if found is None:
            if len(self._located) >= _MAX_LOCATED:
                self._located.clear()
            moved = Located(located.item, (*self.around, *located.parents[1:]))
            found = self._located[id(located)] = located, moved
        return found[1]

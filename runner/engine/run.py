"""The run: iterations over the selected items, jumps, bailing out, and the end."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias

from runner.engine.draft import Draft
from runner.engine.events import Event, ItemFinished, IterationFinished, IterationStarted
from runner.engine.frame import End, framed
from runner.engine.item import run_item
from runner.engine.needs import require_credentials
from runner.engine.selection import select
from runner.engine.session import DeadlineReached, Session
from runner.model.collection import Located
from runner.model.result import Cursor, ErrorInfo

#: Runs one item, like ``engine.item.run_item``, which a layer above may wrap.
ItemRunner: TypeAlias = Callable[[Located, Cursor, Session], Generator[Event, None, Draft]]


def run(session: Session, run_item: ItemRunner = run_item) -> Generator[Event, None, None]:
    """Yields everything that happens, in order, ``RunFinished`` last; never raises for what a
    request, a script or the network does.

    Raises:
        SelectionError: a selected name is not in the collection.
        SetupError: a variable that the requests are signed with is empty. Both before the first event.
    """
    items = select(session.collection, session.options.select)
    require_credentials(session, items)
    cycles = session.options.iterations or max(1, len(session.options.data))
    end = End()
    stream = _iterations(session, items, cycles, end, run_item)
    return framed(session, stream, end, iterations=cycles, length=len(items))


def _iterations(
    session: Session, items: tuple[Located, ...], cycles: int, end: End, run_item: ItemRunner
) -> Generator[Event, None, None]:
    if not items:
        return
    targets = _Targets(items)
    for iteration in range(cycles):
        session.scopes.data = _row(session, iteration)
        cursor = Cursor(0, iteration, len(items), cycles, str(uuid.uuid4()))
        yield IterationStarted(cursor)
        try:
            stop = yield from _iteration(session, items, targets, iteration, cycles, end, run_item)
        except DeadlineReached:
            end.deadline(session)
            stop = True
        yield IterationFinished(cursor)
        if stop:
            return


def _iteration(
    session: Session,
    items: Sequence[Located],
    targets: _Targets,
    iteration: int,
    cycles: int,
    end: End,
    run_item: ItemRunner,
) -> Generator[Event, None, bool]:
    """One iteration; true if the run stops with it."""
    position = 0
    while position < len(items):
        session.remaining()
        cursor = Cursor(position, iteration, len(items), cycles, str(uuid.uuid4()))
        draft = yield from run_item(items[position], cursor, session)
        position += 1
        if draft.next_request_set:
            position = _jump(draft, targets, len(items))
        yield ItemFinished(draft.result())
        if session.options.bail and draft.failures:
            return True
        if session.options.bail_on_error and draft.fatal is not None:
            end.error = draft.fatal.message
            return True
    return False


def _jump(draft: Draft, targets: _Targets, length: int) -> int:
    """Where setNextRequest leads. None ends the iteration; so does a name that is not among the
    selected items, which Newman passes over in silence: here it is a failure."""
    name = draft.next_request
    if name is None:
        return length
    position = targets.position(name)
    if position is None:
        message = f'setNextRequest("{name}"): no request of this run has that name or id{targets.hint(name)}'
        draft.fail("script", ErrorInfo("Error", message), "setNextRequest")
        return length
    return position


class _Targets:
    """Positions by id and, after that, by name; of items with the same name the last."""

    def __init__(self, items: Sequence[Located]) -> None:
        self._ids = {located.item.id: index for index, located in enumerate(items)}
        self._names = {located.item.name: index for index, located in enumerate(items) if located.item.name}

    def position(self, name: str) -> int | None:
        return self._ids.get(name, self._names.get(name))

    def hint(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._names, n=1)
        return f'; did you mean "{near[0]}"?' if near else ""


def _row(session: Session, iteration: int) -> dict[str, object]:
    """The data of an iteration; when there are more iterations than rows the last one repeats."""
    data = session.options.data
    return dict(data[min(iteration, len(data) - 1)]) if data else {}

"""One iteration: its data, its items in order, jumps, and bailing out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias

from runner.engine.draft import Draft
from runner.engine.events import Event, ItemFinished, IterationFinished, IterationStarted
from runner.engine.frame import End
from runner.engine.session import DeadlineReached, Session
from runner.model.collection import Located
from runner.model.records import dataclass
from runner.model.result import Cursor, ErrorInfo

#: Runs one item, like ``engine.item.run_item``, which a layer above may wrap. With ``RunOptions.parallel`` it is
#: called from several threads, each with a session of its own.
ItemRunner: TypeAlias = Callable[[Located, Cursor, Session], Generator[Event, None, Draft]]


class Targets:
    """Positions by id and, after that, by name; of items with the same name the last."""

    def __init__(self, items: Sequence[Located]) -> None:
        self._ids = {located.item.id: index for index, located in enumerate(items)}
        self._names = {located.item.name: index for index, located in enumerate(items) if located.item.name}

    def position(self, name: str) -> int | None:
        return self._ids.get(name, self._names.get(name))

    def hint(self, name: str) -> str:
        import difflib

        near = difflib.get_close_matches(name, self._names, n=1)
        return f'; did you mean "{near[0]}"?' if near else ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What every iteration does. There is at least one item."""

    items: tuple[Located, ...]
    targets: Targets
    cycles: int  #: number of iterations
    run_item: ItemRunner
    step: str | None = None  #: for the cursor


def run_iteration(session: Session, plan: Plan, iteration: int, end: End) -> Generator[Event, None, bool]:
    """The events of one iteration; true if the run ends with it."""
    session.scopes.data = _row(session, iteration)
    cursor = Cursor(0, iteration, len(plan.items), plan.cycles, str(uuid.uuid4()))
    yield IterationStarted(cursor)
    try:
        stop = yield from run_items(session, plan, iteration, end)
    except DeadlineReached:
        end.deadline(session)
        stop = True
    yield IterationFinished(cursor)
    return stop


def run_items(session: Session, plan: Plan, iteration: int, end: End) -> Generator[Event, None, bool]:
    """The events of the items, in the order that they or their scripts want; true if the run ends with them."""
    items, position = plan.items, 0
    while position < len(items):
        session.remaining()
        cursor = Cursor(position, iteration, len(items), plan.cycles, str(uuid.uuid4()), plan.step)
        draft = yield from plan.run_item(items[position], cursor, session)
        position += 1
        if draft.next_request_set:
            position = _jump(draft, plan.targets, len(items))
        yield ItemFinished(draft.result())
        if session.options.bail and draft.has_failed:
            return True
        if session.options.bail_on_error and draft.fatal is not None:
            end.error = draft.fatal.message
            return True
    return False


def _jump(draft: Draft, targets: Targets, length: int) -> int:
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


def _row(session: Session, iteration: int) -> dict[str, object]:
    """The data of an iteration; when there are more iterations than rows the last one repeats."""
    data = session.options.data
    return dict(data[min(iteration, len(data) - 1)]) if data else {}

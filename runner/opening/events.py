"""The events of what was opened."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias

from runner.engine.events import Event, RunFinished
from runner.engine.item import run_item
from runner.engine.run import ItemRunner, run
from runner.engine.session import Session
from runner.model.collection import Located
from runner.model.records import replace
from runner.opening.ground import Opened

#: Makes of a way in which items are run another one.
Around: TypeAlias = Callable[[ItemRunner], ItemRunner]


def item_runner(captures: Sequence[str], session: Session, items: Sequence[Located]) -> ItemRunner:
    """The way in which the items of a collection are run.

    Args:
        captures: as ``--capture`` has them.
    """
    if not captures:
        return run_item
    from runner.opening.captures import capturing_runner

    return capturing_runner(captures, session, items)


def both(outer: Around | None, inner: Around | None) -> Around | None:
    """One way around items out of two."""
    if outer is None or inner is None:
        return outer or inner
    return lambda run_item: outer(inner(run_item))


def events_of(
    opened: Opened, captures: Sequence[str] = (), runner: ItemRunner | None = None, wrap: Around | None = None
) -> Generator[Event, None, None]:
    """The events of the run; nothing happens before the first one is asked for.

    Args:
        captures: as ``--capture`` has them; of a workflow, its file says what is captured.
        runner: the way in which the items of a collection are run, if not with ``captures``.
        wrap: around the way in which items are run, for who looks at each of them.

    Raises:
        HtrunError: it cannot begin; now, not with the first event.
    """
    session = opened.session
    if opened.workflow is not None:
        from runner.workflow.run import run as run_workflow

        around = None if wrap is None else lambda inner, _: wrap(inner)
        return run_workflow(session, opened.workflow, opened.variables.variables, around)
    runner = runner or item_runner(captures, session, opened.items)
    return run(session, runner if wrap is None else wrap(runner), opened.items)


def advised(event: Event, opened: Opened) -> Event:
    """The same event; if variables had no value, the last one says which request would set them."""
    if not isinstance(event, RunFinished) or not event.result.unresolved:
        return event
    from runner.workflow.advice import advice

    session = opened.session
    try:
        remedy = ("give it a step before",) if opened.workflow is not None else ()
        found = advice(event.result.unresolved, session.collection, opened.items, session.scopes, *remedy)
    except KeyboardInterrupt:  # it is no longer the run that is interrupted
        return event
    return RunFinished(replace(event.result, advice=found))

"""The run: iterations over the selected items, one after another or side by side."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from runner.engine.events import Event
from runner.engine.frame import End, framed
from runner.engine.item import run_item
from runner.engine.iteration import ItemRunner as ItemRunner
from runner.engine.iteration import Plan, Targets, run_iteration
from runner.engine.needs import require_credentials
from runner.engine.selection import select
from runner.engine.session import Session
from runner.model.collection import Located


def run(
    session: Session, run_item: ItemRunner = run_item, items: Sequence[Located] | None = None
) -> Generator[Event, None, None]:
    """Yields everything that happens, in order, ``RunFinished`` last; never raises for what a
    request, a script or the network does.

    Args:
        items: what runs, in this order; None: what ``options.select`` names.

    Raises:
        SelectionError: a selected name is not in the collection.
        SetupError: a variable that the requests are signed with is empty. Both before the first event.
    """
    items = select(session.collection, session.options.select) if items is None else tuple(items)
    require_credentials(session, items)
    cycles = session.options.iterations or max(1, len(session.options.data))
    end = End()
    stream = _iterations(session, Plan(items, Targets(items), cycles, run_item), end)
    return framed(session, stream, end, iterations=cycles, length=len(items))


def _iterations(session: Session, plan: Plan, end: End) -> Generator[Event, None, None]:
    if not plan.items:
        return
    if (session.options.parallel > 1 or session.options.apart) and plan.cycles > 1:
        from runner.engine.parallel import parallel

        yield from parallel(session, plan, end)
        return
    for iteration in range(plan.cycles):
        if (yield from run_iteration(session, plan, iteration, end)):
            return

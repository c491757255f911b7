"""``--with-deps``: from the options of a run to the items that run."""

from __future__ import annotations

from collections.abc import Callable

from runner.engine.selection import select
from runner.engine.session import Session
from runner.model.collection import Located
from runner.workflow.dataflow import flow_of
from runner.workflow.deps import with_dependencies


def items_with_dependencies(session: Session, say: Callable[[str], None]) -> tuple[Located, ...]:
    """The selected items and what they depend on.

    Args:
        say: told what was added and why, and what nothing sets.

    Raises:
        SelectionError: a selected name is not in the collection.
    """
    selected = select(session.collection, session.options.select)
    if not session.options.select:
        return selected
    columns = dict.fromkeys(name for row in session.options.data[:1] for name in row)
    flow = flow_of(session.collection, scopes=session.scopes, data=columns)
    found = with_dependencies(flow, selected)
    if found.added:
        say(f"{len(found.added)} request{'s' if len(found.added) > 1 else ''} added (--with-deps):")
    for added in found.added:
        say(f"  {added}")
    for unmet in found.unmet:
        say(f"  {unmet}")
    return found.items

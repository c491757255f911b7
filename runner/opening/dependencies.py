"""``--with-deps``: from the items that were chosen to those that run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.engine.session import Session
from runner.model.collection import Located, walk
from runner.reporters.text import clean_line
from runner.workflow.capture import Capture, parse_capture
from runner.workflow.capturing import bind
from runner.workflow.dataflow import Define, flow_of
from runner.workflow.deps import Offers, with_dependencies

_AUTO = "auto"


def items_with_dependencies(
    session: Session, selected: tuple[Located, ...], captures: Sequence[str], say: Callable[[str], None]
) -> tuple[Located, ...]:
    """The selected items and what they depend on.

    Args:
        captures: as ``--capture`` has them: what they take out of a response counts as set by its request.
        say: told what was added and why, and what nothing sets.

    Raises:
        SelectionError: the request of a capture is not in the collection.
        UsageError: a capture is none.
    """
    if len(selected) == sum(1 for _ in walk(session.collection)):
        return selected
    defines, offers = captured(session, captures)
    columns = dict.fromkeys(name for row in session.options.data[:1] for name in row)
    flow = flow_of(session.collection, scopes=session.scopes, data=columns, captures=defines)
    sure = {key: sources for key, sources in offers.items() if sources}
    found = with_dependencies(flow, selected, sure)
    if found.added:
        say(f"{len(found.added)} request{'s' if len(found.added) > 1 else ''} added (--with-deps):")
    for added in found.added:
        say(f"  {clean_line(str(added))}")
    possible = {name for _, name in offers.keys() - sure.keys()}
    for unmet in found.unmet:
        if unmet.name not in possible:
            say(f"  {clean_line(str(unmet))}")
    return found.items


def captured(session: Session, texts: Sequence[str]) -> tuple[dict[int, tuple[Define, ...]], Offers]:
    """What captures set: those that are written, by ``id()`` of their request; and who could give each request what
    ``auto`` looks for.

    Args:
        texts: as ``--capture`` has them.

    Raises:
        UsageError: one of them is no capture.
        SelectionError: the collection has no such request.
    """
    items = tuple(walk(session.collection))
    written = [parse_capture(text) for text in texts if text != _AUTO]
    defines = {
        item: tuple(Define(capture.name, capture.scope, f"capture {capture}") for capture in found)
        for item, found in bind(written, items).items()
    }
    return defines, _inferred(session, items, written) if _AUTO in texts else {}


def defines_of(session: Session, texts: Sequence[str]) -> dict[int, tuple[Define, ...]]:
    """What captures set, inferred ones too, by ``id()`` of their request. See ``captured``."""
    defines, offers = captured(session, texts)
    for (_, name), sources in offers.items():
        for located in sources:
            known = defines.get(id(located.item), ())
            inferred = Define(name, "globals", "inferred capture")
            if inferred not in known:
                defines[id(located.item)] = (*known, inferred)
    return defines


def _inferred(session: Session, items: Sequence[Located], written: Sequence[Capture]) -> Offers:
    """That a response may happen to hold a field of the same name is no reason to send its request: there the list
    is empty."""
    from runner.workflow.inferring import infer

    offers: dict[tuple[int, str], list[Located]] = {}
    for binding in infer(session, items, [capture.name for capture in written]).plan.bindings:
        for need in binding.needs:
            strong = [origin for origin in binding.origins if origin.position < need.position]
            best = max((origin.rank for origin in strong), default=0)
            if strong or binding.by_name(need):
                sources = [origin.call.located for origin in strong if origin.rank == best]
                offers[id(need.located.item), need.name] = sources
    return offers

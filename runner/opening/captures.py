"""``--capture``: the ways of running an item that take values out of responses."""

from __future__ import annotations

from collections.abc import Sequence

from runner.engine.item import run_item
from runner.engine.run import ItemRunner
from runner.engine.session import Session
from runner.model.collection import Located
from runner.workflow.capture import parse_capture
from runner.workflow.capturing import bind, capturing

AUTO = "auto"


def capturing_runner(texts: Sequence[str], session: Session, items: Sequence[Located]) -> ItemRunner:
    """Runs items with the captures that were asked for.

    Args:
        texts: captures as written, and ``auto`` for those that can be inferred.

    Raises:
        UsageError: one of them is no capture.
        SelectionError: there is no such request in this run.
    """
    captures = [parse_capture(text) for text in texts if text != AUTO]
    bound = bind(captures, items)
    names = frozenset(capture.name for capture in captures)
    inner: ItemRunner = run_item
    if AUTO in texts:
        from runner.workflow.inferring import infer

        inference = infer(session, items, names)
        inner, names = inference.run_item, names | inference.variables
    session.set_later |= names
    return capturing(inner, bound) if bound else inner

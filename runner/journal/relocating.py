"""Events from the journal with the items of the run that goes on in place of those that were written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runner.engine import events as ev
from runner.model.collection import Located
from runner.model.records import replace
from runner.model.result import Cursor, Failure, ItemResult


class Relocated:
    """Takes the events of one item in order. What was one object stays one.

    Args:
        located: the item as the run has it.
        cursor: where the run stands.
        nested: the items that its scripts have run, in order; None for one that is not there any more.
    """

    def __init__(self, located: Located, cursor: Cursor, nested: Sequence[Located | None]) -> None:
        self._cursor = cursor
        self._ref: str | None = None  # of the item when it was written
        self._nested = iter(nested)
        self._places: list[Located] = [located]
        self._failures: dict[int, tuple[Failure, Failure]] = {}

    def event(self, event: ev.Event) -> ev.Event:
        if isinstance(event, ev.ItemStarted):
            if self._ref is None:
                self._ref = event.cursor.ref
            elif event.cursor.ref != self._ref:
                self._places.append(next(self._nested, None) or event.located)
        moved: ev.Event = self._changed(event)
        if isinstance(event, ev.ItemFinished) and len(self._places) > 1:
            self._places.pop()
        return moved

    def _changed(self, record: Any) -> Any:
        changes: dict[str, Any] = {}
        for name in record.__match_args__:
            value = getattr(record, name)
            match value:
                case Located():
                    changes[name] = self._places[-1]
                case Cursor() if value.ref == self._ref:
                    changes[name] = self._cursor
                case Failure():
                    changes[name] = self._failure(value)
                case ItemResult():
                    failures = tuple(self._failure(one) for one in value.failures)
                    changes[name] = replace(self._changed(value), failures=failures)
                case _:
                    pass
        return replace(record, **changes) if changes else record

    def _failure(self, failure: Failure) -> Failure:
        found = self._failures.get(id(failure))
        if found is None:
            item = None if failure.item is None else self._places[-1]
            cursor = failure.cursor
            if cursor is not None and cursor.ref == self._ref:
                cursor = self._cursor
            found = self._failures[id(failure)] = failure, replace(failure, item=item, cursor=cursor)
        return found[1]

"""Failures in the order in which they happened, each once.

Most failures come with the event of what failed; those that are only known once an item is done (an
error in a timer, a check that a workflow added) stand in its result, and those of the run itself in the
result of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.engine import events as ev
from runner.model.result import Failure


@dataclass(slots=True)
class FailureStream:
    """Picks the new failures out of events; remembers only those of the current item."""

    _item: list[Failure] = field(default_factory=list)

    def new(self, event: ev.Event) -> Sequence[Failure]:
        match event:
            case ev.AssertionChecked() | ev.ScriptFinished() | ev.ExchangeFinished():
                if event.failure is None:
                    return ()
                self._item.append(event.failure)
                return (event.failure,)
            case ev.ItemFinished():
                late = self._unseen(event.result.failures)
                self._item.clear()
                return late
            case ev.RunFinished():
                return self._unseen([f for f in event.result.failures if f.item is None])
            case _:
                return ()

    def _unseen(self, failures: Sequence[Failure]) -> list[Failure]:
        # Two timers can throw the same error: a failure that was seen once covers one of its equals.
        seen, late = list(self._item), []
        for failure in failures:
            if failure in seen:
                seen.remove(failure)
            else:
                late.append(failure)
        return late

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
    """Picks the new failures out of events; remembers only those of the current item.

    Events and results carry the same objects, so identity tells whether a failure is new."""

    _item: list[Failure] = field(default_factory=list)

    def new(self, event: ev.Event) -> Sequence[Failure]:
        match event:
            case ev.AssertionChecked() | ev.ScriptFinished() | ev.ExchangeFinished():
                if event.failure is None:
                    return ()
                self._item.append(event.failure)
                return (event.failure,)
            case ev.ItemFinished():
                late = [f for f in event.result.failures if not any(f is seen for seen in self._item)]
                self._item.clear()
                return late
            case ev.RunFinished():
                return [
                    f for f in event.result.failures if f.item is None and not any(f is seen for seen in self._item)
                ]
            case _:
                return ()

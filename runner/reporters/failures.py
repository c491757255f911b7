"""Failures in the order in which they happened, each once.

Most failures come with the event of what failed; those that are only known once an item is done (an
error in a timer, a check that a workflow added) stand in its result, and those of the run itself in the
result of the run.
"""

from __future__ import annotations

from collections.abc import Sequence

from runner.engine import events as ev
from runner.model.records import dataclass, field
from runner.model.result import Failure


@dataclass(slots=True)
class FailureStream:
    """Picks the new failures out of events; remembers only those of items that are going on.

    There can be several of those: a script may run another item (``pm.execution.runRequest``)."""

    _open: list[list[Failure]] = field(default_factory=list)

    def new(self, event: ev.Event) -> Sequence[Failure]:
        match event:
            case ev.ItemStarted():
                self._open.append([])
            case ev.IterationStarted() | ev.IterationFinished():
                self._open.clear()  # an item that was cut short never finished
            case ev.AssertionChecked() | ev.ScriptFinished() | ev.ExchangeFinished():
                if event.failure is not None:
                    if self._open:
                        self._open[-1].append(event.failure)
                    return (event.failure,)
            case ev.ItemFinished():
                return _unseen(event.result.failures, self._open.pop() if self._open else [])
            case ev.RunFinished():
                return [failure for failure in event.result.failures if failure.item is None]
            case _:
                pass
        return ()


def _unseen(failures: Sequence[Failure], seen: list[Failure]) -> list[Failure]:
    # Two timers can throw the same error: a failure that was seen once covers one of its equals.
    late = []
    for failure in failures:
        if failure in seen:
            seen.remove(failure)
        else:
            late.append(failure)
    return late

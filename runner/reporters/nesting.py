"""Which items are going on: a script may run another one inside of its own (``pm.execution.runRequest``)."""

from __future__ import annotations

from runner.engine import events as ev
from runner.model.collection import Located
from runner.model.records import dataclass, field


@dataclass(slots=True)
class OpenItems:
    """The items that have begun and not ended, outermost first."""

    _open: list[Located] = field(default_factory=list)

    def handle(self, event: ev.Event) -> Located | None:
        """Takes every event in; for the beginning and the end of an item gives the item whose script runs it, if one
        does."""
        match event:
            case ev.ItemStarted():
                parent = self._open[-1] if self._open else None
                self._open.append(event.located)
                return parent
            case ev.ItemFinished():
                if self._open:
                    self._open.pop()
                return self._open[-1] if self._open else None
            case ev.IterationStarted() | ev.IterationFinished():
                self._open.clear()  # an item that was cut short never finished
            case _:
                pass
        return None

    @property
    def depth(self) -> int:
        return len(self._open)

"""What a report has to remember of a run to explain a failure later: which variables there were, and who wrote them."""

from __future__ import annotations

from runner.engine import events as ev
from runner.model.collection import Variable
from runner.model.records import dataclass, field
from runner.model.result import VariableChange

#: Names that are remembered: a run may write a new one in every iteration.
_MAX_WRITTEN = 10_000


@dataclass(slots=True)
class History:
    """Learns from the events of a run."""

    started: ev.RunStarted | ev.InputStarted | None = None
    #: (scope, name): the last change, and the path of the item that made it
    written: dict[tuple[str, str], tuple[VariableChange, str]] = field(default_factory=dict)

    def handle(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted():
                self.started = event
            case ev.InputStarted():  # another collection may have variables of the same names
                self.started = event
                self.written.clear()
            case ev.VariableChanged(change=change, located=located):
                key = change.scope, change.key
                self.written.pop(key, None)
                self.written[key] = change, located.path
                if len(self.written) > _MAX_WRITTEN:
                    del self.written[next(iter(self.written))]
            case _:
                pass

    def given(self, scope: str) -> tuple[Variable, ...]:
        """The variables that a scope had when the run started."""
        if self.started is None:
            return ()
        match scope:
            case "environment":
                return self.started.environment.values
            case "collection":
                return self.started.collection.variables
            case "globals":
                return self.started.globals.values
            case _:
                return ()

"""What happened at one stop of the tour, as the events of the engine tell it, without secrets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from runner.engine import events as ev
from runner.model.collection import Json, Located
from runner.model.exchange import Exchange, Request
from runner.model.records import dataclass, field
from runner.model.result import Assertion, ConsoleLine, Cursor, ItemResult, VariableChange
from runner.reporters.history import History

E = TypeVar("E", ev.ExchangeFinished, ev.VariableChanged, ev.ConsoleLogged)

#: What of an event may be shown; see ``runner.reporters.masking.Masker.take``.
Show = Callable[[ev.Event], Sequence[ev.Event]]

_MAX_LINES = 200  #: of the console, and changes, that are kept of one item


@dataclass(slots=True)
class Visit:
    """One item being sent. Requests of scripts and auth types stand in ``others``."""

    located: Located
    result: ItemResult | None = None
    others: list[Exchange] = field(default_factory=list)
    nested: list[ItemResult] = field(default_factory=list)  #: items that a script ran
    changes: list[VariableChange] = field(default_factory=list)
    checks: list[Assertion] = field(default_factory=list)
    console: list[ConsoleLine] = field(default_factory=list)
    retries: list[str] = field(default_factory=list)  #: why there was another attempt


class Facts:
    """Takes events, hides what is secret, and keeps what the tour tells of an item.

    Args:
        show: what of an event may be shown.
        history: is told of all that happens.
    """

    def __init__(self, show: Show, history: History) -> None:
        self._show, self.history = show, history
        self.visit: Visit | None = None
        self._depth = 0

    def begin(self, located: Located) -> Visit:
        self.visit = Visit(located)
        self._depth = 0
        return self.visit

    def take(self, event: ev.Event) -> Sequence[ev.Event]:
        """Learns from an event; returns what may be shown now."""
        shown = self._show(event)
        for one in shown:
            self.history.handle(one)
            if self.visit is not None:
                self._note(one, self.visit)
        return shown

    def flush(self) -> None:
        """Nothing more is to come of a script that was broken off."""
        for one in self._show(ev.IterationFinished(Cursor(0, 0, 1, 1, ""))):
            self.history.handle(one)

    def masked(self, request: Request, located: Located, cursor: Cursor) -> Request:
        """A request that is not sent yet, as it may be shown."""
        exchange = Exchange("", request, None)
        return self._shown(ev.ExchangeFinished(exchange, located, cursor, None)).exchange.request

    def masked_value(self, name: str, scope: str, value: Json, located: Located) -> Json:
        """The value of a variable as it may be shown."""
        return self._shown(ev.VariableChanged(VariableChange(scope, name, value), located)).change.value

    def masked_located(self, located: Located) -> Located:
        """An item and its folders as they may be shown."""
        return self._shown(ev.ConsoleLogged(ConsoleLine("log", ()), located)).located

    def masked_text(self, text: str, located: Located) -> str:
        """A text as it may be shown."""
        return self._shown(ev.ConsoleLogged(ConsoleLine("log", (text,)), located)).line.messages[0]

    def _shown(self, event: E) -> E:
        """An event that nobody but the tour is told of. Between the items it may be shown at once."""
        (shown,) = self._show(event)
        assert isinstance(shown, type(event))
        return shown

    def _note(self, event: ev.Event, visit: Visit) -> None:
        match event:
            case ev.ItemStarted():
                self._depth += 1
            case ev.ItemFinished(result=result):
                self._depth -= 1
                if self._depth > 0:
                    visit.nested.append(result)
                else:
                    visit.result = result
            case ev.ItemRetried(reason=reason):
                self._depth = 1
                visit.retries.append(reason)
                visit.checks.clear()
                visit.others.clear()
            case ev.ExchangeFinished(exchange=exchange) if exchange.origin != "item":
                visit.others.append(exchange)
            case ev.AssertionChecked(assertion=assertion):
                visit.checks.append(assertion)
            case ev.VariableChanged(change=change) if len(visit.changes) < _MAX_LINES:
                visit.changes.append(change)
            case ev.ConsoleLogged(line=line) if len(visit.console) < _MAX_LINES:
                visit.console.append(line)
            case _:
                pass

"""What all reports by test case are made from: the cases, what they say, and where in the collection they stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runner.engine import events as ev
from runner.model.collection import Collection
from runner.model.exchange import Exchange
from runner.model.records import dataclass, field
from runner.model.result import ItemResult, RunResult, VariableChange
from runner.reporters.cases import STATUSES, Case, Cases, Finished, Status, run_cases
from runner.reporters.history import History
from runner.reporters.interface import ReporterOptions
from runner.reporters.positions import Position, Positions
from runner.reporters.text import clean, clean_line, shorten

if TYPE_CHECKING:
    from runner.reporters.explain.explainer import Explainer

#: Characters of a message; a failed comparison quotes both sides, which may be whole bodies.
MESSAGE_LIMIT = 4000
NAME_LIMIT = 500
_MAX_NAMES = 20


def one_line(text: str, limit: int = NAME_LIMIT) -> str:
    """A name or message on one line, safe to print."""
    return clean_line(shorten(text, limit))


def message(case: Case) -> str:
    """Why a case did not pass, or was skipped; safe to print, may have several lines."""
    if case.error is None:
        return clean(case.reason or "")
    return clean(shorten(case.error.message or case.error.name, MESSAGE_LIMIT))


def variables(finished: Finished) -> list[str]:
    """What the item wrote into variables, and where it was found: ``user_id = 3f2a (environment, $.id)``."""
    return [one_line(_change(change)) for change in finished.changes]


def _change(change: VariableChange) -> str:
    value = change.value if isinstance(change.value, str) else json.dumps(change.value, ensure_ascii=False)
    where = ", ".join((change.scope, *([change.origin] if change.origin else [])))
    return f"{change.key} removed ({where})" if change.removed else f"{change.key} = {shorten(value, 60)} ({where})"


def unresolved(result: RunResult) -> list[tuple[str, str]]:
    """The names that were sent as they stand, and where, with who would set them if that is known."""
    return [
        (one_line(name, 100), one_line(f"in {path}" + (f": {result.advice[name]}" if name in result.advice else "")))
        for name, path in list(result.unresolved.items())[:_MAX_NAMES]
    ]


def _call(case: Case, result: ItemResult) -> Exchange | None:
    """The request of a script that a case is about, if it is about one."""
    if case.failure is None or case.failure.kind != "request" or (result.exchange and result.exchange.error):
        return None
    failed = (e for e in result.exchanges if e.origin == "script" and e.error is not None)
    return next((e for e in failed if e.error and e.error.message == case.failure.error.message), None)


@dataclass(slots=True)
class Watch:
    """Learns from the events of one run. All texts that it gives are safe to print."""

    options: ReporterOptions
    collection: Collection | None = None
    input: Collection | None = None  #: the same; of several inputs the one that runs
    counts: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    started: float = 0.0  #: epoch seconds
    _cases: Cases = field(default_factory=Cases)
    _history: History = field(default_factory=History)
    _positions: Positions = field(default_factory=Positions)
    _explainer: Explainer | None = None

    def new(self, event: ev.Event) -> Finished | None:
        """The item, or the attempt at one, that the event finishes."""
        self._history.handle(event)
        if isinstance(event, ev.RunStarted):
            self.collection, self.started = event.collection, event.started
        if isinstance(event, (ev.RunStarted, ev.InputStarted)):
            self.input = event.collection
        finished = self._cases.new(event)
        if finished is not None and not finished.retried:
            self._count(finished.cases)
        return finished

    def ended(self, event: ev.RunFinished) -> list[Case]:
        """What went wrong with the run itself."""
        cases = run_cases(event.result)
        self._count(cases)
        return cases

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def bad(self) -> int:
        return self.counts["failed"] + self.counts["error"]

    def details(self, case: Case, result: ItemResult | None) -> list[str]:
        """Lines that explain a failure: the script, the difference, the request and its answer.

        Args:
            result: of the item; None if its request stands with another failure already.
        """
        lines = []
        if case.failure is not None:
            if case.failure.at:
                lines.append(one_line(f"at {case.failure.at}"))
            lines += self.explainer.failure(case.failure)
        if result is None:
            return lines
        call = _call(case, result)
        return lines + (self.explainer.item(result) if call is None else self.explainer.exchange(call))

    def position(self, case: Case, result: ItemResult | None = None) -> Position | None:
        """The line of the collection that a case is about, if it was read from a file."""
        if case.failure is not None:
            return self._positions.of_failure(case.failure)
        return self._positions.of_item(result.located) if result is not None else None

    @property
    def explainer(self) -> Explainer:
        if self._explainer is None:
            from runner.reporters.explain.explainer import Explainer

            self._explainer = Explainer(self._history, self.options.curl)
        return self._explainer

    def _count(self, cases: tuple[Case, ...] | list[Case]) -> None:
        for case in cases:
            self.counts[case.status] += 1

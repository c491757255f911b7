"""What tests learn from the events of a run: text, without secrets, and no more of it than they show."""

from __future__ import annotations

import sys

from runner.engine import events as ev
from runner.engine.tally import response_time
from runner.model.records import dataclass, field, replace
from runner.model.result import Cursor, ItemResult
from runner.pytest_plugin.failing import Told, told
from runner.reporters.cases import Finished
from runner.reporters.interface import ReporterOptions
from runner.reporters.text import clean
from runner.reporters.watch import Watch, one_line, variables

#: Lines of the console that a test keeps.
_MAX_LINES = 1000


@dataclass(slots=True)
class Outcome:
    """What came of one request.

    Attributes:
        runs: how often it ran.
        exchange: what was sent and answered, of the runs in which something failed.
        changes: variables that it set.
        properties: of its last run, for reports.
        seconds: what all of it took.
    """

    runs: int = 0
    checks: list[Told] = field(default_factory=list)
    exchange: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    properties: list[tuple[str, object]] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """One item that has ended; ``cursor`` says which."""

    cursor: Cursor
    result: ItemResult
    checks: tuple[Told, ...]
    exchange: tuple[str, ...]
    console: tuple[str, ...]
    changes: tuple[str, ...]

    def into(self, outcome: Outcome, seconds: float) -> None:
        """Adds it to what is known of its request."""
        outcome.runs += 1
        if outcome.runs == 2:
            outcome.checks[:] = [replace(one, run=1) for one in outcome.checks]
        number = outcome.runs if outcome.runs > 1 else 0
        outcome.checks += [replace(one, run=number) for one in self.checks]
        outcome.exchange += self.exchange
        outcome.console += self.console[: _MAX_LINES - len(outcome.console)]
        outcome.changes[:] = self.changes
        outcome.properties[:] = _properties(self.result)
        outcome.seconds += seconds


class Ledger:
    """Takes the events of a run, without secrets, and gives what has ended."""

    def __init__(self) -> None:
        self._watch = Watch(ReporterOptions(out=sys.stdout))
        self._console: list[str] = []
        self._inner: list[Told] = []  # of requests that a script has run
        self._exchanges: list[str] = []  # of these

    def take(self, event: ev.Event) -> Done | None:
        """What the event ends, if it ends an item that no other has run."""
        if isinstance(event, ev.ConsoleLogged) and len(self._console) < _MAX_LINES:
            line = event.line
            self._console.append(clean(f"{line.level}: {' '.join(line.messages)}"))
        finished = self._watch.new(event)
        if finished is None or finished.retried:
            return None
        checks = self._checks(finished)
        exchange = self._exchange(finished, checks)
        if finished.depth:
            self._inner += [replace(one, name=one_line(f"{finished.result.item.name} / {one.name}")) for one in checks]
            self._exchanges += exchange
            return None
        done = Done(
            finished.result.cursor,
            finished.result,
            (*self._inner, *checks),
            (*self._exchanges, *exchange),
            tuple(self._console),
            tuple(variables(finished)),
        )
        self._inner, self._exchanges, self._console = [], [], []
        return done

    def of_run(self, event: ev.RunFinished) -> list[Told]:
        """What went wrong with the run itself, and with an item that did not end."""
        cases = self._watch.ended(event)
        return [*(one for one in self._inner if one.bad), *(told(case, None, self._watch) for case in cases)]

    def _checks(self, finished: Finished) -> list[Told]:
        return [told(case, finished.result, self._watch) for case in finished.cases]

    def _exchange(self, finished: Finished, checks: list[Told]) -> list[str]:
        lines: list[str] = []
        if any(one.bad for one in checks):
            bad = next(case for case in finished.cases if case.bad)
            alone = len(self._watch.details(bad, None))
            lines = self._watch.details(bad, finished.result)[alone:]
        return lines


def _properties(result: ItemResult) -> list[tuple[str, object]]:
    exchange = result.exchange
    if exchange is None:
        return []
    found: list[tuple[str, object]] = [("method", exchange.request.method), ("url", one_line(exchange.request.url))]
    if exchange.response is not None:
        found += [("status", exchange.response.code), ("response_time_ms", response_time(exchange))]
    return found

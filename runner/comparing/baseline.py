"""A run that is under way, compared with an earlier one: is it slower?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence

from runner.comparing.groups import Key, grouped, latencies
from runner.comparing.latency import Latency, compared, significant
from runner.engine.draft import Draft
from runner.engine.events import Event, RunFinished
from runner.engine.iteration import ItemRunner
from runner.engine.session import Session
from runner.journal.keys import Addresses
from runner.journal.queries import Run
from runner.journal.schema import Database
from runner.model.collection import Located
from runner.model.records import dataclass, replace
from runner.model.result import Assertion, Cursor, ErrorInfo, Failure

#: Milliseconds by which something must be slower if there are too few responses for a test.
_NOTICEABLE = 10.0


@dataclass(frozen=True, slots=True)
class Slower:
    """A request that is slower than it was, by more than is allowed."""

    request: str
    run: int  #: the earlier one
    latency: Latency

    def __str__(self) -> str:
        return f"{self.request}: slower than in run {self.run}: {self.latency}"


class Baseline:
    """Response times of earlier runs, one for each input. Thread-safe.

    Args:
        earlier: for each input the run, and the number that the input has in it.
        tolerance: 0.2 allows medians that are 20 % greater.
    """

    def __init__(self, database: Database, earlier: Sequence[tuple[Run, int]], tolerance: float) -> None:
        self._earlier = [
            (run, {key: latencies(found) for key, found in grouped(database, run).items() if key.input == number})
            for run, number in earlier
        ]
        self._tolerance = tolerance
        self._times: list[dict[Key, list[float]]] = [{} for _ in earlier]
        self._lock = threading.Lock()
        self.slower: tuple[Slower, ...] = ()
        self.strange: tuple[int, ...] = ()  # earlier runs that have none of the requests

    def around(self, input: int, session: Session) -> Callable[[ItemRunner], ItemRunner]:
        """What is to be put around the way in which the items of an input are run."""
        addresses = Addresses(session.collection)
        number = next((key.input for key in self._earlier[input][1]), 0)

        def wrap(run_item: ItemRunner) -> ItemRunner:
            def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
                draft = yield from run_item(located, cursor, session)
                exchange = draft.exchange
                if exchange is not None and exchange.response is not None:
                    with self._lock:
                        key = Key(number, cursor.step, addresses.of(located))
                        self._times[input].setdefault(key, []).append(exchange.timings.total)
                return draft

            return run

        return wrap

    def complete(self, event: Event, *, fail: bool) -> Event:
        """The same event; the last one has the failures.

        Args:
            fail: what is slower is a failure.
        """
        if not isinstance(event, RunFinished):
            return event
        self.slower = tuple(self._found())
        if not fail or not self.slower:
            return event
        failures = event.result.failures + tuple(_failure(one, at) for at, one in enumerate(self.slower))
        return RunFinished(replace(event.result, failures=failures))

    def _found(self) -> list[Slower]:
        every: list[Slower] = []
        for (run, before), now in zip(self._earlier, self._times, strict=True):
            if now and not any(before.get(key) for key in now):
                self.strange += (run.id,)
            for key, times in now.items():
                latency = compared(before.get(key, ()), times)
                if latency is not None:
                    every.append(Slower(key.shown(run), run.id, latency))
        sure = significant([one.latency for one in every])
        return [one for one, yes in zip(every, sure, strict=True) if self._exceeds(one.latency, yes)]

    def _exceeds(self, latency: Latency, sure: bool) -> bool:
        if latency.change <= self._tolerance:
            return False
        return sure if latency.p is not None else latency.after - latency.before >= _NOTICEABLE


def _failure(slower: Slower, at: int) -> Failure:
    error = ErrorInfo("AssertionError", str(slower.latency))
    assertion = Assertion(f"{slower.request} is not slower than in run {slower.run}", at, error)
    return Failure("assertion", error, "baseline", None, assertion=assertion)

"""Newman's statistics, counted from the stream of events.

The rules are those of Newman's run summary (newman, lib/run/summary.js): ``requests`` includes calls of
``pm.sendRequest`` and replays that an auth type needs; ``scripts`` counts every inherited script once per
item; ``assertions`` includes skipped ones; ``prerequests`` and ``tests`` count the phases of items, also
those without scripts. Averages differ on purpose: Newman divides by the number of all requests, failed
and cached ones too, which makes them too small; here a phase is averaged over where it happened.
"""

from __future__ import annotations

import math

from runner.engine import events as ev
from runner.model.exchange import Exchange
from runner.model.records import dataclass, field
from runner.model.result import Count, ItemResult


@dataclass(slots=True)
class Spread:
    """Mean and population standard deviation, kept by Welford's method; all values in ms."""

    count: int = 0
    average: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0
    _squares: float = 0.0

    def add(self, value: float) -> None:
        """Takes in one measurement in ms; as in Newman, zero means "did not happen"."""
        if not value or value < 0:
            return
        self.count += 1
        self.minimum = value if self.count == 1 else min(self.minimum, value)
        self.maximum = max(self.maximum, value)
        delta = value - self.average
        self.average += delta / self.count
        self._squares += delta * (value - self.average)

    @property
    def deviation(self) -> float:
        return math.sqrt(self._squares / self.count) if self.count else 0.0


@dataclass(slots=True)
class Counter:
    """A mutable ``Count``."""

    total: int = 0
    failed: int = 0
    pending: int = 0

    def start(self) -> None:
        self.pending += 1

    def finish(self, failed: bool = False) -> None:
        # Some things finish without having been started (pm.sendRequest, replays): never below zero.
        self.pending = max(0, self.pending - 1)
        self.total += 1
        self.failed += failed

    def frozen(self) -> Count:
        return Count(self.total, self.failed, self.pending)


def response_time(exchange: Exchange) -> int:
    """Whole ms from start to end, rounded up (postman-runtime, lib/requester/requester.js)."""
    return math.ceil(exchange.timings.total)


def received_bytes(exchange: Exchange) -> int:
    """Bytes of the response body as they came over the wire."""
    response = exchange.response
    return (response.downloaded or len(response.content)) if response else 0


@dataclass(slots=True)
class Tally:
    """Totals of one run. Feed it every event with ``handle``; read it at any time."""

    iterations: Counter = field(default_factory=Counter)
    items: Counter = field(default_factory=Counter)
    scripts: Counter = field(default_factory=Counter)
    prerequests: Counter = field(default_factory=Counter)
    requests: Counter = field(default_factory=Counter)
    tests: Counter = field(default_factory=Counter)
    assertions: Counter = field(default_factory=Counter)
    test_scripts: Counter = field(default_factory=Counter)
    prerequest_scripts: Counter = field(default_factory=Counter)
    response: Spread = field(default_factory=Spread)
    dns: Spread = field(default_factory=Spread)
    first_byte: Spread = field(default_factory=Spread)
    received: int = 0  #: bytes of all response bodies
    started: float = 0.0  #: epoch seconds
    skipped_assertions: int = 0

    def handle(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted():
                self.started = event.started
            case ev.IterationStarted():
                self.iterations.start()
            case ev.IterationFinished():
                self.iterations.finish()
            case ev.ItemStarted():
                self.items.start()
            case ev.ItemFinished():
                self._finish_item(event.result)
            case ev.ScriptStarted():
                self.scripts.start()
                self._scripts_of(event.script.listen).start()
            case ev.ScriptFinished():
                failed = event.failure is not None
                self.scripts.finish(failed)
                self._scripts_of(event.run.script.listen).finish(failed)
            case ev.RequestStarted():
                self.requests.start()
            case ev.ExchangeFinished():
                self._finish_exchange(event.exchange, event.failure is not None)
            case ev.AssertionChecked():
                self.assertions.finish(event.failure is not None)
                self.skipped_assertions += event.assertion.skipped
            case _:
                pass

    def counts(self) -> dict[str, Count]:
        """The ``Count`` fields of ``RunResult`` by name: ``RunResult(..., **tally.counts())``."""
        return {
            "iterations": self.iterations.frozen(),
            "items": self.items.frozen(),
            "scripts": self.scripts.frozen(),
            "prerequests": self.prerequests.frozen(),
            "requests": self.requests.frozen(),
            "tests": self.tests.frozen(),
            "assertions": self.assertions.frozen(),
            "test_scripts": self.test_scripts.frozen(),
            "prerequest_scripts": self.prerequest_scripts.frozen(),
        }

    def _scripts_of(self, listen: str) -> Counter:
        return self.test_scripts if listen == "test" else self.prerequest_scripts

    def _finish_item(self, result: ItemResult) -> None:
        self.items.finish()
        self.prerequests.finish()
        if not result.skipped:
            self.tests.finish()

    def _finish_exchange(self, exchange: Exchange, failed: bool) -> None:
        if exchange.origin == "redirect":  # an earlier hop belongs to the exchange that it led to
            return
        self.requests.finish(failed)
        if exchange.response is None:
            return
        self.received += received_bytes(exchange)
        self.response.add(response_time(exchange))
        self.dns.add(exchange.timings.dns or 0.0)
        self.first_byte.add(exchange.timings.first_byte or 0.0)

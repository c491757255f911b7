"""Newman's statistics. The counts of the whole run are those that Newman 6.2.2 prints for it."""

from __future__ import annotations

import statistics

import pytest

from reporters.stream import REFUSED, Did, Play, Story, check, collection, exchange, item, sample
from runner.engine import events as ev
from runner.engine.tally import Spread, Tally
from runner.model.result import Count


def counted(events: object) -> Tally:
    tally = Tally()
    for event in events:  # type: ignore[attr-defined]
        tally.handle(event)
    return tally


def test_the_counts_of_a_run() -> None:
    assert counted(sample(2)).counts() == {
        "iterations": Count(2),
        "items": Count(8),
        "scripts": Count(10, failed=2),
        "prerequests": Count(8),
        "requests": Count(8, failed=2),
        "tests": Count(6),
        "assertions": Count(10, failed=4),
        "test_scripts": Count(6, failed=2),
        "prerequest_scripts": Count(4),
    }


def test_what_was_started_and_not_finished_is_pending() -> None:
    events = list(sample())
    at = next(n for n, event in enumerate(events) if isinstance(event, ev.RequestStarted))
    counts = counted(events[: at + 1]).counts()
    assert counts["iterations"] == counts["items"] == counts["requests"] == Count(0, pending=1)


def test_requests_of_scripts_and_auth_count_and_earlier_hops_do_not() -> None:
    spec = item("A").request
    hop = exchange(spec, code=302, origin="redirect")
    play = Play(
        "A",
        [Did("prerequest", [exchange(spec, origin="script")])],
        [exchange(spec, code=401, origin="auth"), exchange(spec, redirects=[hop])],
    )
    story = Story(collection(item("A")))
    assert counted(story.events([play])).counts()["requests"] == Count(3)
    place = next(e.located for e in story.events([play]) if isinstance(e, ev.ItemStarted))
    cursor = next(e.cursor for e in story.events([play]) if isinstance(e, ev.ItemStarted))
    assert counted([ev.ExchangeFinished(hop, place, cursor, None)]).counts()["requests"] == Count(0)


def test_averages_are_over_what_happened() -> None:
    """Newman divides by all requests, failed ones too: 12 ms here instead of 18."""
    spec = item("A").request
    play = Play("A", exchanges=[exchange(spec, error=REFUSED, ms=0), exchange(spec, ms=12), exchange(spec, ms=24)])
    tally = counted(Story(collection(item("A"))).events([play]))
    assert (tally.response.average, tally.response.minimum, tally.response.maximum) == (18, 12, 24)
    assert tally.response.deviation == 6
    assert tally.first_byte.average == pytest.approx(16)
    assert tally.received == 22


def test_skipped_checks_count_as_executed() -> None:
    play = Play("A", after=[Did("test", [check("a", skipped=True), check("b")])])
    tally = counted(Story(collection(item("A"))).events([play]))
    assert tally.assertions.frozen() == Count(2)
    assert tally.skipped_assertions == 1


def test_spread_is_the_population_deviation() -> None:
    values = [3.0, 24.0, 5.5, 5.5, 100.25]
    spread = Spread()
    for value in [*values, 0.0, -1.0]:
        spread.add(value)
    assert spread.count == len(values)
    assert spread.average == pytest.approx(statistics.fmean(values))
    assert spread.deviation == pytest.approx(statistics.pstdev(values))
    assert Spread().deviation == 0

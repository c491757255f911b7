"""``runner.stream``: events as they happen, and nothing that stays behind."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

import runner
from support.server import RecordingServer

from .calls import collection, item, nothing_left, told

SCRIPT = "pm.test('t', () => pm.response.to.have.status(200)); setTimeout(() => {}, 5);"


def test_the_events_come_in_order_and_when_they_happen(server: RecordingServer) -> None:
    small = collection(item("a", f"{server.url}/a"), item("b", f"{server.url}/b"))
    events = runner.stream(small)
    assert server.take() == ()
    names = []
    for event in events:
        names.append(type(event).__name__)
        if isinstance(event, runner.ExchangeFinished):
            assert [request.target for request in server.take()] == [f"/{event.located.item.name}"]
    assert (names[0], names[1], names[-2], names[-1]) == (
        "RunStarted",
        "IterationStarted",
        "IterationFinished",
        "RunFinished",
    )
    assert names[2:6] == ["ItemStarted", "RequestStarted", "ExchangeFinished", "ItemFinished"]
    assert names.count("ItemFinished") == 2


@pytest.mark.parametrize("options", [{}, {"data": [{"n": n} for n in range(8)], "parallel": 4}])
@pytest.mark.parametrize(
    "after", [runner.RunStarted, runner.ScriptStarted, runner.ExchangeFinished, runner.ItemFinished]
)
def test_a_stream_that_is_closed_early_leaves_nothing(server: RecordingServer, options: Any, after: type) -> None:
    small = collection(item("a", f"{server.url}/a", test=SCRIPT), item("b", f"{server.url}/b", test=SCRIPT))
    _warm(server)
    with nothing_left(), closing(runner.stream(small, **options)) as events:
        for event in events:
            if isinstance(event, after):
                break
    assert len(server.take()) <= 8 * 2


def test_a_stream_that_nobody_begins_starts_nothing(server: RecordingServer) -> None:
    with nothing_left():
        runner.stream(collection(item("a", server.url)), simulate="hypertrack").close()
    assert server.take() == ()


@pytest.mark.parametrize("options", [{}, {"simulate": "hypertrack"}, {"data": [{}] * 4, "parallel": 2}])
def test_a_run_leaves_nothing(server: RecordingServer, options: Any) -> None:
    small = collection(
        item("a", f"{server.url}/a", test=SCRIPT, prerequest="pm.sendRequest(pm.request.url.toString())")
    )
    _warm(server)
    with nothing_left():
        runner.run(small, **options)


def _warm(server: RecordingServer) -> None:
    """What is started once for a process."""
    runner.run(collection(item("a", f"{server.url}/", test="1")), simulate="hypertrack")
    server.take()


class Kept:
    def __init__(self) -> None:
        self.events: list[runner.Event] = []
        self.closed = 0

    def handle(self, event: runner.Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        self.closed += 1


def test_listeners_get_everything_and_reporters_no_secrets() -> None:
    raw: list[runner.Event] = []
    masked: list[runner.Event] = []
    kept, open_ = Kept(), Kept()
    header = [{"key": "X-Value", "value": "{{word}}"}]
    small = collection(item("a", "http://a.test/{{word}}", header=header))
    result = runner.run(
        small, transport=told(), secrets={"word": "s3cret-word"}, on=[raw.append], reporters=[kept, masked.append]
    )
    runner.run(small, transport=told(), secrets={"word": "s3cret-word"}, reporters=[open_], show_secrets=True)
    assert "s3cret-word" in repr(raw)
    assert "s3cret-word" in repr(result.collection_variables)
    assert "s3cret-word" not in repr(kept.events) + repr(masked)
    assert "s3cret-word" in repr(open_.events)
    assert len(raw) == len(kept.events) == len(masked) > 4
    assert (kept.closed, open_.closed) == (1, 1)


@pytest.mark.parametrize("early", [True, False])
def test_reporters_are_closed_once_also_when_the_stream_ends_early(early: bool) -> None:
    kept = Kept()
    with closing(runner.stream(collection(item("a", "http://a.test")), transport=told(), reporters=[kept])) as events:
        for _ in events:
            assert kept.closed == 0
            if early:
                break
    assert kept.closed == 1


def test_what_a_listener_or_reporter_raises_ends_the_run_and_reaches_the_caller(server: RecordingServer) -> None:
    def stop(event: runner.Event) -> None:
        if isinstance(event, runner.ItemFinished):
            raise LookupError("enough")

    small = collection(item("a", f"{server.url}/a"), item("b", f"{server.url}/b"))
    kept = Kept()
    for options in ({"on": stop, "reporters": [kept]}, {"reporters": [stop, kept]}):
        _warm(server)
        with nothing_left(), pytest.raises(LookupError, match="enough"):
            runner.run(small, **options)  # type: ignore[arg-type]
        assert [request.target for request in server.take()] == ["/a"]
    assert kept.closed == 2


@pytest.mark.parametrize("name", ["on", "reporters"])
def test_a_listener_that_nobody_would_wait_for_is_refused(name: str) -> None:
    async def listen(event: runner.Event) -> None:
        raise AssertionError("awaited")

    options: Any = {name: [listen]}
    with pytest.raises(TypeError, match="it is async, and is called without await"):
        runner.run(collection(item("a", "http://a.test")), transport=told(), **options)


def test_runs_in_threads_share_nothing(server: RecordingServer) -> None:
    script = "pm.globals.set('n', (pm.globals.get('n') || 0) + 1);"
    shared = runner.load(collection(item("a", f"{server.url}/{{{{who}}}}", test=script)))
    barrier = threading.Barrier(4)

    def one(who: int) -> runner.RunResult:
        barrier.wait()
        return runner.run(shared, globals={"who": who})

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, range(4)))
    assert [result.failures for result in results] == [()] * 4
    assert [result.variables["n"] for result in results] == [1] * 4
    assert sorted(request.target for request in server.take()) == ["/0", "/1", "/2", "/3"]


def test_runs_in_asyncio() -> None:
    async def main() -> list[runner.RunResult]:
        small = collection(item("a", "http://a.test/{{n}}", test=SCRIPT))
        runs = (asyncio.to_thread(runner.run, small, transport=told(), globals={"n": n}) for n in range(3))
        return list(await asyncio.gather(*runs))

    results = asyncio.run(main())
    assert [(result.passed, result.assertions.total) for result in results] == [(True, 1)] * 3

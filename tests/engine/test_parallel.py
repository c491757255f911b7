"""Iterations side by side: what they share, what they do not, in which order they are reported, and how they end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from runner.engine import events as ev
from runner.engine.assemble import Given, new_session
from runner.engine.draft import Draft
from runner.engine.item import run_item
from runner.engine.iteration import ItemRunner
from runner.engine.run import run
from runner.engine.session import RunOptions, Session
from runner.errors import ScriptEngineError
from runner.model.collection import Located, Variable, VariableSet
from runner.model.result import Cursor, RunResult
from runner.parse.collection import collection_from_json
from runner.scripting.interface import ScriptEngine
from runner.transport.cookies import CookieJar
from runner.transport.requests_transport import RequestsTransport
from support.server import Answer, Received, RecordingServer, answer_to

Json = Any


def item(name: str, url: str, test: str = "", before: str = "", **more: Json) -> Json:
    scripts = [
        {"listen": listen, "script": {"exec": source}} for listen, source in (("test", test), ("prerequest", before))
    ]
    return {
        "name": name,
        "request": {"method": "GET", "url": url, **more},
        "event": [s for s in scripts if s["script"]["exec"]],
    }


class Runs:
    """Makes sessions, and closes them and everything in them at the end."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.engines: list[ScriptEngine] = []

    def session(self, items: Sequence[Json], *, given: Given | None = None, **options: Any) -> Session:
        collection = collection_from_json({"info": {"name": "Example"}, "item": list(items)})
        session = new_session(collection, given or Given(), RunOptions(**options), transport=RequestsTransport())
        self._stack.callback(session.close)
        start = session.start_scripts

        def noted() -> ScriptEngine:
            self.engines.append(start())
            return self.engines[-1]

        session.start_scripts = noted
        return session

    def events(self, items: Sequence[Json], **options: Any) -> list[ev.Event]:
        return list(run(self.session(items, **options)))

    def result(self, items: Sequence[Json], **options: Any) -> RunResult:
        return result_of(self.events(items, **options))


@pytest.fixture
def runs() -> Iterator[Runs]:
    before = set(threading.enumerate())
    with ExitStack() as stack:
        made = Runs(stack)
        yield made
    until = time.monotonic() + 5
    while left := [t for t in threading.enumerate() if t.name.startswith("htrun") and t not in before]:
        assert time.monotonic() < until, f"still running: {left}"
        time.sleep(0.01)


def result_of(events: Sequence[ev.Event]) -> RunResult:
    assert isinstance(events[-1], ev.RunFinished)
    return events[-1].result


def values(scope: VariableSet) -> dict[str, Json]:
    return {row.key: row.value for row in scope.values}


def outline(events: Sequence[ev.Event]) -> list[str]:
    """What happened, without times and random ids."""
    lines = []
    for event in events:
        line = type(event).__name__
        match event:
            case ev.IterationStarted(cursor) | ev.IterationFinished(cursor):
                line += f" {cursor.iteration}/{cursor.cycles}"
            case ev.ItemStarted(located, cursor):
                line += f" {located.item.name} {cursor.position} {cursor.iteration}"
            case ev.ConsoleLogged(console):
                line += f" {console.messages}"
            case ev.ExchangeFinished(exchange):
                line += f" {exchange.request.url}"
            case ev.VariableChanged(change):
                line += f" {change}"
            case ev.AssertionChecked(assertion):
                line += f" {assertion.name} {assertion.error and assertion.error.message}"
        lines.append(line)
    return lines


#: The first iteration answers last.
LATE_FIRST = "{{url}}/respond?delay={{delay}}&id={{id}}"


def rows(server: RecordingServer, *delays: int) -> list[dict[str, Json]]:
    return [{"url": server.url, "delay": delay, "id": number} for number, delay in enumerate(delays)]


def ids(received: Sequence[Received]) -> list[str]:
    return [r.target.rpartition("=")[2] for r in received]


# --- order ---


def test_what_is_reported_is_the_same_as_one_after_another(runs: Runs, server: RecordingServer) -> None:
    script = """pm.test("even " + pm.iterationData.get("id"), () => pm.expect(pm.info.iteration % 2).to.eql(0));
console.log("iteration", pm.info.iteration, pm.info.iterationCount); pm.globals.set("last", pm.iterationData.get("id"));
if (pm.iterationData.get("id") === 3) pm.execution.setNextRequest(null);"""
    items = [item("first", LATE_FIRST, script), item("second {{no}}", f"{server.url}/{{{{missing}}}}")]
    data = rows(server, 300, 0, 150, 0, 0, 0)
    alone, together = runs.events(items, data=data), runs.events(items, data=data, parallel=4)
    assert outline(together) == outline(alone)
    first, second = result_of(alone), result_of(together)
    for name in ("iterations", "items", "scripts", "requests", "tests", "assertions", "unresolved"):
        assert getattr(second, name) == getattr(first, name), name
    assert [f.error.message for f in second.failures] == [f.error.message for f in first.failures]
    assert len(second.failures) == 3
    assert values(second.globals) == values(first.globals) == {"last": 5}


def test_the_first_iteration_that_has_not_ended_is_reported_live(runs: Runs, server: RecordingServer) -> None:
    seen, answered = threading.Event(), threading.Event()

    def respond(request: Received) -> Answer:
        if request.target.startswith("/wait"):
            answered.set()
            assert seen.wait(10), "the request before was not reported before this one was answered"
        return answer_to(request)

    server.respond = respond
    session = runs.session([item("a", f"{server.url}/a"), item("b", f"{server.url}/wait")], iterations=2, parallel=2)
    for event in run(session):
        if isinstance(event, ev.RequestStarted) and event.located.item.name == "b":
            assert answered.wait(10)
            seen.set()
    assert seen.is_set()


def test_a_slow_iteration_holds_the_others_back(runs: Runs, server: RecordingServer) -> None:
    arrived: list[str] = []
    go_on = threading.Event()

    def respond(request: Received) -> Answer:
        arrived.append(request.target)
        if request.target == "/0":
            go_on.wait(10)
        return Answer()

    server.respond = respond
    events = run(runs.session([item("r", f"{server.url}/{{{{id}}}}")], data=rows(server, *[0] * 9), parallel=3))
    for event in events:
        if isinstance(event, ev.RequestStarted):
            break
    time.sleep(0.5)
    assert sorted(arrived) == ["/0", "/1", "/2"]
    go_on.set()
    assert [e.cursor.iteration for e in events if isinstance(e, ev.IterationFinished)] == list(range(9))


def test_an_iteration_that_never_ends_fills_no_memory(runs: Runs) -> None:
    made: Counter[int] = Counter()
    release = threading.Event()

    def chatter(located: Located, cursor: Cursor, session: Session) -> Generator[ev.Event, None, Draft]:
        steps = run_item(located, cursor, session)
        yield next(steps)
        if cursor.iteration == 0:
            assert release.wait(20)
        else:
            for _ in range(50_000):
                made[cursor.iteration] += 1
                yield ev.ItemStarted(located, cursor)
        return (yield from steps)

    session = runs.session([item("r", "http://127.0.0.1:1/")], iterations=2, parallel=2)
    events = run(session, chatter)
    next(events)
    next(events)
    before = -1
    while made[1] != before:
        before = made[1]
        time.sleep(0.3)
    assert 0 < before < 10_000
    release.set()
    assert result_of(list(events)).iterations.total == 2
    assert made[1] == 50_000


# --- side by side ---


def test_as_many_as_wanted_and_no_more(runs: Runs, server: RecordingServer) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def respond(request: Received) -> Answer:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.1)
        with lock:
            now -= 1
        return Answer()

    server.respond = respond
    result = runs.result([item("r", server.url)], iterations=16, parallel=4)
    assert result.requests.total == 16
    assert most == 4


def test_quick_scripts_share_an_engine_and_slow_ones_do_not_wait_for_each_other(
    runs: Runs, server: RecordingServer
) -> None:
    assert runs.result([item("r", server.url, "pm.test('ok', () => {})")], iterations=12, parallel=6).passed
    assert len(runs.engines) < 3
    runs.engines.clear()
    began = time.monotonic()
    slow = "setTimeout(() => {}, 1500)"
    assert runs.result([item("r", server.url, slow)], iterations=4, parallel=4).passed
    assert time.monotonic() - began < 4 * 1.5
    assert 2 <= len(runs.engines) <= 4


def test_pauses_run_side_by_side_too(runs: Runs, server: RecordingServer) -> None:
    began = time.monotonic()
    assert runs.result([item("r", server.url)], iterations=6, parallel=6, delay_request=400).passed
    assert 0.4 <= time.monotonic() - began < 6 * 0.4


# --- isolation and the merged end ---


def test_every_iteration_starts_from_the_given_variables(runs: Runs, server: RecordingServer) -> None:
    before = """for (const scope of [pm.environment, pm.globals, pm.collectionVariables, pm.variables])
    scope.set("n", Number(scope.get("n") || 0) + 1);"""
    url = f"{server.url}/{{{{n}}}}"
    items = [item("r", url, 'pm.environment.set("seen", pm.environment.get("n"))', before)]
    environment = VariableSet("e", "E", (Variable("n", 10), Variable("kept", "k")))
    result = runs.result(items, given=Given(environment), iterations=5, parallel=3)
    assert {r.target for r in server.take()} == {"/12"}  # of the local variable, which begins as the environment's
    assert values(result.environment) == {"n": 11, "kept": "k", "seen": 11}
    assert values(result.globals) == {"n": 1}
    assert values(result.collection_variables) == {"n": 1}


def test_the_run_ends_with_all_changes_in_the_order_of_iterations(runs: Runs, server: RecordingServer) -> None:
    script = """const id = pm.iterationData.get("id");
pm.environment.set("last", id); pm.environment.set("only" + id, true);
if (id === 0) pm.environment.set("back", "changed");
if (id === 1) { pm.environment.unset("gone"); pm.environment.set("back", "given"); }"""
    environment = VariableSet("e", "E", (Variable("gone", 1), Variable("back", "given"), Variable("last", -1)))
    result = runs.result(
        [item("r", LATE_FIRST, script)], given=Given(environment), data=rows(server, 300, 100, 0), parallel=3
    )
    assert ids(server.take()) != []
    assert values(result.environment) == {"back": "given", "last": 2, "only0": True, "only1": True, "only2": True}


def test_data_rows_go_to_their_iterations_and_the_last_one_repeats(runs: Runs, server: RecordingServer) -> None:
    events = runs.events([item("r", LATE_FIRST)], data=rows(server, 120, 60, 0), iterations=5, parallel=5)
    sent = [e.exchange.request.url for e in events if isinstance(e, ev.ExchangeFinished)]
    assert [url.rpartition("=")[2] for url in sent] == ["0", "1", "2", "2", "2"]


def test_cookies_stay_in_their_iteration_and_are_merged_at_the_end(runs: Runs, server: RecordingServer) -> None:
    items = [
        item("set", "{{url}}/respond?delay={{delay}}&header=Set-Cookie:own={{id}}&header=Set-Cookie:c{{id}}=1"),
        item("send", "{{url}}/echo?id={{id}}"),
    ]
    session = runs.session(items, data=rows(server, 200, 100, 0, 0), parallel=4)
    session.jar = CookieJar()
    session.jar.set_from_response(server.url, ["given=yes", "own=before"])
    assert result_of(list(run(session))).passed
    sent = {ids([r])[0]: r.header("cookie") for r in server.take() if r.target.startswith("/echo")}
    assert sent == {str(n): f"given=yes; own={n}; c{n}=1" for n in range(4)}
    left = {cookie.name: cookie.value for cookie in session.jar.all()}
    assert left == {"given": "yes", "own": "3", "c0": "1", "c1": "1", "c2": "1", "c3": "1"}


def test_a_cookie_that_an_iteration_removes_is_gone(runs: Runs, server: RecordingServer) -> None:
    script = f"pm.cookies.jar().unset('{server.url}', 'given', () => {{}})"
    session = runs.session([item("r", server.url, script if n else "") for n in range(2)], iterations=2, parallel=2)
    session.jar.set_from_response(server.url, ["given=yes", "kept=yes"])
    assert result_of(list(run(session))).passed
    assert [cookie.name for cookie in session.jar.all()] == ["kept"]


def test_tokens_are_not_shared(runs: Runs, server: RecordingServer) -> None:
    tokens = iter(range(100))
    lock = threading.Lock()

    def respond(request: Received) -> Answer:
        if request.target != "/token":
            return Answer()
        with lock:
            body = f'{{"access_token": "t{next(tokens)}", "token_type": "Bearer", "expires_in": 3600}}'
        return Answer(200, body.encode(), (("Content-Type", "application/json"),))

    server.respond = respond
    params = {"grant_type": "client_credentials", "accessTokenUrl": f"{server.url}/token", "clientId": "i"}
    auth = {"type": "oauth2", "oauth2": [{"key": key, "value": value} for key, value in params.items()]}
    items = [item(name, f"{server.url}/{name}", auth=auth) for name in "ab"]
    assert runs.result(items, iterations=3, parallel=3).passed
    sent = Counter(r.header("authorization") for r in server.take() if r.target != "/token")
    assert sent == {"Bearer t0": 2, "Bearer t1": 2, "Bearer t2": 2}


# --- ends ---


@pytest.mark.parametrize("hang", ["http", "timer", "loop", "answer"])
def test_bail_breaks_off_what_comes_after_the_failure(runs: Runs, server: RecordingServer, hang: str) -> None:
    """Iteration 1 fails; 0 ends as usual, though later than that; what 2 and 3 wait for would take for ever."""
    how = {
        "http": "",
        "timer": "setTimeout(() => {}, 60000)",
        "loop": "while (true) {}",
        "answer": f"pm.sendRequest('{server.url}/respond?delay=60000', () => {{}})",
    }[hang]
    before = f"if (pm.info.iteration > 1) {{ {how} }}"
    url = "{{url}}/respond?delay={{delay}}&id={{id}}"
    delays = (1500, 700, 60000 if hang == "http" else 0, 60000 if hang == "http" else 0, 0)
    items = [item("r", url, "pm.test('two', () => pm.expect(pm.info.iteration).to.not.eql(1))", before)]
    began = time.monotonic()
    events = runs.events(items, data=rows(server, *delays), parallel=4, bail=True)
    assert time.monotonic() - began < 15
    result = result_of(events)
    assert [e.cursor.iteration for e in events if isinstance(e, ev.IterationStarted)] == [0, 1]
    assert (result.iterations.total, result.iterations.pending, result.items.pending) == (2, 0, 0)
    assert [failure.cursor.iteration for failure in result.failures if failure.kind == "assertion"] == [1]
    assert "4" not in ids(server.take())  # it was not started


def test_bail_ends_pauses(runs: Runs, server: RecordingServer) -> None:
    items = [item("a", "{{url}}/respond?status={{status}}", "pm.response.to.have.status(200)"), item("b", server.url)]
    data = [{"url": server.url, "status": status} for status in (404, 200, 200)]
    began = time.monotonic()
    events = runs.events(items, data=data, parallel=3, bail=True, delay_request=3000)
    assert time.monotonic() - began < 5.9  # and not as long as the pause before the second request
    assert result_of(events).iterations.total == 1
    assert len(server.take()) <= 3


def test_bail_on_errors_says_why_and_keeps_to_the_order(runs: Runs, server: RecordingServer) -> None:
    items = [item("r", LATE_FIRST, "if (pm.info.iteration > 0) throw new Error('no ' + pm.info.iteration)")]
    result = runs.result(items, data=rows(server, 400, 100, 0, 0), parallel=4, bail_on_error=True)
    assert result.iterations.total == 2
    assert result.error == "no 1"
    assert [failure.error.message for failure in result.failures] == ["no 1"]


def test_the_time_limit_ends_all_iterations(runs: Runs, server: RecordingServer) -> None:
    began = time.monotonic()
    result = runs.result([item("r", LATE_FIRST)], data=rows(server, 60000, 60000, 60000), parallel=2, timeout=700)
    assert 0.7 <= time.monotonic() - began < 10
    assert result.error is not None
    assert "--timeout" in result.error
    assert result.requests.total == len(server.take()) == 2


@pytest.mark.parametrize("script", ["", "while (true) {}", "setTimeout(() => {}, 60000)"])
def test_an_interrupt_ends_everything(runs: Runs, server: RecordingServer, script: str) -> None:
    before = f'pm.environment.set("i" + pm.info.iteration, 1); if (pm.info.iteration > 0) {{ {script} }}'
    late = item("late", "{{url}}/respond?delay={{delay}}&id={{id}}", "", script and before)
    session = runs.session(
        [item("r", "{{url}}/{{nowhere}}", 'pm.environment.set("i" + pm.info.iteration, 1)'), late],
        data=rows(server, 0, 60000, 60000, 60000),
        parallel=3,
    )
    events = run(session)
    for event in events:
        if isinstance(event, ev.ItemFinished) and event.result.cursor.iteration == 1:
            break
    began = time.monotonic()
    finished = events.throw(KeyboardInterrupt())
    assert time.monotonic() - began < 5
    assert isinstance(finished, ev.RunFinished)
    assert finished.result.interrupted
    assert finished.result.iterations.total == 1
    assert values(finished.result.environment) == {"i0": 1, "i1": 1}
    assert finished.result.unresolved == {"nowhere": "r"}
    with pytest.raises(StopIteration):
        next(events)


def _breaking(error: BaseException) -> ItemRunner:
    def broken(located: Located, cursor: Cursor, session: Session) -> Generator[ev.Event, None, Draft]:
        if cursor.iteration == 2:
            raise error
        return (yield from run_item(located, cursor, session))

    return broken


@pytest.mark.parametrize("error", [RuntimeError("a bug"), ScriptEngineError("no engine"), SystemExit(5)])
def test_what_a_thread_raises_comes_out_after_the_iterations_before_it(
    runs: Runs, server: RecordingServer, error: BaseException
) -> None:
    session = runs.session([item("r", LATE_FIRST)], data=rows(server, 300, 0, 0, 60000, 0, 0), parallel=4)
    events = run(session, _breaking(error))
    got: list[ev.Event] = []
    with pytest.raises(type(error)) as caught:
        got.extend(events)
    assert caught.value is error
    assert [e.cursor.iteration for e in got if isinstance(e, ev.IterationFinished)] == [0, 1]
    assert set(ids(server.take())) <= {"0", "1", "3"}


def test_a_stream_that_nobody_reads_to_its_end_is_tidied_up(runs: Runs, server: RecordingServer) -> None:
    events = run(runs.session([item("r", LATE_FIRST)], data=rows(server, 0, 60000, 60000), parallel=3))
    next(events)
    next(events)
    events.close()


def test_no_engine_is_left(runs: Runs, server: RecordingServer) -> None:
    session = runs.session([item("r", server.url, "setTimeout(() => {}, 700)")], iterations=4, parallel=4)
    assert result_of(list(run(session))).passed
    session.close()
    assert len(runs.engines) > 1
    for engine in runs.engines:
        with pytest.raises(ScriptEngineError, match="closed"):
            next(engine.run(*_any_script()))


def _any_script() -> tuple[Any, Any]:
    from runner.scripting.warmup import CONTEXT, SCRIPT

    return SCRIPT, CONTEXT


def test_one_iteration_needs_no_threads(runs: Runs, server: RecordingServer) -> None:
    seen: list[str] = []
    wrapped: Callable[..., Generator[ev.Event, None, Draft]] = run_item

    def noting(located: Located, cursor: Cursor, session: Session) -> Generator[ev.Event, None, Draft]:
        seen.append(threading.current_thread().name)
        return (yield from wrapped(located, cursor, session))

    for options in ({"parallel": 4}, {"parallel": 1, "iterations": 2}):
        assert result_of(list(run(runs.session([item("r", server.url)], **options), noting))).passed
    assert seen == ["MainThread"] * 3

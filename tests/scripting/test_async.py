"""Timers, promises, requests and cookies from scripts; no error in any of them is lost."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from runner.model.collection import Script
from runner.model.result import ErrorInfo
from runner.scripting.interface import RunRequest, SendRequest
from runner.scripting.v8 import V8Engine
from scripting.run import context, response, run

OK = {"api.test": response(b"hello", 201, [("Set-Cookie", "a=b")])}


def test_timers_run_in_order(engine: V8Engine) -> None:
    ran = run(
        engine,
        """setTimeout(() => console.log("late"), 20);
        setTimeout(() => console.log("early"), 5);
        let count = 0;
        const every = setInterval(() => { console.log("tick"); if (++count === 2) clearInterval(every); }, 2);
        setImmediate(() => console.log("immediate"));
        Promise.resolve().then(() => console.log("promise"));
        console.log("sync");
        clearTimeout(setTimeout(() => console.log("never"), 1));""",
    )
    assert ran.console[:2] == ["'sync'", "'promise'"]
    assert ran.console[2] == "'immediate'" or ran.console.index("'immediate'") < ran.console.index("'late'")
    assert [line for line in ran.console if line in ("'early'", "'late'")] == ["'early'", "'late'"]
    assert ran.console.count("'tick'") == 2
    assert "'never'" not in ran.console


def test_top_level_await(engine: V8Engine) -> None:
    ran = run(
        engine,
        """await new Promise((resolve) => setTimeout(resolve, 10));
        const answer = await pm.sendRequest("http://api.test/x");
        pm.test("after await", () => pm.expect(answer.code).to.equal(201));
        throw new Error("after everything");""",
        answers=OK,
    )
    assert ran.results == {"after await": None}
    assert ran.outcome.error is not None
    assert ran.outcome.error.message == "after everything"


def test_send_request_with_callback(engine: V8Engine) -> None:
    ran = run(
        engine,
        """pm.sendRequest({ url: "http://api.test/x", method: "PUT", header: { A: "b" },
            body: { mode: "raw", raw: "{}" } }, (error, answer) => {
            console.log(error, answer.code, answer.text(), answer.headers.get("set-cookie"));
        });""",
        answers=OK,
    )
    assert ran.console == ["null, 201, 'hello', 'a=b'"]
    (request,) = ran.requests
    assert (request["method"], request["header"], request["body"]["raw"]) == ("PUT", [{"key": "A", "value": "b"}], "{}")


def test_send_request_errors(engine: V8Engine) -> None:
    refused = {"down.test": ErrorInfo("Error", "connect ECONNREFUSED 127.0.0.1:1")}
    ran = run(
        engine,
        """pm.sendRequest("http://down.test", (error, answer) => console.log(error.message, answer));
        try { await pm.sendRequest("http://down.test"); } catch (error) { console.log("caught", error.message); }""",
        answers=refused,
    )
    assert sorted(ran.console) == [
        "'caught', 'connect ECONNREFUSED 127.0.0.1:1'",
        "'connect ECONNREFUSED 127.0.0.1:1', undefined",
    ]
    assert ran.errors == []


def test_files_are_not_uploaded_from_scripts(engine: V8Engine) -> None:
    ran = run(
        engine,
        """await pm.sendRequest({ url: "http://api.test", method: "POST", body: { mode: "formdata",
            formdata: [{ key: "f", type: "file", src: "/etc/passwd" }, { key: "t", value: "1", type: "text" }] } });
        const body = { mode: "file", file: { src: "/x" } };
        await pm.sendRequest({ url: "http://api.test", method: "POST", body });""",
        answers=OK,
    )
    assert [param["key"] for param in ran.requests[0]["body"]["formdata"]] == ["t"]
    assert ran.requests[1]["body"] is None
    assert ran.console == ["'uploading files from scripts is not allowed'"] * 2


def test_answers_may_come_from_another_thread_without_busy_waiting(engine: V8Engine) -> None:
    steps = engine.run(
        Script("test", "const r = await pm.sendRequest('http://x.test'); console.log(r.code)", "s"), context()
    )
    message = next(steps)
    assert isinstance(message, SendRequest)
    timer = threading.Timer(0.3, message.reply, (None, response(code=204)))
    timer.start()
    used = time.process_time()
    line = next(steps)
    assert time.process_time() - used < 0.15
    assert line.messages == ("204",)  # type: ignore[union-attr]
    with pytest.raises(StopIteration):
        next(steps)
    timer.join()


def test_large_answers(engine: V8Engine) -> None:
    body = b"x" * 1_000_000
    ran = run(
        engine,
        "console.log((await pm.sendRequest('http://big.test')).text().length)",
        answers={"big.test": response(body)},
    )
    assert ran.console == ["1000000"]


def test_cookie_jar(engine: V8Engine) -> None:
    store: dict[str, dict[str, Any]] = {}

    def cookies(method: str, args: Any) -> Any:
        if method == "putCookie":
            store[args[0]["key"]] = args[0]
            return None
        if method == "findCookie":
            return store.get(args[2])
        return list(store.values()) if method == "findCookies" else None

    ran = run(
        engine,
        """const jar = pm.cookies.jar();
        await jar.set("http://api.test/x", "name", "value");
        console.log(await jar.get("http://api.test/x", "name"));
        jar.getAll("http://api.test/x", (error, all) => console.log(error, all.count()));""",
        cookies=cookies,
    )
    assert ran.console == ["'value'", "null, 1"]
    assert [method for method, _ in ran.cookie_calls][:2] == ["findCookie", "putCookie"]
    assert store["name"]["domain"] == "api.test"


def test_run_request_runs_a_nested_script_and_takes_its_changes() -> None:
    engine = V8Engine()
    source = """const r = await pm.execution.runRequest("other", { variables: { v: 1 } });
        console.log(r.code, pm.environment.get("nested"));"""
    steps = engine.run(Script("prerequest", source, "s"), context(response=None, allow_run_request=True))
    message = next(steps)
    assert isinstance(message, RunRequest)
    assert (message.request_id, message.options) == ("other", {"variables": {"v": 1}})
    inner = run(engine, "pm.environment.set('nested', 'yes'); await new Promise((r) => setTimeout(r, 5))")
    assert inner.outcome.mutations[0].key == "nested"
    mutations = {"environment": [{"autoCompact": True, "stream": [], "compacted": {"nested": ["nested", "yes"]}}]}
    message.reply(None, response(code=202), mutations)
    line = next(steps)
    assert line.messages == ("202", "'yes'")  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value.mutations[0].value == "yes"
    engine.close()


def test_run_request_is_absent_unless_allowed(engine: V8Engine) -> None:
    assert run(engine, "console.log(typeof pm.execution.runRequest)").console == ["'undefined'"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("setTimeout(() => { throw new Error('in timer') }, 1)", "in timer"),
        ("setImmediate(() => { throw new Error('in immediate') })", "in immediate"),
        ("pm.sendRequest('http://api.test', () => { pm.expect(1).to.equal(2) })", "expected 1 to equal 2"),
        ("pm.sendRequest('http://api.test', async () => { throw new Error('async callback') })", "async callback"),
        ("pm.sendRequest('http://api.test').then(() => { throw new Error('in then') })", "in then"),
        ("pm.sendRequest('http://down.test')", "refused"),
        ("Promise.reject(new Error('rejected'))", "rejected"),
        ("new Promise((_, reject) => reject(new Error('by executor')))", "by executor"),
        ("new Promise(() => { throw new Error('thrown in executor') })", "thrown in executor"),
        ("(async () => { throw new Error('floating arrow') })()", "floating arrow"),
        ("async function f() { throw new Error('floating call') } f()", "floating call"),
        ("const f = async () => { await null; throw new Error('after await') }; f()", "after await"),
        ("const o = { async m() { throw new Error('method') } };\no.m();", "method"),
        ("class A { async m() { throw new Error('class method') } }\nnew A().m();", "class method"),
        ("Promise.all([1, Promise.reject(new Error('all'))])", "all"),
        ("Promise.resolve().then(() => null.x)", "Cannot read properties of null (reading 'x')"),
        ("queueMicrotask(() => { throw new Error('microtask') })", "microtask"),
        ("setTimeout(async () => { throw new Error('async timer') }, 1)", "async timer"),
        ("setTimeout(() => {}, 5); throw new Error('while a timer is pending')", "while a timer is pending"),
        ("Promise.reject('just text')", "just text"),
    ],
)
def test_no_asynchronous_error_is_lost(engine: V8Engine, source: str, message: str) -> None:
    answers = {**OK, "down.test": ErrorInfo("Error", "refused")}
    ran = run(engine, source, answers=answers)
    assert [error.message for error in ran.errors] == [message]
    assert ran.outcome.error is None


@pytest.mark.parametrize(
    "source",
    [
        "Promise.reject(new Error('x')).catch(() => {})",
        "const p = Promise.reject(new Error('x')); try { await p } catch (e) {}",
        "async function f() { throw new Error('x') } try { await f() } catch (e) {}",
        "const f = async () => { throw new Error('x') }; f().catch(() => {})",
        "await Promise.allSettled([Promise.reject(new Error('x'))])",
        "const o = { async m() { throw new Error('x') } }; o.m().catch(() => {})",
        "try { await Promise.all([Promise.reject(new Error('x'))]) } catch (e) {}",
        "await Promise.race([1, Promise.reject(new Error('x'))])",
        "await (async () => { try { return await Promise.reject(new Error('x')) } catch (e) {} })()",
        "const p = new Promise((_, no) => setTimeout(no, 9)); setTimeout(() => p.catch(() => {}), 0)",
    ],
)
def test_handled_rejections_are_no_errors(engine: V8Engine, source: str) -> None:
    ran = run(engine, source)
    assert ran.errors == []
    assert ran.outcome.error is None


def test_async_tests_are_awaited_and_reported_in_order(engine: V8Engine) -> None:
    ran = run(
        engine,
        """pm.test("rejects", async () => { await new Promise((r) => setTimeout(r, 5)); pm.expect(1).to.equal(2); });
        pm.test("resolves", async () => { await null; });
        pm.test("plain", () => {});
        pm.test("promise", () => Promise.reject(new TypeError("no")));
        pm.test("sends", async () => pm.expect((await pm.sendRequest("http://api.test")).code).to.equal(201));""",
        answers=OK,
    )
    assert list(ran.results.items()) == [
        ("rejects", "expected 1 to equal 2"),
        ("resolves", None),
        ("plain", None),
        ("promise", "no"),
        ("sends", None),
    ]
    assert [test.is_async for test in ran.assertions] == [True, True, False, True, True]
    assert ran.errors == []


def test_tests_with_a_callback(engine: V8Engine) -> None:
    ran = run(
        engine,
        """pm.test("called", (done) => setTimeout(done, 2));
        pm.test("with an error", (done) => setTimeout(() => done(new Error("no")), 2));
        pm.test("never called", (done) => {});
        pm.test("throws", (done) => { throw new Error("at once") });
        pm.test("async with callback", async (done) => { throw new Error("rejected") });""",
    )
    assert ran.results == {
        "called": None,
        "with an error": "no",
        "never called": "The test never called its callback.",
        "throws": "at once",
        "async with callback": "rejected",
    }


def test_promises_that_never_settle_end_the_script(engine: V8Engine) -> None:
    ran = run(engine, "pm.test('waits', () => new Promise(() => {})); console.log('on')", timeout=None)
    assert ran.results == {"waits": "The test waits for a promise that is never settled."}
    assert ran.console == ["'on'"]
    stuck = run(engine, "await new Promise(() => {})", timeout=None)
    assert stuck.outcome.error == ErrorInfo("Error", "The script waits for a promise that is never settled.")


def test_wrapped_functions_keep_their_names_and_this(engine: V8Engine) -> None:
    ran = run(
        engine,
        """const arrow = async () => {};
        const o = { key: async function () { return this === o; }, async method() { return this === o; } };
        async function declared(a, b) { return arguments.length; }
        console.log(arrow.name, o.key.name, declared.name, declared.length);
        console.log(await o.key(), await o.method(), await declared(1, 2, 3));
        { async function inBlock() { return 1; } console.log(await inBlock()); }
        for await (const x of (async function* () { yield 1; })()) console.log(x);""",
    )
    assert ran.console == ["'arrow', 'key', 'declared', 2", "true, true, 3", "1", "1"]


def test_leaving_a_script_early_does_not_disturb_the_next(engine: V8Engine) -> None:
    steps = engine.run(
        Script("test", "setTimeout(() => { orphan = 1 }, 1); await pm.sendRequest('http://x.test')", "s"), context()
    )
    assert isinstance(next(steps), SendRequest)
    steps.close()
    ran = run(engine, "await new Promise((r) => setTimeout(r, 10)); console.log(typeof orphan)")
    assert ran.console == ["'undefined'"]

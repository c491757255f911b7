"""Scripts that loop, eat memory or try to get out: contained, reported, and the next script works."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import ScriptEngineError
from runner.scripting.assets import bundle
from runner.scripting.v8 import PublicIsolate, V8Engine, open_isolate
from scripting.run import response, run

MB = 1024 * 1024


@pytest.fixture
def engine() -> Iterator[V8Engine]:
    started = V8Engine(memory_limit=128 * MB)
    yield started
    started.close()


def works(engine: V8Engine) -> None:
    assert run(engine, "pm.test('next', () => {})").results == {"next": None}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("console.log('before'); while (true) {}", "synchronous"),
        ("console.log('before'); setTimeout(() => { for (;;); }, 1)", "asynchronous"),
        ("console.log('before'); await null; while (true) {}", "asynchronous"),
        (
            "console.log('before'); Promise.resolve().then(function again() { return Promise.resolve().then(again) })",
            "asynchronous",
        ),
        ("console.log('before'); /(a+)+$/.test('a'.repeat(40) + 'b')", "synchronous"),
        ("console.log('before'); setTimeout(() => {}, 60000)", "asynchronous"),
        ("console.log('before'); setInterval(() => {}, 1)", "asynchronous"),
    ],
)
def test_time_limit(engine: V8Engine, source: str, kind: str) -> None:
    works(engine)
    started = time.monotonic()
    ran = run(engine, source, timeout=200)
    took = time.monotonic() - started
    assert ran.outcome.stopped
    assert ran.outcome.error is not None
    assert ran.outcome.error.message == f"sandbox: {kind} script execution timeout"
    assert 0.19 < took < 3
    works(engine)


def test_what_a_script_did_before_it_was_stopped_is_kept(engine: V8Engine) -> None:
    ran = run(engine, "console.log('before'); pm.test('t', () => {}); while (true) {}", timeout=200)
    assert ran.console == ["'before'"]
    assert ran.results == {"t": None}


@pytest.mark.parametrize(
    "source",
    [
        "const all = []; for (;;) all.push(new Array(1000).fill(Math.random()))",
        "await null; const all = []; for (;;) all.push(new Array(1000).fill(Math.random()))",
        "let text = 'x'; const all = []; for (;;) { all.push([...text.repeat(1000)].map((c, i) => c + i)) }",
        "const all = []; for (;;) all.push(new Uint8Array(8e6).fill(1))",
    ],
)
def test_memory_limit(engine: V8Engine, source: str) -> None:
    works(engine)
    ran = run(engine, source, timeout=60_000)
    assert ran.outcome.error is not None
    assert ran.outcome.error.name == "RangeError"
    assert ran.outcome.stopped
    works(engine)


@pytest.mark.skipif(sys.platform == "win32", reason="V8 ends the process there")
@pytest.mark.parametrize(
    ("source", "stopped"),
    [
        ("'x'.repeat(2 ** 28).split('')", False),
        pytest.param("'x,'.repeat(2 ** 27).split(',')", False, marks=pytest.mark.slow),
        pytest.param("await null; 'x'.repeat(2 ** 28).split('')", False, marks=pytest.mark.slow),
        pytest.param("new Array(2 ** 32 - 2).fill(0).join()", True, marks=pytest.mark.slow),
        ("JSON.stringify(new Array(2 ** 27).fill('xxxxxxxx'))", True),
    ],
)
def test_builtins_that_have_v8_give_up_or_that_cannot_be_interrupted(
    engine: V8Engine, source: str, stopped: bool
) -> None:
    works(engine)
    started = time.monotonic()
    ran = run(engine, source, timeout=1000 if stopped else 20_000)
    assert ran.outcome.error is not None
    assert ran.outcome.stopped
    assert ("timeout" in ran.outcome.error.message) is stopped
    assert stopped or ran.outcome.error.message == "The script needed more than 128 MB of memory."
    works(engine)
    assert time.monotonic() - started < 10


def test_recursion(engine: V8Engine) -> None:
    ran = run(engine, "function f() { f() }\nf()")
    assert ran.outcome.error is not None
    assert ran.outcome.error.message == "Maximum call stack size exceeded"
    works(engine)


def test_errors_have_a_name_a_message_and_lines(engine: V8Engine) -> None:
    ran = run(engine, "const a = 1;\nfunction inner() {\n  missing();\n}\ninner();")
    error = ran.outcome.error
    assert error is not None
    assert (error.name, error.message) == ("ReferenceError", "missing is not defined")
    assert error.stack == "at inner (script:3:3)\nat script:5:1"


def test_failed_comparisons_say_what_they_compared(engine: V8Engine) -> None:
    ran = run(
        engine,
        """pm.test("object", () => pm.expect({a: [1, "é"]}).to.eql({a: [2]}));
        pm.test("status", () => pm.response.to.have.status(201));
        pm.test("undefined", () => pm.expect(undefined).to.eql("x"));
        pm.test("nothing", () => pm.expect({}).to.have.property("b"));
        pm.test("circular", () => { const a = {}; a.a = a; pm.expect(a).to.eql({}); });
        pm.test("huge", () => pm.expect("x".repeat(200000)).to.eql("y"));
        pm.test("node", () => require("assert").strictEqual(1, 2));
        pm.test("getter", () => { throw {showDiff: true, get expected() { throw 1 }} });""",
    )
    found = {test.name: dict(test.error.details) for test in ran.assertions if test.error is not None}
    assert found == {
        "object": {"expected": '{"a":[2]}', "actual": '{"a":[1,"é"]}'},
        "status": {"expected": "201", "actual": "200"},
        "undefined": {"expected": '"x"'},
        "nothing": {},
        "circular": {},
        "huge": {"expected": '"y"'},
        "node": {"expected": "2", "actual": "1"},
        "getter": {},
    }


def test_syntax_errors_have_a_line(engine: V8Engine) -> None:
    error = run(engine, "const a = 1;\nfoo bar;\n").outcome.error
    assert error is not None
    assert (error.name, error.message, error.stack) == ("SyntaxError", "Unexpected identifier 'bar'", "at script:2:5")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("throw 'text'", "text"),
        ("throw { a: 1 }", '{"a":1}'),
        ("const e = new Error(); e.message = { a: 1 }; throw e", '{"a":1}'),
        ("const e = new Error(); e.message = null; throw e", "null"),
        ("throw null", "The script threw null."),
        ("throw ''", "The script threw an empty text."),
        ("await Promise.reject()", "The script threw undefined."),
        ("throw 0", "The script threw 0."),
    ],
)
def test_whatever_is_thrown(engine: V8Engine, source: str, message: str) -> None:
    error = run(engine, source).outcome.error
    assert error is not None
    assert error.message == message


@pytest.mark.parametrize(
    "name",
    [
        "process", "globalThis", "global", "window", "self", "WebAssembly", "fetch", "XMLHttpRequest", "WebSocket",
        "bridge", "WeakRef", "FinalizationRegistry", "navigator", "performance", "Worker", "importScripts", "module",
    ],
)  # fmt: skip
def test_the_outside_is_not_reachable(engine: V8Engine, name: str) -> None:
    source = f"""const G = Function("return this")();
    console.log(typeof {name}, typeof G.{name}, (() => {{}}).constructor("return typeof {name}")());"""
    assert run(engine, source).console == ["'undefined', 'undefined', 'undefined'"]


def test_nothing_of_the_host_can_be_called(engine: V8Engine) -> None:
    ran = run(
        engine,
        """const G = Function("return this")();
        const known = new Set(["require", "console", "eval"]);
        const all = Object.getOwnPropertyNames(G).filter((k) => typeof G[k] === "function" && /^[a-z_$]/.test(k));
        console.log(all.sort().join(" "));
        for (const f of [require, setTimeout, console.log, pm.test, pm.sendRequest, atob, queueMicrotask, Promise]) {
            const made = f.constructor("return typeof process + typeof require('fs').readFileSync + typeof bridge")();
            if (made !== "undefinedundefinedundefined") console.log(f.name, made);
        }
        try { await import("fs") } catch (error) { console.log(error.message) }
        try { require("child_process") } catch (error) { console.log(error.message) }""",
    )
    assert ran.console == [
        "'atob btoa decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval isFinite isNaN parseFloat "
        "parseInt queueMicrotask require structuredClone unescape'",
        "'Not supported'",
        "\"Cannot find module 'child_process'\"",
    ]


def test_tampering_with_builtins_ends_with_the_script_at_worst(engine: V8Engine) -> None:
    run(
        engine,
        "JSON.stringify = JSON.parse = () => { throw 1 }; Array.prototype.push = Map.prototype.get = null",
    )
    ran = run(engine, "console.log('still here')")
    assert ran.console == ["'still here'"] or "broke the sandbox" in str(ran.outcome.error)
    works(engine)


def test_closed_engines_say_so() -> None:
    engine = V8Engine()
    works(engine)
    engine.close()
    with pytest.raises(ScriptEngineError, match="closed"):
        run(engine, "1")


def test_missing_bundle_is_one_plain_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from runner.scripting import assets

    monkeypatch.setattr(assets, "BUILT", tmp_path)
    engine = V8Engine()
    engine.start()
    with pytest.raises(ScriptEngineError, match="script bundle is missing"):
        run(engine, "1")
    engine.close()


def test_isolates_count_their_memory() -> None:
    isolate = open_isolate(bundle())
    assert isolate.call("") == "-1\n[]"
    assert isolate.heap()["used_heap_size"] > MB
    isolate.collect()
    isolate.close()
    isolate.close()


@pytest.mark.slow
def test_the_public_interface_is_enough() -> None:
    """The fallback behaves alike; in a process of its own, because V8 can be initialised only once."""
    code = f"""
import runner.scripting.v8 as v8
from scripting.run import run, response
v8.open_isolate = v8.{PublicIsolate.__name__}
engine = v8.V8Engine(memory_limit=128 * 1024 * 1024)
ran = run(engine, "pm.test('t', () => pm.response.to.have.status(200)); console.log(pm.response.text().length)",
    response=response(b'x' * 50000))
assert ran.results == {{'t': None}} and ran.console == ['50000'], ran
for loop in ('while (true) {{}}', 'await null; while (true) {{}}'):
    assert run(engine, loop, timeout=200).outcome.stopped
    assert run(engine, "pm.test('t', () => {{}})").results == {{'t': None}}
error = run(engine, "const a = []; for (;;) a.push(new Array(1000).fill(1))", timeout=60000).outcome.error
assert error.name == 'RangeError', error
assert run(engine, "pm.test('t', () => {{}})").results == {{'t': None}}
engine.close()
print("fine")
"""
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert done.stdout.strip() == "fine", done.stderr


def test_a_body_that_is_longer_than_a_string_can_be(engine: V8Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """At V8's own limit of 536 MB this is what keeps the process alive; here the limit is a smaller one."""
    from runner.scripting import body_text

    monkeypatch.setattr(body_text, "MAX_TEXT", 20_000)
    source = "pm.test('status', () => pm.response.to.have.status(200)); console.log(pm.response.text().length)"
    for body in (b"x" * 50_000, "ü".encode() * 50_000):
        assert body_text.encoded_text(body) is None
        ran = run(engine, source, response=response(body))
        assert ran.results == {"status": None}
        assert ran.console == ["50000"]

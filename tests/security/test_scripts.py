"""Scripts that attack: each is contained, what became of it is said of its own item, and the next item runs.

The attacks of a group are the items of one run. After each comes an item whose script must pass.
"""

# ruff: noqa: E501  # a table of cases
from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import runner
from support.marks import slow
from support.server import RecordingServer

from .command import Json, collection, execute, item

SECRET = "HTRUN_TEST_CANARY"
TIMEOUT = 700  #: ms for each script
NEXT = """pm.test("next", () => {
    pm.expect([1, 2].map((n) => n + 1)).to.eql([2, 3]);
    pm.expect(JSON.parse('{"a": [1]}')).to.eql({ a: [1] });
    pm.expect(({}).polluted).to.equal(undefined);
    pm.expect(typeof pm.environment.get("x")).to.equal("undefined");
    pm.response.to.have.status(200);
});"""


@dataclass(frozen=True)
class Attack:
    """A script, and what it must lead to.

    Attributes:
        fails: part of the message of its failure; None: it does no harm, and its item passes.
    """

    name: str
    script: str
    fails: str | None = None
    listen: str = "test"


TIME, MEMORY = "script execution timeout", "of memory"
ANY = ""

_DERIVE = (
    "const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);"
    "await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), %s)"
)
LOOPS = [
    Attack("loop", "while (true) {}", TIME),
    Attack("loop-in-timer", "setTimeout(() => { for (;;); }, 1)", TIME),
    Attack("promises-for-ever", "(function again() { return Promise.resolve().then(again) })()", TIME),
    Attack("timers-for-ever", "setInterval(() => {}, 1)", TIME),
    Attack("many-timers", "for (let i = 0; i < 1e5; i++) setInterval(() => {}, 1)", TIME),
    Attack("regular-expression", "/(a+)+$/.test('a'.repeat(40) + 'b')", TIME),
    Attack("to-json-loops", "pm.environment.set('x', { toJSON() { for (;;); } })", TIME),
    Attack("to-string-loops", "pm.environment.set({ toString() { for (;;); } }, 1)", TIME),
    Attack("proxy-loops", "console.log(new Proxy({}, { get() { for (;;); }, ownKeys() { for (;;); } }))", TIME),
    Attack("prepare-stack-trace", "Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')", "x"),
    Attack("atomics-wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)", ANY),
    Attack("message-getter", "throw { get message() { for (;;); } }", TIME),
    Attack(
        "schema-pattern",
        "pm.test('s', () => pm.expect('a'.repeat(40) + 'b').to.be.jsonSchema({ pattern: '^(a+)+$' }))",
        TIME,
    ),
    Attack("builtin-without-end", "new Array(2 ** 32 - 2).fill(0).join()", TIME),
    Attack("derived-key", _DERIVE % "iterations: 2 ** 31 - 1 }, key, 512", "more than 4000000 iterations"),
    Attack("derived-key-for-ever", _DERIVE % "iterations: 2 ** 70 }, key, 512", "more than 4000000 iterations"),
    Attack("long-derived-key", _DERIVE % "iterations: 1 }, key, 2 ** 45", "too long"),
    Attack("long-key", "await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-1', length: 2 ** 50 }, true, ['sign'])", "too long"),
    Attack("thenable", "await { then(done) { done({ then() { for (;;); } }) } }", TIME),
    Attack("thenable-without-end", "await { then() {} }", "never settled"),
    Attack("stack-getter", "const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { for (;;); } }); throw e", TIME),
    Attack("immediates-for-ever", "(function again() { setImmediate(again); setImmediate(again) })()", TIME),
    Attack("microtasks-for-ever", "(function again() { queueMicrotask(again) })()", TIME),
    Attack("requests-for-ever", "(function again() { pm.sendRequest(pm.variables.get('server'), () => { again(); again() }) })()", TIME),
    Attack("requests-one-by-one", "for (;;) await pm.sendRequest(pm.variables.get('server'))", TIME),
    Attack("tests-that-loop", "tests = new Proxy({}, { ownKeys() { for (;;); } })"),
    Attack("before-the-request", "for (;;);", TIME, "prerequest"),
]
#: time or memory: which of them ends first depends on the machine
MEMORIES = [
    Attack("array", "const all = []; for (;;) all.push(new Array(1000).fill(Math.random()))", ANY),
    Attack("array-buffers", "const all = []; for (;;) all.push(new Uint8Array(8e6).fill(1))", ANY),
    Attack("split", "'x'.repeat(2 ** 28).split('')", MEMORY),
    Attack("doubled-text", "let text = 'x'; for (;;) text += text", "Invalid string length"),
    Attack("text-in-console", "console.log('x'.repeat(2 ** 28))", ANY),
    Attack("text-in-variable", "pm.environment.set('x', 'x'.repeat(2 ** 29 - 30))", ANY),
    Attack("huge-buffer", "new ArrayBuffer(8 * 2 ** 30)", "allocation failed"),
    Attack("huge-shared-buffer", "new SharedArrayBuffer(2 ** 45)", ANY),
    Attack("huge-node-buffer", "Buffer.alloc(2 ** 40)", "invalid"),
    Attack("recursion", "(function again() { again() })()", "call stack"),
    Attack("deep-source", "eval('['.repeat(1e6) + ']'.repeat(1e6))", "call stack"),
    Attack("deep-expression", "new RegExp('('.repeat(1e6) + ')'.repeat(1e6))", ANY),
    Attack("many-listeners", "for (;;) setTimeout(() => {}, 1)", ANY),
    Attack("console-for-ever", "for (;;) console.log('x'.repeat(1e6))", ANY),
    Attack("tests-for-ever", "for (;;) pm.test('x', () => {})", ANY),
    Attack("normalised", "'\\u0958'.repeat(1e8).normalize('NFD')", ANY),
    Attack("compared-texts", "pm.test('x', () => pm.expect('x'.repeat(1e8)).to.equal('y'.repeat(1e8)))", ANY),
    Attack("error-of-a-gigabyte", "throw new Error('z'.repeat(2 ** 28))", ANY),
    Attack("name-of-a-check", "pm.test('x'.repeat(5e7), () => {})", ANY),
    Attack("decoded", "atob('xxxx'.repeat(5e7))", ANY),
    Attack("big-integer", "let n = 3n; for (;;) n *= n", ANY),
]
#: they must find nothing: what they find becomes the message of an error
ESCAPES = [
    Attack(
        "constructor-chain",
        "const p = this.constructor.constructor('return typeof process + typeof globalThis.process')(); if (p !== 'undefinedundefined') throw new Error(p)",
        ANY,
    ),
    Attack("function", "if (Function('return typeof process')() !== 'undefined') throw new Error('out')"),
    Attack(
        "indirect-eval",
        "if ((0, eval)('typeof process + typeof bridge') !== 'undefinedundefined') throw new Error('out')",
    ),
    Attack(
        "generator-function",
        "const f = Object.getPrototypeOf(function* () {}).constructor('return typeof process')().next().value; if (f !== 'undefined') throw new Error(f)",
    ),
    Attack(
        "import",
        "try { await import('fs'); throw new Error('out') } catch (error) { if (error.message === 'out') throw error }",
    ),
    Attack("import-url", "await import('data:text/javascript,export default 1')", "Not supported"),
    *(
        Attack(f"require-{name}", f"require('{name}')", "Cannot find module")
        for name in (
            "child_process",
            "net",
            "vm",
            "worker_threads",
            "http",
            "node:fs",
            "module",
            "inspector",
            "../../etc/passwd",
            "__proto__",
            "constructor",
        )
    ),
    Attack("require-fs", "require('fs').readFileSync('/etc/passwd')", "not a function"),
    Attack(
        "environment",
        f"const all = JSON.stringify([typeof process, Object.getOwnPropertyNames(Function('return this')()), pm.environment.toObject(), pm.globals.toObject()]); if (all.includes('{SECRET}')) throw new Error('out')",
    ),
    Attack(
        "prepare-stack-trace-sites",
        "Error.prepareStackTrace = (e, sites) => sites.map((site) => site.getFunction()); "
        "const all = new Error('x').stack; if (Array.isArray(all)) for (const f of all) "
        "if (f && (await f.constructor('return typeof process')()) !== 'undefined') throw new Error('out')",
    ),
    Attack(
        "stack-paths",
        "const text = new Error('x').stack; if (/\\/(home|usr|work|tmp|root)\\/|[A-Z]:\\\\|\\.py/.test(text)) throw new Error(text)",
    ),
    Attack(
        "caller",
        "function f() { return f.caller } const made = f() && f().constructor('return typeof process'); "
        "if (made && (await made()) !== 'undefined') throw new Error('out')",
    ),
    Attack("web-assembly", "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))", "not defined"),
    Attack("bridge", "bridge.dispatch('execution.result.1', null, {})", "of undefined"),
    Attack(
        "internal-dispatch",
        "for (const v of [pm, console, setTimeout, require]) for (const k of Reflect.ownKeys(v)) { const d = Object.getOwnPropertyDescriptor(v, k); if (d.value && d.value.dispatch) throw new Error('out') }",
    ),
    Attack("watch", "$htrunWatch = 1", ANY),
    Attack(
        "watch-called",
        "try { $htrunWatch.constructor.constructor('return process')() } catch (error) { if (!/process is not defined|not defined/.test(error.message)) throw error }",
    ),
]
POLLUTION = [
    Attack("object", "Object.prototype.polluted = 1"),
    Attack("to-json", "Object.prototype.toJSON = () => ({ polluted: 1 })"),
    Attack("then", "Object.prototype.then = function (resolve) { resolve('x') }"),
    Attack(
        "get-set",
        "Object.defineProperty(Object.prototype, 'value', { get() { return 'x' }, set() {}, configurable: true })",
    ),
    Attack("array-methods", "Array.prototype.map = Array.prototype.push = Array.prototype.filter = () => []"),
    Attack("json", "JSON.parse = JSON.stringify = () => '{}'"),
    Attack("date", "Date.now = () => NaN"),
    Attack("regexp", "RegExp.prototype.exec = () => null; RegExp.prototype.test = () => true"),
    Attack("promise", "Promise = Promise.prototype.then = null"),
    Attack("string", "String.prototype.slice = String.prototype.split = String.prototype.indexOf = () => 'x'"),
    Attack("symbol-iterator", "Array.prototype[Symbol.iterator] = function* () {}"),
    Attack("function-call", "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => {}"),
    Attack("reflect", "Reflect.apply = Object.keys = Object.create = Object.defineProperty = () => ({})"),
    Attack("expect", "pm.expect = () => ({}); pm.test = () => {}; pm.response = null"),
    Attack("chai", "pm.expect(1).constructor.prototype.equal = function () { return this }"),
    Attack("frozen", "Object.freeze(Object.prototype); Object.freeze(Array.prototype)"),
    Attack(
        "globals",
        "for (const k of Object.getOwnPropertyNames(Function('return this')())) try { delete Function('return this')()[k] } catch {}",
    ),
]
#: what is handed to the host is no JSON that it knows
MESSAGES = [
    Attack(
        "proto-key",
        """pm.environment.set('a', JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'))""",
    ),
    Attack(
        "proto-name",
        "pm.environment.set('__proto__', 'x'); pm.globals.set('constructor', 'x'); pm.variables.set('hasOwnProperty', 'x')",
        ANY,
    ),
    Attack("surrogates", "pm.environment.set('a', '\\ud800'); console.log('\\udfff'); pm.test('\\ud83d', () => {})"),
    Attack("cycle", "const a = {}; a.a = a; pm.environment.set('a', a)", ANY),
    Attack("getter-throws", "pm.environment.set('a', { get b() { throw new Error('mine') } })", ANY),
    Attack("proxy-that-throws", "pm.environment.set('a', new Proxy({}, { ownKeys() { throw new Error('mine') } }))", ANY),
    Attack("rejected-proxy", "Promise.reject(new Proxy(new Error('x'), { get() { throw new Error('y') } }))", ANY),
    Attack("species", "class A extends Array { static get [Symbol.species]() { throw new Error('mine') } } console.log(A.from([1]).map((x) => x))", "mine"),
    Attack("calls-itself", "await pm.execution.runRequest('calls-itself')", "maximum depth"),
    Attack("schema-of-a-file", "pm.test('x', () => pm.expect({}).to.be.jsonSchema({ $ref: 'file:///etc/passwd' }))", "can't resolve"),
    Attack("schema-of-itself", "pm.test('x', () => pm.expect({}).to.be.jsonSchema({ allOf: [{ $ref: '#' }] }))", "call stack"),
    Attack("schema-that-is-code", "pm.test('x', () => pm.expect({}).to.be.jsonSchema({ properties: { '\"]}); throw new Error(1) //': { type: 'string' } } }))"),
    Attack("template-of-lodash", "if (_.template('<%= constructor.constructor(\"return typeof process\")() %>')() !== 'undefined') throw new Error('out')"),
    Attack("xml-of-prototypes", "xml2Json('<__proto__><polluted>1</polluted></__proto__>'); if ({}.polluted) throw new Error('out')"),
    Attack("xml-entities", "xml2Json('<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><a>&a;</a>')"),
    Attack("request-taken-apart", "pm.request.headers.add({ key: 'a', value: {} }); pm.request.url.host = { a: 1 }; pm.request.method = {}; pm.request.body = { mode: 'x', x: 1 }", ANY, "prerequest"),
    Attack("response-taken-away", "pm.response.stream = null; pm.response.headers = null; pm.response = responseBody = null"),
    Attack("thrown-proxy", "throw new Proxy({}, { get() { throw new Error('x') } })", ANY),
    Attack("thrown-nothing", "throw Object.create(null)", ANY),
    Attack("name-no-text", "pm.test({ toString() { throw new Error('x') } }, () => {})", ANY),
    Attack("name-symbol", "pm.test(Symbol('x'), () => {})", ANY),
    Attack(
        "send-odd",
        "pm.sendRequest({ url: { host: 5, path: [{}] }, header: 'x', body: { mode: 'file', file: { src: '/etc/passwd' } } }, () => {})",
        ANY,
    ),
    Attack(
        "send-file-url",
        "pm.sendRequest('file:///etc/passwd', (error, response) => { if (response) throw new Error('out') })",
        ANY,
    ),
    Attack(
        "send-crlf",
        "pm.sendRequest({ url: '{{server}}/echo', header: { 'X-A': 'a\\r\\nX-Evil: 1' } }, (error, response) => { if (response && /Evil/.test(response.text())) throw new Error('out') })",
    ),
    Attack(
        "cookies-of-others",
        "pm.cookies.jar().getAll('https://other.example', (error, cookies) => { if (cookies && cookies.length) throw new Error('out') })",
        ANY,
    ),
    Attack("vault", "pm.vault.get('x').then((v) => { if (v) throw new Error('out') }, () => {})"),
    Attack(
        "visualizer",
        "pm.visualizer.set('<script>parent.document</script>{{x}}', { x: { toString() { throw 1 } } })",
        None,
    ),
    Attack(
        "request-changed",
        "pm.request.url = { toJSON() { throw new Error('x') }, toString() { return 5 } }",
        "x",
        "prerequest",
    ),
    Attack(
        "console-bombs",
        "console.log(new Proxy(function () {}, {}), Object.create(null), new Date(NaN), -0, 1n, Symbol(), [,,], new Map([[{}, new Set([NaN])]]))",
    ),
    Attack("end-of-script-forged", 'console.log(\'\\n[["result","1",null,{}]]\'); pm.test(\']],["result"\', () => {})'),
    Attack("timer-after-end", "setTimeout(() => pm.test('late', () => {}), 1)"),
]
GROUPS = {"loops": LOOPS, "memory": MEMORIES, "escapes": ESCAPES, "messages": MESSAGES}


def test_there_are_enough_of_them() -> None:
    names = [attack.name for group in (*GROUPS.values(), POLLUTION) for attack in group]
    assert len(set(names)) == len(names) >= 80


@pytest.mark.skipif(sys.platform == "win32", reason="some of them have V8 give up, which ends the process there")
@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize(
    "group", [pytest.param(name, marks=[pytest.mark.slow] if name in ("loops", "memory") else []) for name in GROUPS]
)
def test_attacks(tmp_path: Path, server: RecordingServer, group: str, part: int) -> None:
    attacks = GROUPS[group][part::2]
    items: list[Json] = []
    for attack in attacks:
        items.append(item(attack.name, server.url, **{attack.listen: attack.script}))
        items.append(item(f"after {attack.name}", server.url, NEXT))
    given = collection(*items, variable=[{"key": "server", "value": server.url}])
    ran = execute(tmp_path, given, "--timeout-script", str(TIMEOUT), env={SECRET: "canary-value"}, limit=120)
    wrong: dict[str, object] = {}
    for attack in attacks:
        failures = ran.failures(attack.name)
        fits = not failures if attack.fails is None else attack.fails in " ".join(failures)
        if not fits:
            wrong[attack.name] = failures
        after = [one for one in ran.report["executions"] if one["item"]["name"] == f"after {attack.name}"]
        if ran.failures(f"after {attack.name}") or not after or not after[0].get("assertions"):
            wrong[f"after {attack.name}"] = ran.failures(f"after {attack.name}") or "did not run"
    assert wrong == {}
    assert "canary-value" not in ran.out + ran.err
    assert ran.code == (1 if ran.report["failures"] else 0)
    assert ran.seconds < len(attacks) * (TIMEOUT / 1000 + 2) + 5


@pytest.mark.parametrize("part", [0, *slow(1, 2)])
def test_what_a_script_does_to_builtins_ends_with_its_run(tmp_path: Path, server: RecordingServer, part: int) -> None:
    """Later scripts of the same collection see it, as in Newman: they have the same author. The next run does not."""
    names: list[str] = []
    for attack in POLLUTION[part::3]:
        for name, script in ((attack.name, attack.script), (f"after {attack.name}", NEXT)):
            names.append(f"{name}.json")
            given = collection(item(name, server.url, script), item(f"{name} 2", server.url, "pm.test('x', () => {})"))
            (tmp_path / names[-1]).write_text(json.dumps(given))
    ran = execute(tmp_path, names[0], *names[1:], "--timeout-script", str(TIMEOUT), limit=120)
    for attack in POLLUTION[part::3]:
        after = f"after {attack.name}"
        assert ran.failures(after) == [], attack.name
        assert ran.execution(after)["assertions"], attack.name
        assert ran.execution(f"{attack.name} 2")  # whatever the sandbox makes of it, the run goes on
    assert ran.code in (0, 1)


def test_runs_in_one_process_do_not_see_each_other(server: RecordingServer) -> None:
    for attack in POLLUTION:
        runner.run(collection(item("a", server.url, attack.script)), timeout_script=TIMEOUT)
    result = runner.run(collection(item("b", server.url, NEXT)))
    assert result.passed
    assert result.assertions


def test_what_scripts_are_rewritten_with_cannot_be_replaced(tmp_path: Path, server: RecordingServer) -> None:
    """Async functions of later scripts go through it."""
    replaced = "try { $htrunWatch = null } catch { } Proxy = null; Object.prototype.apply = () => { throw new Error('trap') }"
    asynchronous = "const f = async () => 5; f().then((five) => pm.test(`got ${five}`, () => {}))"
    given = collection(item("a", server.url, replaced), item("b", server.url, asynchronous))
    assert execute(tmp_path, given).logged("b") == "got 5"


@pytest.mark.parametrize(
    ("bail", "inner"),
    [("failure", "pm.test('x', () => pm.expect(1).to.equal(2))"), ("folder", "throw new Error('x')")],
)
def test_bail_ends_the_run_for_what_a_script_runs(
    tmp_path: Path, server: RecordingServer, bail: str, inner: str
) -> None:
    items = [
        item("a", server.url + "/a", "await pm.execution.runRequest('inner')"),
        item("b", server.url + "/b"),
        item("inner", server.url + "/inner", inner),
    ]
    assert execute(tmp_path, collection(*items), "--bail", bail).code == 1
    assert [one.target for one in server.take()] == ["/a", "/inner"]


def test_output_of_a_script_is_bounded(tmp_path: Path, server: RecordingServer) -> None:
    """Also without a time limit."""
    given = collection(
        item("checks", server.url, "for (let i = 0; i < 100001; i++) pm.test('x', () => {})"),
        item("console", server.url, "for (let i = 0; i < 3000; i++) console.log('y'.repeat(9000))"),
        item("next", server.url, "pm.test('next', () => {})"),
    )
    ran = execute(tmp_path, given, "--reporter-cli-no-success-assertions", limit=120)
    assert ran.failures("checks") == ["The script makes too many checks."]
    assert 10_000_000 < ran.out.count("y") < 17_000_000
    assert ran.execution("next")["assertions"]

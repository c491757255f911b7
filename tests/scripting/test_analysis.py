"""What the static analysis finds in scripts: every way people write to and read from variables."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from runner.scripting.analysis import analyse
from scripting.run import run


def facts(source: str) -> list[tuple[str, str, str | None]]:
    """(kind, name, scope) in order."""
    (found,) = analyse([source])
    assert found.error is None
    assert found.complete
    return [(fact.kind, fact.name, fact.scope) for fact in found.facts]


def defined(source: str) -> list[str]:
    return [name for kind, name, _ in facts(source) if kind == "define"]


def computed(source: str) -> list[str]:
    return [name for kind, name, _ in facts(source) if kind == "computed"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("pm.environment.set('a', 1)", ("define", "a", "environment")),
        ("pm.globals.set('a', 1)", ("define", "a", "globals")),
        ("pm.collectionVariables.set('a', 1)", ("define", "a", "collection")),
        ("pm.variables.set('a', 1)", ("define", "a", "local")),
        ("postman.setEnvironmentVariable('a', 1)", ("define", "a", "environment")),
        ("postman.setGlobalVariable('a', 1)", ("define", "a", "globals")),
        ("pm.environment.get('a')", ("use", "a", "environment")),
        ("pm.variables.get('a')", ("use", "a", None)),
        ("pm.iterationData.get('a')", ("use", "a", "data")),
        ("pm.globals.has('a')", ("use", "a", "globals")),
        ("pm.variables.replaceIn('x{{a}}y')", ("use", "a", None)),
        ("postman.getEnvironmentVariable('a')", ("use", "a", "environment")),
        ("postman.getGlobalVariable('a')", ("use", "a", "globals")),
        ("environment.a", ("use", "a", "environment")),
        ("environment['a']", ("use", "a", "environment")),
        ("globals.a", ("use", "a", "globals")),
        ("data['a']", ("use", "a", "data")),
        ("'a' in environment", ("use", "a", "environment")),
        ("pm.environment.toObject().a", ("use", "a", "environment")),
        ("const { a } = environment", ("use", "a", "environment")),
        ("pm.sendRequest('http://x/{{a}}')", ("use", "a", None)),
        ("pm.sendRequest({ url: 'http://x', header: { A: `{{a}}` } })", ("use", "a", None)),
        ("pm.request.headers.add({ key: 'A', value: '{{a}}' })", ("use", "a", None)),
        ("pm.request.body.raw = '{{a}}'", ("use", "a", None)),
        ("pm.environment.unset('a')", ("remove", "a", "environment")),
        ("postman.clearGlobalVariable('a')", ("remove", "a", "globals")),
        ("pm.globals.clear()", ("clear", "*", "globals")),
        ("postman.clearEnvironmentVariables()", ("clear", "*", "environment")),
        ("postman.setNextRequest('a')", ("next", "a", None)),
        ("pm.execution.setNextRequest('a')", ("next", "a", None)),
        ("pm.execution.runRequest('a')", ("run", "a", None)),
        ("pm.variables.values.add({ key: 'a', value: 1 })", ("define", "a", "local")),
        ("pm.variables.values.populate([{ key: 'a' }])", ("define", "a", "local")),
        ("pm.environment.values.get('a')", ("use", "a", "environment")),
        ("pm.variables.values.one('a')", ("use", "a", None)),
    ],
)
def test_calls_of_the_api(call: str, expected: tuple[str, str, str | None]) -> None:
    assert facts(call) == [expected]


def test_what_is_put_into_the_list_of_a_scope_is_lost_when_the_script_ends() -> None:
    assert facts("pm.environment.values.add({ key: 'a', value: 1 })") == []


@pytest.mark.parametrize(
    "source",
    [
        "const env = pm.environment; env.set('a', 1)",
        "const { environment } = pm; environment.set('a', 1)",
        "const { environment: e = 0 } = pm; e.set('a', 1)",
        "let p; p = pm; p['environment']['set']('a', 1)",
        "const set = pm.environment.set.bind(pm.environment); set('a', 1)",
        "pm.environment.set.call(pm.environment, 'a', 1)",
        "pm.environment.set.apply(pm.environment, ['a', 1])",
        "pm?.environment?.set?.('a', 1)",
        "const name = 'a'; pm.environment.set(name, 1)",
        "var name = 'a'; { pm.environment.set(`${name}`, 1) }",
        "pm.environment.set(['a'].join('-'), 1)",
        "pm.environment.set('A'.toLowerCase(), 1)",
        "pm.environment.set('xa'.slice(1), 1)",
        "const K = { id: 'a' }; pm.environment.set(K.id, 1)",
        "const K = { ...{ id: 'a' } }; const { id } = K; pm.environment.set(id, 1)",
        "function save(name, value) { pm.environment.set(name, value) } save('a', 1)",
        "const save = (name) => pm.environment.set(name, 1); save('a')",
        "save('a'); function save(name) { inner(name) } function inner(n) { pm.environment.set(n, 1) }",
        "function key() { return 'a' } pm.environment.set(key(), 1)",
        "const save = ({ name }) => pm.environment.set(name, 1); save({ name: 'a' })",
        "const save = (name = 'a') => pm.environment.set(name, 1); save()",
        "const save = (...names) => names.forEach((n) => pm.environment.set(n, 1)); save('a')",
        "const tools = { save(k) { this.put(k) }, put(k) { pm.environment.set(k, 1) } }; tools.save('a')",
        "class S { constructor(p) { this.p = p } save(k) { pm.environment.set(this.p + k, 1) } } new S('').save('a')",
        "class P { constructor(n) { this.n = n } put() { pm.environment.set(this.n, 1) } } "
        "class Q extends P { constructor() { super('a') } } new Q().put()",
        "class P { n = 'a'; put() { pm.environment.set(this.n, 1) } } class Q extends P {} new Q().put()",
        "class Store { static save(k) { pm.environment.set(k, 1) } } Store.save('a')",
        "function Store() {} Store.prototype.save = function (k) { pm.environment.set(k, 1) }; new Store().save('a')",
        "Object.prototype.save = function (k) { pm.environment.set(k, 1) }; pm.response.save('a')",
        "['a'].forEach((k) => pm.environment.set(k, 1))",
        "for (const k of ['a']) pm.environment.set(k, 1)",
        "for (const k in { a: 1 }) pm.environment.set(k, 1)",
        "for (const [k, v] of Object.entries({ a: 1 })) pm.environment.set(k, v)",
        "Object.keys({ a: 1 }).map((k) => pm.environment.set(k, 1))",
        "_.each({ a: 1 }, (v, k) => pm.environment.set(k, v))",
        "pm.test('t', () => { pm.environment.set('a', 1) })",
        "pm.sendRequest('http://x', (error, response) => { pm.environment.set('a', response.json().a) })",
        "pm.sendRequest('http://x').then((response) => { pm.environment.set('a', 1) })",
        "(async () => { await 1; pm.environment.set('a', 1) })()",
        "setTimeout(() => pm.environment.set('a', 1), 10)",
        "new Promise((resolve) => { pm.environment.set('a', 1); resolve() })",
        "if (pm.response.code === 200) { pm.environment.set('a', 1) } else { }",
        "try { JSON.parse('') } catch (e) { pm.environment.set('a', 1) } finally { }",
        "switch (pm.response.code) { case 1: pm.environment.set('a', 1) }",
        "pm.response.code && pm.environment.set('a', 1)",
        "pm.response.code ? pm.environment.set('a', 1) : 0",
        "eval(\"pm.environment.set('a', 1)\")",
        "const data = pm.response.json(); data.id; pm.environment.set('a', data.id)",
        "var i = 0; while (i < 2) { pm.environment.set('a', i); i++ }",
        "return pm.environment.set('a', 1)",
    ],
)
def test_the_one_variable_is_found(source: str) -> None:
    assert [fact for fact in facts(source) if fact[0] != "use"] == [("define", "a", "environment")]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("const k = pm.response.code ? 'a' : 'b'; pm.globals.set(k, 1)", ["a", "b"]),
        ("let k; if (pm.response.code) k = 'a'; else k = 'b'; pm.globals.set(k, 1)", ["a", "b"]),
        ("let k = 'a'; pm.globals.set(k, 1); k = 'b'; pm.globals.set(k, 1)", ["a", "b"]),
        ("for (let i = 1; i <= 3; i++) pm.globals.set('id_' + i, i)", ["id_1", "id_2", "id_3"]),
        ("const p = pm.response.code ? 'x' : 'y'; for (const n of ['1', '2']) pm.globals.set(p + n, 1)",
         ["x1", "y1", "x2", "y2"]),
        ("const all = []; all.push('a'); all.push('b'); all.forEach((k) => pm.globals.set(k, 1))", ["a", "b"]),
        ("[['a', 1], ['b', 2]].forEach(([k, v]) => pm.globals.set(k, v))", ["a", "b"]),
        ("_.times(2, (i) => pm.globals.set('n' + i, 1))", ["n0", "n1"]),
        ("Array.from({ length: 2 }, (_, i) => 'n' + i).forEach((k) => pm.globals.set(k, 1))", ["n0", "n1"]),
        ("_.range(2).forEach((i) => pm.globals.set(`n${i}`, 1))", ["n0", "n1"]),
        ("_.mapValues({ a: 1, b: 2 }, (v, k) => pm.globals.set(k, v))", ["a", "b"]),
    ],
)  # fmt: skip
def test_all_alternatives_are_found(source: str, names: list[str]) -> None:
    assert defined(source) == names
    assert computed(source) == []


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("pm.globals.set('user_' + pm.response.json().id, 1)", "user_*"),
        ("pm.globals.set(`a_${Date.now()}_b`, 1)", "a_*_b"),
        ("pm.globals.set(pm.response.json().name, 1)", "*"),
        ("Object.keys(pm.response.json()).forEach((k) => pm.globals.set('r_' + k, 1))", "r_*"),
        ("pm.globals.set(pm.variables.get('which'), 1)", "*"),
    ],
)
def test_what_is_computed_is_a_pattern(source: str, pattern: str) -> None:
    assert computed(source) == [pattern]
    assert defined(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "// pm.environment.set('a', 1)",
        "const text = \"pm.environment.set('a', 1)\"",
        "function never() { pm.environment.set('a', 1) }",
        "const environment = new Map(); environment.set('a', 1); environment.get('a')",
        "const pm = { environment: { set() {} } }; pm.environment.set('a', 1)",
        "tests['a'] = true",
        "pm.cookies.get('a'); pm.response.headers.get('a'); pm.request.headers.get('a')",
    ],
)
def test_what_only_looks_like_it_is_not_found(source: str) -> None:
    assert [fact for fact in facts(source) if fact[1] == "a"] == []


def test_lines_are_those_of_the_script() -> None:
    (found,) = analyse(["\n\npm.globals.set(\n  'a', 1)\r\n// x\r\npm.globals.get('b')"])
    assert [(fact.name, fact.line) for fact in found.facts] == [("a", 3), ("b", 6)]


def test_code_that_is_kept_in_a_variable_nobody_knows_is_named() -> None:
    (found,) = analyse(["eval(pm.globals.get('helpers')); eval(pm.response.text())"])
    assert [(fact.kind, fact.name) for fact in found.facts] == [
        ("use", "helpers"), ("eval", "helpers"), ("eval", "*"),
    ]  # fmt: skip


def test_code_that_is_kept_in_a_variable_with_a_value_is_followed() -> None:
    code = "var save = function (name) { pm.globals.set(name, 1) }"
    (found,) = analyse(["eval(pm.environment.get('helpers')); save('a')"], {"helpers": code, "other": "x("}.get)
    assert [(fact.kind, fact.name) for fact in found.facts] == [("use", "helpers"), ("define", "a")]
    (wrong,) = analyse(["eval(environment.helpers)"], {"helpers": "var save = function ("}.get)
    assert ("eval", "helpers") in [(fact.kind, fact.name) for fact in wrong.facts]


@pytest.mark.parametrize(
    ("stored", "use"),
    [
        ("pm.globals.set('h', function f() { return { save(n) { pm.globals.set(n, 1) } } } + '; f()')", "h.save('a')"),
        ("postman.setGlobalVariable('h', ((n) => { pm.globals.set(n, 1) }).toString())", "h('a')"),
        ("pm.globals.set('h', '(' + String(() => ({ save(n) { pm.globals.set(n, 1) } })) + ')()')", "h.save('a')"),
        ("pm.globals.set('h', `(${(n) => { pm.globals.set(n, 1) }})`)", "h('a')"),
    ],
)
def test_code_that_a_script_keeps_in_a_variable_is_followed(stored: str, use: str) -> None:
    using, _ = analyse([f"const h = eval(globals.h); {use}", stored])
    assert [(fact.kind, fact.name) for fact in using.facts] == [("use", "h"), ("define", "a")]


def test_a_computed_name_inside_of_a_string_of_code_shows_no_other_text() -> None:
    (found,) = analyse(["/* a long comment before it */ eval('pm.globals.set(pm.response.code, 1)')"])
    assert [(fact.kind, fact.code) for fact in found.facts] == [("computed", None)]


def test_scripts_know_what_others_left_in_global_names() -> None:
    """In the sandbox too: a name without declaration stays."""
    helper = "save = (name) => { pm.environment.set(name, 1) }"
    first, second = analyse([helper, "\nsave('a')"])
    assert first.facts == ()
    assert [(fact.kind, fact.name, fact.line) for fact in second.facts] == [("define", "a", 2)]


def test_a_syntax_error_has_a_place_and_does_not_disturb_the_others() -> None:
    broken, whole = analyse(["const a = 1;\nif (a {", "pm.globals.set('a', 1)"])
    assert broken.error is not None
    assert (broken.error.line, broken.error.column) == (2, 7)
    assert "Unexpected token" in broken.error.message
    assert [fact.name for fact in whole.facts] == ["a"]


def test_no_scripts_start_nothing() -> None:
    assert analyse([]) == ()


@pytest.mark.parametrize(
    "source",
    [
        "function f() { f(); f() } f()",
        "const f = (n) => [1, 2, 3].map(() => f(n + 1)); f(0)",
        "for (;;) for (;;) for (;;) for (;;) for (;;) for (;;) pm.globals.set('a', 1)",
        "let a = ['x']; for (let i = 0; i < 9; i++) a = [...a, ...a, a]; a.forEach((k) => pm.globals.set(k, 1))",
        "let k = 'a'; while (k) k = k + k; pm.globals.set(k, 1)",
        "let k = 'a', a = [1]; for (const x of 'x'.split('').concat(Array(99).fill(1))) { k += k; a = [...a, ...a] }",
        "let k = 'a', a = [1]; for (const x of [" + "1," * 99 + "]) { k += k; a = [...a, ...a]; k.replaceAll('a', k) }",
        "const d = ['0', '1', '2', '3', '4', '5', '6', '7']; for (const a of d) for (const b of d) for (const c of d)"
        "for (const e of d) for (const f of d) for (const g of d) for (const h of d) pm.globals.set(a + b + c + e, 1)",
        "const o = {}; o.o = o; JSON.stringify(o); pm.sendRequest(o); Object.entries(o)",
        "[].constructor.constructor('return 1')(); ({}).__proto__.x = 1; 'a'.constructor",
        "a.b.c.d(e => e.f(g => g.h(i => i.j(k => k.l(m => m.n(o => o.p()))))))",
        "(" * 500 + "1" + ")" * 500,
    ],
)
def test_no_script_keeps_the_analysis_from_ending(source: str) -> None:
    began = time.monotonic()
    found, after = analyse([source, "pm.globals.set('after', 1)"])
    assert time.monotonic() - began < 20
    assert found.error is None
    assert [fact.name for fact in after.facts] == ["after"]


@pytest.mark.parametrize("source", ["(" * 100_000 + ")" * 100_000, "'a'" + "+'a'" * 100_000])
def test_a_script_that_is_too_deep_is_not_taken_for_understood(source: str) -> None:
    found, after = analyse([source, "pm.globals.set('after', 1)"])
    assert found.error is not None or not found.complete
    assert [fact.name for fact in after.facts] == ["after"]


def test_the_public_interface_of_v8_is_enough() -> None:
    """In a process of its own, because V8 can be initialised only once."""
    code = (
        "import runner.scripting.v8 as v8; v8.open_isolate = v8.PublicIsolate\n"
        "from runner.scripting.analysis import analyse\n"
        "found, = analyse(['pm.globals.set(`a`, 1)']); assert [f.name for f in found.facts] == ['a'], found"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr


def test_the_analysis_and_the_sandbox_agree(engine: object) -> None:
    source = (
        "const put = (s, k) => pm[s].set(k, 1); ['a', 'b'].forEach((k) => put('globals', k));"
        "put('environment', 'c'); pm.collectionVariables.set(`d${1 + 1}`, 2)"
    )
    ran = run(engine, source)  # type: ignore[arg-type]
    written = {(change.scope, change.key) for change in ran.outcome.mutations}
    assert {(scope, name) for kind, name, scope in facts(source) if kind == "define"} == written

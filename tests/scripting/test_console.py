"""Console arguments are shown as Node's util.inspect shows them."""

from __future__ import annotations

import pytest

from runner.scripting.v8 import V8Engine
from scripting.run import run


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("'it'", "'it'"),
        ('"it\'s"', '"it\'s"'),
        ("1.5", "1.5"),
        ("10n", "10n"),
        ("null", "null"),
        ("undefined", "undefined"),
        ("{ a: 1, 'b-c': [1, 'x'] }", "{ a: 1, 'b-c': [ 1, 'x' ] }"),
        ("{ a: { b: { c: { d: 1 } } } }", "{\n  a: { b: { c: { d: 1 } } }\n}"),
        ("[]", "[]"),
        ("new Map([['k', 1]])", "Map(1) { 'k' => 1 }"),
        ("new Set([1, 2])", "Set(2) { 1, 2 }"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("/a+/gi", "/a+/gi"),
        ("Buffer.from('ab')", "<Buffer 61 62>"),
        ("Symbol.for('s')", "Symbol(s)"),
        ("function named() {}", "'[Function: named]'"),
        ("new Error('x')", "{ type: 'Error', name: 'Error', message: 'x' }"),
        ("Array.from({ length: 101 }, () => 1).slice(99)", "[ 1, 1 ]"),
    ],
)
def test_one_argument(engine: V8Engine, argument: str, shown: str) -> None:
    assert run(engine, f"console.log({argument})").console == [shown]


def test_long_arrays_are_cut_and_put_in_columns(engine: V8Engine) -> None:
    (text,) = run(engine, "console.log(Array.from({ length: 120 }, (_, i) => i))").console
    lines = text.splitlines()
    assert lines[0] == "["
    assert lines[1] == "   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,"
    assert lines[-2] == "  ... 20 more items"


def test_cycles(engine: V8Engine) -> None:
    assert run(engine, "const a = { b: 1 }; a.self = a; console.log(a)").console == [
        "<ref *1> { b: 1, self: [Circular *1] }"
    ]


def test_levels_and_several_arguments(engine: V8Engine) -> None:
    ran = run(
        engine, "console.warn('a', 1); console.error('b'); console.info('c'); console.debug('d'); console.clear()"
    )
    lines = [(message.level, message.messages) for message in ran.messages]  # type: ignore[union-attr]
    assert lines == [
        ("warn", ("'a'", "1")),
        ("error", ("'b'",)),
        ("info", ("'c'",)),
        ("debug", ("'d'",)),
        ("clear", ()),
    ]

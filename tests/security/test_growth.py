"""Texts that mean harm to regular expressions: four times as much takes about four times as long."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from runner.auth.interface import AuthError
from runner.auth.keys import load_private_key
from runner.errors import HtrunError
from runner.importing.detect import import_text
from runner.model.collection import Body, RequestSpec, VariableSet
from runner.parse.url import parse_url, url_from_json
from runner.reporters.explain.guide import guide_in
from runner.reporters.html.markdown import to_html
from runner.reporters.masking.named import named_values
from runner.reporters.text import clean
from runner.templating import Resolver
from runner.transport.cookie_text import parse_set_cookie
from runner.transport.urls import split_url
from runner.variables import Scopes, VariableScope
from runner.walk.written import with_member
from runner.workflow.capture import parse_capture
from runner.workflow.overrides import with_members

Read = Callable[[str], object]


def resolved(text: str) -> str:
    empty = VariableScope(VariableSet("", None))
    return Resolver(Scopes(empty, empty.copy(), empty.copy(), empty.copy())).text(text)


def pem_key(text: str) -> None:
    with suppress(AuthError):
        load_private_key(text)


def capture(text: str) -> None:
    with suppress(HtrunError, ValueError):
        parse_capture(text)


def members(text: str) -> None:
    with suppress(ValueError):
        with_members(text, {})


FORM = RequestSpec(parse_url("http://h"), body=Body("urlencoded"))
SIZE = 20_000  #: characters; what is quadratic takes a second or more for four times as many
CASES: dict[str, tuple[Read, tuple[str, ...]]] = {
    "template": (lambda text: resolved(text), ("{", "{{a", "{{ ", "}", "{{a}")),
    "url": (parse_url, ("{{/", "{{", "{{&", "a.", "/", "?", "&=", ":", "@", "http://")),
    "url of one variable": (lambda text: parse_url("{{" + text), ("/", "&", "=", ".")),
    "host": (lambda text: url_from_json({"host": text}), ("a.", "{.", "}}.", ".")),
    "wire url": (lambda text: split_url("http://h/" + text), ("a", "/", "../", "%", "?", "é")),
    "names and values": (
        lambda text: list(named_values(text)),
        ('key="', '\\"', "\\", "key=", "://a:", "Bearer ", "key: '"),
    ),
    "cookie": (parse_set_cookie, ("a", ";", "=", " ", "expires=1:", "0")),
    "terminal": (clean, ("#", ":", " ", "##", "::", "\x1b", "\n ")),
    "markdown": (to_html, ("a", "\n", "# ", " ")),
    "private key": (pem_key, ("-----BEGIN A-----", "-----BEGIN A-----\n-----END B-----\n", "-----BEGIN ", "A")),
    "error guide": (lambda text: guide_in(f"| code | a |\n|{text}\n| 404 | b |\n"), (" ", "-", "|", "- ", "-|")),
    "capture": (capture, (" ", " default:", "\n", "=", "@")),
    "override of a body": (members, ('\\"', '"', "\\", "{{", "1.", "-")),
    "value of a tour": (lambda text: with_member(FORM, text), ("x ", " ", "=", "x")),
    "import of .http": (lambda text: import_text("GET http://h/\nA: {{" + text + "\n"), (" ", "{{ ", "a", "-")),
    "import of curl": (lambda text: import_text("curl http://h/ -d '" + text + "'"), ("\\", "a", "&", "=", "$", "{")),
}


def seconds(read: Read, text: str) -> float:
    took = []
    for _ in range(2):
        started = time.process_time()
        read(text)
        took.append(time.process_time() - started)
    return min(took)


@pytest.mark.parametrize(("name", "unit"), [(name, unit) for name, (_, units) in CASES.items() for unit in units])
def test_time_grows_with_the_size_only(name: str, unit: str) -> None:
    read, _ = CASES[name]
    less, more = (seconds(read, unit * (size // len(unit))) for size in (SIZE, 4 * SIZE))
    assert more < max(8 * less, 0.1)

"""What is fuzzed. A target takes any bytes, and raises if htrun does what it must never do.

What it may do: raise ``HtrunError``, which is told in one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fuzz.shape import from_bytes
from runner.convert.v21 import to_v21
from runner.errors import HtrunError
from runner.expressions import ExpressionError, as_text, compile_expression, compile_template
from runner.model.collection import VariableSet, walk
from runner.parse.collection import collection_from_json
from runner.parse.text import decode, parse_json
from runner.parse.url import parse_url, render_url, url_from_json, url_to_json
from runner.templating import Resolver
from runner.transport.urls import resolve_redirect, split_url
from runner.variables import Scopes, VariableScope

#: The names that templates find.
VALUES: dict[str, Any] = {
    "a": "text & more",
    "n": 42,
    "f": 1.5,
    "t": True,
    "o": {"b": [1, {"c": "é"}], "items": None},
    "l": ["x", 2, None],
    "u": "http://h.test:81/p?q=1#f",
    "r": "{{a}}/{{n}}",
    "e": "",
    "j": '{"k": [1, 2]}',
}

#: More requests take longer and show nothing else.
_MOST = 10


def collection(data: bytes) -> None:
    """Collections of all formats are read, or refused; what was read is written, and reads as the same again."""
    try:
        document = parse_json(decode(data[1:])) if data[:1] == b"\xff" else from_bytes(data)
        made = collection_from_json(document)
    except HtrunError:
        return
    items = list(walk(made))
    for located in items:
        spec = located.item.request
        assert url_from_json(url_to_json(spec.url)).path == spec.url.path
        render_url(spec.url)
        for example in located.item.examples:
            assert example.headers is not None
    if len(items) > _MOST:
        return
    written = to_v21(document)
    again = collection_from_json(written)
    assert [one.path for one in walk(again)] == [one.path for one in items], "items are lost when written"
    assert [one.item.request for one in walk(again)] == [one.item.request for one in items], "requests change"
    assert again.variables == made.variables, "variables change"


def templates(data: bytes) -> None:
    """Any text is resolved. The first byte says how: as a template of requests, an expression, a text with Jinja2."""
    text = data[1:].decode("utf-8", "replace")
    kind = data[0] % 4 if data else 0
    if kind < 2:
        resolver = Resolver(Scopes(*(VariableScope(VariableSet("")) for _ in range(4)), data=VALUES))
        resolved = resolver.text(text)
        assert isinstance(resolved, str)
        assert "{{" in text or resolved == text
        assert all(name in resolved for name in resolver.unresolved)
        return
    with suppress(ExpressionError):
        if kind == 2:
            expression = compile_expression(text)
            list(expression.facts(VALUES.__getitem__))
            as_text(expression.evaluate(VALUES.__getitem__)).encode("utf-8", "replace")
        else:
            compile_template(text).render(VALUES.__getitem__)


def urls(data: bytes) -> None:
    """Any text is a URL: it parses and renders to itself, and what goes over the wire is ASCII without blanks, and is
    encoded once."""
    text, _, location = data.decode("utf-8", "replace").partition("\n")
    once = render_url(parse_url(text), substitute=False)
    if parse_url(text).protocol != "":  # what is left of "://a://b" may be a protocol now, as in Postman
        assert render_url(parse_url(once), substitute=False) == once
    assert render_url(url_from_json(url_to_json(parse_url(text)))) == render_url(parse_url(text))
    wire = split_url(text)
    assert re.fullmatch("/[!-~]*", wire.target), wire.target
    assert 0 <= wire.effective_port < 65536
    assert wire.origin[1] == wire.host
    if wire.host and "{{" not in text:
        assert wire.path == split_url(wire.upto("path")).path, "encoded twice"
    if location:
        split_url(resolve_redirect(wire, location))


TARGETS: dict[str, Callable[[bytes], None]] = {"collection": collection, "templates": templates, "urls": urls}

"""Which variables the templates of a request use, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from runner.dynamic import DYNAMIC
from runner.engine.inherit import inherit
from runner.model.collection import Auth, Body, Json, Located, Url
from runner.model.records import dataclass
from runner.parse.url import render_path
from runner.templating import names_in

#: The value of a variable as templates show it; None if it has none.
Lookup: TypeAlias = Callable[[str], str | None]

_TOKEN = re.compile(r"\{\{([^{}]*?)\}\}")
_ROUNDS = 19  # as many as are resolved, see runner.templating
_MOST = 4 * 1024 * 1024  #: characters of values that are looked at for one text
_OPERATOR = re.compile(r"[|()\[\]+*/%~,<>=]| (?:if|or|and|not|in|is) ")


@dataclass(frozen=True, slots=True)
class Use:
    """A variable that an item needs. ``where`` is for people: ``URL``, ``query parameter page``,
    ``header X-Id``, ``body``, ``auth``, ``test script, line 3``. ``scope``: the only one that is asked
    (globals, environment, collection, data); None for all of them."""

    name: str
    where: str
    scope: str | None = None


def template_uses(located: Located, lookup: Lookup | None = None) -> tuple[Use, ...]:
    """The variables of every ``{{...}}`` that is sent with the request, each once for each place, in the
    order of the request. What is disabled is not sent; dynamic variables (``{{$guid}}``) need no value.

    Args:
        lookup: what is known before the run. With it, templates inside of values are followed, and the outer
            names of nested templates are put together; without it only the inner ones count.
    """
    known = lookup or (lambda name: None)
    found: dict[Use, None] = {}
    for where, value in _fields(located):
        for name in names_used(strings(value), known):
            found.setdefault(Use(name, where))
    return tuple(found)


def names_used(texts: Iterable[str], lookup: Lookup) -> Iterator[str]:
    """The names that resolving these texts asks for; of Jinja2 expressions the names in them. Values of values that
    grow without end are not followed to it."""
    for text in texts:
        room = _MOST

        def value(match: re.Match[str]) -> str:
            nonlocal room
            found = lookup(match.group(1))
            room -= len(found or "") + 1
            return match.group() if found is None or room < 0 else found

        for _ in range(_ROUNDS):
            if "{{" not in text:
                break
            for token in names_in((text,)):
                yield from _names_of(token, lookup)
            before, text = text, _TOKEN.sub(value, text)
            if text == before or room < 0:
                break


def _names_of(token: str, lookup: Lookup) -> Iterable[str]:
    if token in DYNAMIC:
        return ()
    if lookup(token) is None and _OPERATOR.search(token):
        from runner.expressions import ExpressionError, compile_expression

        try:
            return sorted(compile_expression(token).names) or (token,)
        except ExpressionError:
            pass
    return (token,)


def strings(value: Json) -> Iterator[str]:
    """Every text inside a JSON value, keys of objects apart: those are not resolved."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)


def _fields(located: Located) -> Iterator[tuple[str, Json]]:
    request = located.item.request
    yield "method", request.method
    yield from _url(request.url)
    for header in request.headers:
        if header.enabled:
            yield f"header {header.key}", (header.key, header.value)
    if request.body is not None and request.body.enabled:
        yield from _body(request.body)
    auth = inherit(located).auth
    if auth is not None:
        yield "auth", _auth(auth)


def _url(url: Url) -> Iterator[tuple[str, Json]]:
    login = (url.auth.user or "", url.auth.password or "") if url.auth else ()
    path = render_path(url, substitute=False) if url.path is not None else ""
    yield "URL", (url.protocol or "", *login, ".".join(url.host or ()), url.port or "", path)
    segments = {segment[1:].partition(".")[0] for segment in url.path or () if segment.startswith(":")}
    for variable in url.variables:
        if variable.key in segments:
            yield f"path variable {variable.key}", variable.value
    for param in url.query:
        if param.enabled:
            yield f"query parameter {param.key}", (param.key or "", param.value)
    yield "URL", url.hash or ""


def _body(body: Body) -> Iterator[tuple[str, Json]]:
    if body.mode == "raw":
        yield "body", body.raw
    elif body.mode == "urlencoded":
        for param in body.urlencoded:
            if param.enabled:
                yield f"body field {param.key}", (param.key or "", param.value)
    elif body.mode == "formdata":
        for part in body.formdata:
            if part.enabled:
                value = (part.key, part.value, part.src, part.content_type, part.file_name)
                yield f"body field {part.key}", value
    elif body.mode == "file" and body.file is not None:
        yield "body", (body.file.src, body.file.content)
    elif body.mode == "graphql" and body.graphql is not None:
        graphql = body.graphql
        yield "body", (graphql.query, graphql.operation_name, graphql.variables)


def _auth(auth: Auth) -> Json:
    return () if auth.type == "noauth" else auth.params

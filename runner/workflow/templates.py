"""Which variables the templates of a request use, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.dynamic import DYNAMIC
from runner.engine.inherit import inherit
from runner.model.collection import Auth, Body, Json, Located, Url
from runner.model.records import dataclass
from runner.parse.url import render_path
from runner.templating import names_in


@dataclass(frozen=True, slots=True)
class Use:
    """A variable that an item needs. ``where`` is for people: ``URL``, ``query parameter page``,
    ``header X-Id``, ``body``, ``auth``, ``test script, line 3``."""

    name: str
    where: str


def template_uses(located: Located) -> tuple[Use, ...]:
    """The variables of every ``{{...}}`` that is sent with the request, each once for each place, in the
    order of the request. What is disabled is not sent; dynamic variables (``{{$guid}}``) need no value. Of
    nested templates the inner names count: the outer ones depend on their values."""
    request = located.item.request
    found: dict[Use, None] = {}
    for where, value in _fields(located):
        for name in names_in(strings(value)):
            if name not in DYNAMIC:
                found.setdefault(Use(name, where))
    for name in names_in((request.method,)):
        found.setdefault(Use(name, "method"))
    return tuple(found)


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

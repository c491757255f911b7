"""A request as a text that can be edited, templates and all: a line with method and URL, headers, an empty line, and
the body. Forms are a ``name=value`` a line, files ``name=@path``."""

from __future__ import annotations

import json
import re

from runner.model.collection import Body, FileBody, FormParam, GraphQLBody, Header, Param, RequestSpec, Url
from runner.model.records import replace
from runner.parse.request import graphql_from_json
from runner.parse.url import parse_url, render_url
from runner.variables import to_text
from runner.workflow.overrides import with_members

_METHOD = re.compile(r"[^\s:{}()<>@,;\\\"/\[\]?=]+|\{\{[^{}]+\}\}")
_MEMBER = re.compile(r"\s*([^={}\[\]\"\s](?:[^={}\[\]\"]*[^={}\[\]\"\s])?)\s*=\s*(.*)", re.DOTALL)


class EditError(ValueError):
    """A text is no request; the message says what is wrong with it."""


def request_text(spec: RequestSpec) -> str:
    """The text of a request; what is disabled is left out."""
    lines = [f"{spec.method} {url_text(spec.url)}", *header_lines(spec)]
    body = body_text(spec.body)
    return "\n".join([*lines, "", body] if body else lines) + "\n"


def parsed_request(text: str, spec: RequestSpec) -> RequestSpec:
    """The request that a text says.

    Args:
        spec: it is the edited form of this one, whose body may be a form.

    Raises:
        EditError: it cannot be understood.
    """
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    first, *headers = head.split("\n")
    method, space, url = first.strip().partition(" ")
    if not space or not url.strip():
        raise EditError("the first line has to be a method and a URL, as in GET https://example.com/")
    edited = with_url(with_method(spec, method), url)
    edited = with_headers(edited, headers)
    return with_body(edited, body[:-1] if body.endswith("\n") else body)


def url_text(url: Url) -> str:
    return render_url(url, substitute=False)


def header_lines(spec: RequestSpec) -> list[str]:
    return [f"{header.key}: {header.value}" for header in spec.headers if header.enabled]


def body_text(body: Body | None) -> str:
    """The body as it is edited; empty if there is none."""
    if body is None or not body.enabled:
        return ""
    match body.mode:
        case "urlencoded":
            rows = [(str(row.key), row.value) for row in body.urlencoded if row.enabled]
            return "\n".join(key if value is None else f"{key}={to_text(value)}" for key, value in rows)
        case "formdata":
            return "\n".join(_field(row) for row in body.formdata if row.enabled)
        case "file":
            return f"@{body.file.src}" if body.file is not None and body.file.src else ""
        case "graphql":
            graphql = body.graphql or GraphQLBody()
            made = {key: value for key, value in graphql.members().items() if value or key in graphql.nulls}
            return json.dumps(made, indent=2, ensure_ascii=False)
        case _:
            return body.raw or ""


def with_method(spec: RequestSpec, method: str) -> RequestSpec:
    """Raises: EditError: it is none."""
    if not _METHOD.fullmatch(method.strip()):
        raise EditError(f"{method.strip()!r} is no method")
    return replace(spec, method=method.strip())


def with_url(spec: RequestSpec, text: str) -> RequestSpec:
    """Raises: EditError: it is empty."""
    if not text.strip():
        raise EditError("there is no URL")
    url = parse_url(text.strip())
    known = {variable.key: variable for variable in spec.url.variables}
    return replace(spec, url=replace(url, variables=tuple(known.get(one.key, one) for one in url.variables)))


def with_headers(spec: RequestSpec, lines: list[str]) -> RequestSpec:
    """Raises: EditError: a line is no header."""
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if line.strip() and (not colon or not name.strip()):
            raise EditError(f"{line.strip()!r} is no header: write Name: value")
        if line.strip():
            headers.append(Header(name.strip(), value.strip()))
    return replace(spec, headers=tuple(headers))


def with_header(spec: RequestSpec, line: str) -> RequestSpec:
    """Sets one header, or with nothing behind the colon removes it. Raises: EditError: it is none."""
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise EditError("write Name: value, or Name: to remove a header")
    kept = [header for header in spec.headers if header.key.lower() != name.strip().lower()]
    if value.strip():
        kept.append(Header(name.strip(), value.strip()))
    return replace(spec, headers=tuple(kept))


def with_member(spec: RequestSpec, text: str) -> RequestSpec | None:
    """Sets one member of a JSON body or one field of a form, ``name=value``; None if the text or the body is not like
    that. A value that is JSON (a number, a list ...) is taken as such."""
    match, body = _MEMBER.fullmatch(text), spec.body
    if match is None or body is None:
        return None
    name, value = match.groups()
    if body.mode == "urlencoded":
        kept = tuple(row for row in body.urlencoded if row.key != name)
        return replace(spec, body=replace(body, urlencoded=(*kept, Param(name, value))))
    if body.mode == "formdata":
        fields = tuple(row for row in body.formdata if row.key != name)
        return replace(spec, body=replace(body, formdata=(*fields, _parsed_field(f"{name}={value}"))))
    if body.mode != "raw":
        return None
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = value
    try:
        return replace(spec, body=replace(body, raw=with_members(body.raw, {name: parsed})))
    except ValueError:
        return None


def with_body(spec: RequestSpec, text: str) -> RequestSpec:
    """Raises: EditError: a GraphQL body is no JSON object."""
    body = spec.body
    if text == body_text(body):
        return spec
    if not text.strip():
        return replace(spec, body=None)
    if body is None or body.mode not in ("urlencoded", "formdata", "file", "graphql"):
        return replace(spec, body=replace(body or Body(), mode="raw", raw=text, enabled=True))
    lines = [line for line in text.split("\n") if line.strip()]
    if body.mode == "urlencoded":
        return replace(spec, body=replace(body, urlencoded=tuple(_parsed_param(line) for line in lines)))
    if body.mode == "formdata":
        return replace(spec, body=replace(body, formdata=tuple(_parsed_field(line) for line in lines)))
    if body.mode == "file":
        return replace(spec, body=replace(body, file=FileBody(text.strip().removeprefix("@"))))
    try:
        made = json.loads(text)
    except ValueError as error:
        raise EditError(f"the GraphQL body is no JSON: {error}") from None
    if not isinstance(made, dict):
        raise EditError('the GraphQL body is no JSON object with a "query"')
    return replace(spec, body=replace(body, graphql=graphql_from_json(made)))


def _field(row: FormParam) -> str:
    if row.type == "file":
        sources = row.src if isinstance(row.src, tuple) else (row.src or "",)
        return "\n".join(f"{row.key}=@{source}" for source in sources)
    return f"{row.key}={to_text(row.value)}"


def _parsed_param(line: str) -> Param:
    key, equals, value = line.partition("=")
    return Param(key, value if equals else None)


def _parsed_field(line: str) -> FormParam:
    key, _, value = line.partition("=")
    return FormParam(key, type="file", src=value[1:]) if value.startswith("@") else FormParam(key, value)

"""The parts of a collection file (v2.1), in the order in which Postman writes them.

Ids come from the place of a request among the others, so that importing the same file again gives the same ids.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

from runner.model.collection import Json
from runner.model.records import dataclass, field
from runner.parse.url import parse_url, render_url, url_to_json

Members: TypeAlias = dict[str, Any]
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "htrun:import")
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_LANGUAGES = (("json", "json"), ("xml", "xml"), ("html", "html"), ("javascript", "javascript"))


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file became.

    Attributes:
        format: what it was, for people: ``OpenAPI 3.1.0``.
        collection: the collection file.
        notes: what could not be carried over, one sentence each.
    """

    format: str
    collection: Members
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Notes:
    """Collects what could not be carried over; each sentence once."""

    seen: dict[str, None] = field(default_factory=dict)

    def add(self, text: str) -> None:
        self.seen.setdefault(text)


def collection(
    name: str,
    items: Sequence[Members],
    *,
    description: str = "",
    variables: Mapping[str, str] | None = None,
    auth: Members | None = None,
) -> Members:
    """A whole collection file."""
    info: Members = {"_postman_id": str(uuid.uuid5(_NAMESPACE, name)), "name": name}
    if description:
        info["description"] = description
    info["schema"] = SCHEMA
    made: Members = {"info": info, "item": list(items)}
    if auth:
        made["auth"] = auth
    if variables:
        made["variable"] = [{"key": key, "value": value} for key, value in variables.items()]
    _number(made["item"], name)
    return made


def folder(name: str, items: Sequence[Members], description: str = "") -> Members:
    made: Members = {"name": name, "item": list(items)}
    return {**made, "description": description} if description else made


def item(
    name: str,
    request: Members,
    *,
    responses: Sequence[Members] = (),
    scripts: Mapping[str, str] | None = None,
    behavior: Mapping[str, Json] | None = None,
) -> Members:
    """A request with its saved responses.

    Args:
        scripts: by ``prerequest`` and ``test``.
        behavior: protocolProfileBehavior.
    """
    made: Members = {"name": name}
    if scripts:
        made["event"] = [
            {"listen": listen, "script": {"type": "text/javascript", "exec": source.splitlines()}}
            for listen, source in scripts.items()
        ]
    if behavior:
        made["protocolProfileBehavior"] = dict(behavior)
    return {**made, "request": request, "response": list(responses)}


def request(
    method: str,
    url: Members | str,
    *,
    headers: Iterable[Members] = (),
    body: Members | None = None,
    auth: Members | None = None,
    description: str = "",
) -> Members:
    made: Members = {"method": method.upper(), "header": list(headers)}
    if auth:
        made["auth"] = auth
    if body:
        made["body"] = body
    made["url"] = url_parts(url) if isinstance(url, str) else url
    if description:
        made["description"] = description
    return made


def url_parts(text: str) -> Members:
    """A URL as collections hold it: the text, and the parts that count."""
    return with_raw(url_to_json(parse_url(text)), render_url(parse_url(text), substitute=False))


def with_raw(parts: Mapping[str, Json], raw: str) -> Members:
    return {"raw": raw, **{key: value for key, value in parts.items() if value not in (None, [])}}


def response(
    name: str, code: int, headers: Iterable[Members], body: str, *, of: Members | None = None, language: str = ""
) -> Members:
    """A saved response of a request."""
    made: Members = {"name": name}
    if of is not None:
        made["originalRequest"] = {key: value for key, value in of.items() if key != "description"}
    made["status"], made["code"] = reason(code), code
    if language:
        made["_postman_previewlanguage"] = language
    return {**made, "header": list(headers), "cookie": [], "body": body}


def reason(code: int) -> str:
    """The usual phrase for a status code."""
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


def row(key: str, value: str | None, description: str = "", *, enabled: bool = True) -> Members:
    """A header, query parameter or form field."""
    made: Members = {"key": key, "value": value}
    if not enabled:
        made["disabled"] = True
    return {**made, "description": description} if description else made


def auth(kind: str, **params: str) -> Members:
    """Auth with its parameters as rows."""
    rows = [{"key": key, "value": value, "type": "string"} for key, value in params.items()]
    return {"type": kind, kind: rows} if rows else {"type": kind}


def raw_body(text: str, media_type: str = "") -> Members:
    """A body that is sent as it is written."""
    found = language(media_type)
    made: Members = {"mode": "raw", "raw": text}
    return {**made, "options": {"raw": {"language": found}}} if found else made


def form_body(text: str) -> Members:
    """An urlencoded form from the text that would be sent."""
    return {"mode": "urlencoded", "urlencoded": [row(key, value) for key, value in form_rows(text)]}


def form_rows(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split("&"):
        if pair:
            key, _, value = pair.partition("=")
            yield _decoded(key), _decoded(value)


def graphql_body(query: str, variables: str = "", operation: str = "") -> Members:
    parts: Members = {"query": query, "variables": variables}
    if operation:
        parts["operationName"] = operation
    return {"mode": "graphql", "graphql": parts}


def file_body(path: str) -> Members:
    return {"mode": "file", "file": {"src": path}}


def language(media_type: str) -> str:
    """The name that Postman has for the language of a body of this type; nothing if it has none."""
    kind = media_type.partition(";")[0].strip().lower()
    found = next((name for part, name in _LANGUAGES if part in kind), "")
    return found or ("text" if kind.startswith("text/") else "")


def is_json(text: str) -> bool:
    """Whether a text is a JSON object or array."""
    try:
        return isinstance(json.loads(text), (dict, list))
    except (ValueError, RecursionError):
        return False


def path_name(method: str, url: str) -> str:
    """A name for a request that has none: ``GET /users/1``."""
    parts = parse_url(url)
    path = "/" + "/".join(parts.path or ())
    return f"{method.upper()} {path if path != '/' else '.'.join(parts.host or ()) or '/'}"


def _decoded(text: str) -> str:
    return text if "{{" in text else unquote_plus(text)


def _number(nodes: Sequence[Members], place: str) -> None:
    for at, node in enumerate(nodes):
        here = f"{place}/{at}:{node['name']}"
        identity = {"id": str(uuid.uuid5(_NAMESPACE, here))}
        if "item" in node:
            _number(node["item"], here)
        elif "response" in node:
            _number(node["response"], here)
        members = dict(node)
        node.clear()
        node.update({"name": members.pop("name"), **identity, **members})

"""A request as the file of a collection v3: the reverse of ``runner.parse.v3_request``.

What v3 has no place for and a run needs goes to ``x-htrun``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from runner.model.collection import (
    UNDEFINED,
    Auth,
    Body,
    FormParam,
    Header,
    Item,
    Json,
    Param,
    RequestSpec,
    Script,
    Url,
    Variable,
)
from runner.model.records import replace
from runner.parse.request import body_to_json
from runner.parse.url import parse_url, render_url, url_from_json, url_to_json
from runner.parse.v3_parts import AFTER, BEFORE, EXTRA
from runner.parse.v3_request import PRUNED, PRUNING, language_of, url_of

Document: TypeAlias = dict[str, Any]

_TYPES = {"prerequest": BEFORE, "test": AFTER}
#: What ``type`` of a body says besides the language of a raw one.
_MODES = ("urlencoded", "formdata", "file", "graphql")
_NO_LANGUAGES = frozenset({*_MODES, "none", "text", ""})


def request_document(item: Item, inherited: frozenset[str]) -> Document:
    """A request's file without what names and orders it.

    Args:
        inherited: names of the settings that the folders around make.
    """
    spec = item.request
    document, extra = asked_document(spec)
    settings = settings_of(item.behavior)
    if "body" in document and spec.method.upper() in PRUNED and PRUNING not in inherited:
        if settings.get(PRUNING) is True:  # in v3 it is so without a word
            del settings[PRUNING]
        else:
            settings.setdefault(PRUNING, False)
    if spec.auth is not None:
        document["auth"] = auth_document(spec.auth)
    scripts, disabled = script_documents(item.scripts)
    if scripts:
        document["scripts"] = scripts
    if settings:
        document["settings"] = settings
    extra |= {"disabledScripts": disabled} if disabled else {}
    extra |= {"proxy": dict(spec.proxy)} if spec.proxy is not None else {}
    extra |= {"certificate": dict(spec.certificate)} if spec.certificate is not None else {}
    return {**document, **({EXTRA: extra} if extra else {})}


def asked_document(spec: RequestSpec) -> tuple[Document, Document]:
    """What is asked: URL, method, headers, body; and what v3 has no place for."""
    extra: Document = {}
    document = _url(spec.url, extra)
    document = {"url": document.pop("url"), "method": spec.method, **document}
    if spec.headers:
        document["headers"] = header_rows(spec.headers)
    if spec.body is not None:
        body = _body(spec.body, extra)
        if body is not None:
            document["body"] = body
    order = ("url", "method", "headers", "queryParams", "pathVariables", "body")
    return {name: document[name] for name in order if name in document}, extra


def _url(url: Url, extra: Document) -> Document:
    """The text of a URL and lists of its parameters, so that reading them gives the same URL."""
    query = [_param(param) for param in url.query]
    variables = [_variable(one) for one in url.variables]
    document: Document = {}
    for text in (render_url(url, substitute=False), render_url(replace(url, query=()), substitute=False)):
        document = {"url": text, **({"queryParams": rows_or_mapping(query)} if query else {})}
        default = [_variable(one) for one in parse_url(text).variables]
        if variables != default:
            document["pathVariables"] = variables
        read = url_from_json(url_of(text, query or None, None if variables == default else variables))
        if replace(read, variables=()) == replace(url, variables=()):
            return document
    extra["url"] = {**url_to_json(url), "query": query}
    text = render_url(url, substitute=False)
    return {"url": text, "queryParams": rows_or_mapping(query), "pathVariables": variables}


def rows_or_mapping(rows: Sequence[Mapping[str, Json]]) -> Json:
    """Rows as a mapping of names to values, if they say nothing else."""
    keys = [row.get("key") for row in rows]
    plain = all(set(row) == {"key", "value"} and isinstance(row["key"], str) for row in rows)
    if rows and plain and len(set(keys)) == len(keys) and all(isinstance(row["value"], str) for row in rows):
        return {row["key"]: row["value"] for row in rows}
    return [dict(row) for row in rows]


def header_rows(headers: Sequence[Header]) -> Json:
    """Headers as rows, or as a mapping."""
    return rows_or_mapping([_header(header) for header in headers])


def _header(header: Header) -> Document:
    row = _row(header.key, header.value, header.enabled, header.description)
    return {**row, "system": True} if header.system else row


def _param(param: Param) -> Document:
    return _row(param.key, param.value, param.enabled, param.description)


def _row(key: Json, value: Json, enabled: bool, description: str | None) -> Document:
    row: Document = {"key": key, "value": value}
    if not enabled:
        row["disabled"] = True
    if description is not None:
        row["description"] = description
    return row


def _variable(variable: Variable) -> Document:
    """A path variable. Its type says nothing to a run, and without a value it is left as it stands."""
    value = "" if variable.value is None or variable.value is UNDEFINED else variable.value
    return _row(variable.key, value, variable.enabled, variable.description)


def _body(body: Body, extra: Document) -> Document | None:
    made = _content(body) if body.enabled else None
    if made is None:  # what is switched off, or is no body for v3, would be sent if it stood in its place
        extra["body"] = body_to_json(body)
        return None
    implied = {} if body.mode != "raw" or made["type"] == "text" else {"raw": {"language": made["type"]}}
    if dict(body.options) != implied:
        extra["bodyOptions"] = dict(body.options)
    return made


def _content(body: Body) -> Document | None:
    match body.mode:
        case "raw":
            language = language_of(body.options)
            if language in (None, "text"):
                language = "text"
            elif not isinstance(language, str) or language in _NO_LANGUAGES:
                return None
            return {"type": language, "content": body.raw or ""}
        case "urlencoded":
            # a null is sent as nothing, and the schema of v3 has none here
            rows = [_param(replace(one, value="" if one.value is None else one.value)) for one in body.urlencoded]
            return {"type": body.mode, "content": rows_or_mapping(rows)}
        case "formdata":
            return {"type": body.mode, "content": [_form_param(one) for one in body.formdata]}
        case "file" if body.file is not None:
            file = {"src": body.file.src, "content": body.file.content}
            return {"type": body.mode, "content": {name: one for name, one in file.items() if one is not None}}
        case "graphql" if body.graphql is not None:
            members = body.graphql.members()
            names = ("query", "variables", "operationName")
            return {"type": body.mode, "content": {name: members[name] for name in names if name in members}}
        case _:
            return None


def _form_param(param: FormParam) -> Document:
    row: Document = {"type": param.type, "key": param.key}
    if param.type == "file" or param.src is not None:
        row["src"] = list(param.src) if isinstance(param.src, tuple) else param.src or ""
    if param.value is not None or param.type != "file":
        row["value"] = param.value
    for name, value in (("contentType", param.content_type), ("fileName", param.file_name)):
        row |= {name: value} if value is not None else {}
    row |= {} if param.enabled else {"disabled": True}
    return row if param.description is None else {**row, "description": param.description}


def auth_document(auth: Auth) -> Document:
    """Auth with its parameters as a mapping."""
    return {"type": auth.type, **({"credentials": dict(auth.params)} if auth.params else {})}


def script_documents(scripts: Sequence[Script], prefix: str = "") -> tuple[list[Document], list[Document]]:
    """Scripts, and those that are switched off, which v3 does not know.

    Args:
        prefix: of the type; ``http:`` in folders.
    """
    made: tuple[list[Document], list[Document]] = ([], [])
    for script in scripts:
        document: Document = {
            "type": prefix + _TYPES[script.listen],
            "code": script.source,
            "language": "text/javascript",
        }
        if script.packages:
            document["packages"] = dict(script.packages)
        made[not script.enabled].append(document)
    return made


def settings_of(behavior: Mapping[str, Json]) -> Document:
    """``protocolProfileBehavior`` as settings."""
    settings = dict(behavior)
    headers = settings.get("disabledSystemHeaders")
    if isinstance(headers, dict):
        settings["disabledSystemHeaders"] = [name for name, off in headers.items() if off]
    return settings

"""Postman's request JSON to `RequestSpec` and back. Scripts hand us the same JSON as collections do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runner.model.collection import (
    Auth,
    Body,
    FileBody,
    FormParam,
    GraphQLBody,
    Header,
    Json,
    RequestSpec,
)
from runner.parse.url import param_to_json, params_from_json, url_from_json, url_to_json


def description_text(value: Json) -> str | None:
    """A description is a string, or an object with ``content``."""
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else None


def request_from_json(value: Json) -> RequestSpec:
    """A request object, or just its URL."""
    if not isinstance(value, dict):
        return RequestSpec(url_from_json(value))
    method = value.get("method")
    return RequestSpec(
        url=url_from_json(value.get("url")),
        method=str(method).upper() if method else "GET",
        headers=headers_from_json(value.get("header")),
        body=body_from_json(value.get("body")),
        auth=auth_from_json(value.get("auth")),
        description=description_text(value.get("description")),
        proxy=_mapping(value.get("proxy")),
        certificate=_mapping(value.get("certificate")),
    )


def headers_from_json(value: Json) -> tuple[Header, ...]:
    """Header rows, an object of them, or ``Name: value`` lines."""
    return tuple(_headers(value))


def _headers(value: Json) -> Iterator[Header]:
    if isinstance(value, str):
        for line in value.splitlines():
            if line.strip():
                key, _, text = line.partition(":")
                yield Header(key.strip(), text.strip())
    elif isinstance(value, dict):
        for key, text in value.items():
            yield Header(key, _as_text(text))
    elif isinstance(value, list):
        for row in value:
            if isinstance(row, str):
                yield from _headers(row)
            elif isinstance(row, dict):
                yield Header(
                    key=_as_text(row.get("key")),
                    value="null" if row.get("value", "") is None else _as_text(row.get("value")),
                    enabled=not row.get("disabled"),
                    system=row.get("system") is True,
                    description=description_text(row.get("description")),
                )


def _as_text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def auth_from_json(value: Json) -> Auth | None:
    """Auth parameters stand as rows (v2.1) or as an object (v2.0)."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or not value["type"]:
        return None
    kind = value["type"]
    rows = value.get(kind)
    params: dict[str, Json] = {}
    if isinstance(rows, dict):
        params = dict(rows)
    elif isinstance(rows, list):
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("key"), str):  # those that are disabled count too
                params[row["key"]] = row.get("value")
    return Auth(kind, params)


def body_from_json(value: Json) -> Body | None:
    """A request body; a plain string is a raw one."""
    if isinstance(value, str):
        return Body("raw", raw=value)
    if not isinstance(value, dict):
        return None
    raw = value.get("raw")
    file = value.get("file")
    graphql = value.get("graphql")
    options = value.get("options")
    return Body(
        mode=_as_text(value.get("mode") or None) or None,
        raw=raw if isinstance(raw, str) or raw is None else json.dumps(raw, ensure_ascii=False, separators=(",", ":")),
        urlencoded=tuple(params_from_json(value.get("urlencoded"))),
        formdata=tuple(_form_params(value.get("formdata"))),
        file=_file(file) if file is not None else None,
        graphql=graphql_from_json(graphql),
        options=options if isinstance(options, dict) else {},
        enabled=not value.get("disabled"),
    )


def graphql_from_json(value: Json) -> GraphQLBody | None:
    """The members of a GraphQL body, or just its query. A null is sent, what is not there is not."""
    if isinstance(value, dict):
        names = ("query", "operationName", "variables")
        nulls = tuple(name for name in names if name in value and value[name] is None)
        return GraphQLBody(value.get("query"), value.get("operationName"), value.get("variables"), nulls)
    return GraphQLBody(value) if isinstance(value, str) else None


def _file(value: Json) -> FileBody:
    if isinstance(value, str):
        return FileBody(src=value)
    if isinstance(value, dict):
        content = value.get("content")
        return FileBody(src=value.get("src"), content=content if isinstance(content, str) else None)
    return FileBody()


def _form_params(value: Json) -> Iterator[FormParam]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield FormParam(str(key), item)
    elif isinstance(value, list):
        for row in value:
            if isinstance(row, dict):
                src = row.get("src")
                yield FormParam(
                    key=_as_text(row.get("key")),
                    value=row.get("value"),
                    type=str(row.get("type") or "text"),
                    src=tuple(map(_as_text, src)) if isinstance(src, list) else _as_text(src) or None,
                    content_type=row.get("contentType"),
                    file_name=row.get("fileName"),
                    enabled=not row.get("disabled"),
                    description=description_text(row.get("description")),
                    typed="type" in row,
                )


def _mapping(value: Json) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None


def request_to_json(request: RequestSpec) -> dict[str, Json]:
    """The request as collection v2.1 JSON, the form scripts and reports want."""
    data: dict[str, Json] = {"url": url_to_json(request.url)}
    if request.description is not None:
        data["description"] = {"content": request.description, "type": "text/plain"}
    data["header"] = [header_to_json(header) for header in request.headers]
    data["method"] = request.method
    if request.body is not None:
        data["body"] = body_to_json(request.body)
    if request.auth is not None:
        data["auth"] = auth_to_json(request.auth)
    if request.proxy is not None:
        data["proxy"] = dict(request.proxy)
    if request.certificate is not None:
        data["certificate"] = dict(request.certificate)
    return data


def header_to_json(header: Header) -> dict[str, Json]:
    """A header row of a collection or a report."""
    row: dict[str, Json] = {"key": header.key, "value": header.value}
    if not header.enabled:
        row["disabled"] = True
    if header.system:
        row["system"] = True
    if header.description is not None:
        row["description"] = {"content": header.description, "type": "text/plain"}
    return row


def auth_to_json(auth: Auth) -> dict[str, Json]:
    """Auth in the v2.1 form, parameters as rows."""
    return {
        "type": auth.type,
        auth.type: [{"type": "any", "value": value, "key": key} for key, value in auth.params.items()],
    }


def body_to_json(body: Body) -> dict[str, Json]:
    """A body with the fields of its mode."""
    data: dict[str, Json] = {"mode": body.mode}
    if body.raw is not None:
        data["raw"] = body.raw
    if body.urlencoded or body.mode == "urlencoded":
        data["urlencoded"] = [param_to_json(param) for param in body.urlencoded]
    if body.formdata or body.mode == "formdata":
        data["formdata"] = [_form_param_to_json(param) for param in body.formdata]
    if body.file is not None:
        data["file"] = {
            key: value for key, value in (("src", body.file.src), ("content", body.file.content)) if value is not None
        }
    if body.graphql is not None:
        data["graphql"] = body.graphql.members()
    if body.options:
        data["options"] = dict(body.options)
    if not body.enabled:
        data["disabled"] = True
    return data


def _form_param_to_json(param: FormParam) -> dict[str, Json]:
    row: dict[str, Json] = {"key": param.key}
    if param.typed:
        row["type"] = param.type
    if param.value is not None or param.type != "file":
        row["value"] = param.value
    if param.src is not None or param.type == "file":
        row["src"] = list(param.src) if isinstance(param.src, tuple) else param.src
    if param.content_type is not None:
        row["contentType"] = param.content_type
    if param.file_name is not None:
        row["fileName"] = param.file_name
    if not param.enabled:
        row["disabled"] = True
    if param.description is not None:
        row["description"] = {"content": param.description, "type": "text/plain"}
    return row

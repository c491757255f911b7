"""A request of collection format v1 as v2.1 JSON: URL, headers and body.

The rules are those of postman-collection-transformer 4 (lib/converters/v1.0.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runner.model.collection import Json
from runner.parse.url import (
    param_to_json,
    params_from_json,
    parse_query,
    parse_url,
    render_query,
    render_url,
    url_to_json,
)
from runner.parse.v1_auth import auth_to_v21

_MODES = {"binary": "file", "graphql": "graphql", "params": "formdata", "raw": "raw", "urlencoded": "urlencoded"}
_HEADER = re.compile(r"^((?://\s*)?\S+):(.*)$", re.MULTILINE)
_FOLDED = re.compile(r"\r\n([ \t])")


def request_to_v21(request: Mapping[str, Any]) -> dict[str, Json]:
    """What a v1 request sends, as the ``request`` of a v2.1 item."""
    result: dict[str, Json] = {
        "method": request.get("method"),
        "header": _headers(request),
        "url": _url(request),
    }
    auth = auth_to_v21(request)
    body = _body(request)
    if auth:
        result["auth"] = auth
    if body:
        result["body"] = body
    if request.get("description"):
        result["description"] = request["description"]
    return result


def _url(request: Mapping[str, Any]) -> dict[str, Json]:
    raw = request["url"] if isinstance(request.get("url"), str) else ""
    url = url_to_json(parse_url(raw))
    params = list(rows(request.get("queryParams")))
    if params:
        url["query"] = [_query_param(row) for row in params]
        if any("equals" in row for row in params):
            raw = _with_query(raw, url["query"])
    variables = [
        {key: value for key, value in row.items() if key != "id"} for row in rows(request.get("pathVariableData"))
    ]
    described = [row.get("key") for row in variables]  # of any type
    plain = request.get("pathVariables")
    if isinstance(plain, Mapping):
        variables += [{"key": key, "value": value} for key, value in plain.items() if key not in described]
    if variables:
        url["variable"] = variables
    return {"raw": raw, **url}


def _query_param(row: Mapping[str, Any]) -> dict[str, Json]:
    param = _toggled(row)
    if "equals" in param:  # says whether a parameter without a value has a "="
        if not param.pop("equals"):
            param["value"] = param.get("value") or None
        elif param.get("value") is None:
            param["value"] = ""
    return param


def _with_query(raw: str, params: list[dict[str, Json]]) -> str:
    url = parse_url(raw)
    bare, hash_sign, fragment = render_url(url, substitute=False).partition("#")
    query = render_query(tuple(params_from_json(params)))
    return bare.partition("?")[0] + ("?" + query if query else "") + hash_sign + fragment


def _headers(request: Mapping[str, Any]) -> list[dict[str, Json]]:
    listed = request.get("headers")
    if isinstance(listed, list):
        return [_toggled(row) for row in rows(listed)]
    headers = []
    for row in rows(request.get("headerData")):
        header = _toggled(row)
        _uncomment(header)
        headers.append(header)
    known = [header.get("key") for header in headers]  # of any type
    if isinstance(listed, str):
        for match in _HEADER.finditer(_FOLDED.sub(r"\1", listed)):
            header = {"key": match[1], "value": match[2].strip()}
            _uncomment(header)
            if header["key"] not in known:
                headers.append(header)
    return headers


def _uncomment(header: dict[str, Json]) -> None:
    """Switches a header off whose name is commented out with ``//``."""
    key = header.get("key")
    if isinstance(key, str) and key.startswith("//"):
        header["key"] = key.replace("//", "", 1).strip()
        header["disabled"] = True


def _body(request: Mapping[str, Any]) -> dict[str, Json] | None:
    data, raw, graphql = request.get("data"), request.get("rawModeData"), request.get("graphqlModeData")
    mode = _MODES.get(str(request.get("dataMode")))
    if (not mode and _empty(data) and _empty(raw) and _empty(graphql)) or request.get("dataMode", "") is None:
        return None
    options = request["dataOptions"] if isinstance(request.get("dataOptions"), Mapping) else {}
    text = raw[0] if isinstance(raw, list) and len(raw) == 1 else raw
    text = text if isinstance(text, str) else None
    if _empty(graphql):
        graphql = data if options.get("graphql") is not None and not _empty(data) else None
    if not mode:
        if not text and isinstance(data or raw, list):
            mode = "formdata"
        else:
            mode = "graphql" if not text and graphql else "raw"
    body: dict[str, Json] = {"mode": mode}
    if mode == "raw":
        body["raw"] = text or (data if isinstance(data, str) else "")
    elif mode == "graphql":
        body["graphql"] = graphql
    elif mode == "file":
        body["file"] = {"src": text}
    else:
        body[mode] = list(_fields(data or raw))
    named = {_MODES[key]: value for key, value in options.items() if key in _MODES and not _empty(value)}
    if named:
        body["options"] = named
    if request.get("dataDisabled"):
        body["disabled"] = True
    return body


def _fields(value: Json) -> Iterator[dict[str, Json]]:
    """Fields of a form; a file's path stands in ``value``."""
    if isinstance(value, str):
        value = [param_to_json(param) for param in parse_query(value)]
    for row in rows(value):
        if row.get("key") is None:
            continue
        field = _toggled(row)
        if field.get("type") == "file" and not field.get("src") and field.get("value"):
            src = field.pop("value")
            field["src"] = src if isinstance(src, (str, list)) else None
        yield field


def _toggled(row: Mapping[str, Any]) -> dict[str, Json]:
    """A row with v1's ``enabled`` as ``disabled``, without an empty description."""
    result = {key: value for key, value in row.items() if key != "enabled" and (key != "description" or value)}
    if row.get("enabled") is False:
        result["disabled"] = True
    return result


def rows(value: Json) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; nothing if it is none."""
    for row in value if isinstance(value, list) else ():
        if isinstance(row, Mapping):
            yield row


def _empty(value: Json) -> bool:
    return not (isinstance(value, (str, list, Mapping)) and value)

"""Collection format v1 (a flat list of requests, and folders that order them by id) as v2.1 JSON.

The rules are those of postman-collection-transformer 4 (lib/converters/v1.0.0), which Newman uses;
here the ids of requests and folders are kept, so that they can be selected and jumped to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runner.errors import InputError
from runner.model.collection import Json
from runner.model.records import dataclass
from runner.parse.v1_auth import auth_to_v21
from runner.parse.v1_request import request_to_v21, rows

#: A folder or request may be placed so often on the average, and so many in any case.
_TIMES, _SOME = 10, 10_000
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def is_v1(data: Mapping[str, Any]) -> bool:
    """Whether this is a collection of format v1: it has requests instead of items."""
    return isinstance(data.get("requests"), list) and not isinstance(data.get("item"), list)


def v1_to_v21(data: Mapping[str, Any], path: str | None = None) -> dict[str, Json]:
    """The same collection in format v2.1.

    Args:
        data: a collection for which `is_v1` holds.
        path: what to call the file in an error.

    Raises:
        InputError: a folder contains itself, or folders stand in so many others that there is no end of requests.
    """
    requests = {str(request.get("id")): request for request in rows(data.get("requests"))}
    folders: dict[str, list[Mapping[str, Any]]] = {}  # of several folders with one id the contents are joined
    for folder in rows(data.get("folders")):
        folders.setdefault(str(folder.get("id")), []).append(folder)
    every = [folder for same in folders.values() for folder in same]
    inner = {child for folder in every for child in _ids(folder.get("folders_order"))}
    outer = _ids(data["folders_order"]) if isinstance(data.get("folders_order"), list) else list(folders)
    order = data.get("order")
    if not isinstance(order, list):  # a file that says nothing of the order: as they come
        placed = {one for folder in every for one in _ids(folder.get("order"))}
        order = [one for one in requests if one not in placed]
    parts = _Parts(folders, requests, path, _TIMES * (len(folders) + len(requests)) + _SOME)
    items: list[dict[str, Json]] = [
        _folder(one, parts, ()) for one in dict.fromkeys(outer) if one in folders and one not in inner
    ]
    items += [_item(requests[one], requests) for one in dict.fromkeys(_ids(order)) if one in requests]
    info = {"_postman_id": data.get("id"), "name": data.get("name"), "schema": SCHEMA}
    if data.get("description"):
        info["description"] = data["description"]
    return {"info": info, "item": items, **_common(data, root=True)}


@dataclass(slots=True)
class _Parts:
    """What a collection is put together from. ``left``: how many folders and requests may still be placed; each may
    stand in several folders, so that a small file could mean a collection that no memory holds."""

    folders: Mapping[str, list[Mapping[str, Any]]]
    requests: Mapping[str, Mapping[str, Any]]
    path: str | None
    left: int

    def place(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise InputError("its folders stand in so many others that there is no end of requests", path=self.path)


def _folder(identifier: str, parts: _Parts, parents: tuple[str, ...]) -> dict[str, Json]:
    folders, requests = parts.folders, parts.requests
    folder = folders[identifier][-1]
    if identifier in parents:
        raise InputError(f'the folder "{folder.get("name")}" contains itself', path=parts.path)
    parents = (*parents, identifier)
    items: list[dict[str, Json]] = []
    for part in folders[identifier]:
        inner = [one for one in _ids(part.get("folders_order")) if one in folders]
        placed = [one for one in _ids(part.get("order")) if one in requests]
        parts.place(len(inner) + len(placed))
        items += [_folder(one, parts, parents) for one in inner]
        items += [_item(requests[one], requests) for one in placed]
    result: dict[str, Json] = {"id": folder.get("id"), "name": folder.get("name"), "item": items}
    if folder.get("description"):
        result["description"] = folder["description"]
    return {**result, **_common(folder)}


def _item(request: Mapping[str, Any], requests: Mapping[str, Mapping[str, Any]]) -> dict[str, Json]:
    common = _common(request)
    common.pop("auth", None)
    return {
        "id": request.get("id"),
        "name": request.get("name") or "",
        **common,
        "request": request_to_v21(request),
        "response": [_response(response, requests) for response in _responses(request)],
    }


def _common(entity: Mapping[str, Any], *, root: bool = False) -> dict[str, Json]:
    """What a collection, a folder and a request may have alike."""
    result: dict[str, Json] = {}
    auth = auth_to_v21(entity)
    if auth and not (root and auth["type"] == "noauth"):
        result["auth"] = auth
    for key, value in (("event", _events(entity)), ("variable", _variables(entity))):
        if value:
            result[key] = value
    behavior = entity.get("protocolProfileBehavior")
    if isinstance(behavior, Mapping) and behavior:
        result["protocolProfileBehavior"] = behavior
    return result


def _events(entity: Mapping[str, Any]) -> list[dict[str, Json]]:
    tests, before = entity.get("tests"), entity.get("preRequestScript")
    if not tests and not before:
        return [{**event, "listen": event.get("listen") or "test"} for event in rows(entity.get("events"))]
    return [
        {"listen": listen, "script": {"type": "text/javascript", "exec": _lines(source)}}
        for listen, source in (("test", tests), ("prerequest", before))
        if source
    ]


def _lines(source: Json) -> Json:
    return source.split("\n") if isinstance(source, str) else source


def _variables(entity: Mapping[str, Any]) -> list[dict[str, Json]]:
    variables = []
    for row in rows(entity.get("variables") or entity.get("variable")):
        kind = row.get("type")
        variable: dict[str, Json] = {"key": row.get("key") or row.get("id"), "value": row.get("value")}
        if kind:
            variable["type"] = "string" if kind == "text" else kind
        if row.get("disabled") or row.get("enabled") is False:
            variable["disabled"] = True
        if row.get("description"):
            variable["description"] = row["description"]
        variables.append(variable)
    return variables


def _responses(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    responses = {str(response.get("id")): response for response in rows(request.get("responses"))}
    for identifier in _ids(request.get("responses_order")) or responses:
        if identifier in responses:
            yield responses[identifier]


def _response(response: Mapping[str, Any], requests: Mapping[str, Mapping[str, Any]]) -> dict[str, Json]:
    status = response["responseCode"] if isinstance(response.get("responseCode"), Mapping) else {}
    code = str(status.get("code") or "")
    original = _saved_request(response, requests)
    result = {
        "id": response.get("id"),
        "name": response.get("name") or "response",
        "originalRequest": request_to_v21(original) if original else None,
        "status": status.get("name") or None,
        "code": int(code) if code.isdecimal() and code.isascii() else None,
        "_postman_previewlanguage": response.get("language"),
        "header": response.get("headers"),
        "responseTime": response.get("time"),
        "body": response.get("text"),
    }
    return {key: value for key, value in result.items() if value is not None}


def _saved_request(response: Mapping[str, Any], requests: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The request that a response was saved with: written out, as JSON text, or as an id."""
    for value in (response.get("requestObject"), response.get("request")):
        if isinstance(value, str) and value:
            try:
                value = json.loads(value)
            except ValueError:
                value = requests.get(value)
        if isinstance(value, Mapping):
            return value
    return None


def _ids(value: Json) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []

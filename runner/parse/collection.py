"""Collection JSON to the model: v2.0 and v2.1, and v1 by way of `runner.parse.v1`.

Unknown fields are ignored, as Postman does; what is not a collection at all is refused.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload

from runner.errors import InputError
from runner.model.collection import UNDEFINED, Collection, Example, Folder, Item, Json, Script, Variable
from runner.parse.request import auth_from_json, description_text, headers_from_json, request_from_json
from runner.parse.text import read_json
from runner.parse.v1 import is_v1, v1_to_v21

_MAX_DEPTH = 200
#: Ends of the names of files of other tools, which are no JSON.
_IMPORTED = (".http", ".rest", ".sh", ".curl")
_IMPORT = "`htrun import` makes one of it"


def load_collection(path: str) -> Collection:
    """Reads a collection file.

    Raises:
        InputError: unreadable, not JSON, or not a collection.
    """
    return collection_from(path, read_json)


def collection_from(location: str, read: Callable[[str], Json]) -> Collection:
    """The collection at a location, of which ``read`` gives the JSON.

    Raises:
        InputError: as `load_collection`, and what ``read`` raises.
    """
    try:
        data = read(location)
    except InputError as error:
        if error.line is None or not location.lower().endswith(_IMPORTED):
            raise
        raise InputError(f"is not a Postman collection; {_IMPORT}", path=error.path) from None
    return collection_from_json(data, location)


def collection_from_json(data: Json, path: str | None = None) -> Collection:
    """A parsed collection file as the model; ``{"collection": {...}}`` (Postman's API) is unwrapped.

    Raises:
        InputError: not a collection.
    """
    if isinstance(data, dict) and isinstance(data.get("collection"), dict):
        data = data["collection"]
    if not isinstance(data, dict):
        raise InputError(f"is not a collection: it holds {_kind(data)}, not an object", path=path)
    if is_v1(data):
        data = v1_to_v21(data, path)
    _refuse_others(data, path)
    info = data["info"] if isinstance(data.get("info"), dict) else {}
    return Collection(
        id=_id(info.get("_postman_id") or info.get("id") or data.get("id")),
        name=_name(info.get("name") or data.get("name")) or "",
        children=tuple(_children(data.get("item"), path, 1)),
        scripts=tuple(_scripts(data.get("event"))),
        auth=auth_from_json(data.get("auth")),
        variables=variables_from_json(data.get("variable")),
        description=description_text(info.get("description") or data.get("description")),
        behavior=_behavior(data),
        source=data,
        path=path,
    )


def variables_from_json(value: Json) -> tuple[Variable, ...]:
    """A variable list; ``disabled: true`` and the ``enabled: false`` of exports both switch off."""
    if isinstance(value, dict) and not ("key" in value or "id" in value):
        return tuple(Variable(str(key), item) for key, item in value.items())
    return tuple(
        Variable(
            key="" if row.get("key") is None and row.get("id") is None else str(row.get("key", row.get("id"))),
            value=row.get("value", UNDEFINED),
            type=row.get("type") if isinstance(row.get("type"), str) else None,
            enabled=not row.get("disabled") and row.get("enabled") is not False,
            description=description_text(row.get("description")),
            name=row.get("name") if isinstance(row.get("name"), str) else None,
        )
        for row in _nodes(value)
    )


def _refuse_others(data: Mapping[str, Any], path: str | None) -> None:
    if isinstance(data.get("item"), (list, dict)):
        return
    if isinstance(data.get("values"), list):
        raise InputError("is an environment, not a collection; pass it with --environment", path=path)
    if "openapi" in data:
        raise InputError(f"is an OpenAPI description, not a Postman collection; {_IMPORT}", path=path)
    if "swagger" in data:
        raise InputError("is a Swagger 2.0 description, not a Postman collection", path=path)
    if isinstance(data.get("log"), dict) and "entries" in data["log"]:
        raise InputError(f"is a HAR recording, not a Postman collection; {_IMPORT}", path=path)
    if not isinstance(data.get("info"), dict):
        raise InputError('is not a collection: it has neither "info" nor "item"', path=path)


def _children(value: Json, path: str | None, depth: int) -> Iterator[Item | Folder]:
    if depth > _MAX_DEPTH:
        raise InputError(f"has folders nested more than {_MAX_DEPTH} deep", path=path)
    if isinstance(value, str):  # to Postman this is a request that says nothing, and fails when it is sent
        yield _item({})
    for node in _nodes(value):
        if isinstance(node.get("item"), (list, dict)):
            yield _folder(node, path, depth)
        else:
            yield _item(node)


def _folder(node: Mapping[str, Any], path: str | None, depth: int) -> Folder:
    return Folder(
        id=_id(node.get("id") or node.get("_postman_id")),
        name=_name(node.get("name")) or "",
        children=tuple(_children(node["item"], path, depth + 1)),
        scripts=tuple(_scripts(node.get("event"))),
        auth=auth_from_json(node.get("auth")),
        variables=variables_from_json(node.get("variable")),
        description=description_text(node.get("description")),
        behavior=_behavior(node),
        source=node,
    )


def _item(node: Mapping[str, Any]) -> Item:
    request = node.get("request")
    return Item(
        id=_id(node.get("id") or node.get("_postman_id")),
        name=_name(node.get("name")) or "",
        request=request_from_json(request if request is not None else {}),
        scripts=tuple(_scripts(node.get("event"))),
        examples=SavedAnswers(node["response"]) if node.get("response") not in (None, []) else (),
        description=description_text(node.get("description")),
        behavior=_behavior(node),
        source=node,
    )


class SavedAnswers(Sequence[Example]):
    """The saved answers of an item, parsed when somebody looks at them: they are half of many collections, and to
    run one none is needed."""

    __slots__ = ("_parsed", "_rows")

    def __init__(self, value: Json) -> None:
        self._rows = value if isinstance(value, Sequence) and not isinstance(value, str) else []
        self._parsed: tuple[Example, ...] | None = None

    def _all(self) -> tuple[Example, ...]:
        if self._parsed is None:
            self._parsed = tuple(_example(node) for node in self._rows if isinstance(node, dict))
        return self._parsed

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, index: int) -> Example: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Example]: ...

    def __getitem__(self, index: int | slice) -> Example | Sequence[Example]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)


def _example(node: Mapping[str, Any]) -> Example:
    body = node.get("body")
    code = node.get("code")
    request = node.get("originalRequest")
    return Example(
        id=_id(node.get("id")),
        name=_name(node.get("name")) or "",
        request=request_from_json(request) if request is not None else None,
        code=code if isinstance(code, int) else None,
        status=node.get("status") if isinstance(node.get("status"), str) else None,
        headers=headers_from_json(node.get("header")),
        body=body if isinstance(body, str) or body is None else json.dumps(body),
    )


def _scripts(value: Json) -> Iterator[Script]:
    for event in _nodes(value):
        if event.get("listen") not in ("prerequest", "test"):
            continue
        script = event.get("script")
        if isinstance(script, (str, list)):
            script = {"exec": script}
        if not isinstance(script, dict):
            continue
        source = script.get("exec")
        if isinstance(source, list):
            source = "\n".join(line for line in source if isinstance(line, str))
        packages = script.get("packages")
        yield Script(
            listen=event["listen"],
            source=source if isinstance(source, str) else "",
            id=_id(script.get("id")),
            enabled=not event.get("disabled"),
            packages=packages if isinstance(packages, dict) else {},
            name=_name(script.get("name")),
        )


def _nodes(value: Json) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; Postman takes a single one for a list of one."""
    for node in value if isinstance(value, list) else [value]:
        if isinstance(node, dict):
            yield node


def _behavior(node: Mapping[str, Any]) -> Mapping[str, Json]:
    value = node.get("protocolProfileBehavior")
    return value if isinstance(value, dict) else {}


def _id(value: Json) -> str:
    return value if isinstance(value, str) and value else str(uuid.uuid4())


def _name(value: Json) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)


def _kind(data: Json) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(data), "nothing" if data is None else "something else")

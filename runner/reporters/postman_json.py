"""The model as Postman's collection JSON v2.1, with the members and the order that Newman writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from runner.model.collection import (
    UNDEFINED,
    Collection,
    Example,
    Folder,
    Header,
    Item,
    RequestSpec,
    Script,
    Variable,
    VariableSet,
)
from runner.model.records import replace
from runner.parse.request import auth_to_json, header_to_json, request_to_json
from runner.variables import VARIABLE_TYPES

Members: TypeAlias = dict[str, Any]

_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def variable_json(variable: Variable) -> Members:
    kind = variable.type if variable.type in VARIABLE_TYPES else "any"
    members: Members = {"type": kind, "value": variable.value, "key": variable.key}
    if variable.value is UNDEFINED:
        del members["value"]
    return members if variable.enabled else {**members, "disabled": True}


def variables_json(variables: VariableSet) -> Members:
    """An environment or globals: ``{id, name?, values}``."""
    members: Members = {"id": variables.id}
    if variables.name is not None:
        members["name"] = variables.name
    members["values"] = [variable_json(row) for row in variables.values]
    return members


def request_json(spec: RequestSpec, headers: Sequence[Header] | None = None) -> Members:
    """A request; ``headers`` takes the place of its own, for a request as it was sent."""
    members = request_to_json(spec if headers is None else replace(spec, headers=tuple(headers)))
    if not members["header"]:
        del members["header"]
    return members


def item_json(item: Item, examples: bool = True) -> Members:
    """A request of a collection. ``examples=False`` leaves its saved responses out."""
    members: Members = {**_identity(item), "request": request_json(item.request)}
    members["response"] = [_example_json(example) for example in item.examples] if examples else []
    members["event"] = _events(item.scripts)
    return _with_extras(members, item.description, item.behavior)


def folder_json(folder: Folder) -> Members:
    members: Members = {**_identity(folder), "item": _children(folder)}
    members["event"] = _events(folder.scripts)
    if folder.variables:
        members["variable"] = [variable_json(row) for row in folder.variables]
    if folder.auth is not None:
        members["auth"] = auth_to_json(folder.auth)
    return _with_extras(members, folder.description, folder.behavior)


def collection_json(collection: Collection) -> Members:
    """A collection as it was before the run."""
    members: Members = {"_": {"postman_id": collection.id}, "item": _children(collection)}
    members["event"] = _events(collection.scripts)
    members["variable"] = [variable_json(row) for row in collection.variables]
    if collection.auth is not None:
        members["auth"] = auth_to_json(collection.auth)
    if collection.behavior:
        members["protocolProfileBehavior"] = dict(collection.behavior)
    members["info"] = info_json(collection)
    return members


def info_json(collection: Collection) -> Members:
    info: Members = {"_postman_id": collection.id, "name": collection.name}
    if collection.description is not None:
        info["description"] = _description(collection.description)
    info["schema"] = _SCHEMA
    return info


def parent_json(folder: Folder) -> Members:
    """Which folder, or which collection, something stands in; without its contents."""
    members = _identity(folder)
    if isinstance(folder, Collection):
        members["info"] = info_json(folder)
    return members


def _identity(node: Item | Folder) -> Members:
    """Id and name; what has no name in the collection has none in a report."""
    return {"id": node.id, "name": node.name} if node.name else {"id": node.id}


def _children(folder: Folder) -> list[Members]:
    return [folder_json(child) if isinstance(child, Folder) else item_json(child) for child in folder.children]


def _events(scripts: Sequence[Script]) -> list[Members]:
    return [_event_json(script) for script in scripts]


def _event_json(script: Script) -> Members:
    inner: Members = {"id": script.id, "type": "text/javascript", "exec": script.source.split("\n")}
    if script.packages:
        inner["packages"] = dict(script.packages)
    event: Members = {"listen": script.listen, "script": inner}
    return event if script.enabled else {**event, "disabled": True}


def _example_json(example: Example) -> Members:
    members: Members = {"id": example.id, "name": example.name}
    if example.request is not None:
        members["originalRequest"] = request_json(example.request)
    members["status"], members["code"] = example.status, example.code
    members["header"] = [header_to_json(header) for header in example.headers]
    members["body"] = example.body
    return members


def _with_extras(members: Members, description: str | None, behavior: Mapping[str, Any]) -> Members:
    if description is not None:
        members["description"] = _description(description)
    if behavior:
        members["protocolProfileBehavior"] = dict(behavior)
    return members


def _description(text: str) -> Members:
    return {"content": text, "type": "text/plain"}

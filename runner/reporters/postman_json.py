"""The model as Postman's collection JSON v2.1, with the members and the order that Newman writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from runner.model.collection import (
    Auth,
    Body,
    Collection,
    Example,
    Folder,
    FormParam,
    Header,
    Item,
    Param,
    RequestSpec,
    Script,
    Url,
    Variable,
    VariableSet,
)

Members: TypeAlias = dict[str, Any]

_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def url_json(url: Url) -> Members:
    members: Members = {}
    if url.protocol is not None:
        members["protocol"] = url.protocol
    if url.auth is not None:
        members["auth"] = {"user": url.auth.user, "password": url.auth.password}
    if url.port is not None:
        members["port"] = url.port
    if url.path is not None:
        members["path"] = list(url.path)
    if url.hash is not None:
        members["hash"] = url.hash
    if url.host is not None:
        members["host"] = list(url.host)
    members["query"] = [param_json(param) for param in url.query]
    members["variable"] = [variable_json(variable) for variable in url.variables]
    return members


def param_json(param: Param) -> Members:
    return _with_state({"key": param.key, "value": param.value}, param.enabled, param.description)


def header_json(header: Header) -> Members:
    members = _with_state({"key": header.key, "value": header.value}, header.enabled, header.description)
    if header.system:
        members["system"] = True
    return members


def variable_json(variable: Variable) -> Members:
    members: Members = {"type": variable.type or "any", "value": variable.value, "key": variable.key}
    return _with_state(members, variable.enabled, None)


def variables_json(variables: VariableSet) -> Members:
    """An environment or globals: ``{id, name?, values}``."""
    members: Members = {"id": variables.id}
    if variables.name is not None:
        members["name"] = variables.name
    members["values"] = [variable_json(row) for row in variables.values]
    return members


def body_json(body: Body) -> Members:
    members: Members = {"mode": body.mode}
    if body.mode == "raw":
        members["raw"] = body.raw if body.raw is not None else ""
    elif body.mode == "urlencoded":
        members["urlencoded"] = [param_json(param) for param in body.urlencoded]
    elif body.mode == "formdata":
        members["formdata"] = [_form_json(param) for param in body.formdata]
    elif body.mode == "file" and body.file is not None:
        file = {"src": body.file.src, "content": body.file.content}
        members["file"] = {key: value for key, value in file.items() if value is not None}
    elif body.mode == "graphql" and body.graphql is not None:
        graphql = body.graphql
        members["graphql"] = {"query": graphql.query, "variables": graphql.variables}
        if graphql.operation_name is not None:
            members["graphql"]["operationName"] = graphql.operation_name
    if body.options:
        members["options"] = dict(body.options)
    return _with_state(members, body.enabled, None)


def auth_json(auth: Auth) -> Members:
    rows = [{"type": "any", "value": value, "key": key} for key, value in auth.params.items()]
    return {"type": auth.type, auth.type: rows} if auth.type != "noauth" else {"type": "noauth"}


def request_json(spec: RequestSpec, headers: Sequence[Header] | None = None) -> Members:
    """A request; ``headers`` takes the place of its own, for a request as it was sent."""
    members: Members = {"url": url_json(spec.url)}
    rows = [header_json(header) for header in (spec.headers if headers is None else headers)]
    if rows:
        members["header"] = rows
    members["method"] = spec.method
    if spec.body is not None and spec.body.mode is not None:
        members["body"] = body_json(spec.body)
    if spec.auth is not None:
        members["auth"] = auth_json(spec.auth)
    if spec.description is not None:
        members["description"] = _description(spec.description)
    if spec.proxy is not None:
        members["proxy"] = dict(spec.proxy)
    if spec.certificate is not None:
        members["certificate"] = dict(spec.certificate)
    return members


def item_json(item: Item, examples: bool = True) -> Members:
    """A request of a collection. ``examples=False`` leaves its saved responses out."""
    members: Members = {"id": item.id, "name": item.name, "request": request_json(item.request)}
    members["response"] = [_example_json(example) for example in item.examples] if examples else []
    members["event"] = _events(item.scripts)
    return _with_extras(members, item.description, item.behavior)


def folder_json(folder: Folder) -> Members:
    members: Members = {"id": folder.id, "name": folder.name, "item": _children(folder)}
    members["event"] = _events(folder.scripts)
    if folder.variables:
        members["variable"] = [variable_json(row) for row in folder.variables]
    if folder.auth is not None:
        members["auth"] = auth_json(folder.auth)
    return _with_extras(members, folder.description, folder.behavior)


def collection_json(collection: Collection, variables: VariableSet | None = None) -> Members:
    """A collection; ``variables`` takes the place of its own, for their state after a run."""
    rows = collection.variables if variables is None else variables.values
    members: Members = {"_": {"postman_id": collection.id}, "item": _children(collection)}
    members["event"] = _events(collection.scripts)
    members["variable"] = [variable_json(row) for row in rows]
    if collection.auth is not None:
        members["auth"] = auth_json(collection.auth)
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
    members: Members = {"id": folder.id, "name": folder.name}
    if isinstance(folder, Collection):
        members["info"] = info_json(folder)
    return members


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
    members["header"] = [header_json(header) for header in example.headers]
    members["body"] = example.body
    return members


def _form_json(param: FormParam) -> Members:
    members: Members = {"key": param.key, "type": param.type}
    if param.src is not None:
        members["src"] = list(param.src) if isinstance(param.src, tuple) else param.src
    elif param.value is not None or param.type != "file":
        members["value"] = param.value
    if param.content_type is not None:
        members["contentType"] = param.content_type
    if param.file_name is not None:
        members["fileName"] = param.file_name
    return _with_state(members, param.enabled, param.description)


def _with_state(members: Members, enabled: bool, description: str | None) -> Members:
    if not enabled:
        members["disabled"] = True
    if description is not None:
        members["description"] = _description(description)
    return members


def _with_extras(members: Members, description: str | None, behavior: Mapping[str, Any]) -> Members:
    if description is not None:
        members["description"] = _description(description)
    if behavior:
        members["protocolProfileBehavior"] = dict(behavior)
    return members


def _description(text: str) -> Members:
    return {"content": text, "type": "text/plain"}

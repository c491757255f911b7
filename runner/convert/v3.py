"""A collection as the files of format v3: the reverse of ``runner.parse.v3``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runner.convert.names import Names
from runner.convert.v3_request import (
    Document,
    asked_document,
    auth_document,
    header_rows,
    request_document,
    script_documents,
    settings_of,
)
from runner.model.collection import UNDEFINED, Collection, Example, Folder, Item, Variable
from runner.parse.v3_parts import EXTRA

_DEFINITION = ".resources/definition.yaml"
_STEP = 1000  # between two neighbours, so that another one can be put there


def v3_documents(collection: Collection) -> Iterator[tuple[str, Document]]:
    """The files of a collection: their paths, with ``/``, and what is in them.

    Ids are written if the collection came with them; scripts have none in v3.
    """
    definition = _definition(collection)
    named = {"$kind": "collection", **_id(collection.source.get("info")), "name": collection.name}
    yield _DEFINITION, {**named, **definition}
    yield from _children(collection, "", frozenset(collection.behavior))


def _children(folder: Folder, place: str, inherited: frozenset[str]) -> Iterator[tuple[str, Document]]:
    names = Names()
    for number, child in enumerate(folder.children, 1):
        order = number * _STEP
        if isinstance(child, Folder):
            name = names.take(child.name, "folder")
            inner = f"{place}{name}/"
            named = {**_id(child.source), **_name(child.name, name)}
            yield inner + _DEFINITION, {"$kind": "collection", **named, **_definition(child), "order": order}
            yield from _children(child, inner, inherited | set(child.behavior))
        else:
            yield from _item(child, place, names.take(child.name, "http-request"), order, inherited)


def _item(item: Item, place: str, name: str, order: int, inherited: frozenset[str]) -> Iterator[tuple[str, Document]]:
    description = item.description if item.request.description is None else item.request.description
    named = {**_id(item.source), **_name(item.name, name), **_described(description)}
    document = {"$kind": "http-request", **named, **request_document(item, inherited)}
    extra = document.pop(EXTRA, None)
    examples = f".resources/{name}.resources/examples"
    if len(item.examples):
        document["examples"] = f"./{examples}"
    document["order"] = order
    yield f"{place}{name}.request.yaml", {**document, **({EXTRA: extra} if extra else {})}
    names = Names()
    saved = item.source.get("response")
    rows = [row for row in saved if isinstance(row, dict)] if isinstance(saved, list) else []
    ids = [row.get("id") for row in rows]
    for number, example in enumerate(item.examples):
        called = names.take(example.name, "example")
        identifier = _id({"id": ids[number]} if number < len(ids) else {})
        header = {"$kind": "http-example", **identifier, **_name(example.name, called)}
        yield f"{place}{examples}/{called}.example.yaml", {**header, **_example(example), "order": (number + 1) * _STEP}


def _example(example: Example) -> Document:
    document: Document = {"request": {"url": "", "method": "GET"}}
    if example.request is not None:
        document["request"], extra = asked_document(example.request)
        document |= {EXTRA: extra} if extra else {}
    # the schema of v3 wants these three; the Postman CLI fills them in like this
    response: Document = {
        "statusCode": 200 if example.code is None else example.code,
        "statusText": example.status or "",
    }
    if example.headers:
        response["headers"] = header_rows(example.headers)
    response["body"] = {"type": _body_type(example), "content": example.body or ""}
    return {**document, "response": response}


def _body_type(example: Example) -> str:
    written = next((one.value.lower() for one in example.headers if one.key.lower() == "content-type"), "")
    return next((kind for kind in ("json", "html", "xml", "javascript") if kind in written), "text")


def _definition(folder: Folder) -> Document:
    """What a folder says about everything in it."""
    document = _described(folder.description)
    if folder.variables:
        document["variables"] = [_variable(one) for one in folder.variables]
    if folder.auth is not None:
        document["auth"] = auth_document(folder.auth)
    scripts, disabled = script_documents(folder.scripts, "http:")
    if scripts:
        document["scripts"] = scripts
    if folder.behavior:
        document["settings"] = settings_of(folder.behavior)
    return {**document, **({EXTRA: {"disabledScripts": disabled}} if disabled else {})}


def _variable(variable: Variable) -> Document:
    row: Document = {"key": variable.key}
    if variable.value is not UNDEFINED:
        row["value"] = variable.value
    if variable.type == "secret":
        row["secret"] = True
    elif variable.type is not None:
        row["type"] = variable.type
    if not variable.enabled:
        row["disabled"] = True
    for name, value in (("name", variable.name), ("description", variable.description)):
        row |= {name: value} if value is not None else {}
    return row


def _id(source: Any) -> Document:
    """The id that something had in its file."""
    members: Mapping[str, Any] = source if isinstance(source, Mapping) else {}
    found: Sequence[Any] = [members.get(name) for name in ("id", "_postman_id")]
    return next(({"id": one} for one in found if isinstance(one, str) and one), {})


def _name(name: str, stem: str) -> Document:
    return {} if name == stem else {"name": name}


def _described(text: str | None) -> Document:
    return {} if text is None else {"description": text}

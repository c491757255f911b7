"""Collections of the formats v1, v2.0 and v3 as v2.1 JSON, with all that they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.model.collection import Json
from runner.parse.collection import collection_from_json
from runner.parse.v1 import SCHEMA, is_v1, v1_to_v21

#: What holds auth, or what holds it.
_WITH_AUTH = frozenset({"item", "request", "response", "originalRequest"})


def to_v21(data: Json, path: str | None = None) -> dict[str, Json]:
    """A collection as v2.1 JSON. What a v2 collection has is kept, also what htrun does not know.

    Args:
        data: the JSON of a collection v1 or v2, or what ``runner.parse.v3.v3_to_v21`` made of a v3 one.
        path: what to call the file in an error.

    Raises:
        InputError: not a collection.
    """
    collection_from_json(data, path)
    inner = data["collection"] if isinstance(data.get("collection"), Mapping) else data
    made = _with_rows(v1_to_v21(inner, path) if is_v1(inner) else inner)
    info = made.get("info")
    made["info"] = {**(info if isinstance(info, dict) else {"name": made.pop("name", "")}), "schema": SCHEMA}
    return {"info": made.pop("info"), **made}


def _with_rows(value: Json) -> Any:
    """A copy in which auth has its parameters as rows. What is called auth elsewhere, say inside of the value of a
    variable, is not touched."""
    if isinstance(value, Mapping):
        return {
            name: _auth(one) if name == "auth" else _with_rows(one) if name in _WITH_AUTH else _copy(one)
            for name, one in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_with_rows(one) for one in value]
    return value


def _auth(auth: Json) -> Any:
    kind = auth.get("type") if isinstance(auth, Mapping) else None
    params = auth.get(kind) if isinstance(kind, str) else None
    if not isinstance(params, Mapping):
        return _copy(auth)
    rows = [{"key": key, "value": _copy(value), "type": _type_of(value)} for key, value in params.items()]
    return {**_copy(auth), kind: rows}


def _copy(value: Json) -> Any:
    if isinstance(value, Mapping):
        return {name: _copy(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_copy(one) for one in value]
    return value


def _type_of(value: Json) -> str:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "any"

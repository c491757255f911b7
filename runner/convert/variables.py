"""Environments and globals as the files of Postman's formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.model.collection import Json
from runner.parse.environment import variable_set_from_json


def is_variables(data: Json) -> bool:
    """Whether a file holds an environment or globals, as exports and the app's folders do."""
    return isinstance(data, Mapping) and "values" in data and "item" not in data


def scope_of(data: Mapping[str, Any], path: str) -> str:
    """``environment`` or ``globals``: what the file says, else its name."""
    scope = data.get("_postman_variable_scope")
    return "globals" if scope == "globals" or ".globals." in path.lower() else "environment"


def variables_document(data: Mapping[str, Any], path: str | None, scope: str, *, v3: bool) -> dict[str, Json]:
    """The same variables, with the members that the other format has.

    Args:
        scope: ``environment`` or ``globals``.
        v3: for a file in YAML; else for JSON, as Postman imports it.

    Raises:
        InputError: they are none.
    """
    variable_set_from_json(data, path, scope)
    rows = data["values"]
    kept = {name: value for name, value in data.items() if not name.startswith(("_postman", "$")) and name != "values"}
    document: dict[str, Json] = {**kept, "values": rows}
    return document if v3 else {**document, "_postman_variable_scope": scope}

"""Environment and globals files to the model."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from runner.errors import InputError
from runner.model.collection import Json, VariableSet
from runner.parse.collection import variables_from_json
from runner.parse.text import read_json


def load_variable_set(path: str, what: str = "environment") -> VariableSet:
    """Reads an environment or globals file.

    Raises:
        InputError: unreadable, not JSON, or holding no variables.
    """
    return variable_set_from_json(read_json(path), path, what)


def variable_set_from_json(data: Json, path: str | None = None, what: str = "environment") -> VariableSet:
    """``{"values": [...]}``, the same wrapped by Postman's API, a bare list, or (as Newman takes it)
    an object of names and values."""
    if isinstance(data, Mapping):
        for wrapper in ("environment", "globals", "data"):
            if isinstance(data.get(wrapper), Mapping):
                data = data[wrapper]
                break
    if isinstance(data, list):
        return VariableSet(str(uuid.uuid4()), None, variables_from_json(data))
    if not isinstance(data, Mapping):
        raise InputError(f"is not an {what} file: it has no variables", path=path)
    if isinstance(data.get("item"), list):
        raise InputError(f"is a collection, not a file of {what} variables", path=path)
    values = data.get("values")
    if values is not None and not isinstance(values, (list, Mapping)):
        raise InputError('"values" is not a list of variables', path=path)
    name = data.get("name")
    identifier = data.get("id")
    return VariableSet(
        id=identifier if isinstance(identifier, str) and identifier else str(uuid.uuid4()),
        name=name if isinstance(name, str) else None,
        values=variables_from_json(values),
    )

"""``expect: schema``: the body against a JSON Schema (library jsonschema, imported when a file uses it)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runner.errors import InputError
from runner.model.collection import Json
from runner.parse.nodes import Spot
from runner.parse.text import decode


def schema_of(spot: Spot) -> Json:
    """The schema that is written in the file, or in the JSON or YAML file that it names.

    Raises:
        InputError: there is no such file, or it is no JSON Schema.
    """
    from jsonschema import SchemaError, validators

    schema: Any = spot.plain() if spot.is_mapping else _read(spot)
    if not isinstance(schema, dict):
        raise spot.error(f"{spot.what} must be a JSON Schema or the name of a file with one")
    try:
        validators.validator_for(schema).check_schema(schema)
    except SchemaError as error:
        place = "/".join(str(part) for part in error.absolute_path)
        raise spot.error(
            f"the JSON Schema is wrong{f' at {place}' if place else ''}: {_short(error.message)}"
        ) from None
    return schema


def schema_problem(schema: Json, value: Json) -> str | None:
    """Where and why a value does not match, or None if it does."""
    from jsonschema import exceptions, validators

    checker = validators.validator_for(schema)(schema)
    try:
        error = exceptions.best_match(checker.iter_errors(value))
    except Exception as problem:  # a reference to nowhere raises something of another library
        return f"the schema cannot be used: {_short(str(problem))}"
    if error is None:
        return None
    return f"{error.json_path}: {_short(error.message)}"


def _read(spot: Spot) -> Any:
    name = spot.text()
    path = Path(spot.path).parent / name
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise spot.error(f"the schema {name} cannot be read: {error.strerror or error}") from None
    try:
        if path.suffix in (".yaml", ".yml"):
            from runner.parse.nodes import read_yaml

            return read_yaml(text, str(path), "a schema").plain()
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"is no JSON: {error}", path=str(path)) from None


def schema_name(schema: Json) -> str:
    """What the schema calls itself."""
    title = schema.get("title")
    return f"the schema {title}" if isinstance(title, str) else "the schema"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:197] + "..."

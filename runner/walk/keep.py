"""Saving variables for the next time: in files that only their owner can read, never in the collection."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from runner.atomic import write_whole
from runner.errors import HtrunError
from runner.export import variables_document
from runner.model.collection import Variable, VariableSet
from runner.model.records import replace
from runner.parse.environment import load_variable_set


def save_variables(path: Path, kind: Literal["environment", "globals"], name: str, values: Sequence[Variable]) -> None:
    """Writes an environment or globals file as Postman imports it; what else is in the file stays.

    Args:
        name: of the environment, if the file is new.
        values: variables of the type ``secret`` keep it.

    Raises:
        HtrunError: the file cannot be written, or (``InputError``) what is there is no such file.
    """
    known = VariableSet(str(uuid.uuid4()), name)
    if path.exists():
        known = load_variable_set(str(path), kind)
    document = variables_document(replace(known, values=_merged(known.values, values)), kind)
    secret = {row.key for row in (*known.values, *values) if row.type == "secret"}
    for row in document["values"]:
        if row["key"] in secret:
            row["type"] = "secret"
    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("utf-8", "backslashreplace"), private=True)
    except OSError as error:
        raise HtrunError(f"cannot write the {kind} to {path}: {error.strerror or error}") from error


def _merged(known: Sequence[Variable], values: Sequence[Variable]) -> tuple[Variable, ...]:
    new = {row.key: row for row in values}
    kept = []
    for row in known:
        fresh = new.pop(row.key, None) if row.enabled else None
        kept.append(row if fresh is None else replace(row, value=fresh.value, type=fresh.type or row.type))
    return (*kept, *new.values())

"""What a run leaves behind for the next one: environment, globals, collection and cookies as files.

Contents and places are those of Newman (newman, lib/run/index.js, lib/run/export-file.js), but a file is
replaced only by a whole new one, and a place that cannot be written to is found out before the run.
"""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

from runner import __version__
from runner.atomic import write_whole
from runner.errors import HtrunError
from runner.model.collection import UNDEFINED, Collection, Json, Variable, VariableSet
from runner.model.records import dataclass
from runner.reporters.export import export_path
from runner.reporters.postman_json import collection_json
from runner.variables import VARIABLE_TYPES


@dataclass(frozen=True, slots=True)
class Exports:
    """Where to write what; None for nowhere. An existing folder gets a file with a time in its name."""

    environment: str | None = None
    globals: str | None = None
    collection: str | None = None
    cookie_jar: str | None = None

    def check(self) -> None:
        """Makes the folders that are missing.

        Raises:
            HtrunError: one of the files could not be written.
        """
        for kind, path in self._wanted():
            target = export_path(path, f"newman-{kind}.json")
            with _Explained(kind, target):
                folder = Path(os.path.realpath(target)).parent
                folder.mkdir(parents=True, exist_ok=True)
                if not os.access(target if target.exists() else folder, os.W_OK):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def write(
        self, *, environment: VariableSet, globals: VariableSet, collection: Collection, cookies: Json
    ) -> tuple[Path, ...]:
        """Writes the files that are wanted and returns their paths.

        Args:
            collection: as it was read: like Newman, with the values that its variables had at first.
            cookies: the jar as tough-cookie's JSON.

        Raises:
            HtrunError: a file cannot be written; the others are.
        """
        contents: dict[str, Callable[[], Json]] = {
            "environment": lambda: variables_document(environment, "environment"),
            "globals": lambda: variables_document(globals, "globals"),
            "collection": lambda: collection_document(collection),
            "cookie-jar": lambda: cookies,
        }
        written: list[Path] = []
        failed: HtrunError | None = None
        for kind, path in self._wanted():
            try:
                written.append(write_json(kind, path, contents[kind]()))
            except HtrunError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return tuple(written)

    def _wanted(self) -> Iterator[tuple[str, str]]:
        for name in self.__match_args__:
            path = getattr(self, name)
            if path:
                yield name.replace("_", "-"), path


def variables_document(variables: VariableSet, scope: str) -> dict[str, Json]:
    """An environment or globals file as Postman imports it."""
    document: dict[str, Json] = {"id": variables.id}
    if variables.name is not None:
        document["name"] = variables.name
    document["values"] = [_row(variable) for variable in variables.values]
    return _stamped(document, scope)


def collection_document(collection: Collection) -> dict[str, Json]:
    """A collection file (v2.1)."""
    return _stamped(collection_json(collection), "collection")


def _row(variable: Variable) -> dict[str, Json]:
    row: dict[str, Json] = {} if variable.enabled else {"disabled": True}
    if variable.name is not None:
        row["name"] = variable.name
    if variable.description is not None:
        row["description"] = {"content": variable.description, "type": "text/plain"}
    kind = variable.type if variable.type in VARIABLE_TYPES else "any"
    value = {} if variable.value is UNDEFINED else {"value": variable.value}
    return {**row, "type": kind, **value, "key": variable.key}


def _stamped(document: dict[str, Json], scope: str) -> dict[str, Json]:
    document.setdefault("name", scope)
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        **document,
        "_postman_variable_scope": scope,
        "_postman_exported_at": now,
        "_postman_exported_using": f"htrun/{__version__}",
    }


def write_json(kind: str, path: str, content: Json) -> Path:
    """Writes a document as a whole or not at all, and returns where to; a folder gets a file with a time in its name.

    Args:
        kind: what it is, for messages and the name in a folder: ``collection``.

    Raises:
        HtrunError: it cannot be written.
    """
    target = export_path(path, f"newman-{kind}.json")
    # what is half of a UTF-16 pair has no UTF-8: it is escaped, as JavaScript does
    data = json.dumps(_numbers(content), indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")
    with _Explained(kind, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data)
    return target


def _numbers(value: Json) -> Json:
    """Numbers as JavaScript writes them: 5 for 5.0, null for what is not finite."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, (list, tuple)) else value


class _Explained:
    """Turns an OSError into one sentence."""

    def __init__(self, kind: str, path: Path) -> None:
        self._kind, self._path = kind, path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            what = self._kind.replace("-", " ")
            raise HtrunError(f"cannot write the {what} to {self._path}: {error.strerror or error}") from error

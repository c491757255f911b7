"""An OpenAPI document: its parts with references followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from runner.errors import InputError
from runner.importing.build import Notes
from runner.model.collection import Json
from runner.model.records import dataclass, field

_MAX_HOPS = 50


@dataclass(frozen=True, slots=True)
class Document:
    """The document, and what could not be carried over so far."""

    root: Mapping[str, Json]
    path: str | None = None
    notes: Notes = field(default_factory=Notes)

    def mapping(self, value: Json) -> Mapping[str, Json]:
        """An object, behind references too; an empty one if it is something else.

        Raises:
            InputError: a reference that leads nowhere.
        """
        value = self.resolved(value)
        return value if isinstance(value, Mapping) else {}

    def items(self, value: Json) -> Sequence[Json]:
        """A list; an empty one if it is something else."""
        return value if isinstance(value, list) else []

    def resolved(self, value: Json) -> Json:
        """The value that a reference leads to; in OpenAPI 3.1, what stands beside ``$ref`` counts too."""
        for _ in range(_MAX_HOPS):
            if not isinstance(value, Mapping) or not isinstance(value.get("$ref"), str):
                return value
            target = self._target(value["$ref"])
            beside = {key: item for key, item in value.items() if key != "$ref"}
            value = {**target, **beside} if beside and isinstance(target, Mapping) else target
        raise InputError(f"$ref {value['$ref']!r} leads in a circle", path=self.path)

    def _target(self, reference: str) -> Json:
        pointer = reference.partition("#")[2]
        value: Json = self.root
        for part in pointer.split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(value, Mapping) and name in value:
                value = value[name]
            elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            else:
                raise InputError(f"$ref {reference!r} leads nowhere", path=self.path)
        return value


def text(value: Json) -> str:
    """A string; nothing if it is something else."""
    return value if isinstance(value, str) else ""

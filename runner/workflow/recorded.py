"""What an earlier run has shown: the variables that each request really set, from htrun's JSON report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from runner.errors import InputError
from runner.model.collection import Json, Located
from runner.workflow.itemflow import Define

_WHERE = "an earlier run"


def recorded_writes(report: Json, path: str, items: Sequence[Located]) -> dict[int, tuple[Define, ...]]:
    """By ``id()`` of an item: what it set.

    Args:
        path: of the report, for errors.

    Raises:
        InputError: it is no JSON report of htrun.
    """
    rows = report.get("variableChanges") if isinstance(report, Mapping) else None
    if not isinstance(rows, list):
        raise InputError("is no JSON report of htrun that holds what was set (run it with -r json)", path=path)
    by_id = {located.item.id: located for located in items}
    by_path: dict[str, list[Located]] = {}
    for located in items:
        by_path.setdefault(located.path, []).append(located)
    found: dict[int, dict[Define, None]] = {}
    for identity, place, define in _rows(rows):
        # ids are made anew at each reading if the file has none; a path may stand for several requests
        own = by_id.get(identity)
        for one in (own,) if own else by_path.get(place, ()):
            found.setdefault(id(one.item), {}).setdefault(define)
    return {item: tuple(defines) for item, defines in found.items()}


def _rows(rows: Sequence[Json]) -> Iterator[tuple[str, str, Define]]:
    for row in rows:
        if isinstance(row, Mapping) and isinstance(row.get("key"), str) and not row.get("removed"):
            define = Define(row["key"], str(row.get("scope", "unknown")), _WHERE)
            yield str(row.get("id")), str(row.get("item")), define

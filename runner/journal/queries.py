"""What the journal knows: runs, and the items of each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

from runner.errors import UsageError
from runner.journal.alive import incomplete_file, lives
from runner.journal.schema import Database, span
from runner.model.collection import Json
from runner.model.records import dataclass

LAST = "last"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``status``: running, killed, passed, failed, stopped (by an error or its time limit), interrupted;
    incomplete: how it ended could not be written down."""

    id: int
    started: float  #: epoch seconds
    ended: float | None  #: epoch seconds
    status: str
    name: str
    inputs: tuple[str, ...]
    folder: str
    command: str  #: see ``runner.journal.command``
    files: str
    base: str | None
    token: str
    length: int  #: items that it has in all
    items: int  #: of those, how many have run
    items_failed: int
    requests: int
    checks: int
    checks_failed: int
    error: str | None
    resumed: int  #: how often it was taken up again
    whole: bool  #: False: not everything could be written down

    @property
    def over(self) -> bool:
        """Whether it has ended by itself."""
        return self.status in ("passed", "failed")


@dataclass(frozen=True, slots=True)
class Item:
    """One time that an item has run. ``checks``: name and whether it passed; None if it was skipped."""

    id: int
    input: int
    iteration: int
    step: str | None
    path: str
    started: float  #: epoch seconds
    duration: float  #: ms of waiting for answers
    latency: float | None  #: ms of the request itself
    method: str | None
    status: int | None
    outcome: str  #: passed, failed, skipped, unknown
    failure: str | None
    checks: tuple[tuple[str, bool | None], ...]
    size: int | None  #: bytes of the body
    hash: str | None
    shape: str | None  #: for ``shape_of``


@dataclass(frozen=True, slots=True)
class InFlight:
    """A request that was sent, or about to be, by an item that has not ended."""

    path: str
    iteration: int
    method: str
    url: str  #: without its query
    origin: str  #: item, script, auth
    at: float  #: epoch seconds


_RUN = (
    "id, started, ended, status, name, inputs, folder, command, files, base, token, length, items, items_failed,"
    " requests, checks, checks_failed, error, resumed"
)
_ITEM = (
    "id, input, iteration, step, path, started, duration, latency, method, status, outcome, failure, checks, size,"
    " hash, shape"
)


def progress(items: int, length: int) -> str:
    """How far a run has got: ``5 of 8``, or ``9`` because of loops."""
    return f"{items} of {length}" if items <= length else str(items)


def runs(database: Database) -> list[Run]:
    """All runs, the newest first."""
    return [_run(database, row) for row in database.rows(f"SELECT {_RUN} FROM runs ORDER BY id DESC")]


def find_run(database: Database, name: str) -> Run:
    """The run of a number, or the ``last`` one.

    Raises:
        UsageError: there is none.
    """
    if name == LAST:
        found = database.rows(f"SELECT {_RUN} FROM runs ORDER BY id DESC LIMIT 1")
        if not found:
            raise UsageError(f"there is no run in the journal {database.path}")
    else:
        number = name.removeprefix("#")
        wanted = int(number) if number.isdecimal() and len(number) < 19 else -1  # SQLite counts to 2**63
        found = database.rows(f"SELECT {_RUN} FROM runs WHERE id = ?", (wanted,))
        if not found:
            raise UsageError(f"there is no run {name} in the journal {database.path}: `htrun runs` lists them")
    return _run(database, found[0])


def last_of(database: Database, input: str, before: int | None = None) -> tuple[Run, int] | None:
    """The newest run of an input that does not go on any more, and the number that the input has in it.

    Args:
        input: as ``input_name`` makes it.
        before: only runs that began before this one.
    """
    rows = database.rows(
        f"SELECT {_RUN} FROM runs WHERE id < ? AND EXISTS (SELECT 1 FROM json_each(inputs) WHERE value = ?)"
        " ORDER BY id DESC",
        (before or 1 << 31, input),
    )
    for row in rows:
        run = _run(database, row)
        if run.status != "running":
            return run, run.inputs.index(input)
    return None


def failed_in(database: Database, run: int, input: int) -> frozenset[str]:
    """The addresses of the items of an input that failed, or of which nobody knows how they ended."""
    rows = database.rows(
        "SELECT DISTINCT path FROM items WHERE id BETWEEN ? AND ? AND input = ? AND outcome IN ('failed', 'unknown')",
        (*span(run), input),
    )
    return frozenset(path for (path,) in rows)


def fails_of(database: Database, run: int, check: str) -> int:
    """How many items of a run failed at a check of that name."""
    ((count,),) = database.rows(
        "SELECT count(*) FROM items WHERE id BETWEEN ? AND ? AND outcome = 'failed' AND EXISTS (SELECT 1 FROM"
        " json_each(coalesce(checks, '[]')) AS one WHERE json_extract(one.value, '$[0]') = ?"
        " AND json_extract(one.value, '$[1]') = 0)",
        (*span(run), check),
    )
    return int(count)


def input_name(location: str, shown: str) -> str:
    """What an input is called in the journal, wherever the command is run.

    Args:
        shown: it without passwords.
    """
    return os.path.abspath(location) if os.path.exists(location) else shown


def items(database: Database, run: int) -> Iterator[Item]:
    """The items of a run, in the order in which they have ended."""
    for row in database.each(f"SELECT {_ITEM} FROM items WHERE id BETWEEN ? AND ? ORDER BY id", span(run)):
        values = dict(zip(_ITEM.replace(",", "").split(), row, strict=True))
        values["checks"] = tuple((name, passed) for name, passed in json.loads(values["checks"] or "[]"))
        yield Item(**values)


def in_flight(database: Database, run: int) -> list[InFlight]:
    """The requests of items that have not ended."""
    rows = database.rows(
        "SELECT path, iteration, method, url, origin, at FROM wire WHERE id BETWEEN ? AND ? AND NOT EXISTS ("
        " SELECT 1 FROM items WHERE items.id BETWEEN ? AND ? AND items.path = wire.path"
        " AND items.input = wire.input AND items.iteration = wire.iteration AND items.step IS wire.step"
        " AND items.occurrence = wire.occurrence) ORDER BY id",
        (*span(run), *span(run)),
    )
    return [InFlight(*row) for row in rows]


def shape_of(database: Database, hash: str) -> str | None:
    """A shape: one line for each place in the JSON and what is found there, such as ``$.items[].id integer``."""
    found = database.rows("SELECT shape FROM shapes WHERE hash = ?", (hash,))
    return str(found[0][0]) if found else None


def _run(database: Database, row: Sequence[Any]) -> Run:
    values: dict[str, Json] = dict(zip(_RUN.replace(",", "").split(), row, strict=True))
    values["inputs"] = tuple(json.loads(values["inputs"]))
    values["whole"] = not incomplete_file(database.path, values["id"]).exists()
    run = Run(**values)
    if run.status != "running":
        return run
    values["status"] = "incomplete" if not run.whole else "running" if lives(database.path, run.id) else "killed"
    values["items"], values["items_failed"], values["requests"] = _counted(database, run.id)
    return Run(**values)


def _counted(database: Database, run: int) -> tuple[int, int, int]:
    """Of a run that has no end: items, those that failed, and those of which a request has an answer."""
    ((items, failed, requests),) = database.rows(
        "SELECT count(*), coalesce(sum(outcome IN ('failed', 'unknown')), 0), coalesce(sum(latency IS NOT NULL), 0)"
        " FROM items WHERE id BETWEEN ? AND ?",
        span(run),
    )
    return items, failed, requests

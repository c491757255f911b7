"""Keeping the journal small."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress

from runner.errors import InputError
from runner.journal.alive import incomplete_file, lives, lock_file
from runner.journal.schema import Database, span

KEEP = 200  #: runs
MOST = 256 * 1024 * 1024  #: bytes
_TABLES = ("events", "shared", "wire", "items")


def tidy(database: Database) -> None:
    """Removes the oldest runs when there are more than ``KEEP`` or the file holds more than ``MOST``."""
    ((count,),) = database.rows("SELECT count(*) FROM runs")
    size = _size(database)
    if count <= KEEP and size <= MOST:
        return
    remove(database, _removable(database)[KEEP:])
    while _size(database) > MOST:
        rest = _removable(database)
        if len(rest) < 2:  # the last one stays, however large it is
            return
        remove(database, rest[-1:])


def removable(database: Database, keep: int | None, before: float | None) -> list[int]:
    """The runs beyond the newest ``keep``, and those that began before a time (epoch seconds); none that go on."""
    found = _removable(database)
    chosen = set(found[keep:] if keep is not None else ())
    if before is not None:
        older = {number for (number,) in database.rows("SELECT id FROM runs WHERE started < ?", (before,))}
        chosen |= older & set(found)
    return sorted(chosen)


def remove(database: Database, runs: Iterable[int]) -> None:
    """Removes runs and gives the room back to the file system.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        _remove(database, runs)
    except sqlite3.Error as error:
        raise InputError(f"the journal cannot be written: {error}", path=str(database.path)) from None


def _remove(database: Database, runs: Iterable[int]) -> None:
    removed = False
    for number in runs:
        with database.writing() as connection:
            for table in _TABLES:
                connection.execute(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", span(number))
            connection.execute("DELETE FROM runs WHERE id = ?", (number,))
        for file in (lock_file, incomplete_file):
            with suppress(OSError):
                file(database.path, number).unlink()
        removed = True
    if removed:
        with database.writing() as connection:
            connection.execute("DELETE FROM shapes WHERE hash NOT IN (SELECT shape FROM items WHERE shape IS NOT NULL)")


def size_of(database: Database, run: int) -> int:
    """Roughly how many bytes the journal has of a run."""
    sizes = {"events": "length(data)", "shared": "length(data)", "items": "length(coalesce(state, '') || replay)"}
    return sum(
        int(database.rows(f"SELECT total({size}) FROM {table} WHERE id BETWEEN ? AND ?", span(run))[0][0])
        for table, size in sizes.items()
    )


def _removable(database: Database) -> list[int]:
    """All that do not go on, the newest first."""
    rows = database.rows("SELECT id, status FROM runs ORDER BY id DESC")
    return [number for number, status in rows if status != "running" or not lives(database.path, number)]


def _size(database: Database) -> int:
    """Bytes that are in use."""
    ((pages,),) = database.rows("PRAGMA page_count")
    ((free,),) = database.rows("PRAGMA freelist_count")
    ((size,),) = database.rows("PRAGMA page_size")
    return int((pages - free) * size)

"""The tables of the journal, and the connection to them.

``runs``: one row for each run. ``items``: one for each time that an item has run, written when it has ended, with what
others compare (times, status, checks, shape) and what it takes to go on behind it (``replay``, ``state``). ``events``:
the events of an item, with its id, or those between items. ``shared``: what the events of a run have in common.
``wire``: requests, written before they are sent. ``shapes``: what JSON bodies look like, by their hash.

The ids of all but ``runs`` and ``shapes`` are those of ``span``: what belongs to a run lies together and is found
without an index, which would have to be written with every request.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from runner.errors import InputError
from runner.journal.place import Location, prepare

VERSION = 1
#: Seconds for which a process waits while another one writes.
_PATIENCE = 10.0

_TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started REAL NOT NULL,          -- epoch seconds
    ended REAL,
    status TEXT NOT NULL,           -- running, passed, failed, stopped (an error or time limit), interrupted
    name TEXT NOT NULL,             -- of the collection, workflow, or all of them
    inputs TEXT NOT NULL,           -- JSON: the inputs as the user named them, absolute if they are files
    token TEXT NOT NULL,            -- what its secrets are sealed for
    htrun TEXT NOT NULL,            -- version
    folder TEXT NOT NULL,           -- current directory
    command TEXT NOT NULL,          -- JSON: the arguments; see command.py
    files TEXT NOT NULL,            -- JSON: path -> what it was like; see files.py
    base TEXT,                      -- JSON: variables and cookies before the first item
    length INTEGER NOT NULL DEFAULT 0,      -- items in all iterations
    items INTEGER NOT NULL DEFAULT 0,
    items_failed INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    checks INTEGER NOT NULL DEFAULT 0,
    checks_failed INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    resumed INTEGER NOT NULL DEFAULT 0      -- how often
);
CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    input INTEGER NOT NULL,         -- number of the input, from 0
    iteration INTEGER NOT NULL,
    step TEXT,                      -- of a workflow
    path TEXT NOT NULL,             -- address in its collection: Users/Get user[2]
    occurrence INTEGER,             -- the n-th time in this iteration and step, from 0; NULL: not to be resumed
    started REAL NOT NULL,          -- epoch seconds
    duration REAL NOT NULL,         -- ms of waiting for answers, all requests together
    latency REAL,                   -- ms of the request itself
    method TEXT,
    status INTEGER,                 -- of the response
    outcome TEXT NOT NULL,          -- passed, failed, skipped, unknown
    failure TEXT,                   -- the first
    checks TEXT,                    -- JSON: [[name, true | false | null (skipped)], ...]
    size INTEGER,                   -- bytes of the body
    hash TEXT,                      -- of the body
    shape TEXT,                     -- of the JSON in it: shapes.hash
    replay TEXT,                    -- JSON: what the engine needs to know of it
    state TEXT                      -- JSON: what has changed in variables and cookies
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY,         -- that of the item
    item INTEGER NOT NULL,          -- 1: events of an item, 0: between items
    input INTEGER NOT NULL,
    told INTEGER,                   -- order in the reports; NULL: nobody was told yet
    at REAL NOT NULL,               -- epoch seconds
    data TEXT NOT NULL              -- JSON, see codec.py
);
CREATE TABLE shared (
    id INTEGER PRIMARY KEY,
    data TEXT NOT NULL              -- JSON, see codec.py
);
CREATE TABLE wire (
    id INTEGER PRIMARY KEY,
    input INTEGER NOT NULL,
    iteration INTEGER NOT NULL,
    step TEXT,
    path TEXT NOT NULL,
    occurrence INTEGER NOT NULL,
    origin TEXT NOT NULL,           -- item, script, auth
    method TEXT NOT NULL,
    url TEXT NOT NULL,              -- without its query
    at REAL NOT NULL                -- epoch seconds
);
CREATE TABLE shapes (hash TEXT PRIMARY KEY, shape TEXT NOT NULL) WITHOUT ROWID;
"""


def span(run: int) -> tuple[int, int]:
    """The first and last id of what belongs to a run: ``WHERE id BETWEEN ? AND ?``."""
    return run << 32, (run + 1 << 32) - 1


class Database:
    """The open file. Thread-safe; several processes may have it open.

    Raises:
        InputError: it cannot be opened or made, or is none.
    """

    def __init__(self, place: Location, *, create: bool = True) -> None:
        self.path = place.path
        self._lock = threading.RLock()
        self._synchronous = False
        if place.path.is_dir():
            raise InputError("is a folder: name a file as the journal", path=str(place.path))
        if create:
            prepare(place)
        elif not place.path.exists():
            raise InputError("there is no journal: no run has left anything here", path=str(place.path))
        try:
            self._connection = sqlite3.connect(
                place.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            self.process = os.getpid()
            self._open(create)
        except sqlite3.Error as error:
            raise InputError(f"cannot be used as a journal: {error}", path=str(place.path)) from None

    def _open(self, create: bool) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise InputError("was written by a newer htrun: install that, or name another journal", path=str(self.path))
        names = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master")}
        if names and not {"runs", "items", "events", "shared", "wire", "shapes"} <= names:
            raise InputError("is a database of something else: name another journal", path=str(self.path))
        if version == 0 and not create:
            wal = self.path.name + "-wal"
            raise InputError(
                f"there are no runs in it; if it was copied without {wal}, they are there: copy both",
                path=str(self.path),
            )
        if version == 0:
            self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if version == 0:
            with self.writing():
                (version,) = self._connection.execute("PRAGMA user_version").fetchone()
                if version == 0:  # no other process was quicker
                    for statement in _TABLES.split(";\n"):
                        self._connection.execute(statement)
                    self._connection.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def writing(self, *, to_disk: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction. Args: to_disk: it survives a power failure when the block has ended, and all before it.

        Raises:
            sqlite3.Error: it could not be written.
        """
        with self._lock:
            connection = self._connection
            if to_disk is not self._synchronous:
                connection.execute(f"PRAGMA synchronous = {'FULL' if to_disk else 'NORMAL'}")
                self._synchronous = to_disk
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows that a query finds.

        Raises:
            InputError: the file is damaged.
        """
        with self._lock, self._read():
            return self._connection.execute(query, values).fetchall()

    def each(self, query: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """The same rows one at a time, for one reader at a time."""
        with self._read():
            yield from self._connection.execute(query, values)

    @contextmanager
    def _read(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise InputError(f"the journal cannot be read: {error}", path=str(self.path)) from None

    def close(self) -> None:
        """Moves what was written last to where it belongs, which waits for the disk: a process that ends need not."""
        with self._lock:
            self._connection.close()

"""Rows of one run, written as things happen. Thread-safe. What cannot be written is told once; the run goes on."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from runner import __version__
from runner.journal.alive import Hold
from runner.journal.bodies import BodyFacts
from runner.journal.codec import Encoder, dumps
from runner.journal.keys import Key
from runner.journal.schema import Database
from runner.model.records import dataclass
from runner.model.result import ItemResult, RunResult

#: Methods that may be sent twice (RFC 9110, 9.2.2).
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
#: Bytes of each body that are kept, until a run has grown so large.
BODIES = 8 * 1024
_LARGE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a run before it starts; see the table ``runs``."""

    inputs: tuple[str, ...]
    folder: str
    command: str
    files: str
    token: str


@dataclass(frozen=True, slots=True)
class Row:
    """An item that has ended. ``result`` and ``events`` hold no secrets."""

    key: Key | None  #: None: it is not to be resumed
    input: int
    path: str
    result: ItemResult
    events: Sequence[tuple[Any, float]]
    outcome: str
    body: BodyFacts | None = None
    replay: str | None = None
    state: str | None = None


class Writer:
    """Writes one run.

    Args:
        warn: told when something cannot be written.
        tidy: called when the run has ended, to keep the journal small.
    """

    def __init__(
        self,
        database: Database,
        header: Header,
        warn: Callable[[str], None],
        tidy: Callable[[Database], None],
    ) -> None:
        self.database, self.header = database, header
        self.run: int | None = None
        self.broken = False
        self.encoder = Encoder(BODIES)
        self._warn, self._tidy = warn, tidy
        self._lock = threading.RLock()
        self._told = 0
        self._size = 0
        self._notes: list[tuple[int, int, Any, float]] = []  # told, input, event, time
        self._moved: list[tuple[int, int]] = []
        self._shapes: set[str] = set()
        self._hold: Hold | None = None

    def go_on(self, run: int, hold: Hold, highest: int) -> None:
        """It is a run that is taken up again.

        Args:
            hold: its lock.
            highest: number of a definition that it has used.
        """
        self.run, self._hold = run, hold
        self.encoder = Encoder(BODIES, highest)

    def start(self, started: float, name: str, length: int, base: str) -> None:
        """The run begins, or goes on."""
        head = self.header

        def begin(connection: sqlite3.Connection) -> None:
            made = connection.execute(
                "INSERT INTO runs (started, status, name, inputs, token, htrun, folder, command, files, base, length)"
                " VALUES (?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(started, name, dumps(list(head.inputs)), head.token, __version__, head.folder),
                    *(head.command, head.files, base, length),
                ),
            )
            self.run = made.lastrowid

        def go_on(connection: sqlite3.Connection) -> None:
            # What happened between items, and items that were not run but told of, comes again.
            connection.execute("DELETE FROM events WHERE run = ? AND item IS NULL", (self.run,))
            gone = "(SELECT id FROM items WHERE run = ? AND (occurrence IS NULL OR outcome = 'unknown'))"
            connection.execute(f"DELETE FROM events WHERE item IN {gone}", (self.run,))
            connection.execute(f"DELETE FROM items WHERE id IN {gone}", (self.run,))
            connection.execute("UPDATE events SET told = NULL WHERE run = ?", (self.run,))
            connection.execute("UPDATE items SET told = NULL WHERE run = ?", (self.run,))
            connection.execute(
                "UPDATE runs SET status = 'running', ended = NULL, error = NULL, resumed = resumed + 1 WHERE id = ?",
                (self.run,),
            )

        self._write(begin if self.run is None else go_on)
        if self.run is not None and self._hold is None:
            self._hold = Hold(self.database.path, self.run)
            self._hold.take()

    def note(self, event: Any, input: int) -> None:
        """An event between items; it is written with what comes next."""
        with self._lock:
            self._told += 1
            self._notes.append((self._told, input, event, time.time()))

    def wire(self, key: Key, origin: str, method: str, url: str) -> None:
        """A request is about to be sent. If it may not be sent twice, this and all before it is on the disk when
        this returns."""

        def write(connection: sqlite3.Connection) -> None:
            self._write_notes(connection)
            connection.execute(
                "INSERT INTO wire (run, input, iteration, step, path, occurrence, origin, method, url, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(self.run, key.input, key.iteration, key.step, key.path, key.occurrence),
                    *(origin, method, url, time.time()),
                ),
            )

        self._write(write, to_disk=method.upper() not in IDEMPOTENT)

    def item(self, row: Row, *, told: bool) -> int | None:
        """An item has ended; returns its number in the journal.

        Args:
            told: whether it is its turn in the reports.
        """
        number: int | None = None

        def write(connection: sqlite3.Connection) -> None:
            nonlocal number
            self._write_notes(connection)
            number = self._write_item(connection, row, self._turn() if told else None)

        self._write(write)
        return number

    def told(self, item: int) -> None:
        """It is the turn of an item that was written before."""
        with self._lock:
            self._moved.append((self._turn(), item))

    def finish(self, result: RunResult) -> None:
        """The run has ended."""
        status = "passed" if result.passed else "failed"
        if result.interrupted:
            status = "interrupted"
        elif result.error is not None:
            status = "stopped"

        def write(connection: sqlite3.Connection) -> None:
            self._write_notes(connection)
            connection.execute(
                "UPDATE runs SET ended = ?, status = ?, items = ?, items_failed = ?, requests = ?, checks = ?,"
                " checks_failed = ?, error = ? WHERE id = ?",
                (
                    *(result.ended, status, result.items.total, self._failed(connection), result.requests.total),
                    *(result.assertions.total, result.assertions.failed, result.error, self.run),
                ),
            )

        self._write(write)

    def close(self) -> None:
        """Nothing more comes."""
        if self.broken and self.run is not None:
            # Perhaps there is room again by now: nobody may take up a run of which something is missing.
            with suppress(sqlite3.Error), self.database.writing() as connection:
                connection.execute("UPDATE runs SET whole = 0 WHERE id = ?", (self.run,))
        if self._hold is not None:
            self._hold.release()
        if not self.broken:
            with suppress(sqlite3.Error):
                self._tidy(self.database)
        self.database.close()

    # -- inside

    def _turn(self) -> int:
        self._told += 1
        return self._told

    def _failed(self, connection: sqlite3.Connection) -> int:
        (count,) = connection.execute(
            "SELECT count(*) FROM items WHERE run = ? AND outcome IN ('failed', 'unknown')", (self.run,)
        ).fetchone()
        return int(count)

    def _write(self, write: Callable[[sqlite3.Connection], None], *, to_disk: bool = False) -> None:
        with self._lock:
            if self.broken:
                return
            try:
                with self.database.writing(to_disk=to_disk) as connection:
                    write(connection)
            except sqlite3.Error as error:
                self.broken = True
                self._warn(f"the journal {self.database.path} cannot be written: {error}; this run cannot be resumed")
            else:
                self._notes.clear()
                self._moved.clear()

    def _write_notes(self, connection: sqlite3.Connection) -> None:
        for told, input, event, at in self._notes:
            self._write_events(connection, None, input, told, [(event, at)])
        for told, item in self._moved:
            connection.execute("UPDATE items SET told = ? WHERE id = ?", (told, item))
            connection.execute("UPDATE events SET told = ? WHERE item = ?", (told, item))

    def _write_events(
        self,
        connection: sqlite3.Connection,
        item: int | None,
        input: int,
        told: int | None,
        events: Sequence[tuple[Any, float]],
    ) -> None:
        data = self.encoder.text(events)
        shared = self.encoder.taken()
        if shared is not None:
            connection.execute("INSERT INTO shared (run, data) VALUES (?, ?)", (self.run, shared))
        connection.execute(
            "INSERT INTO events (run, item, input, told, at, data) VALUES (?, ?, ?, ?, ?, ?)",
            (self.run, item, input, told, events[0][1], data),
        )
        self._size += len(data)
        if self._size > _LARGE:
            self.encoder.bodies = 0

    def _write_item(self, connection: sqlite3.Connection, row: Row, told: int | None) -> int:
        key, result, body = row.key, row.result, row.body
        exchange = result.exchange
        response = exchange.response if exchange is not None else None
        if body is not None and body.shape is not None and body.shape not in self._shapes:
            connection.execute("INSERT OR IGNORE INTO shapes (hash, shape) VALUES (?, ?)", (body.shape, body.text))
            self._shapes.add(body.shape)
        checks = [[one.name, None if one.skipped else one.passed] for one in result.assertions]
        sent = [one for one in result.exchanges if one.origin != "redirect"]
        request = exchange.request if exchange is not None else result.request
        made = connection.execute(
            "INSERT INTO items (run, input, iteration, step, path, occurrence, told, started, duration, latency,"
            " method, status, outcome, failure, checks, size, hash, shape, replay, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(self.run, row.input, result.cursor.iteration, result.cursor.step, row.path),
                *(None if key is None else key.occurrence, told, row.events[0][1]),
                *(sum(one.timings.total for one in sent), exchange.timings.total if exchange is not None else None),
                *(request.method if request is not None else None, response.code if response is not None else None),
                *(row.outcome, result.failures[0].error.message[:1000] if result.failures else None),
                dumps(checks) if checks else None,
                *((body.size, body.hash, body.shape) if body is not None else (None, None, None)),
                *(row.replay, row.state),
            ),
        )
        number = int(made.lastrowid or 0)
        self._write_events(connection, number, row.input, told, row.events)
        return number


def new_token() -> str:
    """What a run is called by that nobody else is."""
    return uuid.uuid4().hex

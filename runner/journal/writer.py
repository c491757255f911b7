"""Rows of one run, written as things happen. Thread-safe. What cannot be written is told once; the run goes on."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from runner import __version__
from runner.engine.events import RunFinished
from runner.errors import InputError
from runner.journal.alive import Hold
from runner.journal.codec import Encoder, dumps
from runner.journal.keys import Key, clean
from runner.journal.prune import size_of
from runner.journal.rows import IDEMPOTENT, Header, Row
from runner.journal.schema import Database, span
from runner.model.result import RunResult

#: Bytes of each body that are kept, until a run has grown so large.
BODIES = 8 * 1024
_LARGE = 64 * 1024 * 1024
#: Bytes of one run beyond which nothing more of it is kept but how it ends: a run without end must not fill the disk.
MOST_OF_RUN = 512 * 1024 * 1024

#: Seconds after which a request that may be sent twice is written down.
_SOON = 0.25

_WIRE = "INSERT INTO wire VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_EVENTS = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)"
_ITEM = "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


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
        self.cut = False  # the time limit of the run has ended an item
        self.full = False  # it has MOST_OF_RUN
        self._failed_since = 0  # items, since it is full
        self.encoder = Encoder(BODIES)
        self._warn, self._tidy = warn, tidy
        self._lock = threading.RLock()
        self._told = 0
        self._next = 0  # id
        self._size = 0
        self._notes: list[tuple[int, int, list[tuple[Any, float]]]] = []  # told, input, events
        self._moved: list[tuple[int, int]] = []
        self._shapes: set[str] = set()
        self._waiting: dict[Key, list[tuple[Any, ...]]] = {}  # rows of wire that may be written later
        self._slow: threading.Thread | None = None
        self._over = threading.Event()
        self._hold: Hold | None = None

    def go_on(self, run: int, hold: Hold, highest: int) -> None:
        """It is a run that is taken up again.

        Args:
            hold: its lock.
            highest: number of a definition that it has used.
        """
        self.run, self._hold = run, hold
        of_run = span(run)
        for table in ("items", "events", "shared", "wire"):
            ((last,),) = self.database.rows(f"SELECT max(id) FROM {table} WHERE id BETWEEN ? AND ?", of_run)
            self._next = max(self._next, of_run[0], (last or 0) + 1)
        self._size = size_of(self.database, run)
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
            self.run = int(made.lastrowid or 0)
            self._next = span(self.run)[0]

        def go_on(connection: sqlite3.Connection) -> None:
            assert self.run is not None
            of_run = span(self.run)
            # What happened between items, and items that were not run but told of, comes again.
            connection.execute("DELETE FROM events WHERE id BETWEEN ? AND ? AND NOT item", of_run)
            gone = "items WHERE id BETWEEN ? AND ? AND (occurrence IS NULL OR outcome = 'unknown')"
            connection.execute(f"DELETE FROM events WHERE id IN (SELECT id FROM {gone})", of_run)
            connection.execute(f"DELETE FROM {gone}", of_run)
            connection.execute("UPDATE events SET told = NULL WHERE id BETWEEN ? AND ?", of_run)
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
            if self.broken or (self.full and not isinstance(event, RunFinished)):
                return
            if self._notes and self._notes[-1][1] == input and self._notes[-1][0] == self._told:
                self._notes[-1][2].append((event, time.time()))
            else:
                self._notes.append((self._turn(), input, [(event, time.time())]))

    def wire(self, key: Key, origin: str, method: str, url: str) -> None:
        """A request is about to be sent. If it may not be sent twice, this and all before it is on the disk when
        this returns; others are only written if they are not answered soon."""
        with self._lock:
            if self.broken or self.full:
                return
            at = time.time()
            values = (key.input, key.iteration, key.step, key.path, key.occurrence, origin, method, url, at)
            if method.upper() in IDEMPOTENT:
                self._waiting.setdefault(key, []).append(values)
                if self._slow is None:
                    self._slow = threading.Thread(target=self._write_slow, name="htrun-journal", daemon=True)
                    self._slow.start()
            else:
                self._write(lambda connection: connection.execute(_WIRE, (self._number(), *values)), to_disk=True)

    def _write_slow(self) -> None:
        while not self._over.wait(_SOON) and not self.broken:
            with self._lock:
                until = time.time() - _SOON
                slow = [row for rows in self._waiting.values() for row in rows if row[-1] < until]
                if slow:
                    for key in {Key(*row[:5]) for row in slow}:
                        rest = [row for row in self._waiting.pop(key) if row not in slow]
                        if rest:
                            self._waiting[key] = rest
                    self._write(
                        lambda connection, rows=slow: connection.executemany(  # type: ignore[misc]
                            _WIRE, [(self._number(), *row) for row in rows]
                        )
                    )

    def item(self, row: Row, *, told: bool) -> int | None:
        """An item has ended; returns its number in the journal.

        Args:
            told: whether it is its turn in the reports.
        """
        number: int | None = None
        with self._lock:
            if row.key is not None:
                self._waiting.pop(row.key, None)
            if self.full:
                # of what runs beside others it is told twice
                self._failed_since += row.key is not None and row.outcome == "failed"
                return None

        def write(connection: sqlite3.Connection) -> None:
            nonlocal number
            number = self._write_item(connection, row, self._turn() if told else None)

        self._write(write)
        return number

    def told(self, item: int) -> None:
        """It is the turn of an item that was written before."""
        with self._lock:
            if not self.broken:
                self._moved.append((self._turn(), item))

    def finish(self, result: RunResult) -> None:
        """The run has ended."""
        status = "passed" if result.passed else "failed"
        if result.interrupted:
            status = "interrupted"
        elif result.error is not None or self.cut:
            status = "stopped"

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE runs SET ended = ?, status = ?, items = ?, items_failed = ?, requests = ?, checks = ?,"
                " checks_failed = ?, error = ? WHERE id = ?",
                (
                    *(result.ended, status, result.items.total),
                    *(self._failed(connection) + self._failed_since, result.requests.total),
                    *(result.assertions.total, result.assertions.failed, result.error, self.run),
                ),
            )

        self._write(write)

    def close(self) -> None:
        """Nothing more comes."""
        self._over.set()
        if self._hold is not None:
            self._hold.release()
        if not self.broken:
            with suppress(sqlite3.Error, InputError):
                self._tidy(self.database)

    # -- inside

    def _turn(self) -> int:
        self._told += 1
        return self._told

    def _number(self) -> int:
        self._next += 1
        return self._next

    def _failed(self, connection: sqlite3.Connection) -> int:
        assert self.run is not None
        (count,) = connection.execute(
            "SELECT count(*) FROM items WHERE id BETWEEN ? AND ? AND outcome IN ('failed', 'unknown')", span(self.run)
        ).fetchone()
        return int(count)

    def _write(self, write: Callable[[sqlite3.Connection], object], *, to_disk: bool = False) -> None:
        """Writes this and what has waited for it."""

        def both() -> None:
            with self.database.writing(to_disk=to_disk) as connection:
                for told, input, events in self._notes:
                    self._write_events(connection, self._number(), False, input, told, events)
                for told, item in self._moved:
                    connection.execute("UPDATE events SET told = ? WHERE id = ?", (told, item))
                write(connection)
            self._notes.clear()
            self._moved.clear()

        with self._lock:
            self._explained(both)
            if self._size > MOST_OF_RUN and not self.full and not self.broken:
                self.full = True
                self._missing(f"the journal has {self._size >> 20} MB of this run and keeps no more of it")

    def _explained(self, write: Callable[[], None]) -> None:
        if self.broken:
            return
        try:
            write()
        except sqlite3.Error as error:
            self.broken = True
            self._notes.clear()
            self._moved.clear()
            self._missing(f"the journal {self.database.path} cannot be written: {error}")

    def _missing(self, why: str) -> None:
        """Something of this run will not be in the journal."""
        self._waiting.clear()
        if self._hold is not None:
            self._hold.give_up()
        self._warn(f"{why}; this run cannot be resumed")

    def _write_events(
        self,
        connection: sqlite3.Connection,
        number: int,
        item: bool,
        input: int,
        told: int | None,
        events: Sequence[tuple[Any, float]],
    ) -> None:
        data = self.encoder.text(events)
        shared = self.encoder.taken()
        if shared is not None:
            connection.execute("INSERT INTO shared VALUES (?, ?)", (self._number(), shared))
            self._size += len(shared)
        connection.execute(_EVENTS, (number, item, input, told, events[0][1], data))
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
        number = self._number()
        connection.execute(
            _ITEM,
            (
                *(number, row.input, result.cursor.iteration, result.cursor.step, row.path),
                *(None if key is None else key.occurrence, row.events[0][1]),
                *(sum(one.timings.total for one in sent), exchange.timings.total if exchange is not None else None),
                *(request.method if request is not None else None, response.code if response is not None else None),
                *(row.outcome, clean(result.failures[0].error.message[:1000]) if result.failures else None),
                dumps(checks) if checks else None,
                *((body.size, body.hash, body.shape) if body is not None else (None, None, None)),
                *(row.replay, row.state),
            ),
        )
        self._size += len(row.replay or "") + len(row.state or "")
        self._write_events(connection, number, True, row.input, told, row.events)
        return number

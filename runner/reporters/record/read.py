"""Reads a record back: the same events again, one at a time."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from runner.engine.events import Event, ItemFinished, RunFinished, RunStarted
from runner.engine.frame import MAX_FAILURES
from runner.engine.tally import Tally
from runner.errors import InputError
from runner.model.records import dataclass
from runner.model.result import Failure, RunResult
from runner.reporters.record import VERSION
from runner.reporters.record.decode import Decoder


@dataclass(frozen=True, slots=True)
class Line:
    """An event and when it happened."""

    event: Event
    at: float  #: epoch seconds


class Record:
    """A record that is being read. Close it, or use it in a ``with`` block.

    Raises:
        InputError: it cannot be read, or is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", path=str(path)) from None
        try:
            self.masked = self._begin()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def lines(self) -> Generator[Line, None, None]:
        """All events. If the run was killed, what it left is read up to the last whole line, and an end is added that
        says it was interrupted.

        Raises:
            InputError: a line is no event.
        """
        decoder, tally = Decoder(), Tally()
        failures: list[Failure] = []
        at, started, event = 0.0, 0.0, None
        for number, members in self._rest():
            with self._explained(number):
                event = decoder.event(members)
                at = float(members["at"])
            if event is None:
                continue
            tally.handle(event)
            if isinstance(event, RunStarted):
                started = event.started
            elif isinstance(event, ItemFinished):
                failures.extend(event.result.failures[: MAX_FAILURES - len(failures)])
            yield Line(event, at)
            if isinstance(event, RunFinished):
                return
        counts: dict[str, Any] = {**tally.counts()}
        result = RunResult(started, max(at, started), failures=tuple(failures), interrupted=True, **counts)
        yield Line(RunFinished(result), at)

    def _begin(self) -> bool:
        """Reads the first line; says whether the record holds no secrets."""
        try:
            head = json.loads(self._file.readline())
            if head["record"] != "htrun":
                raise ValueError
            version, masked = int(head["version"]), bool(head["masked"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InputError("is no record of a run, as --record writes it", path=str(self._path)) from None
        if version > VERSION:
            raise InputError(
                f"was written by a newer htrun ({head.get('htrun')}): install that, or record the run again",
                path=str(self._path),
            )
        return masked

    def _rest(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in enumerate(self._file, 2):
            if not line.endswith(b"\n"):
                return  # the end of a run that was killed
            with self._explained(number):
                members = json.loads(line)
                if not isinstance(members, dict):
                    raise ValueError
            yield number, members

    @contextmanager
    def _explained(self, number: int) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise InputError("is no event of a record", path=str(self._path), line=number) from None

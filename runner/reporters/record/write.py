"""Writes a record while the run goes on: a run that is killed leaves all that happened until then."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import BinaryIO

from runner import __version__
from runner.engine.events import Event
from runner.errors import HtrunError
from runner.reporters.record import VERSION
from runner.reporters.record.encode import Encoder

#: Bytes of each body that a record keeps, unless somebody wants more or less of them.
BODIES = 1024 * 1024


class RecordWriter:
    """A reporter that writes the record.

    Args:
        path: the file, which is replaced; missing folders are made.
        bodies: bytes of each body that are kept.
        masked: whether the events that it gets hold no secrets.

    Raises:
        HtrunError: the file cannot be written; before the run, or when the disk is full.
    """

    def __init__(self, path: Path, *, bodies: int = BODIES, masked: bool = True) -> None:
        self._path = path
        self._encoder = Encoder(bodies)
        self._end = 0  # of the last whole line
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("wb", buffering=0)
        self._write({"record": "htrun", "version": VERSION, "htrun": __version__, "masked": masked, "bodies": bodies})

    def handle(self, event: Event) -> None:
        self._write(self._encoder.event(event, time()))

    def close(self) -> None:
        with self._explained():
            self._file.close()

    def _write(self, members: object) -> None:
        line = _line(members)
        with self._explained():
            try:
                at = 0
                while at < len(line):
                    at += self._file.write(line[at:])
                self._end += len(line)
            except BaseException:  # Ctrl-C, a full disk: no half line before the next
                if self._file.seekable():
                    self._file.seek(self._end)
                    self._file.truncate()
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or os.strerror(error.errno or 0)
            raise HtrunError(f"cannot write the record to {self._path}: {reason}") from error


def _line(members: object) -> bytes:
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(members, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"

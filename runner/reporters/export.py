"""Report files: where they go, and that a half-written one never takes the place of a whole one."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, TextIO

from runner.atomic import replacing
from runner.errors import HtrunError

_FOLDER = "newman"
_PIECE = 1 << 17  #: bytes that are copied at a time


def export_path(export: str | None, default: str, now: datetime | None = None) -> Path:
    """Where a report goes, by Newman's rules (newman, lib/run/export-file.js).

    Args:
        export: what the user gave: a file, a folder (existing, or ending in a slash), or nothing.
        default: the default file name, e.g. ``newman-run-report.json``; it gets a time stamp.
        now: the time for the stamp; the present by default.
    """
    stem, dot, ending = default.rpartition(".")
    moment = (now or datetime.now(timezone.utc)).astimezone(timezone.utc)
    stamped = f"{stem}-{moment:%Y-%m-%d-%H-%M-%S}-{moment.microsecond // 1000:03}-0{dot}{ending}"
    if not export:
        return Path(_FOLDER, stamped)
    path = Path(export)
    is_folder = os.path.isdir(path) or export.endswith(("/", os.sep))
    return path / stamped if is_folder else path


class Export:
    """One report file that is written as a run goes and appears, whole, when it ends.

    ``spool`` gives temporary files on the same disk for parts that are written before what goes above
    them is known. Opening fails at once if the place cannot be written to, before any request is sent.

    Raises:
        HtrunError: the file cannot be written.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path, self._what = path, what
        self._spools: list[TextIO] = []
        self._failed: HtrunError | None = None
        with self._explained():
            self._folder().mkdir(parents=True, exist_ok=True)
            if path.exists() and not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            self.spool().write("")

    def spool(self) -> TextIO:
        """A new temporary text file, gone when the report is done."""
        with self._explained():
            import tempfile

            folder = self._folder() if self._replaceable() else None
            spool = _Spool(tempfile.TemporaryFile(dir=folder), self._error)  # noqa: SIM115
            self._spools.append(spool)
            return spool

    @contextmanager
    def document(self) -> Iterator[TextIO]:
        """The file to write the whole report to. It replaces an older one when the block ends well;
        when it does not, or if a part of the report is lost already, the older one stays."""
        if self._failed is not None:
            raise self._failed
        with self._explained():
            self._folder().mkdir(parents=True, exist_ok=True)  # somebody may have tidied up meanwhile
            with replacing(self.path) as raw:
                stream = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
                try:
                    yield stream
                    stream.flush()
                finally:
                    with suppress(OSError):
                        stream.detach()

    def close(self) -> None:
        for spool in self._spools:
            with suppress(OSError):  # a full disk was told about when it was written to
                spool.close()
        self._spools.clear()

    def _folder(self) -> Path:
        return Path(os.path.realpath(self.path)).parent

    def _replaceable(self) -> bool:
        """False for pipes and devices such as /dev/stdout, which are written to as they are."""
        return not self.path.exists() or self.path.is_file()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._error(error) from error

    def _error(self, error: OSError) -> HtrunError:
        failed = HtrunError(f"cannot write the {self._what} report to {self.path}: {error.strerror or error}")
        self._failed = self._failed or failed
        return failed


class _Spool(io.TextIOWrapper):
    """A text file whose errors are those of the report."""

    def __init__(self, file: BinaryIO, explained: Callable[[OSError], HtrunError]) -> None:
        super().__init__(file, encoding="utf-8", newline="\n")
        self._explained = explained

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise self._explained(error) from error

    def tell(self) -> int:
        try:
            return super().tell()  # it also writes out what is buffered
        except OSError as error:
            raise self._explained(error) from error


def copy(spool: TextIO, document: TextIO) -> None:
    """Appends all of a spool to a document, piece by piece."""
    import shutil

    spool.seek(0)  # this also writes out what is buffered
    document.flush()
    shutil.copyfileobj(spool.buffer, document.buffer, _PIECE)

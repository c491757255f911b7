"""Where reports go that are written from the first event to the last: a file, or the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from runner.reporters.export import Export, copy, export_path
from runner.reporters.interface import ReporterOptions
from runner.reporters.options import text


class Document:
    """A report file that is written as the run goes; what stands above the rest is known only at its end.

    Args:
        export: what the user gave, see ``export_path``.
        default: the name of the file otherwise.
        what: the name of the reporter, for errors.

    Raises:
        HtrunError: the file cannot be written; ``open`` says so before any request is sent.
    """

    def __init__(self, export: str | None, default: str, what: str) -> None:
        self._export, self._default, self._what = export, default, what
        self._file: Export | None = None
        self._spool: TextIO | None = None

    @property
    def opened(self) -> bool:
        return self._file is not None

    def open(self) -> None:
        self._file = Export(export_path(self._export, self._default), self._what)
        self._spool = self._file.spool()

    def write(self, written: str) -> None:
        """Appends to the middle of the report."""
        if self._spool is not None:
            self._spool.write(written)

    def close(self, head: str = "", tail: Iterable[str] = ()) -> None:
        """Puts the file in its place, with what goes above and below it; nothing if it was never opened."""
        if self._file is None or self._spool is None:
            return
        try:
            with self._file.document() as document:
                document.write(head)
                copy(self._spool, document)
                document.writelines(tail)
        finally:
            self._file.close()
            self._file = self._spool = None


class Lines:
    """Where a report goes that is read line by line: the terminal, or with ``export`` a file."""

    def __init__(self, options: ReporterOptions, default: str, what: str) -> None:
        export = text(options, "export")
        self._document = Document(export, default, what) if export else None
        self._out = None if export or options.silent else options.out

    @property
    def shared(self) -> bool:
        """Whether others write to the same place."""
        return self._out is not None

    def open(self) -> None:
        if self._document is not None:
            self._document.open()

    def write(self, written: str) -> None:
        if self._document is not None:
            self._document.write(written)
        elif self._out is not None:
            try:
                self._out.write(written)
            except UnicodeEncodeError:  # a terminal of a narrow encoding still gets the report
                encoding = self._out.encoding or "ascii"
                self._out.write(written.encode(encoding, "backslashreplace").decode(encoding))
            self._out.flush()

    def close(self) -> None:
        if self._document is not None:
            self._document.close()

"""Large bodies wait on disk: a run needs no more memory for a response of 10 GB than for one of 10 MB.

Their files have no name (or lose it at once), so that nothing is left of them however the run ends.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from runner.model.exchange import Content, NetworkError
from runner.transport.errors import TransportError

#: Bodies of more bytes than this are kept on disk.
IN_MEMORY = 4 * 1024 * 1024
_PIECE = 256 * 1024


class StoredBody:
    """A body in a temporary file, which is gone when nobody refers to the body any more.

    A ``Content``; several threads may read it."""

    __slots__ = ("_file", "_lock", "_size")

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._size = file, 0
        self._lock = threading.Lock()

    def append(self, data: bytes) -> None:
        """Adds to a body that nobody reads yet."""
        self._file.write(data)
        self._size += len(data)

    def flush(self) -> None:
        """Ends the appending: raises ``OSError`` if the last bytes cannot be written."""
        self._file.flush()

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, step = part.indices(self._size)
        if step != 1:
            raise ValueError("parts of a body have no gaps")
        with self._lock:
            self._file.seek(start)
            return self._file.read(max(0, stop - start))

    def __del__(self) -> None:
        with suppress(OSError):  # bytes that did not fit on the disk do not fit now either
            self._file.close()


class Collector:
    """Takes the pieces of a body as they come, and puts them on disk once they are too many.

    Raises:
        TransportError: there is no place for temporary files, or no room in it.
    """

    __slots__ = ("_pieces", "_size", "_stored")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._stored: StoredBody | None = None

    def add(self, data: bytes) -> None:
        if self._stored is not None:
            with _explained():
                self._stored.append(data)
            return
        self._pieces.append(data)
        self._size += len(data)
        if self._size > IN_MEMORY:
            self._store()

    def content(self) -> Content:
        """All of it; nothing may be added afterwards."""
        if self._stored is None:
            return b"".join(self._pieces)
        with _explained():
            self._stored.flush()
        return self._stored

    def _store(self) -> None:
        import tempfile

        with _explained():
            self._stored = StoredBody(tempfile.TemporaryFile())  # noqa: SIM115
            for piece in self._pieces:
                self._stored.append(piece)
        self._pieces.clear()


def pieces(content: Content) -> Iterator[bytes]:
    """A body, a part at a time."""
    for at in range(0, len(content), _PIECE):
        yield content[at : at + _PIECE]


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        number = error.errno or 0
        reason = (error.strerror or str(error)).partition(":")[0]
        message = (
            f"The response is too large to be kept in memory, and no temporary file can hold it: {reason}. "
            "Set TMPDIR to a folder with more room."
        )
        code = errno.errorcode.get(number)
        raise TransportError(NetworkError(message, code, -number if number else None, "write")) from None

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
from runner.transport.errors import TransportError, fail

#: Bodies of more bytes than this are kept on disk.
IN_MEMORY = 4 * 1024 * 1024
_PIECE = 256 * 1024
_MANY = 4096  #: pieces


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

    Args:
        largest: bytes that are accepted; None: any number.

    Raises:
        TransportError: there is no place for temporary files, or no room in it; or the body is too large.
    """

    __slots__ = ("_largest", "_pieces", "_size", "_stored")

    def __init__(self, largest: int | None = None) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._largest = largest
        self._stored: StoredBody | None = None

    def expect(self, size: int) -> None:
        """To be told of what is announced, before it is waited for."""
        if self._largest is not None and self._size + size > self._largest:
            raise too_large(self._largest)

    def add(self, data: bytes) -> None:
        self.expect(len(data))
        self._size += len(data)
        if self._stored is not None:
            with _explained():
                self._stored.append(data)
            return
        self._pieces.append(data)
        if self._size > IN_MEMORY:
            self._store()
        elif len(self._pieces) > _MANY:  # each takes more memory than the few bytes that may be in it
            self._pieces = [b"".join(self._pieces)]

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


def too_large(largest: int) -> TransportError:
    """The error of a response that is larger than the user wants one to be.

    Args:
        largest: bytes.
    """
    return fail(f"response larger than {_told(largest)} (--max-response-size)", "ERESPONSETOOLARGE")


_UNITS = ((2**30, "GiB"), (10**9, "GB"), (2**20, "MiB"), (10**6, "MB"), (2**10, "KiB"), (10**3, "kB"))


def _told(size: int) -> str:
    """A number of bytes as people write it, if that can be done without rounding: ``10 MB``."""
    for unit, name in _UNITS:
        if size and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


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

"""Files that requests name: uploads and certificates. A collection may be anybody's, so that by default only files in
the working directory and beside the collection are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from runner.model.records import dataclass, replace


class FileReadError(Exception):
    """A file that cannot be sent. The message is the one Newman shows."""


@dataclass(frozen=True, slots=True)
class FileReader:
    """Reads files relative to ``working_dir``.

    Attributes:
        beside: folder of the collection, if it is another one.
        insecure_file_read: True: any file; None: those in ``working_dir`` and ``beside``; False: those in
            ``working_dir`` only (newman, lib/run/secure-fs.js). Where a symbolic link leads to is what counts.
    """

    working_dir: str | os.PathLike[str] = "."
    beside: str | os.PathLike[str] | None = None
    insecure_file_read: bool | None = None
    seen: Callable[[Path], None] | None = None  #: told about each file that is about to be read

    def resolve(self, src: str) -> Path:
        """The path of ``src``.

        Raises:
            FileReadError: it must not be read.
        """
        base = os.path.abspath(self.working_dir)
        path = os.path.normpath(os.path.join(base, src))
        if self.insecure_file_read is False and not _is_in(path, base):
            raise FileReadError("PPERM: insecure file access outside working directory")
        if (
            self.insecure_file_read is None
            and not _is_in(path, base)
            and not (self.beside and _is_in(path, self.beside))
        ):
            raise FileReadError(
                f'"{src}" is outside of the working directory and of the collection\'s folder; '
                "--insecure-file-read lets it be read"
            )
        if self.seen is not None:
            self.seen(Path(path))
        return Path(path)

    def read(self, src: object) -> bytes:
        """The content of ``src``.

        Raises:
            FileReadError: it does not exist, is no file, or must not be read.
        """
        if not src or not isinstance(src, str):
            raise FileReadError("invalid or missing file source")
        path = self.resolve(src)
        try:
            info = path.stat()
            if not stat.S_ISREG(info.st_mode):
                raise FileReadError(f'"{src}", is not a file')
            if not info.st_mode & stat.S_IRUSR:
                raise FileReadError(f'"{src}", read permission denied')
            return path.read_bytes()
        except FileNotFoundError:
            raise FileReadError(f'"{src}", no such file') from None
        except PermissionError:
            raise FileReadError(f'"{src}", read permission denied') from None
        except (OSError, ValueError) as error:
            raise FileReadError(f'"{src}", {getattr(error, "strerror", None) or error}') from None

    @property
    def trusting(self) -> FileReader:
        """Reads what the user names, not the collection."""
        return self if self.insecure_file_read is False else replace(self, insecure_file_read=True)


def _is_in(path: str, folder: str | os.PathLike[str]) -> bool:
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except ValueError:  # a null byte
        return False

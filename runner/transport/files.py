"""Files that requests upload, read by Newman's rules (``--working-dir``, ``--no-insecure-file-read``)."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from runner.model.records import dataclass


class FileReadError(Exception):
    """A file that cannot be sent. The message is the one Newman shows."""


@dataclass(frozen=True, slots=True)
class FileReader:
    """Reads files relative to ``working_dir``; with ``insecure_file_read=False`` none outside of it
    (newman, lib/run/secure-fs.js)."""

    working_dir: str | os.PathLike[str] = "."
    insecure_file_read: bool = True
    seen: Callable[[Path], None] | None = None  #: told about each file that is about to be read

    def resolve(self, src: str) -> Path:
        base = os.path.abspath(self.working_dir)
        path = os.path.normpath(os.path.join(base, src))
        if not self.insecure_file_read and path != base and not path.startswith(base.rstrip(os.sep) + os.sep):
            raise FileReadError("PPERM: insecure file access outside working directory")
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

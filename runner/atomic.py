"""Files that are replaced by a whole new one, or not at all: whatever ends the program, and the power too."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of ``path`` when the block ends well. When it does not, what was there
    stays, and nothing is left beside it; only SIGKILL leaves a ``.htrun-*.tmp``.

    Symbolic links are followed, permissions stay. Pipes and devices such as /dev/stdout are written to as they are.

    Args:
        private: only its owner may read it.

    Raises:
        OSError: it cannot be written.
    """
    target = Path(os.path.realpath(path))
    mode: int | None = None
    with suppress(FileNotFoundError):
        mode = target.stat().st_mode
    if mode is not None and not stat.S_ISREG(mode):
        with target.open("wb") as stream:
            yield stream
        return
    draft = target.with_name(f".htrun-{os.urandom(6).hex()}.tmp")
    access = 0o600 if private else 0o666
    try:
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, access)) as stream:
            if mode is not None and not private:
                os.chmod(draft, stat.S_IMODE(mode))
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def write_whole(path: Path, data: bytes, *, private: bool = False) -> None:
    """Writes a file; see ``replacing``."""
    with replacing(path, private=private) as stream:
        stream.write(data)

"""Whether the process of a run still lives: it holds a lock, which the system takes back however the process ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class Hold:
    """The lock of a run that this process runs."""

    def __init__(self, journal: Path, run: int) -> None:
        self.path = lock_file(journal, run)
        self._journal, self._run = journal, run
        self._file: int | None = None

    def take(self) -> bool:
        """Takes it; false if another process has it. Where there are no locks it is as if nobody had it."""
        try:
            self._file = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            return True
        if _lock(self._file):
            return True
        os.close(self._file)
        self._file = None
        return False

    def give_up(self) -> None:
        """Leaves a sign that something of this run is missing in the journal. It needs no room on the disk."""
        with suppress(OSError):
            os.rename(self.path, incomplete_file(self._journal, self._run))

    def release(self) -> None:
        """Lets go of it, and leaves no file behind."""
        if self._file is not None:
            with suppress(OSError):
                os.unlink(self.path)
            with suppress(OSError):
                os.close(self._file)
            self._file = None


def lives(journal: Path, run: int) -> bool:
    """Whether some process holds the lock of a run."""
    try:
        file = os.open(lock_file(journal, run), os.O_RDWR)
    except OSError:
        return False
    try:
        return not _lock(file)
    finally:
        os.close(file)


def lock_file(journal: Path, run: int) -> Path:
    return journal.with_name(f"{journal.name}-{run}.lock")


def incomplete_file(journal: Path, run: int) -> Path:
    return journal.with_name(f"{journal.name}-{run}.incomplete")


def _lock(file: int) -> bool:
    """Tries to lock an open file until it is closed; false if another has it."""
    try:
        import fcntl
    except ImportError:
        return _lock_windows(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _lock_windows(file: int) -> bool:
    try:
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
    except (ImportError, OSError):
        return False
    return True

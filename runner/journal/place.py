"""Where the journal is, and making sure that nobody else can read it."""

from __future__ import annotations

import os
from pathlib import Path

from runner.errors import InputError
from runner.model.records import dataclass

DEFAULT = Path(".htrun") / "runs.db"


@dataclass(frozen=True, slots=True)
class Location:
    """The file. ``chosen``: the user has named it, so that not being able to write it is an error."""

    path: Path
    chosen: bool


def location(given: str | None) -> Location:
    """The journal that ``--journal`` or HTRUN_JOURNAL name, or the one of the current directory."""
    return Location(Path(given), True) if given else Location(DEFAULT, False)


def prepare(place: Location) -> None:
    """Makes the folder and an empty file that only the user can read. Other files of the journal get its permissions.

    Raises:
        InputError: it cannot be made.
    """
    path = place.path
    if path.exists():
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not place.chosen:
            ignore = path.parent / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise InputError(f"the journal cannot be written: {error.strerror or error}", path=str(path)) from None

"""Writing what was converted: all of it or nothing, and nothing over what is there unless that is wanted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from runner.atomic import write_whole
from runner.errors import HtrunError, UsageError
from runner.parse.remote import DEFINITIONS
from runner.parse.v3 import is_collection_folder

_PARTS = (".request.yaml", ".request.yml", ".example.yaml", ".example.yml")
_DEFINITIONS = tuple(name.replace("/", os.sep) for name in DEFINITIONS)


def write_file(target: Path, text: str, *, force: bool = False) -> None:
    """Writes a file.

    Raises:
        UsageError: it exists, and is not to be replaced.
        HtrunError: it cannot be written.
    """
    if target.is_dir():
        raise UsageError(f"{target} is a folder; choose a file with -o")
    if target.exists() and not force:
        raise UsageError(f"{target} exists; choose another file with -o, or replace it with --force")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, _bytes(text))
    except OSError as error:
        raise _failed(target, error) from None


def write_folder(target: Path, files: Iterable[tuple[str, str]], *, force: bool = False) -> None:
    """Writes a folder of files, whose paths have ``/``.

    Raises:
        UsageError: it exists and is not to be replaced, or holds what would be lost.
        HtrunError: it cannot be written.
    """
    replaced = _replaced(target, force)
    real = Path(os.path.realpath(target))
    draft, old = _draft(real), _draft(real)
    try:
        for name, text in files:
            file = draft.joinpath(*name.split("/"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_bytes(text))
        if replaced:
            real.rename(old)
        try:
            draft.rename(real)
        except OSError:
            if replaced:
                old.rename(real)
            raise
    except OSError as error:
        raise _failed(target, error) from None
    finally:
        for rest in (draft, old):
            shutil.rmtree(rest, ignore_errors=True)


def _replaced(target: Path, force: bool) -> bool:
    """Whether there is something to be replaced."""
    if not os.path.lexists(target):
        return False
    if not target.is_dir():
        raise UsageError(f"{target} is a file; a collection v3 is a folder: choose one with -o")
    if not any(target.iterdir()):
        return True
    if not force:
        raise UsageError(f"{target} exists; choose another folder with -o, or replace it with --force")
    if not is_collection_folder(target):
        raise UsageError(f"{target} is not replaced: it is no collection; choose another folder with -o")
    foreign = next((one for one in target.rglob("*") if not _is_part(one)), None)
    if foreign is not None:
        raise UsageError(
            f"{target} is not replaced: {foreign} is no part of a collection and would be lost; "
            "move it, or choose another folder with -o"
        )
    return True


def _is_part(path: Path) -> bool:
    """Whether a file or folder in a collection's folder is one of its own."""
    return not path.is_symlink() and (path.is_dir() or path.name.endswith(_PARTS) or str(path).endswith(_DEFINITIONS))


def _draft(real: Path) -> Path:
    return real.with_name(f".{real.name}.{os.urandom(4).hex()}.tmp")


def _bytes(text: str) -> bytes:
    """UTF-8; half of a UTF-16 pair, which has none, as JSON and YAML escape it."""
    return text.encode("utf-8", "backslashreplace")


def _failed(target: Path, error: OSError) -> HtrunError:
    return HtrunError(f"cannot write {target}: {error.strerror or error}")

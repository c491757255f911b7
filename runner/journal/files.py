"""Whether the files that a run was made of are still what they were."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

#: Bytes of a file beyond which only its size and time count.
_MAX_HASHED = 16 * 1024 * 1024

#: Size in bytes, time of the last change in ns, SHA-256 or nothing; None for what is no file.
Print: TypeAlias = "list[Any] | None"


def prints(paths: Iterable[str]) -> dict[str, Print]:
    """What the files are like now, by their absolute path."""
    return {path: _print(path) for path in sorted({os.path.abspath(path) for path in paths})}


def changed(before: Mapping[str, Print]) -> list[str]:
    """Those that are not what they were."""
    return [path for path, was in before.items() if not _same(path, was)]


def _same(path: str, was: Print) -> bool:
    now = _print(path)
    if was is None or now is None:
        return was is now
    if was[2] is not None and now[2] is not None:
        return bool(was[2] == now[2])
    return was[:2] == now[:2]


def _print(path: str) -> Print:
    try:
        info = os.stat(path)
        if not os.path.isfile(path):
            return None
        digest = None
        if info.st_size <= _MAX_HASHED:
            with open(path, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None
    return [info.st_size, info.st_mtime_ns, digest]

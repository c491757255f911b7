"""What makes a short run short: V8 starts while the rest of the program is still being imported, which takes as long,
and no garbage is looked for until there can be some."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.scripting.interface import ScriptEngine

#: Seconds after which a thread that wants to go on gets its turn. V8 hands over a dozen times while it starts, and the
#: usual 5 ms each would cost as much as the start itself.
_SWITCH_INTERVAL = 0.0005
#: Bytes of a file that are looked at: it may be a huge one with data.
_LOOK = 16 * 1024 * 1024

#: What a run imports that is a library of its own in many Pythons. The system loads one library at a time: those that
#: are loaded now do not have to wait for V8's, which takes 20 ms.
_EXTENSIONS = (
    "_bisect _datetime _heapq _json _opcode _queue _random _sha2 _sha512 _socket _struct _uuid "
    "array binascii math select zlib"
)

#: Files of a folder that are looked at for scripts, and folders in it that are looked into.
_FILES = 50
#: how scripts are written in collections v2, and v3
_SCRIPTS = (b'"exec"', b"beforeRequest", b"afterResponse")

#: Options that come before the name of a report.
_REPORTS = ("--reporter-", "--export-", "--only-failed", "--shard-times")

_started: list[ScriptEngine] = []


def start(arguments: Sequence[str]) -> None:
    """Starts the script engine if one of the arguments is a file, or a folder with one, that seems to hold scripts. A
    wrong guess costs a little time and nothing else."""
    gc.disable()
    if any(map(_has_scripts, _files(arguments))):
        from runner.scripting.library import preload

        for name in _EXTENSIONS.split():
            with suppress(ImportError):
                __import__(name)
        sys.setswitchinterval(_SWITCH_INTERVAL)
        preload()
        from runner.scripting.v8 import V8Engine

        engine = V8Engine()
        engine.start()
        _started.append(engine)


def take(sources: Sequence[str]) -> ScriptEngine | None:
    """The engine for these scripts: the one that was started, or a new one, or none without scripts."""
    if not sources:
        return None
    if not _started:
        from runner.engine.assemble import start_engine

        return start_engine(sources)
    engine = _started.pop()
    engine.expect(sources)
    return engine


def started() -> None:
    """To be called when everything is loaded: what is there now stays, and is not searched for garbage again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _files(arguments: Sequence[str]) -> Iterator[str]:
    for before, word in zip(("", *arguments), arguments, strict=False):
        if _is_read(before, word):
            yield word
        elif not before.startswith("-") and os.path.isdir(word):
            yield from _first_of(word)


def _first_of(folder: str) -> Iterator[str]:
    left = _FILES
    for inner, folders, names in islice(os.walk(folder), _FILES):
        folders[:] = sorted(name for name in folders if name == ".resources" or name[0] not in "._")[:left]
        for name in sorted(names)[:left]:
            if name.endswith((".json", ".yaml")):
                left -= 1
                yield os.path.join(inner, name)
        if left <= 0:
            return


def _is_read(before: str, word: str) -> bool:
    """Whether a word may name a collection; a report of an earlier run would look like one, and can be huge."""
    return word.endswith(".json") and not before.startswith(_REPORTS)


def _has_scripts(name: str) -> bool:
    try:
        with open(name, "rb") as file:
            text = file.read(_LOOK)
            return any(sign in text for sign in _SCRIPTS)
    except OSError:
        return False

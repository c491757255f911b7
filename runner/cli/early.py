"""What makes a short run short: V8 starts while the rest of the program is still being imported, which takes as long,
and no garbage is looked for until there can be some."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.scripting.interface import ScriptEngine

#: Seconds after which a thread that wants to go on gets its turn. V8 hands over a dozen times while it starts, and the
#: usual 5 ms each would cost as much as the start itself.
_SWITCH_INTERVAL = 0.0005
#: Bytes of a file that are looked at: it may be a huge one with data.
_LOOK = 16 * 1024 * 1024

_started: list[ScriptEngine] = []


def start(arguments: Sequence[str]) -> None:
    """Starts the script engine if one of the arguments is a file that seems to hold scripts. A wrong
    guess costs a little time and nothing else."""
    gc.disable()
    named = [word for before, word in zip(("", *arguments), arguments, strict=False) if _is_read(before, word)]
    if any(map(_has_scripts, named)):
        from runner.scripting.library import preload

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


def _is_read(before: str, word: str) -> bool:
    """Whether a word may name a collection; a report of an earlier run would look like one, and can be huge."""
    return word.endswith(".json") and not before.startswith(("--reporter-", "--export-"))


def _has_scripts(name: str) -> bool:
    try:
        with open(name, "rb") as file:
            return b'"exec"' in file.read(_LOOK)
    except OSError:
        return False

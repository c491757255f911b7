"""Starting V8 while the rest of the program is still being imported: it takes as long as all of that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runner.scripting.interface import ScriptEngine

_started: list[ScriptEngine] = []


def start(arguments: Sequence[str]) -> None:
    """Starts the script engine if one of the arguments is a file that seems to hold scripts. A wrong
    guess costs a little time and nothing else."""
    if any(_has_scripts(word) for word in arguments if word.endswith(".json")):
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


def _has_scripts(name: str) -> bool:
    try:
        return b'"exec"' in Path(name).read_bytes()
    except OSError:
        return False

"""The JavaScript that the build hook made (js/build.mjs)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from runner.errors import ScriptEngineError
from runner.model.records import dataclass

BUILT = Path(__file__).parent / "js" / "built"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Sources of the sandbox."""

    core: str  #: an expression; its value is the entry function
    lazy: str  #: text of what is compiled when a script first needs it


@cache
def bundle() -> Bundle:
    """Reads the bundle; it is kept, because a sandbox that was stopped is started again from it."""
    return Bundle(_read("core.js"), _read("lazy.txt"))


def analyser() -> Bundle:
    """The static analysis of scripts, which needs no sandbox (js/src/analyse.js)."""
    return Bundle(_read("analyse.js"), "")


def _read(name: str) -> str:
    try:
        return (BUILT / name).read_text("utf-8")
    except OSError as error:
        raise ScriptEngineError(
            f"The script bundle is missing ({error.filename}). Install the package with pip, which builds it; "
            "in a source tree run: pip install -e ."
        ) from error

"""The JavaScript that the build hook made (js/build.mjs)."""

from __future__ import annotations

import os

from runner.errors import ScriptEngineError
from runner.model.records import dataclass

BUILT = os.path.join(os.path.dirname(__file__), "js", "built")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Sources of the sandbox."""

    core: str  #: an expression; its value is the entry function
    lazy: bytes  #: text of what is compiled when a script first needs it; 2.7 MB that only V8 reads


def bundle() -> Bundle:
    """Reads the bundle."""
    return Bundle(_read("core.js").decode(), _read("lazy.txt"))


def analyser() -> Bundle:
    """The static analysis of scripts, which needs no sandbox (js/src/analyse.js)."""
    return Bundle(_read("analyse.js").decode(), b"L")


def visualiser() -> Bundle:
    """What renders the templates of ``pm.visualizer`` (js/src/visualise.js)."""
    return Bundle(_read("visualise.js").decode(), b"")


def _read(name: str) -> bytes:
    try:
        with open(os.path.join(BUILT, name), "rb") as file:
            return file.read()
    except OSError as error:
        raise ScriptEngineError(
            f"The script bundle is missing ({error.filename}). Install the package with pip, which builds it; "
            "in a source tree run: pip install -e ."
        ) from error

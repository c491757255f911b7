"""Where htrun's first moments go, from inside: ``python bench/startup.py OUTPUT COLLECTION``.

Runs ``htrun run COLLECTION`` in this process with a stopwatch around its stages and writes what it found to
OUTPUT as JSON. A stage's time is its own: a module that the first request imports counts as an import, not
as part of the request. V8 starts in a thread beside all this: of it, the whole duration is taken down.
"""

from __future__ import annotations

import time

BEGUN = time.perf_counter()

import builtins  # noqa: E402
import importlib  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from _thread import get_ident  # noqa: E402

# nothing else: what is imported here would be missing from htrun's own imports
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: module -> class -> method -> stage
STAGES = {
    "runner.cli.inputs": {"Source": {"collection": "read and parse"}},
    "runner.transport.requests_transport": {"RequestsTransport": {"send": "first request"}},
    "runner.scripting.sandbox": {"SandboxEngine": {"_ready": "wait for V8", "boot": "V8 boot"}},
    "runner.scripting.native": {"NativeIsolate": {"call": "scripts in V8"}},
}
IMPORTS, REST, BACKGROUND = "imports", "everything else", "V8 boot"


class Stopwatch:
    """Adds up the time of each stage of the main thread, innermost first."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {REST: 0.0}
        self._stack = [REST]
        self._since = time.perf_counter()
        self._thread = get_ident()

    def _turn(self) -> None:
        now = time.perf_counter()
        stage = self._stack[-1]
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            if stage == BACKGROUND:
                return self._beside(function, args, kwargs)
            if get_ident() != self._thread:
                return function(*args, **kwargs)
            self._turn()
            self._stack.append(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self._turn()
                self._stack.pop()

        return timed

    def _beside(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            self.seconds[BACKGROUND] = time.perf_counter() - started

    def stop(self, output: str) -> None:
        self._turn()
        import json

        with open(output, "w") as file:
            json.dump({"begun": BEGUN, "stages": self.seconds, "ended": time.perf_counter()}, file)


class Patching:
    """Puts the stopwatch around the stages' functions as their modules are loaded."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname not in STAGES:
            return None
        found = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next(spec for spec in found if spec)
        assert spec.loader
        load = spec.loader.exec_module

        def load_and_patch(module: Any) -> None:
            load(module)
            for name, methods in STAGES[fullname].items():
                for method, stage in methods.items():
                    owner = getattr(module, name)
                    setattr(owner, method, self._watch.around(stage, getattr(owner, method)))

        spec.loader.exec_module = load_and_patch  # type: ignore[method-assign]
        return spec


def main(output: str, collection: str) -> None:
    watch = Stopwatch()
    sys.meta_path.insert(0, Patching(watch))
    builtins.__import__ = watch.around(IMPORTS, builtins.__import__)
    importlib.import_module = watch.around(IMPORTS, importlib.import_module)
    leave = os._exit

    def leaving(code: int) -> None:
        watch.stop(output)
        leave(code)

    os._exit = leaving  # type: ignore[assignment]
    from runner.cli import main as htrun

    htrun(["run", collection])


if __name__ == "__main__":
    main(*sys.argv[1:])

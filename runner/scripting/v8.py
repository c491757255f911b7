"""The script engine: Postman's sandbox in an embedded V8. The only importer of py_mini_racer.

V8 starts in a background thread (``V8Engine.start``); the first script waits for it. A script that was stopped (for
its time or memory) costs its V8: the next script gets a new one, as in Newman.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from runner.scripting.assets import Bundle, bundle
from runner.scripting.body_text import encoded_text
from runner.scripting.isolate import (
    DRAIN,
    FLAGS,
    KEEP_WATCH,
    MEMORY_LIMIT,
    SEED,
    Broken,
    Isolate,
    OutOfMemory,
    Stopped,
    TimedOut,
)
from runner.scripting.library import Unsupported
from runner.scripting.native import NativeIsolate, first_line
from runner.scripting.sandbox import COLLECT_EVERY, SandboxEngine


class PublicIsolate:
    """V8 through the public interface of py_mini_racer."""

    def __init__(self, sources: Bundle, memory_limit: int = MEMORY_LIMIT) -> None:
        from py_mini_racer import LibAlreadyInitializedError, MiniRacer, init_mini_racer

        with suppress(LibAlreadyInitializedError):
            init_mini_racer(flags=FLAGS)
        self._v8 = MiniRacer()
        # a name that scripts cannot know: a call by source text is the only one that can be cancelled
        self._entry = f"$entry_{os.urandom(16).hex()}"
        self._v8.eval(f"const {self._entry}={sources.core}{KEEP_WATCH}")
        self.call(sources.lazy.decode())
        self.call(f"R{os.urandom(SEED).hex()}")
        self._v8.set_hard_memory_limit(memory_limit)

    def call(self, payload: str, limit: float | None = None) -> str:
        return str(self._call(payload, limit))

    def attach(self, data: bytes) -> None:
        buffer = self._call(f"A{len(data)}", None)
        buffer[:] = data
        text = encoded_text(data)
        if text is not None:
            self.call("T" + text.decode())

    def _call(self, payload: str, limit: float | None) -> Any:
        from py_mini_racer import JSEvalException, JSTimeoutException

        code = f"{self._entry}.call({json.dumps(payload)})"
        try:
            result = self._v8.eval(code, timeout_sec=limit)
        except JSTimeoutException as error:
            raise TimedOut from error
        except JSEvalException as error:
            if self._v8.was_hard_memory_limit_reached():
                raise OutOfMemory from error
            raise Broken(first_line(str(error))) from error
        if payload != DRAIN and self._v8.was_hard_memory_limit_reached():
            raise OutOfMemory
        return result

    def drain(self) -> str | None:
        try:
            return self.call(DRAIN, 0.1)
        except Stopped:
            return None

    def heap(self) -> Mapping[str, int]:
        stats: Mapping[str, int] = self._v8.heap_stats()
        return stats

    def collect(self) -> None:
        self._v8.low_memory_notification()

    def close(self) -> None:
        self._v8.close()


def open_isolate(sources: Bundle, memory_limit: int = MEMORY_LIMIT) -> Isolate:
    """A V8 with a bundle in it, by the quick way if it is the V8 that it was made for."""
    try:
        return NativeIsolate(sources, memory_limit)
    except Unsupported:
        return PublicIsolate(sources, memory_limit)


class V8Engine(SandboxEngine):
    """Runs Postman scripts. See ``ScriptEngine``.

    Args:
        scripts: sources that are going to be run, so that the libraries they mention are loaded beforehand.
        memory_limit: bytes of V8's heap that one script may use.
        collect_every: scripts after which V8 is asked to give memory back.
        separate: no script sees what earlier ones have left in undeclared variables.
    """

    def __init__(
        self,
        scripts: Sequence[str] = (),
        *,
        memory_limit: int = MEMORY_LIMIT,
        collect_every: int = COLLECT_EVERY,
        separate: bool = False,
    ) -> None:
        super().__init__(
            lambda: open_isolate(bundle(), memory_limit),
            scripts,
            memory_limit=memory_limit,
            collect_every=collect_every,
            separate=separate,
        )

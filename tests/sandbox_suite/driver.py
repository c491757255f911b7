"""Runs htrun's sandbox for ``worker.js``: JSON lines on standard input and output, one V8 and thread for each context.

The bundle is the one that htrun ships but for three places: what the sandbox dispatches is passed on as it is, beside
what the host makes of it, and it is the test that initialises the sandbox and answers for the vault.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from runner.scripting import assets, bridge, webcrypto
from runner.scripting.isolate import Isolate, Stopped
from runner.scripting.v8 import open_isolate

PATCHES = {
    "executions.dispatch(args)": '(queue.push(["dispatched",args]),executions.dispatch(args))',
    'bridge.emit("initialize",{})': "void 0",
    'setImmediate(()=>services.bridge.emit(args[0],args[1],"Vault access denied"))': "void 0",
}
_writing = Lock()


def patched() -> assets.Bundle:
    """The shipped bundle with ``PATCHES``."""
    core = assets.bundle().core
    for place, replacement in PATCHES.items():
        if core.count(place) != 1:
            raise SystemExit(f"{place} stands {core.count(place)} times in core.js, not once: look at {__file__}")
        core = core.replace(place, replacement)
    return assets.Bundle(core, assets.bundle().lazy)


def tell(context: int, kind: str, value: Any = None) -> None:
    with _writing:
        sys.stdout.write(json.dumps({"context": context, "kind": kind, "value": value}) + "\n")
        sys.stdout.flush()


def answer(question: Mapping[str, Any]) -> tuple[Any, Any]:
    try:
        return None, webcrypto.answer(question)
    except webcrypto.CryptoError as error:
        return {"name": error.name, "message": str(error)}, None


def attach_bodies(isolate: Isolate, message: Any) -> None:
    """Passes bodies as htrun passes large ones."""
    match message:
        case ["execute", _, _, {"response": {"stream": str(body)} as response}, *_]:
            pass
        case [_, _, _, {"stream": str(body)} as response, *_]:
            pass
        case _:
            return
    data = b64decode(body)
    isolate.attach(data)
    response["stream"] = {"attachment": 0}


class Context:
    """One sandbox, with a thread that gives it its messages and its turns."""

    def __init__(self, number: int, sources: assets.Bundle) -> None:
        self._number = number
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        self._isolate: Isolate | None = None
        self._closed = False
        Thread(target=self._run, args=(sources,), daemon=True).start()

    def send(self, message: Any) -> None:
        self._inbox.put(message)

    def close(self) -> None:
        self._closed = True
        self._inbox.put(None)
        if self._isolate is not None:
            self._isolate.close()

    def _run(self, sources: assets.Bundle) -> None:
        try:
            isolate = self._isolate = open_isolate(sources)
            tell(self._number, "ready")
            delay = -1.0
            while not self._closed:
                try:
                    message = self._inbox.get(delay != 0, None if delay < 0 else delay / 1000)
                except Empty:
                    delay = self._pass_on(isolate.call(""))
                else:
                    if message is not None:
                        attach_bodies(isolate, message)
                        self._pass_on(isolate.call("M" + json.dumps(message)))
                        delay = 0
            isolate.close()
        except Stopped as error:
            if not self._closed:
                tell(self._number, "broken", f"{type(error).__name__}: {error}")

    def _pass_on(self, text: str) -> float:
        delay, messages = bridge.decode(text)
        for message in messages:
            match message:
                case ["dispatched", args]:
                    tell(self._number, "dispatched", args)
                case ["host", run_id, event, question]:
                    self.send([f"host.{run_id}", event, *answer(question)])
                case _:
                    tell(self._number, "reported", message)
        return delay


def main() -> None:
    sources = patched()
    contexts: dict[int, Context] = {}
    for line in sys.stdin:
        match json.loads(line):
            case {"context": number, "kind": "open"}:
                contexts[number] = Context(number, sources)
            case {"context": number, "kind": "message", "value": message}:
                contexts[number].send(message)
            case {"context": number, "kind": "close"}:
                contexts.pop(number).close()


if __name__ == "__main__":
    main()

"""Runs scripts in a sandbox, whatever V8 it sits in: passes messages, keeps time, replaces what broke."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from queue import Empty
from time import monotonic
from typing import Any

from runner.errors import ScriptEngineError
from runner.model.collection import Script
from runner.model.records import dataclass, field
from runner.model.result import ErrorInfo
from runner.scripting import bridge
from runner.scripting.interface import Message, ScriptContext, ScriptOutcome
from runner.scripting.isolate import MEMORY_LIMIT, SEPARATE, Broken, Isolate, OutOfMemory, Stopped, TimedOut
from runner.scripting.warmup import CONTEXT as WARM_CONTEXT
from runner.scripting.warmup import SCRIPT as WARM_SCRIPT

#: seconds that a script may run past its limit before V8 is stopped from outside: the sandbox ends most by itself
GRACE = 0.1
#: scripts after which V8 is asked to give memory back: it keeps a long run flat and costs 4 % of the scripts' time
COLLECT_EVERY = 500
_TURN = bridge.Payload("")


def _host_answer(question: Mapping[str, Any]) -> tuple[Mapping[str, str] | None, Any]:
    """(error, result) of a question that a polyfill asks."""
    from runner.scripting import webcrypto

    try:
        return None, webcrypto.answer(question)
    except webcrypto.CryptoError as error:
        return {"name": error.name, "message": str(error)}, None


@dataclass(slots=True)
class _Run:
    """A script that has not ended."""

    id: str
    context: ScriptContext
    deadline: float | None  #: monotonic seconds
    messages: deque[Message] = field(default_factory=deque)
    result: ScriptOutcome | None = None
    outstanding: int = 0  #: questions without an answer


class SandboxEngine:
    """A ``ScriptEngine`` around an isolate.

    Args:
        opener: starts an isolate; called again after a script had to be stopped.
        scripts: sources that are going to be run, so that the libraries they mention are loaded beforehand.
        memory_limit: what the isolates are limited to, bytes; for the message.
        collect_every: scripts after which V8 is asked to give memory back.
        separate: no script sees what earlier ones have left in undeclared variables.
    """

    def __init__(
        self,
        opener: Callable[[], Isolate],
        scripts: Sequence[str] = (),
        *,
        memory_limit: int = MEMORY_LIMIT,
        collect_every: int = COLLECT_EVERY,
        separate: bool = False,
    ) -> None:
        self._opener = opener
        self._scripts = tuple(dict.fromkeys(scripts))
        self._memory_limit = memory_limit
        self._collect_every, self._separate = collect_every, separate
        self._ran = 0
        self._isolate: Isolate | None = None
        self._boot_error: BaseException | None = None
        self._boot: threading.Thread | None = None
        self._ids = count(1)
        self._runs: dict[str, _Run] = {}
        # it and Thread are looked up when they are needed: gevent may have put others in their place by then
        self._answers: queue.SimpleQueue[tuple[int, str, str, Sequence[Any]]] = queue.SimpleQueue()
        self._generation = 0  # of the V8: answers to scripts of an earlier one are dropped
        self._closed = False

    def expect(self, scripts: Sequence[str]) -> None:
        self._scripts = tuple(dict.fromkeys(scripts))

    @property
    def starting(self) -> bool:
        boot = self._boot
        return boot is not None and boot.is_alive()

    def start(self) -> None:
        """Starts V8 in the background and returns at once."""
        if self._isolate is None and self._boot is None and not self._closed:
            self._boot = threading.Thread(target=self.boot, name="htrun-v8", daemon=True)
            self._boot.start()

    def boot(self) -> None:
        """Starts V8, and returns when it is ready; what ``start`` has done in the background."""
        try:
            isolate = self._opener()
            # V8 compiles functions when they are first called: better here than in the first script
            isolate.call(bridge.execute("0", WARM_SCRIPT, WARM_CONTEXT).text)
            isolate.call("")
            if self._scripts:
                isolate.call(bridge.prefetch(self._scripts))
            if self._separate:
                isolate.call(SEPARATE)
            self._isolate = isolate
        except BaseException as error:
            self._boot_error = error

    def _ready(self) -> Isolate:
        if self._closed:
            raise ScriptEngineError("The script engine is closed.")
        if self._isolate is None:
            self.start()
        boot = self._boot
        if boot is not None:
            boot.join()
            self._boot = None
            if self._boot_error is not None:
                error, self._boot_error = self._boot_error, None
                if isinstance(error, ScriptEngineError):
                    raise error
                raise ScriptEngineError(f"V8 cannot be started: {error}") from error
        isolate = self._isolate
        if isolate is None:
            raise ScriptEngineError("The script engine is closed.")
        return isolate

    def run(self, script: Script, context: ScriptContext) -> Generator[Message, None, ScriptOutcome]:
        isolate = self._ready()
        deadline = monotonic() + context.timeout / 1000 if context.timeout else None
        run = _Run(str(next(self._ids)), context, deadline)
        self._ran += 1
        if self._ran % self._collect_every == 0:
            isolate.collect()
        self._runs[run.id] = run
        try:
            self._call(isolate, bridge.execute(run.id, script, context), run)
            while True:
                while run.messages:
                    yield run.messages.popleft()
                if run.result is not None:
                    return run.result
                self._turn(isolate, run)
        finally:
            self._runs.pop(run.id, None)
            if run.result is None and isolate is self._isolate:
                self._forget(isolate, run)

    def _turn(self, isolate: Isolate, run: _Run) -> None:
        """Hands over answers, else runs a task, else waits for either."""
        if isolate is not self._isolate:
            run.result = ScriptOutcome(error=ErrorInfo("Error", "sandbox: execution interrupted"))
            return
        if not self._hand_over(isolate, run, 0) and run.result is None:
            delay = self._call(isolate, _TURN, run)
            if delay and run.result is None and not run.messages:
                self._hand_over(isolate, run, None if delay < 0 else delay / 1000)

    def _hand_over(self, isolate: Isolate, run: _Run, wait: float | None) -> bool:
        """Passes on all answers there are; waits up to ``wait`` seconds for the first (None = as long as it takes)."""
        if wait is None and not any(other.outstanding for other in self._runs.values()):
            # the sandbox ends such scripts itself, if it still works
            self._replace(isolate, run, Broken("nothing is left to wait for"), is_first=False)
            return False
        got = False
        while run.result is None:
            if run.deadline is not None and monotonic() > run.deadline + GRACE:
                return False  # answers may come for ever: a task, that of its end, has its turn
            try:
                if got or wait == 0:
                    generation, run_id, name, arguments = self._answers.get_nowait()
                else:
                    generation, run_id, name, arguments = self._answers.get(timeout=wait)
            except Empty:
                return got
            got = True
            asker = self._runs.get(run_id)
            if generation == self._generation and asker is not None:
                asker.outstanding -= 1
                self._call(isolate, bridge.answer(name, arguments), run)
        return got

    def _call(self, isolate: Isolate, payload: bridge.Payload, run: _Run) -> float:
        """Calls V8 on behalf of ``run`` and sorts the messages that come back. Returns ms until its next turn."""
        text = payload.text
        limit = None if run.deadline is None else max(run.deadline - monotonic(), 0) + GRACE
        try:
            for data in payload.attachments:
                isolate.attach(data)
            delay = self._sort(isolate.call(text, limit))
        except Stopped as reason:
            self._replace(isolate, run, reason, is_first=text.startswith('M["execute"'))
            return -1
        except BaseException:  # an interrupt, or V8 itself broke: it cannot be trusted with another script
            self._discard(isolate)
            raise
        return delay

    def _sort(self, text: str) -> float:
        """Gives every script its messages out of what a call returned. Returns ms until the next turn."""
        try:
            delay, messages = bridge.decode(text)
            for raw in messages:
                run = self._runs.get(raw[1])
                if run is not None:
                    self._deliver(run, raw)
        except (AttributeError, LookupError, TypeError, ValueError) as error:  # no message of ours looks like this
            raise Broken(f"{type(error).__name__}: {error}") from error
        return delay

    def _deliver(self, run: _Run, raw: Sequence[Any]) -> None:
        if raw[0] == "result":
            run.result = bridge.to_outcome(raw[2], raw[3], run.context)
            return
        if raw[0] in ("request", "cookies", "run", "host"):
            run.outstanding += 1
        reply = self._replier(run.id)
        if raw[0] == "host":
            reply(f"host.{run.id}", (raw[2], *_host_answer(raw[3])))
        else:
            run.messages.extend(bridge.to_messages(raw, reply))

    def _replier(self, run_id: str) -> bridge.Reply:
        generation = self._generation

        def reply(name: str, arguments: Sequence[Any]) -> None:
            self._answers.put((generation, run_id, name, arguments))

        return reply

    def _replace(self, isolate: Isolate, run: _Run, reason: Stopped, *, is_first: bool) -> None:
        rest = isolate.drain()
        if rest is not None:
            with suppress(Broken):
                self._sort(rest)
        self._discard(isolate)
        self.start()
        run.result = ScriptOutcome(error=self._stop_error(reason, is_first=is_first), stopped=True)

    def _stop_error(self, reason: Stopped, *, is_first: bool) -> ErrorInfo:
        match reason:
            case TimedOut():
                kind = "synchronous" if is_first else "asynchronous"
                return ErrorInfo("Error", f"sandbox: {kind} script execution timeout")
            case OutOfMemory():
                limit = self._memory_limit // (1024 * 1024)
                return ErrorInfo("RangeError", f"The script needed more than {limit} MB of memory.")
        return ErrorInfo("Error", f"sandbox: the script or an earlier one broke the sandbox: {reason}")

    def _discard(self, isolate: Isolate) -> None:
        if isolate is self._isolate:
            self._isolate = None
            self._generation += 1
            isolate.close()

    def _forget(self, isolate: Isolate, run: _Run) -> None:
        try:
            isolate.call(bridge.abort(run.id).text, 1)
        except Exception:
            self._discard(isolate)

    def close(self) -> None:
        """Frees V8. Scripts that have not ended are given up. May be called from any thread, more than once."""
        self._closed = True
        boot = self._boot
        if boot is not None:
            boot.join()
            self._boot = None
        isolate = self._isolate
        if isolate is not None:
            self._discard(isolate)
        self._answers.put((self._generation - 1, "", "", ()))  # wakes up a script that waits for a timer or an answer

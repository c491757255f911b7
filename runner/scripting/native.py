"""V8 through mini-racer's C functions, without py_mini_racer's asyncio loop and thread.

That saves about 50 ms at the start and half a millisecond a script. The C functions are no public interface, so
``library()`` refuses any V8 but the one that this was written for; ``runner.scripting.v8`` then falls back to
the public interface.
"""

from __future__ import annotations

import _thread
import atexit
import ctypes
import json
import os
import sys
import weakref
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from runner.scripting import crash
from runner.scripting.assets import Bundle
from runner.scripting.body_text import encoded_text
from runner.scripting.isolate import DRAIN, KEEP_WATCH, MEMORY_LIMIT, SEED, Broken, OutOfMemory, Stopped, TimedOut
from runner.scripting.library import Callback, Unsupported, library

# kinds of values (mini-racer, src/v8_py_frontend/binary_value.h)
_TEXT, _ARRAY, _FUNCTION, _BUFFER = 5, 6, 100, 102
_FIRST_ERROR = 200

#: seconds that a cancelled call may take to end; a loop in promise callbacks never does
_PATIENCE = 0.1
#: seconds between looks at the process's memory while a call is running
_LOOK = 0.25
#: how much the process may grow in one call, as a multiple of the heap limit (V8 does not count array buffers)
_GROWTH = 4

#: V8 sets up its memory with the first context, and aborts the process if two are the first
_starting = _thread.allocate_lock()


def _real(name: str) -> Any:
    """A function of ``_thread``, also where gevent has put others in their place: those are for greenlets."""
    gevent = sys.modules.get("gevent.monkey")
    return getattr(_thread, name) if gevent is None else gevent.get_original("_thread", name)


def _allocate_lock() -> Any:
    """A lock that the thread of V8 can open, which has no greenlet. Who waits keeps all greenlets waiting."""
    return _real("allocate_lock")()


def _start_thread(function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    _real("start_new_thread")(function, arguments)


_open: weakref.WeakSet[NativeIsolate] = weakref.WeakSet()


class NativeIsolate:
    """One V8 with the sandbox in it. See ``Isolate``."""

    def __init__(self, sources: Bundle, memory_limit: int = MEMORY_LIMIT) -> None:
        self._lib = library()
        self._memory_limit = memory_limit
        self._closed = self._gave_up = False
        self._thread: int | None = None
        self._ids = count(1)
        self._expected = 0
        self._result: Any = None
        self._done = _allocate_lock()
        self._done.acquire()
        self._callback = Callback(self._on_result)
        try:
            with _starting:
                self._context: int = self._lib.mr_init_context(self._callback)
                _open.add(self)
                self._no_arguments = self._eval("[]", _ARRAY)
            self._entry = self._eval(sources.core + KEEP_WATCH, _FUNCTION)
            self._call(sources.lazy, None)
            self.call(f"R{os.urandom(SEED).hex()}")
            self._lib.mr_set_hard_memory_limit(self._context, memory_limit)
        except BaseException:
            self.close()
            raise

    def _on_result(self, task: int, handle: Any) -> None:
        # runs on V8's thread, which waits for it: nothing but a note may be made here
        if self._thread is None:
            self._thread = _thread.get_ident()
            crash.watch(self._thread, self._on_trap)
        if task == self._expected:
            self._result = handle
            self._done.release()

    def _on_trap(self) -> None:
        self._gave_up = self._closed = True
        self._done.release()

    def _text(self, data: bytes) -> Any:
        return self._lib.mr_alloc_string_val(self._context, data, len(data), _TEXT)

    def _eval(self, code: str, kind: int) -> Any:
        source = self._text(code.encode())
        result = self._run(self._lib.mr_eval, (source,), None)
        self._lib.mr_free_value(self._context, source)
        if result.contents.kind != kind:
            raise Unsupported(f"the value of a script is of kind {result.contents.kind}, not {kind}")
        return result

    def call(self, payload: str, limit: float | None = None) -> str:
        if self._closed:
            raise Stopped
        text = self._call(payload.encode("utf-8", "replace"), limit)
        # a promise callback that ran out of memory after the previous call leaves no other trace
        if self._lib.mr_hard_memory_limit_reached(self._context) and payload != DRAIN:
            raise OutOfMemory
        return text

    def _call(self, payload: bytes, limit: float | None) -> str:
        this = self._text(payload)
        result = self._run(self._lib.mr_call_function, (self._entry, this, self._no_arguments), limit)
        self._lib.mr_free_value(self._context, this)
        return self._take(result)

    def attach(self, data: bytes) -> None:
        size = self._text(b"A%d" % len(data))
        buffer = self._run(self._lib.mr_call_function, (self._entry, size, self._no_arguments), None)
        self._lib.mr_free_value(self._context, size)
        if buffer.contents.kind != _BUFFER or buffer.contents.length != len(data):
            self._take(buffer)
            raise Broken("no buffer")
        ctypes.memmove(buffer.contents.value.pointer, data, len(data))
        self._lib.mr_free_value(self._context, buffer)
        text = encoded_text(data)
        if text is not None:
            self._call(b"T" + text, None)

    def _take(self, result: Any) -> str:
        kind = result.contents.kind
        has_text = kind == _TEXT or kind >= _FIRST_ERROR
        data = ctypes.string_at(result.contents.value.pointer, result.contents.length) if has_text else b""
        self._lib.mr_free_value(self._context, result)
        text = data.decode("utf-8", "replace")
        if kind == _TEXT:
            return text
        if self._lib.mr_hard_memory_limit_reached(self._context):
            raise OutOfMemory
        raise Broken(first_line(text))

    def _run(self, function: Any, arguments: tuple[Any, ...], limit: float | None) -> Any:
        self._expected = next(self._ids)
        task = function(self._context, *arguments, self._expected)
        try:
            if not self._done.acquire(timeout=_LOOK if limit is None else min(limit, _LOOK)):
                self._wait(limit)
        except BaseException:
            self._cancel(task)
            raise
        if self._gave_up:
            raise OutOfMemory
        if self._closed:
            raise Stopped
        result, self._result = self._result, None
        return result

    def _wait(self, limit: float | None) -> None:
        """Goes on waiting for a call that takes long.

        Raises:
            TimedOut: for longer than ``limit``.
            OutOfMemory: the process has grown too much.
        """
        left = None if limit is None else limit - _LOOK
        before = resident()
        while left is None or left > 0:
            if self._done.acquire(timeout=_LOOK if left is None else min(left, _LOOK)):
                return
            left = None if left is None else left - _LOOK
            if resident() - before > self._memory_limit * _GROWTH:
                raise OutOfMemory
        raise TimedOut

    def _cancel(self, task: int) -> None:
        if self._closed:
            return
        self._lib.mr_cancel_task(self._context, task)
        if self._done.acquire(timeout=_PATIENCE):
            self._lib.mr_free_value(self._context, self._result)
            self._result = None
        else:
            self._abandon()

    def _abandon(self) -> None:
        """Leaves a V8 behind that is in the middle of a long built-in function, where nothing can interrupt it. It ends
        when that does."""
        self._closed = True
        self._expected = 0
        _start_thread(self._free, ())

    def _free(self) -> None:
        self._lib.mr_free_context(self._context)
        if self._thread is not None:
            crash.forget(self._thread)

    def drain(self) -> str | None:
        try:
            return None if self._closed else self.call(DRAIN, _PATIENCE)
        except Stopped:
            return None

    def collect(self) -> None:
        if not self._closed:
            self._lib.mr_low_memory_notification(self._context)

    def heap(self) -> Mapping[str, int]:
        stats: Mapping[str, int] = json.loads(self._take(self._lib.mr_heap_stats(self._context)))
        return stats

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._expected = 0
        self._free()
        if self._done.locked():
            self._done.release()  # whoever waits for a result gets none


def first_line(text: str) -> str:
    """V8's description of an error without the source line, which is very long."""
    return text.partition("\n")[0]


def resident() -> int:
    """Memory of this process in bytes, 0 where it is not known."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * 4096
    except OSError:
        return 0


def _close_all() -> None:
    for isolate in list(_open):
        isolate.close()


atexit.register(_close_all)

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
from collections.abc import Mapping
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from runner.errors import ScriptEngineError
from runner.scripting.assets import Bundle
from runner.scripting.isolate import DRAIN, FLAGS, MEMORY_LIMIT, SEED, WATCH, Broken, OutOfMemory, Stopped, TimedOut

V8_VERSION = b"14.4.258.23"  # of mini-racer 0.14.1

# kinds of values (mini-racer, src/v8_py_frontend/binary_value.h)
_TEXT, _ARRAY, _FUNCTION, _BUFFER = 5, 6, 100, 102
_FIRST_ERROR = 200

#: seconds that a cancelled call may take to end; a loop in promise callbacks never does
_PATIENCE = 0.1
#: seconds between looks at the process's memory while a call is running
_LOOK = 0.25
#: how much the process may grow in one call, as a multiple of the heap limit (V8 does not count array buffers)
_GROWTH = 4


class _Union(ctypes.Union):
    _fields_ = (("pointer", ctypes.c_void_p), ("integer", ctypes.c_int64), ("double", ctypes.c_double))


class _Value(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("value", _Union), ("length", ctypes.c_size_t), ("kind", ctypes.c_uint8))


_Handle = ctypes.POINTER(_Value)
_Callback = ctypes.CFUNCTYPE(None, ctypes.c_uint64, _Handle)

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "mr_v8_version": (ctypes.c_char_p, ()),
    "mr_init_v8": (None, (ctypes.c_char_p, ctypes.c_char_p)),
    "mr_init_context": (ctypes.c_uint64, (_Callback,)),
    "mr_free_context": (None, (ctypes.c_uint64,)),
    "mr_eval": (ctypes.c_uint64, (ctypes.c_uint64, _Handle, ctypes.c_uint64)),
    "mr_call_function": (ctypes.c_uint64, (ctypes.c_uint64, _Handle, _Handle, _Handle, ctypes.c_uint64)),
    "mr_cancel_task": (None, (ctypes.c_uint64, ctypes.c_uint64)),
    "mr_alloc_string_val": (_Handle, (ctypes.c_uint64, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint8)),
    "mr_free_value": (None, (ctypes.c_uint64, _Handle)),
    "mr_set_hard_memory_limit": (None, (ctypes.c_uint64, ctypes.c_size_t)),
    "mr_hard_memory_limit_reached": (ctypes.c_bool, (ctypes.c_uint64,)),
    "mr_low_memory_notification": (None, (ctypes.c_uint64,)),
    "mr_heap_stats": (_Handle, (ctypes.c_uint64,)),
}

_loaded: ctypes.CDLL | None = None
_loading = _thread.allocate_lock()
_open: weakref.WeakSet[NativeIsolate] = weakref.WeakSet()


class Unsupported(Exception):
    """This is not the V8 that this module knows."""


def library() -> ctypes.CDLL:
    """mini-racer's library, loaded and with V8 initialised.

    Raises:
        Unsupported: it is another version, or laid out differently.
    """
    global _loaded
    with _loading:
        if _loaded is None:
            _loaded = _load()
        return _loaded


def _load() -> ctypes.CDLL:
    if "py_mini_racer" in sys.modules:  # V8 must not be initialised twice
        raise Unsupported("py_mini_racer is in use already")
    spec = find_spec("py_mini_racer")
    if spec is None or not spec.submodule_search_locations:
        raise ScriptEngineError("The package mini-racer is missing: pip install mini-racer")
    folder = Path(spec.submodule_search_locations[0])
    name = {"win32": "mini_racer.dll", "darwin": "libmini_racer.dylib"}.get(sys.platform, "libmini_racer.so")
    try:
        found = _open_library(str(folder / name))
        for function, (result, arguments) in _SIGNATURES.items():
            getattr(found, function).restype = result
            getattr(found, function).argtypes = arguments
        version = found.mr_v8_version()
    except (OSError, AttributeError) as error:
        raise Unsupported(str(error)) from error
    if version != V8_VERSION:
        raise Unsupported(f"V8 {version!r}")
    found.mr_init_v8(" ".join(FLAGS).encode(), str(folder / "icudtl.dat").encode())
    return found


def _open_library(path: str) -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.CDLL(path)
    # ctypes.CDLL keeps other Python threads waiting for the 20 ms that loading takes; a call through ctypes does not
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    handle = dlopen(path.encode(), 2)  # RTLD_NOW
    return ctypes.CDLL(path, handle=handle) if handle else ctypes.CDLL(path)


class NativeIsolate:
    """One V8 with the sandbox in it. See ``Isolate``."""

    def __init__(self, sources: Bundle, memory_limit: int = MEMORY_LIMIT) -> None:
        self._lib = library()
        self._memory_limit = memory_limit
        self._closed = False
        self._ids = count(1)
        self._expected = 0
        self._result: Any = None
        self._done = _thread.allocate_lock()
        self._done.acquire()
        self._callback = _Callback(self._on_result)
        self._context: int = self._lib.mr_init_context(self._callback)
        _open.add(self)
        try:
            self._no_arguments = self._eval("[]", _ARRAY)
            self._entry = self._eval(f"let {WATCH};{sources.core}", _FUNCTION)
            self.call(f"L{os.urandom(SEED).hex()}{sources.lazy}")
            self._lib.mr_set_hard_memory_limit(self._context, memory_limit)
        except BaseException:
            self.close()
            raise

    def _on_result(self, task: int, handle: Any) -> None:
        # runs on V8's thread, which waits for it: nothing but a note may be made here
        if task == self._expected:
            self._result = handle
            self._done.release()

    def _text(self, text: str) -> Any:
        data = text.encode("utf-8", "replace")
        return self._lib.mr_alloc_string_val(self._context, data, len(data), _TEXT)

    def _eval(self, code: str, kind: int) -> Any:
        source = self._text(code)
        result = self._run(self._lib.mr_eval, (source,), None)
        self._lib.mr_free_value(self._context, source)
        if result.contents.kind != kind:
            raise Unsupported(f"the value of a script is of kind {result.contents.kind}, not {kind}")
        return result

    def call(self, payload: str, limit: float | None = None) -> str:
        if self._closed:
            raise Stopped
        this = self._text(payload)
        result = self._run(self._lib.mr_call_function, (self._entry, this, self._no_arguments), limit)
        self._lib.mr_free_value(self._context, this)
        text = self._take(result)
        # a promise callback that ran out of memory after the previous call leaves no other trace
        if self._lib.mr_hard_memory_limit_reached(self._context) and payload != DRAIN:
            raise OutOfMemory
        return text

    def attach(self, data: bytes, text: str) -> None:
        size = self._text(f"A{len(data)}")
        buffer = self._run(self._lib.mr_call_function, (self._entry, size, self._no_arguments), None)
        self._lib.mr_free_value(self._context, size)
        if buffer.contents.kind != _BUFFER or buffer.contents.length != len(data):
            self._take(buffer)
            raise Broken("no buffer")
        ctypes.memmove(buffer.contents.value.pointer, data, len(data))
        self._lib.mr_free_value(self._context, buffer)
        self.call("T" + text)

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
            self.close()

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
        self._lib.mr_free_context(self._context)
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

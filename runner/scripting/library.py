"""mini-racer's library: V8 behind C functions. Loading it takes as long as starting Python, so it can be done early."""

from __future__ import annotations

import _thread
import ctypes
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from runner.errors import ScriptEngineError
from runner.scripting.isolate import FLAGS

V8_VERSION = b"14.4.258.23"  # of mini-racer 0.14.1


class _Union(ctypes.Union):
    _fields_ = (("pointer", ctypes.c_void_p), ("integer", ctypes.c_int64), ("double", ctypes.c_double))


class Value(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("value", _Union), ("length", ctypes.c_size_t), ("kind", ctypes.c_uint8))


Handle = ctypes.POINTER(Value)
Callback = ctypes.CFUNCTYPE(None, ctypes.c_uint64, Handle)

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "mr_v8_version": (ctypes.c_char_p, ()),
    "mr_init_v8": (None, (ctypes.c_char_p, ctypes.c_char_p)),
    "mr_init_context": (ctypes.c_uint64, (Callback,)),
    "mr_free_context": (None, (ctypes.c_uint64,)),
    "mr_eval": (ctypes.c_uint64, (ctypes.c_uint64, Handle, ctypes.c_uint64)),
    "mr_call_function": (ctypes.c_uint64, (ctypes.c_uint64, Handle, Handle, Handle, ctypes.c_uint64)),
    "mr_cancel_task": (None, (ctypes.c_uint64, ctypes.c_uint64)),
    "mr_alloc_string_val": (Handle, (ctypes.c_uint64, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint8)),
    "mr_free_value": (None, (ctypes.c_uint64, Handle)),
    "mr_set_hard_memory_limit": (None, (ctypes.c_uint64, ctypes.c_size_t)),
    "mr_hard_memory_limit_reached": (ctypes.c_bool, (ctypes.c_uint64,)),
    "mr_low_memory_notification": (None, (ctypes.c_uint64,)),
    "mr_heap_stats": (Handle, (ctypes.c_uint64,)),
}

_loaded: ctypes.CDLL | None = None
_loading = _thread.allocate_lock()


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
    folder = spec.submodule_search_locations[0]
    name = {"win32": "mini_racer.dll", "darwin": "libmini_racer.dylib"}.get(sys.platform, "libmini_racer.so")
    try:
        found = _open_library(os.path.join(folder, name))
        for function, (result, arguments) in _SIGNATURES.items():
            getattr(found, function).restype = result
            getattr(found, function).argtypes = arguments
        version = found.mr_v8_version()
    except (OSError, AttributeError) as error:
        raise Unsupported(str(error)) from error
    if version != V8_VERSION:
        raise Unsupported(f"V8 {version!r}")
    found.mr_init_v8(" ".join(FLAGS).encode(), os.path.join(folder, "icudtl.dat").encode())
    with suppress(AttributeError):  # V8's own stack, when it gives up (crash.py), says nothing to anybody
        found._ZN2v84base18SetPrintStackTraceEPFvvE(None)
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


def preload() -> None:
    """Loads the library in the background; errors are left to those who use it."""

    def load() -> None:
        with suppress(Exception):
            library()

    _thread.start_new_thread(load, ())

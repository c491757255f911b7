"""What becomes of a V8 that gives up: it takes neither the process nor the run with it.

V8 ends the process when one built-in function (``Array.prototype.join`` of a billion elements, say) uses up the heap
before the memory limit is looked at: it executes a trap instruction (SIGTRAP on x86 and ARM). That is caught here if it
comes from the thread of an isolate. The thread then stands still for ever, with the memory that it holds, and whoever
waits for it is told. Traps of other threads end the process, as they would without this. Windows knows no SIGTRAP:
there the process ends.
"""

from __future__ import annotations

import _thread
import ctypes
import signal
from collections.abc import Callable
from typing import Any

#: threads of isolates -> told when they have given up
_watched: dict[int, Callable[[], None]] = {}
_handler: Any = None
_pause: Any = None
_set_handler: Any = None
_TRAP = getattr(signal, "SIGTRAP", None)


def watch(thread: int, told: Callable[[], None]) -> None:
    """From now on ``told`` is called, in the thread itself, when ``thread`` runs into a trap.

    Args:
        thread: as of ``_thread.get_ident()``.
        told: must be short and take no lock that the thread may hold.
    """
    _install()
    _watched[thread] = told


def forget(thread: int) -> None:
    """The thread ends, and its number may be that of another one soon."""
    _watched.pop(thread, None)


def _install() -> None:
    global _handler, _pause, _set_handler
    if _handler is not None or _TRAP is None:
        return
    libc = ctypes.CDLL(None)
    _pause, _set_handler = libc.pause, libc.signal
    _set_handler.argtypes = (ctypes.c_int, ctypes.c_void_p)
    _set_handler.restype = ctypes.c_void_p
    _handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(_on_trap)
    _set_handler(_TRAP, ctypes.cast(_handler, ctypes.c_void_p))


def _on_trap(_: int) -> None:
    # The trap is an instruction of this thread, which holds neither Python's lock nor one of the allocator: this is as
    # good as a call.
    told = _watched.pop(_thread.get_ident(), None)
    if told is None:
        _set_handler(_TRAP, None)  # the next trap, or the illegal instruction behind this one, ends the process
        return
    told()
    while True:  # nothing that V8 would do now can be allowed; a signal that comes to this thread changes nothing
        _pause()

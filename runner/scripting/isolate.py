"""What the script engine needs from an embedded V8: one function of the bundle that it can call, with limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

#: heap of one V8, bytes; a script that needs more is stopped
MEMORY_LIMIT = 256 * 1024 * 1024
#: The heap settings give the speed of V8's own choice with two thirds of its memory; one thread is enough for scripts.
FLAGS = ("--single-threaded", "--max-semi-space-size=8", "--min-semi-space-size=8")
#: the call that returns messages and does nothing else
DRAIN = "D"
#: the call after which scripts do not see what earlier ones have left in undeclared variables
SEPARATE = "I"
#: random bytes that every sandbox gets for ``crypto``
SEED = 32
#: name of the only global of ours that scripts can see (js/src/rejections.js)
WATCH = "$htrunWatch"
#: after the bundle: makes it a constant, which no script can replace for later ones; has no value of its own
KEEP_WATCH = f";const {WATCH}=this.{WATCH}"


class Stopped(Exception):
    """JavaScript was stopped; the isolate must not be used for further scripts."""


class TimedOut(Stopped):
    """It ran longer than its limit."""


class OutOfMemory(Stopped):
    """It needed more memory than its limit."""


class Broken(Stopped):
    """The sandbox itself failed, e.g. because a script has replaced functions that it needs."""


class Isolate(Protocol):
    """A V8 that runs the sandbox."""

    def call(self, payload: str, limit: float | None = None) -> str:
        """Calls the entry function of the bundle (js/src/host.js) and returns its result.

        Args:
            payload: what to do.
            limit: seconds after which it is stopped; None = no limit.

        Raises:
            TimedOut: ``limit`` has passed.
            OutOfMemory: the memory limit is reached.
            Broken: the host or the sandbox failed.
        """

    def attach(self, data: bytes) -> None:
        """Passes a body, as bytes and as text, that the next message refers to as its n-th attachment."""

    def drain(self) -> str | None:
        """Messages that a stopped script had sent, or None if they cannot be had any more."""

    def collect(self) -> None:
        """Asks V8 to give memory back."""

    def heap(self) -> Mapping[str, int]:
        """V8's heap statistics, bytes."""

    def close(self) -> None:
        """Ends whatever runs and frees the memory. May be called at any time, from any thread."""

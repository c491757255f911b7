"""Breaking off exchanges that are under way in other threads."""

from __future__ import annotations

import threading
from typing import Protocol

from runner.transport.errors import fail


class Abortable(Protocol):
    """A connection in use."""

    def abort(self) -> None:
        """Ends what another thread sends or receives."""
        ...


class Cancellation:
    """One switch for everything that carries it. Thread-safe; once thrown it stays so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thrown = threading.Event()
        self._held: set[Abortable] = set()

    @property
    def cancelled(self) -> bool:
        return self._thrown.is_set()

    def cancel(self) -> None:
        """Throws the switch: exchanges under way fail (``ECONNABORTED``, or as if the server had closed)."""
        # Under the lock, so that no connection is hit that its thread has given back for others to use.
        with self._lock:
            self._thrown.set()
            for connection in self._held:
                connection.abort()

    def hold(self, connection: Abortable) -> None:
        """Notes a connection that is about to be used.

        Raises:
            TransportError: it is too late for that.
        """
        with self._lock:
            if self._thrown.is_set():
                raise fail("aborted", "ECONNABORTED")
            self._held.add(connection)

    def release(self, connection: Abortable) -> None:
        """Forgets a connection; one that was not held is no error."""
        with self._lock:
            self._held.discard(connection)

    def wait(self, seconds: float) -> None:
        """Sleeps, until the switch is thrown at the latest."""
        self._thrown.wait(seconds)

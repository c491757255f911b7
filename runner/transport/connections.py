"""Connections that send the bytes of a request, read the response raw, and time the phases; and the pool of the
plain ones. The secure ones are urllib3's (``secure.py``)."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress
from threading import Lock
from typing import Any

from runner.model.exchange import NetworkError, Tls
from runner.model.records import dataclass
from runner.transport.errors import TransportError, fail, system_error
from runner.transport.reader import RawResponse, read_response
from runner.transport.sockets import Limits, connect, deadline_error

_RECEIVE = 65536
_SEND = 1 << 20
_PROXY_ANSWER = 1 << 20  #: bytes of what a proxy says about a tunnel that it does not make
#: Servers that send head and body separately wait for our ACK in between, which Linux delays by 40 ms.
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)


@dataclass(slots=True)
class Phases:
    """Durations in ms; None for what did not happen."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None


class WireConnection:
    """What plain and secure connections have in common."""

    sock: Any
    _dns_host: str
    port: int
    _tunnel_host: str | None
    _tunnel_port: int | None
    connect_headers: tuple[tuple[str, str], ...]

    limits: Limits
    phases: Phases
    #: ``time.monotonic()`` after which the server may have closed the idle connection
    fresh_until: float | None
    address: str | None  #: of the other end
    secured: Tls | None
    _received: bool
    _connected_at: float

    def connect(self) -> None:
        """Opens a socket, and a tunnel if one was asked for."""
        raise NotImplementedError

    def open(self, limits: Limits) -> None:
        """Connects, unless there is a connection that can be used again."""
        self.limits = limits
        self.phases = Phases()
        if self.sock is None:
            self.fresh_until = None
            self.connect()

    @property
    def untouched(self) -> bool:
        """Whether nothing has come back since the last request."""
        return not self._received

    def exchange(
        self, data: bytes, method: str, limits: Limits, lenient: bool, largest: int | None = None
    ) -> tuple[RawResponse, float, float]:
        """Sends a request and reads the response. Returns it with the moments (``time.perf_counter()``) at which
        sending began and the first byte came.

        Args:
            lenient: see ``read_response``; as is ``largest``.
        """
        self.limits = limits
        self._received = False
        started = time.perf_counter()
        first_byte = started

        def mark() -> None:
            nonlocal first_byte
            first_byte = time.perf_counter()

        broken: OSError | None = None
        try:
            self._send(data)
        except OSError as error:
            broken = error  # the server may have answered before it closed
        try:
            return read_response(self, method, mark, lenient=lenient, largest=largest), started, first_byte
        except TransportError as error:
            # what the server had to say, a TLS alert for instance, explains more than that it does not listen
            if broken is not None and not self._received and error.error.code == "ECONNRESET":
                raise TransportError(self.error_of(broken, "write")) from None
            raise

    def _send(self, data: bytes) -> None:
        """Sends all of it, within the limits.

        Raises:
            OSError: the connection is broken.
        """
        limits = self.limits
        rest = memoryview(data)
        try:
            while rest:  # sendall() of TLS would have the whole time for each of its pieces
                self.sock.settimeout(limits.remaining())
                rest = rest[self.sock.send(rest[:_SEND]) :]
        except TimeoutError:
            raise limits.expired("send") from None

    def abort(self) -> None:
        """Ends what another thread sends or receives here; that thread sees a closed connection."""
        sock = getattr(self.sock, "socket", self.sock)  # urllib3's TLS inside of TLS has the real one in there
        if sock is not None:
            with suppress(OSError):
                # Not SSLSocket's own, which takes the TLS layer away from under the thread that reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def receive(self) -> bytes:
        limits = self.limits
        self.sock.settimeout(limits.remaining())
        if self._received and _QUICK_ACK is not None:
            self.sock.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        try:
            data: bytes = self.sock.recv(_RECEIVE)
        except TimeoutError:
            raise limits.expired("read") from None
        except OSError as error:
            if self.is_end(error):
                return b""
            raise TransportError(self.error_of(error, "read")) from None
        if data:
            self._received = True
        return data

    def is_end(self, error: OSError) -> bool:
        """Whether the error only says that the peer has ended the connection."""
        return False

    def error_of(self, error: OSError, syscall: str) -> NetworkError:
        """What went wrong with the socket."""
        return system_error(error, syscall)

    def open_socket(self, host: str) -> socket.socket:
        """A connected socket; notes how long it took."""
        try:
            connected = connect(host, self.port, self.limits)
        except TransportError as error:
            if self._tunnel_host and error.error.message not in ("ETIMEDOUT", deadline_error().error.message):
                raise _no_tunnel(f"cause={error.error.message}") from None
            raise
        self.phases.dns, self.phases.connect = connected.dns, connected.connect
        self.address = _address(connected.socket)
        return connected.socket

    def _tunnel(self) -> None:
        """Asks the proxy for a tunnel, in the form of npm tunnel-agent, which Newman uses."""
        host = self._tunnel_host or ""
        place = f"[{host}]:{self._tunnel_port}" if ":" in host else f"{host}:{self._tunnel_port}"
        lines = [f"CONNECT {place} HTTP/1.1", *(f"{name}: {value}" for name, value in self.connect_headers), "", ""]
        self._received = False
        try:
            self._send("\r\n".join(lines).encode("latin-1", "replace"))
            answer = read_response(self, "CONNECT", largest=_PROXY_ANSWER)
        except OSError as error:
            raise _no_tunnel(f"cause={system_error(error, 'write').message}") from None
        except TransportError as error:
            if error.error.code in ("EDEADLINE", "ESOCKETTIMEDOUT"):
                raise
            raise _no_tunnel(f"cause={error.error.message}") from None
        if answer.code != 200:
            raise _no_tunnel(f"statusCode={answer.code}")
        self.sock.settimeout(self.limits.remaining())  # for the handshake


def _address(sock: socket.socket) -> str | None:
    try:
        host, port, *_ = sock.getpeername()
    except OSError:
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _no_tunnel(why: str) -> TransportError:
    return fail(f"tunneling socket could not be established, {why}", "ECONNRESET")


class PlainConnection(WireConnection):
    """A connection without TLS."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.sock = self.fresh_until = self._tunnel_host = self._tunnel_port = self.address = self.secured = None

    def ask_for_tunnel(self, host: str, port: int, proxy_scheme: str, headers: tuple[tuple[str, str], ...]) -> None:
        """The next ``open`` connects to a proxy, which shall make a tunnel to ``host``."""
        self._tunnel_host, self._tunnel_port, self.connect_headers = host, port, headers

    def connect(self) -> None:
        self.sock = self.open_socket(self.host)
        if self._tunnel_host:
            self._tunnel()

    def close(self) -> None:
        if self.sock is not None:
            self.sock.close()
            self.sock = None


class PlainPool:
    """Idle connections to one place, for all threads. The one that was used last is used first.

    Args:
        size: idle connections that are kept.
    """

    def __init__(self, host: str, port: int, size: int) -> None:
        self._host, self._port, self._size = host, port, size
        self._idle: list[PlainConnection] = []
        self._lock = Lock()

    def take(self) -> PlainConnection:
        """An idle connection, or a new one that is not open yet."""
        with self._lock:
            connection = self._idle.pop() if self._idle else PlainConnection(self._host, self._port)
        if connection.sock is not None and _was_dropped(connection.sock):
            connection.close()
        return connection

    def give(self, connection: PlainConnection) -> None:
        """Takes a connection back."""
        if connection.sock is None:
            return
        with self._lock:
            if len(self._idle) < self._size:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def _was_dropped(sock: socket.socket) -> bool:
    """Whether there is something to read on an idle connection: its end, or what nobody asked for."""
    if hasattr(select, "poll"):  # select() cannot take descriptors above 1023
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])

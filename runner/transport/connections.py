"""urllib3's connections with three things added: phases are timed, names resolve as in Newman (``*.localhost``
is ``::1``, then 127.0.0.1), and one call sends the bytes of a request and reads the response raw.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection

from runner.model.exchange import NetworkError
from runner.transport.errors import TransportError, fail, lookup_error, system_error, tls_error
from runner.transport.reader import RawResponse, read_response

_LOCALHOST_PROBE = 0.5  #: seconds that ``::1`` gets
_ATTEMPT = 0.25  #: seconds that an address gets while there is another one to try, as in Node
_RECEIVE = 65536
#: Servers that send head and body separately wait for our ACK in between, which Linux delays by 40 ms.
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)

Address = tuple[int, Any]  #: family, socket address


@dataclass(slots=True)
class Limits:
    """How long an exchange may take: ``idle`` s without progress, ``deadline`` on ``time.monotonic()``."""

    idle: float | None = None
    deadline: float | None = None

    def remaining(self) -> float | None:
        """Seconds that the next step may take, None for any number."""
        if self.deadline is None:
            return self.idle
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise deadline_error()
        return left if self.idle is None else min(self.idle, left)

    def expired(self, phase: str) -> TransportError:
        """The error of a step that timed out: ETIMEDOUT while connecting, ESOCKETTIMEDOUT later."""
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return deadline_error()
        code = "ETIMEDOUT" if phase == "connect" else "ESOCKETTIMEDOUT"
        return fail(code, code)


def deadline_error() -> TransportError:
    return fail("callback timed out", "EDEADLINE")


@dataclass(slots=True)
class Phases:
    """Durations in ms; None for what did not happen."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None


class _WireMixin:
    """What both kinds of connections add to urllib3's."""

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
    _received: bool
    _connected_at: float

    def ask_for_tunnel(self, host: str, port: int, proxy_scheme: str, headers: tuple[tuple[str, str], ...]) -> None:
        """The next ``open`` connects to a proxy, which shall make a tunnel to ``host``."""
        cast(HTTPConnection, self).set_tunnel(host, port, scheme=proxy_scheme)
        self.connect_headers = headers

    def open(self, limits: Limits) -> None:
        """Connects, unless there is a connection that can be used again."""
        self.limits = limits
        self.phases = Phases()
        if self.sock is None:
            self.fresh_until = None
            cast(HTTPConnection, self).connect()

    def exchange(self, data: bytes, method: str, limits: Limits, lenient: bool) -> tuple[RawResponse, float, float]:
        """Sends a request and reads the response. Returns it with the moments (``time.perf_counter()``) at which
        sending began and the first byte came."""
        self.limits = limits
        self._received = False
        started = time.perf_counter()
        first_byte = started

        def mark() -> None:
            nonlocal first_byte
            first_byte = time.perf_counter()

        broken: OSError | None = None
        self.sock.settimeout(limits.remaining())
        try:
            self.sock.sendall(data)
        except TimeoutError:
            raise limits.expired("send") from None
        except OSError as error:
            broken = error  # the server may have answered before it closed
        try:
            return read_response(self, method, mark, lenient=lenient), started, first_byte
        except TransportError:
            if broken is not None and not self._received:
                raise TransportError(system_error(broken, "write")) from None
            raise

    def receive(self) -> bytes:
        limits = self.limits
        if limits.deadline is not None:
            self.sock.settimeout(limits.remaining())
        if self._received and _QUICK_ACK is not None:
            self.sock.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        try:
            data: bytes = self.sock.recv(_RECEIVE)
        except TimeoutError:
            raise limits.expired("read") from None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""
        except OSError as error:
            if self._received:
                raise fail("aborted", "ECONNRESET") from None
            raise TransportError(system_error(error, "read")) from None
        self._received = True
        return data

    def _new_conn(self) -> socket.socket:
        limits = self.limits
        started = resolved = time.perf_counter()
        try:
            if self._dns_host.rpartition(".")[2].lower() == "localhost":
                sock = _connect_localhost(self.port, limits)
            else:
                addresses = _resolve(self._dns_host, self.port, limits)
                resolved = time.perf_counter()
                sock = _connect_any(addresses, limits)
        except TransportError as error:
            if self._tunnel_host and error.error.code != "EDEADLINE":
                raise _no_tunnel(f"cause={error.error.message}") from None
            raise
        self._connected_at = time.perf_counter()
        self.phases.dns = (resolved - started) * 1000
        self.phases.connect = (self._connected_at - resolved) * 1000
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _tunnel(self) -> None:
        """Asks the proxy for a tunnel, in the form of npm tunnel-agent, which Newman uses."""
        host = self._tunnel_host or ""
        place = f"[{host}]:{self._tunnel_port}" if ":" in host else f"{host}:{self._tunnel_port}"
        lines = [f"CONNECT {place} HTTP/1.1", *(f"{name}: {value}" for name, value in self.connect_headers), "", ""]
        self._received = False
        self.sock.settimeout(self.limits.remaining())
        try:
            self.sock.sendall("\r\n".join(lines).encode("latin-1", "replace"))
            answer = read_response(self, "CONNECT")
        except TimeoutError:
            raise self.limits.expired("send") from None
        except OSError as error:
            raise _no_tunnel(f"cause={system_error(error, 'write').message}") from None
        except TransportError as error:
            if error.error.code in ("EDEADLINE", "ESOCKETTIMEDOUT"):
                raise
            raise _no_tunnel(f"cause={error.error.message}") from None
        if answer.code != 200:
            raise _no_tunnel(f"statusCode={answer.code}")


def _no_tunnel(why: str) -> TransportError:
    return fail(f"tunneling socket could not be established, {why}", "ECONNRESET")


class WireHTTPConnection(_WireMixin, HTTPConnection):
    """A plain connection."""

    fresh_until: float | None = None


class WireHTTPSConnection(_WireMixin, HTTPSConnection):
    """A TLS connection."""

    fresh_until: float | None = None

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        sock.settimeout(self.limits.remaining())
        return sock

    def connect(self) -> None:
        try:
            super().connect()
        except TransportError:
            raise
        except TimeoutError:
            raise self.limits.expired("tls") from None
        except Exception as error:  # urllib3 wraps what OpenSSL says in its own errors
            cause = error if isinstance(error, OSError) else next(iter(error.args), error)
            raise TransportError(tls_error(cause if isinstance(cause, Exception) else error, self.host)) from None
        self.phases.tls = (time.perf_counter() - self._connected_at) * 1000


def _connect_localhost(port: int, limits: Limits) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM) if socket.has_ipv6 else None
    if sock is not None:
        left = limits.remaining()
        sock.settimeout(_LOCALHOST_PROBE if left is None else min(_LOCALHOST_PROBE, left))
        try:
            sock.connect(("::1", port))
            return sock
        except OSError:
            sock.close()
    return _connect_one((socket.AF_INET, ("127.0.0.1", port)), limits, limits.remaining())


def _connect_any(addresses: list[Address], limits: Limits) -> socket.socket:
    """The first address that answers. As in Node, each but the last gets a quarter of a second."""
    failure: TransportError | None = None
    started = time.monotonic()
    for number, address in enumerate(addresses, 1):
        left = limits.remaining()
        if left is not None and limits.idle is not None:
            left = min(left, max(0.001, limits.idle - (time.monotonic() - started)))
        if number < len(addresses):
            left = _ATTEMPT if left is None else min(_ATTEMPT, left)
        try:
            return _connect_one(address, limits, left)
        except TransportError as error:
            failure = failure if failure is not None and error.error.code == "ETIMEDOUT" else error
    raise failure or fail("getaddrinfo ENOTFOUND", "ENOTFOUND")


def _connect_one(address: Address, limits: Limits, left: float | None) -> socket.socket:
    family, target = address
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise TransportError(system_error(error, "connect", str(target[0]), int(target[1]))) from None
    try:
        sock.settimeout(left)
        sock.connect(target)
    except TimeoutError as error:
        sock.close()
        if error.errno is not None:  # the system's own patience is at its end
            raise TransportError(system_error(error, "connect", str(target[0]), int(target[1]))) from None
        raise limits.expired("connect") from None
    except OSError as error:
        sock.close()
        raise TransportError(system_error(error, "connect", str(target[0]), int(target[1]))) from None
    return sock


def _resolve(host: str, port: int, limits: Limits) -> list[Address]:
    try:
        version = ipaddress.ip_address(host).version
        return [(socket.AF_INET if version == 4 else socket.AF_INET6, (host, port))]
    except ValueError:
        pass
    left = limits.remaining()
    found = _look_up(host, port) if left is None else _look_up_within(host, port, left)
    if found is None:
        raise limits.expired("connect")
    if isinstance(found, NetworkError):
        raise TransportError(found)
    first = [a for a in found if a[0] == found[0][0]]
    second = [a for a in found if a[0] != found[0][0]]
    mixed = [a for pair in zip(first, second, strict=False) for a in pair]
    return mixed + first[len(second) :] + second[len(first) :]


def _look_up(host: str, port: int) -> list[Address] | NetworkError:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return lookup_error(error if isinstance(error, OSError) else OSError(), host)
    return list(dict.fromkeys((int(row[0]), row[4]) for row in rows))


def _look_up_within(host: str, port: int, seconds: float) -> list[Address] | NetworkError | None:
    """The system's resolver cannot be interrupted, so it gets a thread of its own, which is left behind."""
    answer: list[list[Address] | NetworkError] = []
    thread = threading.Thread(target=lambda: answer.append(_look_up(host, port)), name="htrun-dns", daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else None

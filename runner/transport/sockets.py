"""Sockets that are connected as Node connects them: names, the order of addresses, how long each may take."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any

from runner.model.exchange import NetworkError
from runner.model.records import dataclass
from runner.transport.errors import TransportError, fail, lookup_error, system_error

_LOCALHOST_PROBE = 0.5  #: seconds that ``::1`` gets
_ATTEMPT = 0.25  #: seconds that an address gets while there is another one to try, as in Node

Address = tuple[int, Any]  #: family, socket address


@dataclass(slots=True)
class Limits:
    """When an exchange has to be over: ``length`` seconds after it has begun, and at ``deadline``, which is that of
    the run, on ``time.monotonic()``. They hold for each of its steps, and so does the error of the one that comes
    first."""

    length: float | None = None
    deadline: float | None = None
    public_only: bool = False  #: connect to no private address
    end: float | None = None

    def begin(self) -> None:
        """The time begins, unless it has already: libraries that are loaded for the first request do not count."""
        if self.end is None and self.length is not None:
            self.end = time.monotonic() + self.length

    def remaining(self, phase: str = "read") -> float | None:
        """Seconds that the next step may take, None for any number.

        Raises:
            TransportError: there are none.
        """
        if self.end is None:
            if self.deadline is None:
                return None
            end = self.deadline
        else:
            end = self.end if self.deadline is None else min(self.end, self.deadline)
        left = end - time.monotonic()
        if left <= 0:
            raise self.expired(phase)
        return left

    def expired(self, phase: str) -> TransportError:
        """The error of a step that timed out: ETIMEDOUT while connecting, ESOCKETTIMEDOUT later."""
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return deadline_error()
        code = "ETIMEDOUT" if phase == "connect" else "ESOCKETTIMEDOUT"
        return fail(code, code)


def deadline_error() -> TransportError:
    return fail("callback timed out", "EDEADLINE")


@dataclass(frozen=True, slots=True)
class Connected:
    """A connected socket, and what that took in ms."""

    socket: socket.socket
    dns: float
    connect: float


def connect(host: str, port: int, limits: Limits) -> Connected:
    """Resolves a name as Newman does (``*.localhost`` is ``::1``, then 127.0.0.1) and connects.

    Raises:
        TransportError: the name is unknown, nobody listens there, or it takes too long.
    """
    started = resolved = time.perf_counter()
    if host.rpartition(".")[2].lower() == "localhost":
        if limits.public_only:
            _require_public("127.0.0.1")
        sock = _connect_localhost(port, limits)
    else:
        addresses = _resolve(host, port, limits)
        resolved = time.perf_counter()
        sock = _connect_any(addresses, limits)
    connected = time.perf_counter()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connected(sock, (resolved - started) * 1000, (connected - resolved) * 1000)


def _connect_localhost(port: int, limits: Limits) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM) if socket.has_ipv6 else None
    if sock is not None:
        left = limits.remaining("connect")
        sock.settimeout(_LOCALHOST_PROBE if left is None else min(_LOCALHOST_PROBE, left))
        try:
            sock.connect(("::1", port))
            return sock
        except OSError:
            sock.close()
    return _connect_one((socket.AF_INET, ("127.0.0.1", port)), limits, limits.remaining("connect"))


def _connect_any(addresses: list[Address], limits: Limits) -> socket.socket:
    """The first address that answers. As in Node, each but the last gets a quarter of a second."""
    failure: TransportError | None = None
    for number, address in enumerate(addresses, 1):
        left = limits.remaining("connect")
        if number < len(addresses):
            left = _ATTEMPT if left is None else min(_ATTEMPT, left)
        try:
            return _connect_one(address, limits, left)
        except TransportError as error:
            failure = failure if failure is not None and error.error.code == "ETIMEDOUT" else error
    raise failure or fail("getaddrinfo ENOTFOUND", "ENOTFOUND")


def _connect_one(address: Address, limits: Limits, left: float | None) -> socket.socket:
    family, target = address
    if limits.public_only:  # here, where nothing is looked up any more
        _require_public(str(target[0]))
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


def require_public_name(host: str, port: int, limits: Limits) -> None:
    """Raises TransportError if a name, which somebody else will look up, stands for a private address here."""
    if host.rpartition(".")[2].lower() == "localhost":
        _require_public("127.0.0.1")
    for _, target in _resolve(host, port, limits):
        _require_public(str(target[0]))


def _require_public(address: str) -> None:
    from runner.transport.private import require_public

    require_public(address)


def _resolve(host: str, port: int, limits: Limits) -> list[Address]:
    try:
        version = ipaddress.ip_address(host).version
        return [(socket.AF_INET if version == 4 else socket.AF_INET6, (host, port))]
    except ValueError:
        pass
    left = limits.remaining("connect")
    found = _look_up_within(host, port, left)
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


def _look_up_within(host: str, port: int, seconds: float | None) -> list[Address] | NetworkError | None:
    """The system's resolver cannot be interrupted, also not by Ctrl-C: it gets a thread of its own, which is left
    behind."""
    import threading

    answer: list[list[Address] | NetworkError] = []
    thread = threading.Thread(target=lambda: answer.append(_look_up(host, port)), name="htrun-dns", daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else None

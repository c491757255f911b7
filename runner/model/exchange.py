"""What went over the wire: one request, and the response or the failure that followed."""

from __future__ import annotations

import json
import re
from typing import Protocol

from runner.model.collection import Header, Json, RequestSpec
from runner.model.records import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Timings:
    """Phases of one exchange in ms since its start; ``None`` where a phase did not happen
    (a reused connection has no DNS look-up)."""

    started: float = 0.0  #: epoch seconds
    dns: float | None = None  #: duration of the look-up, ms
    connect: float | None = None  #: duration of the TCP handshake, ms
    tls: float | None = None  #: duration of the TLS handshake, ms
    first_byte: float | None = None  #: from sending the request to the first byte, ms
    download: float | None = None  #: from the first byte to the last, ms
    total: float = 0.0  #: ms
    prepare: float | None = None  #: before a connection was asked for, ms
    wait: float | None = None  #: for a connection that is free, ms
    process: float | None = None  #: after the last byte: decompression, cookies; ms


@dataclass(frozen=True, slots=True)
class Tls:
    """What a connection is secured with. What is told of the certificate is None if it was not verified."""

    version: str  #: ``TLSv1.3``
    cipher: str
    subject: str | None = None  #: the name in the server's certificate
    issuer: str | None = None
    expires: str | None = None  #: as in the certificate: ``Jun  1 12:00:00 2027 GMT``


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie as scripts and reports see it."""

    name: str
    value: str
    domain: str | None = None
    path: str | None = "/"
    expires: float | None = None  #: epoch seconds; ``None`` for a session cookie
    secure: bool = False
    http_only: bool = False
    host_only: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready for the wire. ``spec`` is what it was made from, resolved and signed."""

    method: str
    url: str
    headers: tuple[Header, ...]
    body: bytes | None
    spec: RequestSpec

    def header(self, name: str) -> str | None:
        """Value of the last header called ``name`` (any case), or None."""
        return _header(self.headers, name)

    def with_header(self, name: str, value: str) -> Request:
        """The same request with this header in place of those of that name (any case)."""
        others = tuple(header for header in self.headers if header.key.lower() != name.lower())
        return replace(self, headers=(*others, Header(name, value)))


class Content(Protocol):
    """The bytes of a body: ``bytes``, or what stands for a large one on disk. Slices of it are ``bytes``."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Response:
    """A response with its body decoded (gzip, deflate, br)."""

    code: int
    reason: str
    headers: tuple[Header, ...]
    content: Content  #: the body as it is kept; what needs a part of it at a time takes slices
    url: str
    cookies: tuple[Cookie, ...] = ()
    http_version: str = "1.1"
    downloaded: int = 0  #: bytes of the body on the wire
    header_size: int = 0  #: bytes of the head on the wire

    @property
    def body(self) -> bytes:
        """The whole body, in memory."""
        return self.content[:]

    def header(self, name: str) -> str | None:
        """Value of the last header called ``name`` (any case), or None."""
        return _header(self.headers, name)

    @property
    def charset(self) -> str | None:
        """The encoding of texts that ``Content-Type`` names, if Python knows it."""
        declared = re.search(r"charset=[\"']?([\w.:-]+)", self.header("content-type") or "", re.IGNORECASE)
        if declared is None:
            return None
        try:
            b" ".decode(declared.group(1), "replace")
        except LookupError:
            return None
        return declared.group(1)

    @property
    def text(self) -> str:
        """The whole body as text, in its ``charset``, else UTF-8; what cannot be decoded is replaced."""
        return self.body.decode(self.charset or "utf-8", "replace").removeprefix("\ufeff")

    def json(self) -> Json:
        """The body as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.text)


def _header(headers: tuple[Header, ...], name: str) -> str | None:
    wanted = name.lower()
    return next((header.value for header in reversed(headers) if header.key.lower() == wanted), None)


_NODE_CLASSES = {
    "ERR_INVALID_HTTP_TOKEN": "TypeError",
    "ERR_UNESCAPED_CHARACTERS": "TypeError",
    "ERR_INVALID_CHAR": "TypeError",
    "ERR_SOCKET_BAD_PORT": "RangeError",
}


@dataclass(frozen=True, slots=True)
class NetworkError:
    """Why there is no response. ``code`` is the name Node gives it (``ECONNREFUSED``, ...)."""

    message: str
    code: str | None = None
    errno: int | None = None
    syscall: str | None = None
    address: str | None = None
    port: int | None = None

    @property
    def name(self) -> str:
        """The class of the error in Node."""
        return _NODE_CLASSES.get(self.code or "", "Error")

    def members(self) -> dict[str, str | int]:
        """What is known besides the message, by the names that Node uses."""
        known = {
            "errno": self.errno,
            "code": self.code,
            "syscall": self.syscall,
            "address": self.address,
            "port": self.port,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it."""

    id: str
    request: Request
    response: Response | None
    error: NetworkError | None = None
    timings: Timings = field(default_factory=Timings)
    #: who sent it: ``item``, ``redirect`` (earlier hop), ``auth`` (replay, token) or ``script``
    origin: str = "item"
    redirects: tuple[Exchange, ...] = ()
    address: str | None = None  #: of the server, or of the proxy: ``127.0.0.1:8080``, ``[::1]:8080``
    tls: Tls | None = None

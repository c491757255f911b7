"""A loopback HTTP server that remembers, byte for byte, what it was sent.

It speaks HTTP/1.1 itself, so that what it remembers is what was on the wire: the request target as
written, header names and their order as written, repeated headers as repeated. It listens on
127.0.0.1 and 127.0.0.2 with the same port, so that a redirect from one host to another can be tried.
With a ``tls`` context it speaks HTTPS on that port too, and it is a proxy: requests in absolute form are answered
like others, and ``CONNECT`` leads to the server itself.

What it answers is said by the request:

========================  ===========================================================================
``/respond?...``          ``status``, ``reason``, ``body``, ``type``, ``header`` (``Name: value``,
                          repeatable), ``delay`` (ms before the answer), ``drip`` (ms between bytes)
``/redirect/<code>?to=``  a redirect; ``cookie`` (repeatable) is set with it
``/loop/<n>``             a redirect to ``/loop/<n+1>``, for ever
``/echo``                 the request as JSON
``/mirror``               the request's body, with its content type
``/json``                 a fixed JSON document
``/encoded/<name>``       the fixed JSON document in gzip, deflate or br
``/digest/<qop>``         asks for digest authentication (``algorithm`` in the query), then accepts any
``/close``                closes the connection without an answer
anything else             200 and ``ok``
========================  ===========================================================================
"""

from __future__ import annotations

import errno
import gzip
import json
import socket
import socketserver
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import parse_qsl, unquote, urlsplit

HOSTS = ("127.0.0.1", "127.0.0.2")
BODY_METHODS = ("POST", "PUT", "PATCH", "DELETE")
DOCUMENT = {
    "id": 42,
    "name": "Ann",
    "ok": True,
    "nothing": None,
    "tags": ["a", "b"],
    "nested": {"list": [1, 2, {"deep": "x"}], "float": 1.5},
}


@dataclass(frozen=True)
class Received:
    """One request as it arrived. ``host`` is the loopback address that it came in on; ``client`` the name
    in the client's certificate, if it showed one; ``tunnel`` what it had asked for with ``CONNECT``."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    host: str = HOSTS[0]
    tls: bool = False
    client: str | None = None
    tunnel: str | None = None

    def header(self, name: str) -> str | None:
        """The last header called ``name``, in any case."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[-1] if found else None


@dataclass(frozen=True)
class Answer:
    """What is sent back. ``drip`` is the pause between two bytes of the body in seconds."""

    status: int = 200
    body: bytes = b"ok"
    headers: Sequence[tuple[str, str]] = (("Content-Type", "text/plain"),)
    reason: str | None = None
    drip: float = 0.0
    close: bool = False


REASONS = {
    200: "OK", 201: "Created", 204: "No Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
    304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 418: "I'm a teapot", 429: "Too Many Requests",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), (("Content-Type", "application/json"),))


def _respond(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    status = int(query.get("status", ["200"])[0])
    headers = [("Content-Type", query.get("type", ["text/plain"])[0])]
    for line in query.get("header", []):
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    time.sleep(int(query.get("delay", ["0"])[0]) / 1000)
    body = query.get("body", ["ok"])[0].encode()
    drip = int(query.get("drip", ["0"])[0]) / 1000
    return Answer(status, body, headers, query.get("reason", [None])[0], drip)  # type: ignore[list-item]


def _redirect(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    headers = [("Location", query["to"][0])] if "to" in query else []
    headers += [("Set-Cookie", cookie) for cookie in query.get("cookie", [])]
    return Answer(int(rest.split("/")[0] or "302"), b"", headers)


def _loop(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    return Answer(302, b"", (("Location", f"/loop/{int(rest or '0') + 1}"),))


def _echo(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    return _json(
        {
            "method": request.method,
            "target": request.target,
            "args": {name: values[-1] for name, values in query.items()},
            "headers": {name.lower(): value for name, value in request.headers},
            "body": request.body.decode("utf-8", "replace"),
        }
    )


def _mirror(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    kind = request.header("content-type")
    return Answer(200, request.body, (("Content-Type", kind),) if kind else ())


def _document(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    return _json(DOCUMENT)


def _encoded(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    plain = json.dumps(DOCUMENT).encode()
    if rest == "br":
        import brotli

        body = brotli.compress(plain)
    elif rest == "gzip":
        body = gzip.compress(plain, mtime=0)
    elif rest == "raw-deflate":
        packer = zlib.compressobj(wbits=-15)
        body = packer.compress(plain) + packer.flush()
    else:
        body = zlib.compress(plain)
    name = "deflate" if rest.endswith("deflate") else rest
    return Answer(200, body, (("Content-Type", "application/json"), ("Content-Encoding", name)))


def _digest(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    if (request.header("authorization") or "").startswith("Digest "):
        return _json({"authenticated": True})
    parts = ['realm="loopback"', 'nonce="b0d1c2a3"', 'opaque="5ccc"']
    parts += [f'qop="{rest}"'] if rest else []
    parts += [f"algorithm={query['algorithm'][0]}"] if "algorithm" in query else []
    return Answer(401, b"who?", (("WWW-Authenticate", "Digest " + ", ".join(parts)),))


def _close(request: Received, rest: str, query: dict[str, list[str]]) -> Answer:
    return Answer(close=True)


Responder = Callable[[Received, str, "dict[str, list[str]]"], Answer]
RESPONDERS: dict[str, Responder] = {
    "respond": _respond, "redirect": _redirect, "loop": _loop, "echo": _echo, "mirror": _mirror,
    "json": _document, "encoded": _encoded, "digest": _digest, "close": _close,
}  # fmt: skip


def answer_to(request: Received) -> Answer:
    """The answer that the table in this module's docstring promises."""
    parts = urlsplit(request.target)
    first, _, rest = unquote(parts.path).lstrip("/").partition("/")
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    responder = RESPONDERS.get(first)
    return responder(request, rest, query) if responder else Answer()


class _Handler(socketserver.StreamRequestHandler):
    server: _Listener
    disable_nagle_algorithm = True

    tunnel: str | None = None

    def handle(self) -> None:
        try:
            self._secure()
            while self._one():
                pass
        except (ConnectionError, TimeoutError, ValueError, OSError):
            pass

    def _secure(self) -> None:
        """Goes over to TLS if the client begins with a handshake (record type 22, RFC 8446, 5.1)."""
        context = self.server.owner.tls
        if context and self.connection.recv(1, socket.MSG_PEEK) == b"\x16":
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
            self.connection.close()

    def _client(self) -> str | None:
        if not isinstance(self.connection, ssl.SSLSocket):
            return None
        subject = (self.connection.getpeercert() or {}).get("subject", ())
        names = [value for rdn in subject for key, value in rdn if key == "commonName"]  # type: ignore[misc]
        return str(names[0]) if names else None

    def _one(self) -> bool:
        line = self.rfile.readline(65537)
        if not line.strip():
            return False
        method, _, rest = line.decode("latin-1").rstrip("\r\n").partition(" ")
        target = rest.rpartition(" ")[0]
        headers: list[tuple[str, str]] = []
        while (raw := self.rfile.readline(262144).decode("latin-1").rstrip("\r\n")) != "":
            name, _, value = raw.partition(":")
            headers.append((name, value.strip()))
        body = self._body(method, {name.lower(): value for name, value in headers})
        request = Received(
            method,
            target,
            tuple(headers),
            body,
            str(self.server.server_address[0]),
            isinstance(self.connection, ssl.SSLSocket),
            self._client(),
            self.tunnel,
        )
        self.server.owner.record(request)
        if method == "CONNECT":
            self.tunnel = target
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._secure()
            return True
        answer = self.server.owner.respond(request)
        if answer.close:
            return False
        self._send(request, answer)
        return not self._unmeasured(request) and (request.header("connection") or "").lower() != "close"

    def _unmeasured(self, request: Received) -> bool:
        lengths = request.header("content-length"), request.header("transfer-encoding")
        return request.method in BODY_METHODS and lengths == (None, None)

    def _rest(self) -> bytes:
        """What still arrives: the body of a request that does not say how long it is."""
        whole = b""
        self.connection.settimeout(0.1)
        try:
            while part := self.rfile.read1(65536):
                whole += part
        except TimeoutError:
            pass
        return whole

    def _body(self, method: str, headers: dict[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if method in BODY_METHODS and "content-length" not in headers and "transfer-encoding" not in headers:
            return self._rest()
        if "chunked" not in headers.get("transfer-encoding", "").lower():
            return self.rfile.read(int(headers.get("content-length", "0") or "0"))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return whole

    def _send(self, request: Received, answer: Answer) -> None:
        bodiless = request.method == "HEAD" or answer.status in (204, 304)
        reason = answer.reason if answer.reason is not None else REASONS.get(answer.status, "Unknown")
        lines = [f"HTTP/1.1 {answer.status} {reason}".rstrip()]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if self._unmeasured(request):
            lines.append("Connection: close")
        if answer.status not in (204, 304):
            lines.append(f"Content-Length: {len(answer.body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        if bodiless or not answer.drip:
            self.wfile.write(head + (b"" if bodiless else answer.body))
            return
        self.wfile.write(head)
        for at in range(len(answer.body)):
            time.sleep(answer.drip)
            self.wfile.write(answer.body[at : at + 1])


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, address: tuple[str, int], owner: RecordingServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)


@dataclass
class RecordingServer:
    """Use as a context manager. ``port=0`` takes a free port of five digits (so that the length of a
    URL is the same in every run); a port that is taken is replaced by a free one."""

    port: int = 0
    respond: Callable[[Received], Answer] = answer_to
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    _listeners: list[_Listener] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        """``127.0.0.1:12345``"""
        return f"{HOSTS[0]}:{self.port}"

    @property
    def url(self) -> str:
        """``http://127.0.0.1:12345``"""
        return f"http://{self.address}"

    def record(self, request: Received) -> None:
        with self._lock:
            self.received.append(request)

    def take(self) -> tuple[Received, ...]:
        """What was received since the last call."""
        with self._lock:
            taken = tuple(self.received)
            self.received.clear()
        return taken

    def __enter__(self) -> RecordingServer:
        self._listeners = self._listen(self.port)
        self.port = int(self._listeners[0].server_address[1])
        for listener in self._listeners:
            threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def _listen(self, wanted: int) -> list[_Listener]:
        for attempt in range(20):
            port = wanted if attempt == 0 and wanted else free_port()
            opened: list[_Listener] = []
            try:
                for host in HOSTS:
                    opened.append(_Listener((host, port), self))
                return opened
            except OSError as error:
                if opened and error.errno == errno.EADDRNOTAVAIL:  # macOS has no 127.0.0.2 by itself
                    return opened
                for listener in opened:
                    listener.server_close()
        raise OSError("no free port on 127.0.0.1 and 127.0.0.2")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()


def free_port() -> int:
    """A port that nothing listens on, of five digits."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOSTS[0], 0))
            port = int(probe.getsockname()[1])
        if port >= 10000:
            return port

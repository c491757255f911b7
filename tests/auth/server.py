"""A loopback server that judges every request, and a plain client that sends what was signed.

The client knows nothing of ``runner.transport``: it writes the request with http.client, so that what
the server checks is what ``runner.auth`` decided.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit

from runner.auth import AuthContext, Replay, Signed, challenge, sign
from runner.model.collection import Auth, Body, Header, Param, RequestSpec, Url
from runner.model.exchange import Response


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int  #: the client's port: the same for requests on one connection

    def header(self, name: str) -> str | None:
        values = self.all(name)
        return values[-1] if values else None

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        return urlsplit(self.target).query


@dataclass(frozen=True)
class Reply:
    code: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"{}"


@dataclass
class Server:
    port: int
    seen: list[Seen] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        return f"http://{self.host}"


@contextmanager
def serving(judge: Callable[[Seen], Reply]) -> Iterator[Server]:
    """Serves on a free port; ``judge`` turns each request into a reply."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # head and body in one packet, or each answer takes 40 ms

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen = Seen(self.command, self.path, tuple(self.headers.items()), body, self.client_address[1])
            server.seen.append(seen)
            reply = judge(seen)
            self.send_response(reply.code)
            for key, value in reply.headers:
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http_server.daemon_threads = True
    server = Server(http_server.server_address[1])
    thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http_server.shutdown()
        thread.join()
        http_server.server_close()


def spec(
    url: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: Body | None = None
) -> RequestSpec:
    """A request to ``url``, in Postman's parts."""
    parts = urlsplit(url)
    query = tuple(
        Param(*(pair.split("=", 1) if "=" in pair else (pair, None))) for pair in parts.query.split("&") if parts.query
    )
    return RequestSpec(
        Url(
            protocol=parts.scheme,
            host=tuple((parts.hostname or "").split(".")),
            port=str(parts.port) if parts.port else None,
            path=tuple(parts.path.lstrip("/").split("/")),
            query=query,
        ),
        method=method,
        headers=tuple(Header(key, value) for key, value in (headers or {}).items()),
        body=body,
    )


def wire_url(request: RequestSpec) -> str:
    """The URL as Postman encodes it: existing %XX stay, so do most signs."""
    url = request.url
    host = ".".join(url.host or ()) + (f":{url.port}" if url.port else "")
    path = quote("/".join(url.path or ()), safe="/%:@!$&'()*+,;=-._~[]|^")
    pairs = [
        quote(str(q.key or ""), safe="%:@!$()*+,;/?-._~[]|^{}`")
        + ("" if q.value is None else "=" + quote(str(q.value), safe="%:@!$()*+,;=/?-._~[]|^{}`"))
        for q in url.query
        if q.enabled
    ]
    return f"{url.protocol}://{host}/{path}" + ("?" + "&".join(pairs) if pairs else "")


def wire_body(request: RequestSpec) -> bytes | None:
    body = request.body
    if body is None or not body.enabled:
        return None
    if body.mode == "raw":
        return (body.raw or "").encode()
    if body.mode == "urlencoded":
        return "&".join(
            quote(str(p.key), safe="-._~") + "=" + quote(str(p.value), safe="-._~")
            for p in body.urlencoded
            if p.enabled
        ).encode()
    raise AssertionError(body.mode)


def context(**changes: Any) -> AuthContext:
    return AuthContext(**{"body": wire_body, "url": wire_url, **changes})


@dataclass
class Client:
    """Sends signed requests, replays included, on one connection."""

    context: AuthContext = field(default_factory=context)
    connection: http.client.HTTPConnection | None = None
    warnings: list[str] = field(default_factory=list)
    sent: int = 0

    def call(self, request: RequestSpec, auth: Auth) -> Response:
        signed = sign(request, auth, self.context)
        assert isinstance(signed, Signed)
        self.warnings += signed.warnings
        if signed.error:
            raise AssertionError(signed.error)
        current, attempt = signed.spec, 0
        while True:
            response = self.send(current)
            answer = challenge(current, auth, response, self.context, attempt)
            if answer is None:
                return response
            assert isinstance(answer, Replay)
            self.warnings += answer.warnings
            if answer.spec is None:
                return response
            current, attempt = answer.spec, attempt + 1

    def send(self, request: RequestSpec) -> Response:
        url = urlsplit(wire_url(request))
        if self.connection is None:
            self.connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        names = {h.key.lower() for h in request.headers}
        self.connection.putrequest(request.method, target, skip_host="host" in names, skip_accept_encoding=True)
        body = wire_body(request)
        for header in request.headers:
            if header.enabled:
                self.connection.putheader(header.key, header.value)
        if request.body is not None and request.body.mode == "urlencoded" and "content-type" not in names:
            self.connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        if body is not None:
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body)
        self.sent += 1
        answer = self.connection.getresponse()
        return Response(
            code=answer.status,
            reason=answer.reason,
            headers=tuple(Header(key, value) for key, value in answer.getheaders()),
            content=answer.read(),
            url=wire_url(request),
        )

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()

"""The mock as a server, with the standard library's."""

from __future__ import annotations

import contextlib
import errno
import json
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any

from runner.errors import UsageError
from runner.mock.answer import MockResponse, answer
from runner.mock.api import MockApi
from runner.mock.log import RequestLog
from runner.mock.match import MockRequest
from runner.model.records import dataclass, field

HOST = "127.0.0.1"
#: Paths below this one are about the mock itself.
OWN = "/__htrun/"
_POLL = 0.02  #: seconds that a stop may have to wait


@dataclass(frozen=True, slots=True)
class MockOptions:
    """How a mock answers.

    Attributes:
        delay: ms to wait before each answer, at least and at most.
        cors: the origin of web pages that may read the answers, ``*`` for any; None for none.
        say: told about each request in a line.
    """

    delay: tuple[int, int] = (0, 0)
    cors: str | None = None
    log: RequestLog = field(default_factory=RequestLog)
    say: Callable[[str], None] | None = None


class MockServer:
    """Serves a mock in threads while the ``with`` block lasts.

    Args:
        host: the address to listen on.
        port: TCP port; 0 picks a free one.

    Raises:
        UsageError: it cannot listen there.
    """

    def __init__(self, api: MockApi, options: MockOptions | None = None, *, host: str = HOST, port: int = 0) -> None:
        self.api, self.options = api, options or MockOptions()
        self.stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._server = _listen(host, port, self)
        self.host, self.port = host, int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def wait(self) -> None:
        """Blocks until Ctrl-C."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.5)

    def __enter__(self) -> MockServer:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), name="mock", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self.options.log.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, family: socket.AddressFamily, address: Any, mock: MockServer) -> None:
        self.address_family = family
        self.mock = mock
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # that of HTTPServer looks up the name of the address, which may take seconds and is not needed
        TCPServer.server_bind(self)

    def opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.discard(connection)

    def hang_up(self) -> None:
        """Ends connections that clients keep open."""
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that went away is its own business
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # any method may have an example
            return self._serve
        raise AttributeError(name)

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _serve(self) -> None:
        try:
            body = self._read_body()
        except ValueError as error:
            self.close_connection = True
            self._send(MockResponse(400, "Bad Request", (), str(error).encode()))
            return
        started = time.perf_counter()
        mock = self.server.mock
        request = MockRequest(self.command, self.path, tuple(self.headers.items()), body)
        if request.path.startswith(OWN):
            self._send(_own(mock, request))
            return
        response = self._preflight(request) or answer(mock.api, request)
        low, high = mock.options.delay
        if high:
            mock.stopping.wait(random.uniform(low, high) / 1000)
        if mock.options.cors:
            response = _with_cors(response, mock.options.cors, self.headers.get("Origin"))
        mock.options.log.add(request, response, (time.perf_counter() - started) * 1000)
        if mock.options.say is not None:
            stub = response.found.stub if response.found else None
            name = f"{stub.item} / {stub.example.name}" if stub else "no example"
            mock.options.say(f"{request.method} {request.path} {response.code} ({name})")
        self._send(response)

    def _preflight(self, request: MockRequest) -> MockResponse | None:
        """A browser asks whether a page may send a request: yes, if there is an example for it or not."""
        wanted = self.headers.get("Access-Control-Request-Method")
        if not self.server.mock.options.cors or request.method != "OPTIONS" or not wanted:
            return None
        headers = [("Access-Control-Allow-Methods", wanted), ("Access-Control-Max-Age", "600")]
        if asked := self.headers.get("Access-Control-Request-Headers"):
            headers.append(("Access-Control-Allow-Headers", asked))
        return MockResponse(204, "No Content", tuple(headers), b"")

    def _read_body(self) -> bytes:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            parts = []
            while size := int(self.rfile.readline(1024).partition(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline(1024)
            while self.rfile.readline(65536).strip():
                pass
            return b"".join(parts)
        length = self.headers.get("Content-Length") or "0"
        if not (length.isascii() and length.isdigit()):
            raise ValueError(f"Content-Length: {length}")
        return self.rfile.read(int(length))

    def _send(self, response: MockResponse) -> None:
        self.send_response_only(response.code, response.reason)
        names = {name.lower() for name, _ in response.headers}
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        for name, value in response.headers:
            self.send_header(name, value)
        if response.code not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def send_header(self, keyword: str, value: str) -> None:
        """As the base class, but what has no Latin-1 goes as UTF-8, as servers send it."""
        super().send_header(keyword, value.encode("utf-8").decode("latin-1") if not value.isascii() else value)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are told by ``MockOptions.say``."""


def _own(mock: MockServer, request: MockRequest) -> MockResponse:
    """Tells a test what was asked, and what could be."""
    name = request.path.removeprefix(OWN)
    if name == "requests" and request.method == "GET":
        text = mock.options.log.text()
        return MockResponse(200, "OK", (("Content-Type", "application/x-ndjson"),), text.encode())
    if name == "requests" and request.method == "DELETE":
        mock.options.log.clear()
        return MockResponse(204, "No Content", (), b"")
    if name == "examples" and request.method == "GET":
        rows = json.dumps([stub.row() for stub in mock.api.stubs], indent=2, ensure_ascii=False)
        return MockResponse(200, "OK", (("Content-Type", "application/json"),), rows.encode())
    text = "There are GET and DELETE /__htrun/requests, and GET /__htrun/examples.\n"
    return MockResponse(404, "Not Found", (("Content-Type", "text/plain; charset=utf-8"),), text.encode())


def _with_cors(response: MockResponse, allowed: str, origin: str | None) -> MockResponse:
    rest = tuple(row for row in response.headers if row[0].lower() != "access-control-allow-origin")
    if allowed == "*":
        added = [("Access-Control-Allow-Origin", "*")]
    elif origin == allowed:
        added = [("Access-Control-Allow-Origin", allowed), ("Vary", "Origin")]
        added.append(("Access-Control-Allow-Credentials", "true"))
    else:
        added = []
    return MockResponse(response.code, response.reason, (*rest, *added), response.body, response.found)


def _listen(host: str, port: int, mock: MockServer) -> _Server:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return _Server(family, address, mock)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"Port {port} is in use by another program. Choose another one with --port.") from error
        raise UsageError(f"Cannot listen on {host}:{port}: {error.strerror or error}") from error

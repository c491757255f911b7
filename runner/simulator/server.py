"""The simulator as a server on the loopback interface. Importing this module needs Flask."""

from __future__ import annotations

import contextlib
import errno
import io
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from runner.errors import UsageError
from runner.simulator.app import BASE_PATH, create_app
from runner.simulator.state import State

HOST = "127.0.0.1"


class SimulatorServer:
    """Runs the simulator in a thread while the ``with`` block lasts::

        with SimulatorServer() as server:
            requests.get(server.url + "/users/", headers={"Authorization": "token sk_test"})

    Args:
        port: TCP port; 0 picks a free one.
        host: the address to listen on.
        verbose: write one line per request to stderr: method, path, status.
        state: the memory to serve; a new, empty one by default.
        log: gets that line instead of stderr; called from several threads, one at a time.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = HOST,
        verbose: bool = False,
        state: State | None = None,
        log: Callable[[str], object] | None = None,
    ) -> None:
        self.state = state or State()
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._requests = 0
        self._stopped = False
        self._log = log or (sys.stderr.write if verbose else None)
        self._thread: threading.Thread | None = None
        listener = _listen(host, port)
        try:
            handler = type("Handler", (_Handler,), {"owner": self})
            self._server: BaseWSGIServer = make_server(
                host, port, create_app(self.state), threaded=True, request_handler=handler, fd=listener.fileno()
            )
        finally:
            listener.close()
        self.host, self.port = host, int(self._server.port)

    @property
    def url(self) -> str:
        """The base URL of the API, without a slash at its end, as collections use it."""
        return f"http://{self.host}:{self.port}{BASE_PATH.rstrip('/')}"

    @property
    def request_count(self) -> int:
        """How many requests were answered so far."""
        return self._requests

    def start(self) -> None:
        """Serve in a background thread. The port is open before this returns."""
        # The poll interval bounds how long ``stop`` has to wait.
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator", daemon=True
        )
        self._thread.start()

    def wait(self) -> None:
        """Block until the server is stopped (by another thread) or Ctrl-C."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.5)

    def stop(self) -> None:
        """Close the port and all connections; idle keep-alive ones would otherwise be served for ever."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._server.shutdown()
            thread.join()
        self._server.server_close()
        with self._guard:
            self._stopped = True
            for connection in self._connections:
                _hang_up(connection)

    def __enter__(self) -> SimulatorServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.add(connection)
            if self._stopped:
                _hang_up(connection)

    def _closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.discard(connection)

    def _answered(self, line: str) -> None:
        with self._guard:
            self._requests += 1
            if self._log is not None:
                self._log(line + "\n")


def serve_forever(
    port: int,
    *,
    host: str = HOST,
    verbose: bool = False,
    started: Callable[[SimulatorServer], object] | None = None,
) -> None:
    """Serve until Ctrl-C, which ends this with ``KeyboardInterrupt`` after the port is closed.

    Args:
        port: TCP port; 0 picks a free one.
        host: the address to listen on.
        verbose: write one line per request to stderr.
        started: called once with the running server, e.g. to print its URL.
    """
    with SimulatorServer(port, host=host, verbose=verbose) as server:
        if started is not None:
            started(server)
        server.wait()


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Werkzeug would end the process itself if the port is taken."""
    if not 0 <= port <= 65535:
        raise UsageError(f"Cannot listen on port {port}: a port is a number from 0 to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"Cannot listen on {host}:{port}: {error}") from error
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"Port {port} is in use by another program. Choose another one with --port.") from error
        raise UsageError(f"Cannot listen on {host}:{port}: {error}") from error
    return listener


class _Handler(WSGIRequestHandler):
    """Werkzeug's handler with connections kept open.

    Werkzeug closes every connection, because it does not know whether the application has read the whole body.
    Here the body is read before the application is called, so the next request starts where it should. One
    response is one ``send``, and Nagle's algorithm is off: no delayed-ACK pauses on loopback.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    owner: SimulatorServer

    def setup(self) -> None:
        super().setup()
        self.owner._opened(self.connection)

    def finish(self) -> None:
        self.owner._closed(self.connection)
        super().finish()

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        try:
            body = self._read_body(environ)
        except (OSError, ValueError):
            self.send_error(400, "Bad Request")
            self.close_connection = True
            return
        environ["wsgi.input"], environ["wsgi.input_terminated"] = io.BytesIO(body), True
        status, headers = "500 Internal Server Error", list[tuple[str, str]]()

        def start_response(new_status: str, new_headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status, headers
            status, headers = new_status, new_headers
            return lambda data: None

        parts: Iterable[bytes] = self.server.app(environ, start_response)
        content = b"".join(parts)
        code = status.partition(" ")[0]
        self.owner._answered(f"{self.command} {urlsplit(self.path).path} {code}")
        self.send_response(int(code))
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _read_body(self, environ: Mapping[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):
            chunks: bytes = environ["wsgi.input"].read()
            return chunks
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            raise ValueError(f"Content-Length: {length}")
        return self.rfile.read(int(length))

    def version_string(self) -> str:
        return "htrun-simulator"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are counted and logged by ``run_wsgi``."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Broken requests and dropped connections are the client's business."""

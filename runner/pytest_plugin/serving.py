"""Servers for tests: a simulator, or the application under test, on a free loopback port."""

from __future__ import annotations

import inspect
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from socketserver import ThreadingMixIn
from time import monotonic, sleep
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from runner.errors import SetupError
from runner.model.records import dataclass, field

HOST = "127.0.0.1"
#: Seconds that an application gets to start.
_START = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        url: without a slash at its end.
        variables: what collections need to reach it: ``base_url``, and of a simulator its key.
        app: the simulator or application.
    """

    url: str
    variables: Mapping[str, str]
    app: Any = field(repr=False, compare=False)


@contextmanager
def serving(app: Any) -> Iterator[Server]:
    """Serves while the block lasts.

    Args:
        app: the name of a simulator, or a WSGI or ASGI application.

    Raises:
        UsageError: there is no such simulator.
        SetupError: what it needs is not installed, or it does not start.
    """
    if isinstance(app, str):
        from runner.simulator import find_simulator

        simulator = find_simulator(app)
        with simulator.load()() as running:
            variables = {simulator.base_url_variable: running.url, simulator.key_variable: simulator.sample_key}
            yield Server(running.url, variables, running)
        return
    serve = _asgi if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__) else _wsgi
    with serve(app) as port:
        url = f"http://{HOST}:{port}"
        yield Server(url, {"base_url": url}, app)


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are the business of the application."""


@contextmanager
def _wsgi(app: Callable[..., Any]) -> Iterator[int]:
    with make_server(HOST, 0, app, _Threads, _Quiet) as server:
        # the poll interval bounds how long the end has to wait
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="htrun-wsgi", daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _asgi(app: Any) -> Iterator[int]:
    try:
        import uvicorn
    except ModuleNotFoundError:
        raise SetupError(
            "an ASGI application is served by uvicorn, which is not installed: pip install uvicorn"
        ) from None

    with closing(socket.socket()) as listener:
        listener.bind((HOST, 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listener],), name="htrun-asgi", daemon=True)
        thread.start()
        try:
            until = monotonic() + _START
            while not server.started:
                if not thread.is_alive() or monotonic() > until:
                    raise SetupError("the ASGI application did not start; its log says why")
                sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()

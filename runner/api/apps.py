"""Applications in place of a server: WSGI and ASGI, called without a socket."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from runner.api.transports import make_response
from runner.model.collection import Header
from runner.model.exchange import Request, Response
from runner.model.records import replace

T = TypeVar("T")
WsgiApp: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

_CLIENT = "127.0.0.1"
_PORTS = {"http": 80, "https": 443}


class WSGITransport:
    """A transport that calls a WSGI application (Flask, Django, ...; PEP 3333) for every request, whatever its host.

    What the application raises is the failure of the request; time limits do not stop it.
    """

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, request: Request) -> Response:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.append((status, headers))
            return written.append

        body = self._app(_environ(request), start_response)
        try:
            written.extend(body)
        finally:
            if hasattr(body, "close"):
                body.close()
        if not started:
            raise RuntimeError("the application did not call start_response")
        status, headers = started[-1]
        code, _, reason = status.partition(" ")
        return _response(request, int(code), headers, b"".join(written), reason)


def _environ(request: Request) -> dict[str, Any]:
    parts = urlsplit(request.url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path or "/", "latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or _PORTS[parts.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": _CLIENT,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(request.body or b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if request.body:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    for header in request.headers:
        name = header.key.upper().replace("-", "_")
        if name == "CONTENT_TYPE":
            environ[name] = header.value
        elif name != "CONTENT_LENGTH":
            key = f"HTTP_{name}"
            environ[key] = f"{environ[key]},{header.value}" if key in environ else header.value
    return environ


class ASGITransport:
    """A transport that calls an ASGI application (FastAPI, Starlette, ...) for every request, whatever its host.

    The application has an event loop of its own, on which requests run one after another. It is told of start and end
    (the lifespan protocol): ``with runner.ASGITransport(app) as transport: runner.run(..., transport=transport)``.
    What it raises is the failure of the request; time limits do not stop it.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lifespan: _Lifespan | None = None
        self._broken: str | None = None  # why it did not start

    def __enter__(self) -> ASGITransport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, request: Request) -> Response:
        with self._lock:
            if self._broken is not None:
                raise RuntimeError(self._broken)
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._lifespan = _Lifespan(self._app)
                try:
                    _complete(self._loop, self._lifespan.start())
                except RuntimeError as error:  # no request may reach an application that has not started
                    self._broken = str(error)
                    raise
            assert self._lifespan is not None
            return _complete(self._loop, _asked(self._app, request, self._lifespan.state))

    def close(self) -> None:
        """Has the application shut down."""
        with self._lock:
            loop, self._loop, self._broken = self._loop, None, None
            if loop is not None and self._lifespan is not None:
                try:
                    _complete(loop, self._lifespan.stop())
                    _complete(loop, loop.shutdown_asyncgens())
                finally:
                    loop.close()


def _complete(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """What comes of it on that loop. A thread runs one loop at a time: where one runs already, as in an ``async`` test
    that closes its transport, another thread lends itself."""
    if asyncio._get_running_loop() is None:
        return loop.run_until_complete(work)
    with ThreadPoolExecutor(1, "htrun-asgi") as thread:
        return thread.submit(loop.run_until_complete, work).result()


async def _asked(app: AsgiApp, request: Request, state: dict[str, Any]) -> Response:
    parts = urlsplit(request.url)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote_to_bytes(parts.path or "/").decode("utf-8", "replace"),
        "raw_path": (parts.path or "/").encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(header.key.lower().encode(), header.value.encode("latin-1")) for header in request.headers],
        "client": (_CLIENT, 0),
        "server": (parts.hostname or "localhost", parts.port or _PORTS[parts.scheme]),
        "state": dict(state),
    }
    head: Message = {}
    body: list[bytes] = []
    asked, done = False, asyncio.Event()

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await done.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": request.body or b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.update(message)
        elif message["type"] == "http.response.body":
            body.append(message.get("body", b""))
            if not message.get("more_body", False):
                done.set()

    await app(scope, receive, send)
    if not head:
        raise RuntimeError("the application did not send a response")
    headers = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in head.get("headers", ())]
    return _response(request, head["status"], headers, b"".join(body), None)


class _Lifespan:
    """Start and end of an application; one that does not know of them is left alone."""

    def __init__(self, app: AsgiApp) -> None:
        self.state: dict[str, Any] = {}  #: what the application wants each request to have
        self._app = app
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        scope: Message = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self._task = asyncio.create_task(self._run(scope))
        answer = await self._asked("lifespan.startup")
        if answer is not None and answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application did not start: {answer.get('message', '')}")

    async def _run(self, scope: Message) -> None:
        await self._app(scope, self._inbox.get, self._answers.put)

    async def stop(self) -> None:
        await self._asked("lifespan.shutdown")
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _asked(self, what: str) -> Message | None:
        """The answer; None if the application ends instead of giving one."""
        if self._task is None or self._task.done():
            return None
        await self._inbox.put({"type": what})
        answer = asyncio.ensure_future(self._answers.get())
        await asyncio.wait([answer, self._task], return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        self._task.exception()  # so that nobody is told that it was never looked at
        return None


def _response(
    request: Request, code: int, headers: Iterable[tuple[str, str]], body: bytes, reason: str | None
) -> Response:
    content = b"" if request.method == "HEAD" else body
    made = make_response(code, content, reason=reason)
    return replace(made, headers=tuple(Header(key, value) for key, value in headers))

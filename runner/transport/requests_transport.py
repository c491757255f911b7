"""The transport over requests: its adapter and urllib3's pools hold the connections; what goes over them is ours.

``Session.send`` is not used: it rewrites URLs, folds headers and follows redirects in its own way.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from runner.model.collection import Header
from runner.model.exchange import Cookie, Exchange, NetworkError, Request, Response, Timings
from runner.transport.cookies import CookieJar
from runner.transport.decode import decode_body
from runner.transport.errors import TransportError, fail
from runner.transport.interface import SendOptions
from runner.transport.reader import RawResponse
from runner.transport.redirects import RedirectRules, next_request
from runner.transport.urls import WireUrl, split_url
from runner.transport.wire import check_request, request_bytes

_TEXT_MODES = frozenset({"raw", "urlencoded", "graphql", "formdata"})
#: A server that says ``Keep-Alive: timeout=5`` may close after 5 s; a second is for the way.
_IDLE_MARGIN = 1.0


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """What holds for all requests of a run."""

    verify: bool = True  #: check TLS certificates (``--insecure`` switches it off)
    max_idle: int = 16  #: idle connections kept per origin
    warn: Callable[[str], None] = lambda message: None  #: told about certificates that cannot be used


class RequestsTransport:
    """Sends requests. Thread-safe; connections are kept alive and shared by all threads."""

    def __init__(self, settings: TransportSettings | None = None) -> None:
        self._settings = settings or TransportSettings()
        self._lock = threading.Lock()
        self._pools: dict[Any, Any] = {}
        self._adapter: Any = None

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        """Sends ``request``, follows its redirects, and never raises for what the network or the server does.

        ``Exchange.timings`` are those of the last hop, but ``started`` and ``total`` span all of them.
        """
        hops: list[Exchange] = []
        rules = RedirectRules(
            options.follow_original_http_method,
            options.follow_authorization_header,
            options.remove_referer_header_on_redirect,
            options.disable_url_encoding,
        )
        if self._adapter is None:
            self.warm_up()
        current, url = request, split_url(request.url, True)
        began = time.perf_counter()
        while True:
            hop, raw = self._send_one(current, url, options, jar)
            location = _redirect_location(raw, options)
            if raw is None or location is None:
                break
            hop = replace(hop, origin="redirect", response=_response(raw, raw.body, url, ()))
            if len(hops) >= options.max_redirects:
                message = f"Exceeded maxRedirects. Probably stuck in a redirect loop {url.href}"
                hop = replace(hop, response=None, error=NetworkError(message))
                break
            hops.append(hop)
            current, url = next_request(current, url, raw.code, location, rules)
        if not hops:
            return replace(hop, origin=options.origin)
        timings = replace(hop.timings, started=hops[0].timings.started, total=(time.perf_counter() - began) * 1000)
        return replace(hop, request=hops[0].request, timings=timings, origin=options.origin, redirects=tuple(hops))

    def warm_up(self) -> None:
        """Imports what sending needs (some 80 ms), so that the first request does not pay for it."""
        with self._lock:
            if self._adapter is None:
                self._adapter = _make_adapter(self._settings)

    def close(self) -> None:
        """Closes all idle connections."""
        with self._lock:
            adapter, self._adapter = self._adapter, None
            self._pools.clear()
        if adapter is not None:
            adapter.close()

    def _send_one(
        self, request: Request, url: WireUrl, options: SendOptions, jar: CookieJar
    ) -> tuple[Exchange, RawResponse | None]:
        started = time.time()
        clock = time.perf_counter()
        identity = uuid.uuid4().hex
        raw: RawResponse | None = None
        response: Response | None = None
        error: NetworkError | None = None
        timings = Timings(started)
        try:
            request = self._ready(request, url, options, jar)
            raw, timings = self._transfer(request, url, options, started, clock)
            cookies: tuple[Cookie, ...] = ()
            if not options.disable_cookies:
                jar.set_from_response(url, raw.values("set-cookie"))
                cookies = jar.cookies_for(url)
            if _redirect_location(raw, options) is None:
                response = _response(raw, decode_body(raw.body, raw.value("content-encoding")), url, cookies)
                timings = replace(timings, total=(time.perf_counter() - clock) * 1000)
        except TransportError as failure:
            raw, error = None, failure.error
            timings = replace(timings, total=(time.perf_counter() - clock) * 1000)
        return Exchange(identity, request, response, error, timings, options.origin), raw

    def _ready(self, request: Request, url: WireUrl, options: SendOptions, jar: CookieJar) -> Request:
        """The request with the jar's cookies, if it may be sent at all."""
        if not request.url:
            raise fail("runtime:extensions~request: request url is empty")
        if not url.authority or ":///" in request.url[: len(url.scheme) + 4]:
            raise fail(f'Invalid URI "{request.url}"')
        if url.scheme not in ("http", "https"):
            raise fail(f"Invalid protocol: {url.scheme}:")
        if not url.has_valid_port:
            raise fail(f"Port should be >= 0 and < 65536. Received type string ('{url.port}').", "ERR_SOCKET_BAD_PORT")
        if not options.disable_cookies and (cookies := jar.header_for(url)):
            request = replace(request, headers=_with_cookies(request, cookies))
        check_request(request.method, url.target, request.headers)
        return request

    def _transfer(
        self, request: Request, url: WireUrl, options: SendOptions, started: float, clock: float
    ) -> tuple[RawResponse, Timings]:
        from runner.transport.connections import Limits

        mode = request.spec.body.mode if request.spec.body else None
        data = request_bytes(request.method, url.target, request.headers, request.body, mode in _TEXT_MODES)
        limits = Limits(options.timeout / 1000 if options.timeout else None, options.deadline)
        pool = self._pool(url)
        connection = pool._get_conn()
        try:
            if connection.fresh_until is not None and connection.fresh_until < time.monotonic():
                connection.close()
            connection.open(limits)
            raw, sent, first_byte = connection.exchange(data, request.method, limits)
        except BaseException:
            connection.close()
            pool._put_conn(connection)
            raise
        done = time.perf_counter()
        phases = connection.phases
        if raw.keep_alive:
            idle = raw.idle_limit
            connection.fresh_until = None if idle is None else time.monotonic() + idle - _IDLE_MARGIN
        else:
            connection.close()
        pool._put_conn(connection)
        timings = Timings(
            started,
            phases.dns,
            phases.connect,
            phases.tls,
            (first_byte - sent) * 1000,
            (done - first_byte) * 1000,
            (done - clock) * 1000,
        )
        return raw, timings

    def _pool(self, url: WireUrl) -> Any:
        key = url.origin
        pool = self._pools.get(key)
        if pool is None:
            with self._lock:
                scheme, host, port = key
                pool = self._adapter.poolmanager.connection_from_host(host, port, scheme)
                self._pools[key] = pool
        return pool


def _make_adapter(settings: TransportSettings) -> Any:
    """An adapter of requests whose pools make our connections."""
    from requests.adapters import HTTPAdapter
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    from runner.transport.connections import WireHTTPConnection, WireHTTPSConnection

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = WireHTTPConnection

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = WireHTTPSConnection

    adapter = HTTPAdapter(pool_connections=1024, pool_maxsize=settings.max_idle)
    adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
    return adapter


def _redirect_location(raw: RawResponse | None, options: SendOptions) -> str | None:
    if raw is None or not options.follow_redirects or not 300 <= raw.code < 400:
        return None
    return raw.value("location")


def _with_cookies(request: Request, cookies: str) -> tuple[Header, ...]:
    """Appends the jar's cookies to the author's Cookie header, or adds one where Newman does: before the length of
    a form or an empty body, else at the end."""
    headers = request.headers
    for at, header in enumerate(headers):
        if header.key.lower() == "cookie":
            merged = replace(header, value=f"{header.value}; {cookies}" if header.value else cookies)
            return (*headers[:at], merged, *headers[at + 1 :])
    added = Header("Cookie", cookies, system=True)
    mode = request.spec.body.mode if request.spec.body else None
    if request.body is None or mode in ("formdata", "file"):
        for at, header in enumerate(headers):
            if header.system and header.key == "Content-Length":
                return (*headers[:at], added, *headers[at:])
    return (*headers, added)


def _response(raw: RawResponse, body: bytes, url: WireUrl, cookies: tuple[Cookie, ...]) -> Response:
    return Response(
        raw.code,
        raw.reason,
        raw.headers,
        body,
        url.href,
        cookies,
        raw.version,
        len(raw.body),
        raw.head_size,
    )

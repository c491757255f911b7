"""The transport. Secure connections are held by adapters of requests, plain ones by pools of our own: importing
requests takes longer than a plain run. What goes over them is ours in both cases.

``Session.send`` is not used: it rewrites URLs, folds headers and follows redirects in its own way.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from runner.model.collection import Header
from runner.model.exchange import Cookie, Exchange, NetworkError, Request, Response, Timings, Tls
from runner.model.records import dataclass, field, replace
from runner.transport import hops
from runner.transport.connections import PlainPool
from runner.transport.cookies import CookieJar
from runner.transport.decode import decode_body
from runner.transport.errors import TransportError
from runner.transport.files import FileReader
from runner.transport.interface import SendOptions
from runner.transport.proxies import Proxy, proxy_for, tunnel_headers
from runner.transport.reader import RawResponse
from runner.transport.redirects import RedirectRules, next_request
from runner.transport.sockets import Limits, require_public_name
from runner.transport.tls import ClientCertificate, TlsProfile, profile_for
from runner.transport.urls import WireUrl, split_url
from runner.transport.wire import check_request, request_bytes

MAX_IDLE = 16  #: idle connections kept per origin, if nobody says otherwise
#: Methods that a client may repeat without being told to (RFC 9110, 9.2.2).
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
#: A server that says ``Keep-Alive: timeout=5`` may close after 5 s; a second is for the way.
_IDLE_MARGIN = 1.0


def _silent(message: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """What holds for all requests of a run."""

    client_certificates: tuple[ClientCertificate, ...] = ()  #: the first one that matches a URL is shown
    extra_ca: str | None = None  #: file with more trusted authorities (PEM)
    files: FileReader = field(default_factory=FileReader)  #: certificates and keys are read through it
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)  #: where proxies are named
    max_idle: int = MAX_IDLE  #: idle connections kept per origin
    warn: Callable[[str], None] = _silent  #: told about certificates that cannot be used


@dataclass(frozen=True, slots=True)
class _Route:
    """The way to an origin: a pool of connections, through a proxy or not."""

    pool: Any
    proxy: Proxy | None = None
    stands_in: bool = False  #: a server of ours answers in place of the origin
    tunnel: tuple[str, int] | None = None  #: to this host and port, if the proxy shall make a tunnel


class RequestsTransport:
    """Sends requests. Thread-safe; connections are kept alive and shared by all threads."""

    def __init__(self, settings: TransportSettings | None = None) -> None:
        self._settings = settings or TransportSettings()
        self._lock = threading.RLock()
        self._adapters: dict[TlsProfile, Any] = {}
        self._plain_pools: dict[Any, PlainPool] = {}
        self._routes: dict[Any, _Route] = {}

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        """Sends ``request``, follows its redirects, and never raises for what the network or the server does.

        The exchange's request is the first one, its response the last one. Its timings are those of the last hop,
        but ``started`` and ``total`` span all of them, as Newman counts.
        """
        earlier: list[Exchange] = []
        current, url = request, split_url(request.url, True)
        began = time.perf_counter()
        limits = Limits(options.timeout / 1000 if options.timeout else None, options.deadline)
        while True:
            hop, raw = self._hop(current, url, options, jar, limits, bool(earlier))
            location = hops.redirect_location(raw, options.follow_redirects)
            if raw is None or location is None:
                break
            if len(earlier) >= options.max_redirects:
                message = f"Exceeded maxRedirects. Probably stuck in a redirect loop {url.href}"
                hop = replace(hop, response=None, error=NetworkError(message))
                break
            earlier.append(replace(hop, origin="redirect"))
            current, url = next_request(current, url, raw.code, location, RedirectRules.of(options))
        if not earlier:
            return hop
        total = (time.perf_counter() - began) * 1000
        timings = replace(hop.timings, started=earlier[0].timings.started, total=total)
        return replace(hop, request=earlier[0].request, timings=timings, redirects=tuple(earlier))

    def close(self) -> None:
        """Closes all idle connections."""
        with self._lock:
            holders = (*self._adapters.values(), *self._plain_pools.values())
            self._adapters, self._plain_pools, self._routes = {}, {}, {}
        for held in holders:
            held.close()

    def _hop(
        self, request: Request, url: WireUrl, options: SendOptions, jar: CookieJar, limits: Limits, redirected: bool
    ) -> tuple[Exchange, RawResponse | None]:
        started, clock = time.time(), time.perf_counter()
        raw: RawResponse | None = None
        response: Response | None = None
        error: NetworkError | None = None
        timings = Timings(started)
        address: str | None = None
        secured: Tls | None = None
        received: float | None = None
        try:
            hops.check_url(request, url, redirected)
            if not options.disable_cookies and (cookies := jar.header_for(url)):
                request = hops.with_cookies(request, cookies)
            check_request(request.method, url.target, request.headers)
            route = self._route(url, options)
            target = url.target
            # what answers in place of a server is ours
            limits.public_only = options.public_only and not route.stands_in
            if limits.public_only and route.proxy is not None:
                require_public_name(url.host, url.effective_port, limits)
            if route.tunnel is None and route.proxy is not None:
                request = hops.with_proxy_authorization(request, route.proxy)
                target = f"{url.scheme}://{url.authority}{target}"
            raw, timings, address, secured = _transfer(request, target, route, options, limits, started, clock)
            received = timings.total
            response = self._receive(raw, url, options, jar)
        except TransportError as failure:
            raw, error = None, failure.error
        total = (time.perf_counter() - clock) * 1000
        timings = replace(timings, total=total, process=None if received is None else total - received)
        made = uuid.uuid4().hex
        return Exchange(made, request, response, error, timings, options.origin, (), address, secured), raw

    def _receive(self, raw: RawResponse, url: WireUrl, options: SendOptions, jar: CookieJar) -> Response:
        if not options.disable_cookies:
            jar.set_from_response(url, raw.values("set-cookie"))
        if hops.redirect_location(raw, options.follow_redirects) is not None:
            return hops.to_response(raw, raw.body, url)
        cookies: tuple[Cookie, ...] = jar.cookies_for(url)
        body = raw.body if not raw.body else decode_body(raw.body, raw.value("content-encoding"), options.largest)
        return hops.to_response(raw, body, url, cookies)

    def _route(self, url: WireUrl, options: SendOptions) -> _Route:
        if options.stand_ins and (place := options.stand_ins.get(url.origin)) is not None:
            with self._lock:
                return _Route(self._plain_pool(*place), stands_in=True)
        settings = self._settings
        secure = url.scheme == "https"
        special = secure and (settings.client_certificates or options.tls or options.certificate)
        profile: TlsProfile | None = None
        if special:
            profile = profile_for(
                url, settings.client_certificates, options.strict_ssl, options.tls, options.certificate
            )
        elif secure:
            profile = TlsProfile(options.strict_ssl)
        own = proxy_for(url, {}, options.proxy) if options.proxy else None
        key = (url.origin, profile, own)
        route = self._routes.get(key)
        if route is None:
            with self._lock:
                route = self._new_route(url, profile, own or proxy_for(url, settings.environment))
                self._routes[key] = route
        return route

    def _new_route(self, url: WireUrl, profile: TlsProfile | None, proxy: Proxy | None) -> _Route:
        scheme, host, port = url.origin
        if scheme == "http" and (proxy is None or proxy.scheme == "http"):
            if proxy is None:
                return _Route(self._plain_pool(host, port))
            # connections of a tunnel go to one origin only
            tunnel = (host, port) if proxy.tunnel else None
            return _Route(self._plain_pool(proxy.host, proxy.port, tunnel), proxy, tunnel=tunnel)
        pool = self._adapter(profile or TlsProfile()).pool(scheme, host, port, proxy.url if proxy else None)
        return _Route(pool, proxy, tunnel=(host, port) if proxy and scheme == "https" else None)

    def _plain_pool(self, *key: Any) -> PlainPool:
        if key not in self._plain_pools:
            self._plain_pools[key] = PlainPool(key[0], key[1], self._settings.max_idle)
        return self._plain_pools[key]

    def _adapter(self, profile: TlsProfile) -> Any:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        from runner.transport.secure import Adapter
        from runner.transport.tls_context import make_context

        if profile not in self._adapters:
            settings = self._settings
            context = make_context(profile, DEFAULT_CA_BUNDLE_PATH, settings.extra_ca, settings.files, settings.warn)
            self._adapters[profile] = Adapter(context, settings.max_idle)
        return self._adapters[profile]


def _transfer(
    request: Request,
    target: str,
    route: _Route,
    options: SendOptions,
    limits: Limits,
    started: float,
    clock: float,
) -> tuple[RawResponse, Timings, str | None, Tls | None]:
    """Sends one request over a connection of the route, and reads the response. Returns also where it was sent and
    how that was secured."""
    is_text = hops.body_mode(request) in hops.TEXT_MODES
    headers = request.headers if route.tunnel is None else hops.without_proxy_authorization(request.headers)
    data = request_bytes(request.method, target, headers, request.body, is_text)
    limits.begin()
    prepared = time.perf_counter()
    connection = route.pool.take()
    taken = time.perf_counter()
    try:
        if connection.fresh_until is not None and connection.fresh_until < time.monotonic():
            connection.close()
        reused = connection.sock is not None
        while True:
            _open(connection, request, route, options, limits)
            try:
                raw, sent, first_byte = connection.exchange(
                    data, request.method, limits, options.insecure_http_parser, options.largest
                )
                break
            except TransportError as error:
                if not (reused and _may_be_repeated(request, connection, error, options)):
                    raise
                reused = False
                connection.close()
        done = time.perf_counter()
        phases, address, secured = connection.phases, connection.address, connection.secured
        idle = raw.idle_limit
        connection.fresh_until = None if idle is None else time.monotonic() + idle - _IDLE_MARGIN
        if not raw.keep_alive or _asks_to_close(headers):
            connection.close()
    except BaseException:
        connection.close()
        raise
    finally:
        if options.cancellation is not None:
            options.cancellation.release(connection)
        route.pool.give(connection)
    timings = Timings(
        started,
        phases.dns,
        phases.connect,
        phases.tls,
        first_byte=(first_byte - sent) * 1000,
        download=(done - first_byte) * 1000,
        total=(done - clock) * 1000,
        prepare=(prepared - clock) * 1000,
        wait=(taken - prepared) * 1000,
    )
    return raw, timings, address, secured


def _open(connection: Any, request: Request, route: _Route, options: SendOptions, limits: Limits) -> None:
    if connection.sock is None and route.tunnel is not None and route.proxy is not None:
        host, port = route.tunnel
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        connection.ask_for_tunnel(host, port, route.proxy.scheme, tunnel_headers(request.headers, place, route.proxy))
    connection.open(limits)
    if options.cancellation is not None:
        options.cancellation.hold(connection)


def _may_be_repeated(request: Request, connection: Any, error: TransportError, options: SendOptions) -> bool:
    """Whether a request that got no answer on a connection that had been idle may be sent again on a new one: the
    server has probably closed it in the moment when the request was on its way (RFC 9112, 9.3.1)."""
    cancelled = options.cancellation is not None and options.cancellation.cancelled
    broken = error.error.code in ("ECONNRESET", "EPIPE")
    return broken and connection.untouched and request.method in _IDEMPOTENT and not cancelled


def _asks_to_close(headers: tuple[Header, ...]) -> bool:
    """Whether the server was asked to close the connection: some do so a moment later, without saying so."""
    return any(header.key.lower() == "connection" and "close" in header.value.lower() for header in headers)

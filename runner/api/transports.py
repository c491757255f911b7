"""Other transports than the network: an object with ``send``, or a callable from a request to a response."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from runner.api.hooks import error_of, new_id, refuse_awaitable
from runner.api.options import Answer
from runner.errors import UsageError
from runner.model.collection import Header, Json
from runner.model.exchange import Exchange, NetworkError, Request, Response, Timings
from runner.model.records import replace
from runner.transport.cookies import CookieJar
from runner.transport.decode import decode_body
from runner.transport.errors import TransportError
from runner.transport.hops import check_url, with_cookies
from runner.transport.interface import SendOptions, Transport
from runner.transport.redirects import RedirectRules, next_request
from runner.transport.urls import WireUrl, split_url
from runner.transport.wire import check_request


def as_transport(given: Transport | Answer) -> Transport:
    """What a user gave as transport. It stays open after the run: who made it closes it.

    Raises:
        UsageError: it is neither a transport nor a callable.
    """
    send = getattr(given, "send", None)
    if send is not None:
        return Kept(send)
    if callable(given):
        return AnsweringTransport(given)
    raise UsageError("transport is an object with send() and close(), or a callable from a Request to a Response")


class Kept:
    """A transport that is not closed with the session."""

    def __init__(self, send: Callable[[Request, SendOptions, CookieJar], Exchange]) -> None:
        self._send = send

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        return self._send(request, options, jar)

    def close(self) -> None:
        """Leaves it open."""


class AnsweringTransport:
    """Sends nothing: a callable answers. Cookies and redirects work as over the network; a callable that raises is a
    request that failed."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        earlier: list[Exchange] = []
        current, url = request, split_url(request.url, True)
        began = time.perf_counter()
        while True:
            hop = self._hop(current, url, options, jar, bool(earlier))
            response = hop.response
            location = _location(response, options)
            if response is None or location is None:
                break
            if len(earlier) >= options.max_redirects:
                message = f"Exceeded maxRedirects. Probably stuck in a redirect loop {url.href}"
                hop = replace(hop, response=None, error=NetworkError(message))
                break
            earlier.append(replace(hop, origin="redirect"))
            current, url = next_request(current, url, response.code, location, RedirectRules.of(options))
        if not earlier:
            return hop
        timings = replace(hop.timings, started=earlier[0].timings.started, total=_since(began))
        return replace(hop, request=earlier[0].request, timings=timings, redirects=tuple(earlier))

    def close(self) -> None:
        """There is nothing to close."""

    def _hop(self, request: Request, url: WireUrl, options: SendOptions, jar: CookieJar, redirected: bool) -> Exchange:
        started, clock = time.time(), time.perf_counter()
        response: Response | None = None
        error: NetworkError | None = None
        try:
            check_url(request, url, redirected)
            if not options.disable_cookies and (cookies := jar.header_for(url)):
                request = with_cookies(request, cookies)
            check_request(request.method, url.target, request.headers)
            answered = _required(self._answer(replace(request, url=url.href)))
            if not options.disable_cookies:
                jar.set_from_response(url, [h.value for h in answered.headers if h.key.lower() == "set-cookie"])
            content = decode_body(answered.content, answered.header("content-encoding"), options.largest)
            cookies_now = () if options.disable_cookies else jar.cookies_for(url)
            response = replace(answered, content=content, url=url.href, cookies=cookies_now)
        except TransportError as failure:
            error = failure.error
        except Exception as raised:
            found = error_of(raised)
            error = NetworkError(f"the transport raised {found.name}: {found.message}")
        return Exchange(new_id(), request, response, error, Timings(started, total=_since(clock)), options.origin)


def _required(answer: object) -> Response:
    refuse_awaitable(answer)
    if not isinstance(answer, Response):
        raise TypeError(f"a transport returns a Response, not a {type(answer).__name__}")
    return answer


def _location(response: Response | None, options: SendOptions) -> str | None:
    if response is None or not options.follow_redirects or not 300 <= response.code < 400:
        return None
    return response.header("location") or None


def _since(clock: float) -> float:
    return (time.perf_counter() - clock) * 1000


def make_response(
    code: int = 200, body: Json | bytes = b"", headers: Mapping[str, str] | None = None, *, reason: str | None = None
) -> Response:
    """A response, for transports that answer without a network.

    Args:
        body: bytes and texts as they are; anything else is written as JSON, with its Content-Type.
        reason: by default what HTTP calls the code.
    """
    from http import HTTPStatus

    rows = [Header(key, value) for key, value in (headers or {}).items()]
    content, kind = _content(body)
    if kind is not None and not any(row.key.lower() == "content-type" for row in rows):
        rows.append(Header("Content-Type", kind))
    if reason is None:
        reason = HTTPStatus(code).phrase if code in {status.value for status in HTTPStatus} else ""
    return Response(code, reason, tuple(rows), content, "", downloaded=len(content))


def _content(body: Any) -> tuple[bytes, str | None]:
    if isinstance(body, bytes):
        return body, None
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    import json

    return json.dumps(body).encode(), "application/json"

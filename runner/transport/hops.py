"""The parts of one hop that need no network: cookies in, response out."""

from __future__ import annotations

from runner.model.collection import Header
from runner.model.exchange import Content, Cookie, Request, Response
from runner.model.records import replace
from runner.transport.errors import fail
from runner.transport.proxies import Proxy
from runner.transport.reader import RawResponse
from runner.transport.urls import WireUrl

#: Modes whose bodies Node writes as text, which decides how it encodes the head.
TEXT_MODES = frozenset({"raw", "urlencoded", "graphql", "formdata"})


def body_mode(request: Request) -> str | None:
    return request.spec.body.mode if request.spec.body else None


def check_url(request: Request, url: WireUrl, redirected: bool) -> None:
    """Refuses what cannot be sent to, in Newman's words.

    Raises:
        TransportError: no URL, no host, an unknown protocol, an impossible port.
    """
    if not request.url:
        raise fail("runtime:extensions~request: request url is empty")
    if not url.authority or request.url.startswith(f"{url.scheme}:///"):
        hint = ". This can be caused by a crappy redirection." if redirected else ""
        raise fail(f'Invalid URI "{request.url}"{hint}')
    if url.scheme not in ("http", "https"):
        raise fail(f"Invalid protocol: {url.scheme}:")
    if not url.has_valid_port:
        raise fail(f"Port should be >= 0 and < 65536. Received type string ('{url.port}').", "ERR_SOCKET_BAD_PORT")


def with_cookies(request: Request, cookies: str) -> Request:
    """Appends the jar's cookies to the author's Cookie header, or adds one where Newman does: before the length of
    a form or of an empty body, else at the end."""
    headers = request.headers
    for at, header in enumerate(headers):
        if header.key.lower() == "cookie":
            merged = replace(header, value=f"{header.value}; {cookies}" if header.value else cookies)
            return replace(request, headers=(*headers[:at], merged, *headers[at + 1 :]))
    added = Header("Cookie", cookies, system=True)
    if request.body is None or body_mode(request) in ("formdata", "file"):
        return replace(request, headers=_before_length(headers, added))
    return replace(request, headers=(*headers, added))


def with_proxy_authorization(request: Request, proxy: Proxy) -> Request:
    """For a proxy that is no tunnel: it gets its password with the request."""
    value = proxy.authorization
    if value is None or any(header.key.lower() == "proxy-authorization" for header in request.headers):
        return request
    return replace(request, headers=_before_length(request.headers, Header("Proxy-Authorization", value, system=True)))


def without_proxy_authorization(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    """For a tunnel: the proxy got the header when it was asked for the tunnel, the server must not see it."""
    return tuple(header for header in headers if header.key.lower() != "proxy-authorization")


def redirect_location(raw: RawResponse | None, follow: bool) -> str | None:
    """Where the response sends us: any 3xx with a Location counts, as in Newman."""
    if raw is None or not follow or not 300 <= raw.code < 400:
        return None
    return raw.value("location") or None


def to_response(raw: RawResponse, body: Content, url: WireUrl, cookies: tuple[Cookie, ...] = ()) -> Response:
    return Response(
        raw.code, raw.reason, raw.headers, body, url.href, cookies, raw.version, len(raw.body), raw.head_size
    )


def _before_length(headers: tuple[Header, ...], added: Header) -> tuple[Header, ...]:
    for at, header in enumerate(headers):
        if header.system and header.key == "Content-Length":
            return (*headers[:at], added, *headers[at:])
    return (*headers, added)

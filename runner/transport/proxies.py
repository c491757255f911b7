"""Which proxy a request goes through: the collection's own, or that of the environment.

HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read as Newman does (postman-request, lib/getProxyFromURI.js): also in lower
case, HTTP_PROXY serves https too, and requests to loopback addresses are no exception.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import unquote

from runner.model.collection import Header, Json
from runner.model.records import dataclass
from runner.transport.errors import fail
from runner.transport.urls import WireUrl, split_url

_DEFAULT_PORT = 8080  #: of a proxy that a collection names without one (postman-collection, proxy-config.js)
#: Headers of a request that the proxy gets to see when it is asked for a tunnel (postman-request, lib/tunnel.js).
_TUNNEL_HEADERS = frozenset(
    {"accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "cache-control", "connection"}
    | {f"content-{part}" for part in ("encoding", "language", "location", "md5", "range", "type")}
    | {"date", "expect", "max-forwards", "pragma", "proxy-authorization", "referer", "te", "user-agent", "via"}
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy. ``tunnel`` asks for a tunnel even for http; https always goes through one."""

    scheme: str
    host: str
    port: int
    credentials: str | None = None  #: ``user:password``
    tunnel: bool = False

    @property
    def authorization(self) -> str | None:
        """The value of a Proxy-Authorization header."""
        if self.credentials is None:
            return None
        return "Basic " + base64.b64encode(self.credentials.encode()).decode()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def proxy_for(url: WireUrl, environment: Mapping[str, str], own: Mapping[str, Json] | None = None) -> Proxy | None:
    """The proxy for a request to ``url``.

    Args:
        environment: the process's environment variables.
        own: the ``proxy`` of the request in the collection; it wins.

    Raises:
        TransportError: it speaks a protocol that is not supported.
    """
    if own and (proxy := _from_collection(own)) is not None:
        return proxy
    text = _from_environment(url, environment)
    if not text:
        return None
    place = split_url(text)
    if place.scheme not in ("http", "https"):
        raise fail(f"Invalid protocol: {place.scheme}:")
    credentials = None if place.userinfo is None else unquote(place.userinfo)
    return Proxy(place.scheme, place.host, place.effective_port, credentials)


def _from_environment(url: WireUrl, environment: Mapping[str, str]) -> str | None:
    def first(*names: str) -> str | None:
        return next((environment[name] for name in names if environment.get(name)), None)

    names = ("HTTP_PROXY", "http_proxy")
    found = first(*names) if url.scheme == "http" else first("HTTPS_PROXY", "https_proxy", *names)
    if found is None:
        return None
    excluded = first("NO_PROXY", "no_proxy") or ""
    if excluded == "*" or (excluded and any(_is_zone(zone, url) for zone in excluded.split(","))):
        return None
    return found


def _is_zone(zone: str, url: WireUrl) -> bool:
    """Whether ``zone`` (``host``, ``.host`` or ``host:port``) covers ``url``: the host itself and all below it."""
    host, colon, port = zone.strip().lower().partition(":")
    if colon and port != str(url.effective_port):
        return False
    return f".{url.host.lstrip('.')}".endswith("." + host.lstrip("."))


def _from_collection(own: Mapping[str, Json]) -> Proxy | None:
    name = own.get("host")
    host = split_url(name).host if isinstance(name, str) and name else ""
    if not host or own.get("disabled") is True:
        return None
    try:
        port = int(own.get("port") or _DEFAULT_PORT)
    except (TypeError, ValueError):
        port = _DEFAULT_PORT
    credentials = None
    if own.get("authenticate") is True and (own.get("username") or own.get("password")):
        credentials = f"{own.get('username') or ''}:{own.get('password') or ''}"
    return Proxy("http", host, port, credentials, own.get("tunnel") is True)


def tunnel_headers(headers: tuple[Header, ...], place: str, proxy: Proxy) -> tuple[tuple[str, str], ...]:
    """The headers of the CONNECT request for a tunnel to ``place`` (``host:port``)."""
    rows = [(h.key, h.value) for h in headers if h.key.lower() in _TUNNEL_HEADERS]
    rows.append(("host", place))
    names = {key.lower() for key, _ in rows}
    if proxy.authorization is not None:
        rows = [row for row in rows if row[0].lower() != "proxy-authorization"]
        rows.append(("Proxy-Authorization", proxy.authorization))
    if "connection" not in names:
        rows.append(("Connection", "close"))
    return tuple(rows)

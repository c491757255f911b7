"""URLs as they go over the wire.

The rules are those of npm ``postman-url-encoder`` 3.0.5 (what Newman and the Postman app use): only a few
characters are percent-encoded, what is encoded already stays, the host becomes punycode, dot segments stay.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import socket
from functools import lru_cache
from urllib.parse import unquote

from runner.model.collection import Url
from runner.model.records import dataclass
from runner.parse.url import parse_url, render_path, render_query

DEFAULT_PORTS = {"http": 80, "https": 443}

_QUERY = re.compile(r"[^!$-&(-;=?-~]")
_FRAGMENT = re.compile(r"[^!#-;=?-_a-~]")
_PATH = re.compile(r"[^!$-;=@-_a-z|~]")
_USERINFO = re.compile(r"[^!$-.0-9A-Z_a-z~]")
_PLAIN_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\Z")
_NUMERIC_LABEL = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_ABSOLUTE = re.compile(r"https?:")
_ANY_SCHEME = re.compile(r"[a-z0-9.+-]+:(?://|\\\\).", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WireUrl:
    """A URL ready to be sent to.

    ``authority`` is what the Host header says (with the port if the URL names one), ``host`` what to connect to
    (IPv6 without brackets), ``target`` the path with the query, ``href`` the whole URL with user info and fragment.
    """

    scheme: str
    userinfo: str | None
    host: str
    authority: str
    port: str | None  #: as written, which may be no number
    path: str
    query: str | None
    fragment: str | None
    href: str

    @property
    def target(self) -> str:
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def effective_port(self) -> int:
        return int(self.port) if self.port and self.has_valid_port else DEFAULT_PORTS.get(self.scheme, 80)

    @property
    def has_valid_port(self) -> bool:
        port = self.port
        return not port or (port.isascii() and port.isdigit() and int(port) < 65536)

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.effective_port

    @property
    def default_authority(self) -> str:
        """The Host header of a request that has none: the scheme's own port is left out."""
        if self.port and self.port == str(DEFAULT_PORTS.get(self.scheme)):
            return self.authority.rpartition(":")[0]
        return self.authority

    def upto(self, part: str) -> str:
        """The URL up to and with ``host``, ``path`` or ``query``."""
        text = f"{self.scheme}://{self.userinfo + '@' if self.userinfo is not None else ''}{self.authority}"
        if part == "host":
            return text
        return text + (self.path if part == "path" else self.target)


@lru_cache(maxsize=4096)
def split_url(text: str, disable_encoding: bool = False) -> WireUrl:
    """The wire form of a URL string. Without a scheme it is http."""
    url = parse_url(text)
    scheme = (url.protocol if url.protocol is not None else "http").lower().removesuffix("://")
    userinfo = _userinfo(url, disable_encoding)
    host = encode_host(".".join(url.host or ()))
    authority = host if url.port is None else f"{host}:{url.port}"
    path = render_path(url)
    query = render_query(url.query) if any(param.enabled for param in url.query) else None
    fragment = url.hash
    if not disable_encoding:
        path = _PATH.sub(_percent, path)
        query = None if query is None else _QUERY.sub(_percent, query)
        fragment = None if fragment is None else _FRAGMENT.sub(_percent, fragment)
    href = (
        f"{scheme}://{userinfo + '@' if userinfo is not None else ''}{authority}{path}"
        f"{'' if query is None else '?' + query}{'' if fragment is None else '#' + fragment}"
    )
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    return WireUrl(scheme, userinfo, name, authority, url.port, path, query, fragment, href)


def resolve_redirect(base: WireUrl, location: str) -> str:
    """The URL that a Location header means. Unlike RFC 3986, dot segments stay as they are."""
    if _ABSOLUTE.match(location) or _ANY_SCHEME.match(location):
        return location
    if not location:
        return base.href.partition("#")[0]
    if location.startswith(("//", "\\\\")):
        return f"{base.scheme}:{location}"
    if location[0] in "/\\":
        return base.upto("host") + location
    if location[0] == "#":
        return base.upto("query") + location
    if location[0] == "?":
        return base.upto("path") + location
    return base.upto("host") + base.path[: base.path.rfind("/") + 1] + location


def basic_authorization(userinfo: str) -> str:
    """The Authorization header that the user info of a URL stands for."""
    user, _, password = userinfo.partition(":")
    return "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


def encode_host(host: str) -> str:
    """``host`` in ASCII, as ``url.domainToASCII`` of Node does it: punycode, short IPv4 forms written out.
    What is no valid host stays as it is."""
    host = host.lower()
    if _PLAIN_HOST.match(host):
        if not _NUMERIC_LABEL.match(host.rpartition(".")[2]):
            return host
        try:
            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            return host
    if host.startswith("[") and host.endswith("]"):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            return host
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


def _userinfo(url: Url, disable_encoding: bool) -> str | None:
    if url.auth is None or (url.auth.user is None and url.auth.password is None):
        return None
    parts = [url.auth.user or ""] if url.auth.password is None else [url.auth.user or "", url.auth.password]
    return ":".join(part if disable_encoding else _USERINFO.sub(_percent, part) for part in parts)


def _percent(match: re.Match[str]) -> str:
    try:
        raw = match[0].encode()
    except UnicodeEncodeError:  # half of a surrogate pair: Node writes the replacement character
        raw = b"\xef\xbf\xbd"
    return "".join(f"%{byte:02X}" for byte in raw)

"""URLs as they go over the wire.

The rules are those of npm ``postman-url-encoder`` 3.0.5 (what Newman and the Postman app use): only a few
characters are percent-encoded, what is encoded already stays, the host becomes punycode, dot segments stay.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from runner.model.collection import Param, Url, Variable

DEFAULT_PORTS = {"http": 80, "https": 443}

_QUERY = re.compile(r"[^!$-&(-;=?-~]")
_FRAGMENT = re.compile(r"[^!#-;=?-_a-~]")
_PATH = re.compile(r"[^!$-;=@-_a-z|~]")
_USERINFO = re.compile(r"[^!$-.0-9A-Z_a-z~]")
_TOKEN = re.compile(r"\{\{[^{}]*[.:/?#@&\]][^{}]*\}\}")
_PROTECTED = re.compile(r"[\ue000-\uf8ff]")
_PLAIN_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\Z")
_NUMERIC_LABEL = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_ABSOLUTE = re.compile(r"https?:")
_ANY_SCHEME = re.compile(r"[a-z0-9.+-]+:(?://|\\\\).", re.IGNORECASE)
_PARAM_TOKEN = re.compile(r"\{\{[^{}]*[&#=][^{}]*\}\}")


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
    port: int | None
    path: str
    query: str | None
    fragment: str | None
    href: str

    @property
    def target(self) -> str:
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def effective_port(self) -> int:
        return self.port if self.port is not None else DEFAULT_PORTS.get(self.scheme, 80)

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.effective_port

    @property
    def default_authority(self) -> str:
        """The Host header of a request that has none: the scheme's own port is left out."""
        if self.port is not None and self.port == DEFAULT_PORTS.get(self.scheme):
            return self.authority.rpartition(":")[0]
        return self.authority

    def upto(self, part: str) -> str:
        """The URL up to and with ``host``, ``path`` or ``query``."""
        text = f"{self.scheme}://{self.userinfo + '@' if self.userinfo is not None else ''}{self.authority}"
        if part == "host":
            return text
        return text + (self.path if part == "path" else self.target)


def wire_url(url: Url, disable_encoding: bool = False) -> WireUrl:
    """The wire form of a resolved ``Url``; path variables (``:name``) are put in here."""
    query = None
    if url.query:
        enabled = [param for param in url.query if param.enabled]
        if enabled:
            query = "&".join(_render_param(param) for param in enabled)
    auth = url.auth
    return _build(
        url.protocol,
        (auth.user, auth.password) if auth else None,
        ".".join(url.host or ()),
        url.port,
        "/" + "/".join(_substitute(segment, url.variables) for segment in url.path or ()),
        query,
        url.hash,
        disable_encoding,
    )


def split_url(text: str, disable_encoding: bool = False) -> WireUrl:
    """The wire form of a URL string. Without a scheme it is http."""
    text = text.lstrip()
    tokens: list[str] = []

    def protect(match: re.Match[str]) -> str:
        tokens.append(match[0])
        return chr(0xE000 + len(tokens) - 1) if len(tokens) <= 0x1900 else match[0]

    def restore(part: str | None) -> str | None:
        if part is None or not tokens:
            return part
        return _PROTECTED.sub(lambda m: tokens[ord(m[0]) - 0xE000] if ord(m[0]) - 0xE000 < len(tokens) else m[0], part)

    # A token that was not resolved ({{a.b}}, {{x/y}}) is one piece, whatever it contains.
    if "{{" in text:
        text = _TOKEN.sub(protect, text)
    text, hash_mark, fragment = text.partition("#")
    text, query_mark, query = text.partition("?")
    text = text.replace("\\", "/")
    protocol: str | None = None
    if "://" in text:
        protocol, _, text = text.partition("://")
        rest = text.lstrip("/")
        text = "/" + rest if protocol.lower() == "file" and rest != text else rest
    text, _slash, path = text.partition("/")
    userinfo: tuple[str | None, str | None] | None = None
    if "@" in text:
        info, _, text = text.rpartition("@")
        user, colon, password = info.partition(":")
        userinfo = (restore(user), restore(password) if colon else None)
    port: str | None = None
    if ":" in text and "]" not in text.rpartition(":")[2]:
        text, _, port = text.rpartition(":")
    return _build(
        restore(protocol),
        userinfo,
        restore(text) or "",
        restore(port),
        "/" + (restore(path) or ""),
        restore(query) if query_mark else None,
        restore(fragment) if hash_mark else None,
        disable_encoding,
    )


def encode_url(url: str, disable_encoding: bool = False) -> str:
    """``url`` as it is sent and shown: encoded, with user info and fragment."""
    return split_url(url, disable_encoding).href


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


def _build(
    protocol: str | None,
    auth: tuple[str | None, str | None] | None,
    host: str,
    port: str | None,
    path: str,
    query: str | None,
    fragment: str | None,
    disable_encoding: bool,
) -> WireUrl:
    scheme = protocol.lower() if protocol is not None else "http"
    if scheme.endswith("://"):
        scheme = scheme[:-3]
    userinfo: str | None = None
    if auth is not None:
        user, password = auth
        if user is not None:
            userinfo = user if disable_encoding else _encode(_USERINFO, user)
        if password is not None:
            userinfo = (userinfo or "") + ":" + (password if disable_encoding else _encode(_USERINFO, password))
    ascii_host = encode_host(host)
    authority = ascii_host if port is None else f"{ascii_host}:{port}"
    if not disable_encoding:
        path = _encode(_PATH, path)
        query = None if query is None else _encode(_QUERY, query)
        fragment = None if fragment is None else _encode(_FRAGMENT, fragment)
    href = (
        f"{scheme}://{userinfo + '@' if userinfo is not None else ''}{authority}{path}"
        f"{'' if query is None else '?' + query}{'' if fragment is None else '#' + fragment}"
    )
    name = ascii_host[1:-1] if ascii_host.startswith("[") and ascii_host.endswith("]") else ascii_host
    number = int(port) if port and port.isascii() and port.isdigit() else None
    return WireUrl(scheme, userinfo, name, authority, number, path, query, fragment, href)


def _encode(unsafe: re.Pattern[str], text: str) -> str:
    return unsafe.sub(_percent, text)


def _percent(match: re.Match[str]) -> str:
    try:
        raw = match[0].encode()
    except UnicodeEncodeError:  # half of a surrogate pair: Node writes the replacement character
        raw = b"\xef\xbf\xbd"
    return "".join(f"%{byte:02X}" for byte in raw)


def _render_param(param: Param) -> str:
    text = _escape_param(param.key, True) if isinstance(param.key, str) else ""
    if isinstance(param.value, str):
        text += "=" + _escape_param(param.value, False)
    return text


def _escape_param(text: str, equals: bool) -> str:
    """Escapes what would end the parameter (postman-collection, query-param.js), but not inside ``{{...}}``."""
    if "&" not in text and "#" not in text and not (equals and "=" in text):
        return text
    pieces, at = [], 0
    for match in _PARAM_TOKEN.finditer(text):
        pieces += [_escape_plain(text[at : match.start()], equals), match[0]]
        at = match.end()
    pieces.append(_escape_plain(text[at:], equals))
    return "".join(pieces)


def _escape_plain(text: str, equals: bool) -> str:
    text = text.replace("&", "%26").replace("#", "%23")
    return text.replace("=", "%3D") if equals else text


def _substitute(segment: str, variables: Sequence[Variable]) -> str:
    """``:id.json`` with ``id=7`` gives ``7.json``; a variable without a value leaves the segment alone."""
    if not variables or not segment.startswith(":"):
        return segment
    name = segment[1:].partition(".")[0]
    for variable in reversed(variables):
        if name and variable.key == name:
            value = variable.value
            return value + segment[len(name) + 1 :] if isinstance(value, str) and value else segment
    return segment

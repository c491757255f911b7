"""What the engine wants from a transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from runner.model.collection import Json
from runner.model.exchange import Exchange, Request
from runner.model.records import dataclass, field
from runner.transport.cancel import Cancellation
from runner.transport.cookies import CookieJar


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How to send one request; the names are those of protocolProfileBehavior where it has one."""

    timeout: int | None = None  #: ms from the first look-up to the last byte, redirects included
    deadline: float | None = None  #: ``time.monotonic()`` after which the exchange is given up
    follow_redirects: bool = True
    max_redirects: int = 10
    follow_original_http_method: bool = False
    follow_authorization_header: bool = False
    remove_referer_header_on_redirect: bool = False
    disable_cookies: bool = False
    disable_url_encoding: bool = False
    strict_ssl: bool = True
    insecure_http_parser: bool = False  #: read responses that are not quite HTTP
    certificate: Mapping[str, Json] | None = None  #: the collection's own ``certificate`` of the request
    proxy: Mapping[str, Json] | None = None  #: the collection's own ``proxy`` of the request
    tls: Mapping[str, Json] = field(default_factory=dict)  #: the tls* keys of protocolProfileBehavior
    largest: int | None = None  #: bytes of a response that are accepted, on the wire and unpacked
    public_only: bool = False  #: send to no private address
    origin: str = "item"
    item: str = ""  #: id of the item whose request it is; nothing for other requests
    #: (scheme, host, port) -> host and port of a server that answers in its place, without TLS
    stand_ins: Mapping[tuple[str, str, int], tuple[str, int]] = field(default_factory=dict)
    cancellation: Cancellation | None = None  #: breaks the exchange off, if somebody may want to


class Transport(Protocol):
    """Sends requests. Thread-safe: scripts may send while the engine waits."""

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        """Never raises for what the network or the server does: that is ``Exchange.error``."""
        ...

    def close(self) -> None: ...

"""The network, with a look at what is sent."""

from __future__ import annotations

from collections.abc import Callable

from runner.model.exchange import Exchange, Request
from runner.transport.cookies import CookieJar
from runner.transport.interface import SendOptions, Transport


class Watched:
    """A transport that tells of each request before it is sent; redirects are part of it.

    Args:
        sends: is told.
    """

    def __init__(self, inner: Transport, sends: Callable[[Request, SendOptions, CookieJar], None]) -> None:
        self._inner, self._sends = inner, sends

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        self._sends(request, options, jar)
        return self._inner.send(request, options, jar)

    def close(self) -> None:
        self._inner.close()

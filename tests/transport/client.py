"""Sends requests in tests the way the engine does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runner.model.collection import Body, Header, Param, RequestSpec
from runner.model.exchange import Exchange, Response
from runner.parse.url import parse_url
from runner.transport.cookies import CookieJar
from runner.transport.encode import encode_request
from runner.transport.files import FileReader
from runner.transport.interface import SendOptions
from runner.transport.requests_transport import RequestsTransport, TransportSettings

Pairs = tuple[tuple[str, str], ...]


class Client:
    """A transport with its cookie jar."""

    def __init__(self, transport: RequestsTransport, files: FileReader) -> None:
        self.transport, self.files, self.jar = transport, files, CookieJar()
        self.warnings: tuple[str, ...] = ()

    def send(
        self,
        url: str,
        method: str = "GET",
        *,
        headers: Pairs = (),
        body: Body | None = None,
        behavior: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Exchange:
        spec = RequestSpec(parse_url(url), method, tuple(Header(*pair) for pair in headers), body)
        request, self.warnings = encode_request(spec, self.files, behavior)
        return self.transport.send(request, SendOptions(**options), self.jar)

    def get(self, url: str, **rest: Any) -> Response:
        """The response of a request that must succeed."""
        exchange = self.send(url, **rest)
        assert exchange.response is not None, exchange.error
        return exchange.response


@contextmanager
def client(
    working_dir: Path | str = ".", *, environment: Mapping[str, str] | None = None, **settings: Any
) -> Iterator[Client]:
    files = FileReader(working_dir)
    transport = RequestsTransport(TransportSettings(files=files, environment=environment or {}, **settings))
    try:
        yield Client(transport, files)
    finally:
        transport.close()


def raw(text: str, language: str | None = None) -> Body:
    return Body("raw", raw=text, options={"raw": {"language": language}} if language else {})


def urlencoded(*pairs: tuple[str | None, Any]) -> Body:
    return Body("urlencoded", urlencoded=tuple(Param(*pair) for pair in pairs))

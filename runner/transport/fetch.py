"""Getting input files (collections, environments, data) by URL, with the run's own transport."""

from __future__ import annotations

from collections.abc import Mapping

from runner.model.collection import Header, RequestSpec
from runner.model.exchange import Request
from runner.parse.remote import Get, Reply
from runner.parse.url import parse_url
from runner.transport.cookies import CookieJar
from runner.transport.interface import SendOptions, Transport

_TIMEOUT = 60_000  # ms without progress


def fetcher(transport: Transport, *, strict_ssl: bool = True) -> Get:
    """A function that sends a GET over ``transport``, by its proxies and certificates."""

    def get(url: str, headers: Mapping[str, str]) -> Reply:
        rows = (
            *(Header(key, value) for key, value in headers.items()),
            Header("Accept-Encoding", "gzip, deflate, br", system=True),
            Header("Connection", "keep-alive", system=True),
        )
        request = Request("GET", url, rows, None, RequestSpec(parse_url(url), headers=rows))
        options = SendOptions(
            timeout=_TIMEOUT,
            strict_ssl=strict_ssl,
            # a key must not travel on to where the server points
            follow_redirects="X-Api-Key" not in headers,
        )
        exchange = transport.send(request, options, CookieJar())
        if exchange.response is None:
            raise OSError(exchange.error.message if exchange.error else "no answer")
        return Reply(exchange.response.code, exchange.response.body)

    return get

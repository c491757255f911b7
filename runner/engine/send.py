"""Sending one prepared request, and again if the server's challenge wants it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from runner.auth import challenge
from runner.engine.prepare import Prepared, send_options
from runner.engine.session import Session
from runner.model.collection import RequestSpec
from runner.model.exchange import Exchange, NetworkError
from runner.model.records import replace
from runner.transport.encode import encode_request


def send(prepared: Prepared, session: Session, origin: str) -> Iterator[tuple[Exchange, tuple[str, ...]]]:
    """Yields each exchange with the warnings that come with it; the last one is the answer.

    Args:
        origin: ``item`` or ``script``; the earlier exchanges of an auth dance have ``auth``.
    """
    request = prepared.request
    options = send_options(session, prepared.behavior, request.spec, origin, prepared.item)
    if prepared.error is not None:
        yield Exchange(str(uuid.uuid4()), request, None, NetworkError(prepared.error), origin=origin), ()
        return
    attempt = 0
    while True:
        exchange = session.transport.send(request, options, session.jar)
        replay = None
        if exchange.response is not None and prepared.auth is not None:
            replay = challenge(request.spec, prepared.auth, exchange.response, prepared.context, attempt)
        if replay is None or replay.spec is None:
            if replay is not None and replay.error is not None:
                exchange = replace(exchange, response=None, error=NetworkError(replay.error))
            yield exchange, replay.warnings if replay else ()
            return
        yield replace(exchange, origin="auth"), replay.warnings
        attempt += 1
        again = _with_sent_cookies(replay.spec, exchange)
        request, _ = encode_request(again, session.files, prepared.behavior)


def _with_sent_cookies(spec: RequestSpec, sent: Exchange) -> RequestSpec:
    """A replay starts from the request as it was sent: its Cookie header stays, and the jar's cookies
    are added to it once more, as Newman does."""
    if any(header.key.lower() == "cookie" for header in spec.headers):
        return spec
    cookies = tuple(h for h in sent.request.headers if h.system and h.key == "Cookie")
    return replace(spec, headers=(*spec.headers, *cookies))

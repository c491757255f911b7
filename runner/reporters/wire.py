"""Facts about requests and responses that several reports show, computed as Newman computes them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.engine.tally import received_bytes, response_time
from runner.model.collection import Header
from runner.model.exchange import Exchange, Request, Response

__all__ = ["content_kind", "first_request", "head_size", "request_size", "response_size", "response_time"]

_TEXT_FORMATS = re.compile(r"jsonp|json|xml|html|yaml|vml|webml|script")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def first_request(exchange: Exchange) -> Request:
    """The request that was made, before any redirect: it is the one that Newman reports."""
    return exchange.redirects[0].request if exchange.redirects else exchange.request


def head_size(start: str, headers: Sequence[Header]) -> int:
    """Bytes of a head as HTTP/1.1 text. ``start``: its first line."""
    return len(start) + 4 + sum(len(h.key) + len(h.value) + 4 for h in headers)


def response_size(exchange: Exchange, response: Response) -> int:
    """Bytes of head and body; the head is counted as HTTP/1.1 text (postman-collection, response.js)."""
    return head_size(f"HTTP/X.X {response.code} {response.reason}", response.headers) + received_bytes(exchange)


def request_size(request: Request) -> int:
    """Bytes of head and body of a request."""
    _, _, rest = request.url.partition("://")
    target = "/" + rest.partition("/")[2]
    return head_size(f"{request.method} {target} HTTP/X.X", request.headers) + len(request.body or b"")


def content_kind(content_type: str | None) -> tuple[str, str, str, str]:
    """Media type, family (``text``, ``image``, ...), format (``json``, ...) and charset of a body."""
    source = (content_type or "text/plain").partition(";")[0].strip().lower()
    found = _CHARSET.search(content_type or "")
    charset = found.group(1).lower() if found else "utf8"
    charset = "utf8" if charset == "utf-8" else charset
    base = source.partition("/")[0]
    family = next((name for name in ("audio", "video", "image", "text") if name in base), None)
    text = _TEXT_FORMATS.search(source)
    if family == "text" or (family is None and text):
        return source, "text", text.group() if text else "plain", charset
    if family:
        return source, family, family, charset
    if source == "application/pdf":
        return source, "embed", "pdf", charset
    if source == "application/x-www-form-urlencoded":
        return source, "text", "plain", charset
    known = next((name for name in ("application", "message", "multipart") if name in base), "unknown")
    return source, known, "raw", charset

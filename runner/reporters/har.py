"""An HTTP archive (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/) that browsers and proxies read: every
exchange with its redirects, cookies, timings and bodies, also those of scripts and auth types.

Whose request an entry is stands in ``comment`` and, for programs, in members that begin with ``_``. Bodies that are
no UTF-8 are base64. A request without an answer has the status 0 and ``_error``.
"""

from __future__ import annotations

import codecs
import json
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from runner import __version__
from runner.engine import events as ev
from runner.model.collection import Header
from runner.model.exchange import Content, Exchange, Request, Response, Timings
from runner.reporters.cases import Finished
from runner.reporters.document import Document
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.options import text
from runner.reporters.watch import Watch, one_line
from runner.reporters.wire import head_size
from runner.transport.cookie_text import parse_set_cookie

#: Bytes of a body that are read at a time; whole groups of three, so that their base64 can be put together.
_PIECE = 3 * 64 * 1024


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return HarReport(text(options, "export"), Watch(options))


class HarReport:
    """See the module. One instance reports one run."""

    def __init__(self, export: str | None, watch: Watch) -> None:
        self._document = Document(export, "newman-run-report.har", "har")
        self._watch = watch
        self._entries = 0

    def handle(self, event: ev.Event) -> None:
        if isinstance(event, ev.RunStarted):
            self._document.open()
        finished = self._watch.new(event)
        if finished is not None:
            for exchange in finished.result.exchanges:
                for one in (*exchange.redirects, exchange) if exchange.origin != "redirect" else ():
                    self._add(one, finished)

    def close(self) -> None:
        collection = self._watch.collection
        made = {"name": "htrun", "version": __version__}
        comment = json.dumps(one_line(collection.name if collection else ""))
        self._document.close(
            f'{{\n  "log": {{\n    "version": "1.2",\n    "creator": {json.dumps(made)},\n    "comment": {comment},\n'
            '    "entries": [\n',
            "\n    ]\n  }\n}\n",
        )

    def _add(self, exchange: Exchange, finished: Finished) -> None:
        if self._entries:
            self._document.write(",\n")
        self._entries += 1
        for piece in _written(_entry(exchange, finished), exchange.response):
            self._document.write(piece)


def _written(entry: dict[str, Any], response: Response | None) -> Iterator[str]:
    """The JSON of an entry, its body in pieces."""
    if response is None or not response.content:
        yield json.dumps(entry)
        return
    is_text = _is_text(response.content)
    hole = f"htrun-{os.urandom(16).hex()}"
    entry["response"]["content"] |= {"text": hole} if is_text else {"text": hole, "encoding": "base64"}
    before, _, after = json.dumps(entry).partition(hole)
    yield before
    yield from _text(response.content) if is_text else _base64(response.content)
    yield after


def _entry(exchange: Exchange, finished: Finished) -> dict[str, Any]:
    response = exchange.response
    started = datetime.fromtimestamp(exchange.timings.started, timezone.utc).isoformat(timespec="milliseconds")
    return {
        "startedDateTime": started.replace("+00:00", "Z"),
        "time": round(exchange.timings.total, 3),
        "request": _request(exchange.request),
        "response": _response(response) if response is not None else _NO_RESPONSE,
        "cache": {},
        "timings": _timings(exchange.timings),
        **({"serverIPAddress": exchange.address.rpartition(":")[0].strip("[]")} if exchange.address else {}),
        "comment": one_line(finished.name),
        "_origin": exchange.origin,
        **_item(finished),
        **({"_error": exchange.error.message} if exchange.error is not None else {}),
    }


def _item(finished: Finished) -> dict[str, Any]:
    result = finished.result
    members: dict[str, Any] = {"_item": result.item.id, "_iteration": result.cursor.iteration + 1}
    if result.attempts > 1:
        members["_attempt"] = result.attempts
    if finished.parent is not None:
        members["_parent"] = finished.parent.item.id
    return members


_NO_RESPONSE: dict[str, Any] = {
    "status": 0,
    "statusText": "",
    "httpVersion": "",
    "cookies": [],
    "headers": [],
    "content": {"size": 0, "mimeType": "x-unknown"},
    "redirectURL": "",
    "headersSize": -1,
    "bodySize": -1,
}


def _request(request: Request) -> dict[str, Any]:
    parts = urlsplit(request.url)
    body = request.body
    members: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": list(_sent_cookies(request.headers)),
        "headers": _headers(request.headers),
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(parts.query, True)],
        "headersSize": head_size(f"{request.method} {parts.path or '/'} HTTP/1.1", request.headers),
        "bodySize": len(body or b""),
    }
    if body:
        kind = next((h.value for h in request.headers if h.key.lower() == "content-type"), "application/octet-stream")
        members["postData"] = {"mimeType": kind, **_post_text(body)}
    return members


def _post_text(body: bytes) -> dict[str, str]:
    """HAR has no encoding for what is sent; ``encoding`` is what it has for what is received."""
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": b64encode(body).decode("ascii"), "encoding": "base64"}


def _response(response: Response) -> dict[str, Any]:
    size = len(response.content)
    saved = size - response.downloaded
    return {
        "status": response.code,
        "statusText": response.reason,
        "httpVersion": f"HTTP/{response.http_version}",
        "cookies": list(_set_cookies(response.headers)),
        "headers": _headers(response.headers),
        "content": {
            "size": size,
            "mimeType": response.header("content-type") or "",
            **({"compression": saved} if response.downloaded and saved > 0 else {}),
        },
        "redirectURL": response.header("location") or "",
        "headersSize": response.header_size or -1,
        "bodySize": response.downloaded or (0 if not size else -1),
    }


def _timings(timings: Timings) -> dict[str, float]:
    """The phases, which add up to the whole; -1 for what did not happen. A connection's time includes that of TLS."""
    dns, tls = timings.dns, timings.tls
    connect = None if timings.connect is None and tls is None else (timings.connect or 0.0) + (tls or 0.0)
    wait, receive = timings.first_byte or 0.0, timings.download or 0.0
    rest = max(0.0, timings.total - sum(phase for phase in (dns, connect, wait, receive) if phase))
    phases = {
        "blocked": rest,
        "dns": dns,
        "connect": connect,
        "ssl": tls,
        "send": 0.0,
        "wait": wait,
        "receive": receive,
    }
    return {name: -1 if value is None else round(value, 3) for name, value in phases.items()}


def _headers(headers: Iterable[Header]) -> list[dict[str, str]]:
    return [{"name": header.key, "value": header.value} for header in headers]


def _sent_cookies(headers: Sequence[Header]) -> Iterator[dict[str, str]]:
    for header in headers:
        if header.key.lower() == "cookie":
            for pair in header.value.split(";"):
                name, _, value = pair.strip().partition("=")
                yield {"name": name, "value": value}


def _set_cookies(headers: Sequence[Header]) -> Iterator[dict[str, Any]]:
    for header in headers:
        cookie = parse_set_cookie(header.value) if header.key.lower() == "set-cookie" else None
        if cookie is None:
            continue
        members: dict[str, Any] = {"name": cookie.key, "value": cookie.value}
        if cookie.path:
            members["path"] = cookie.path
        if cookie.domain:
            members["domain"] = cookie.domain
        if cookie.expires is not None and 0 <= cookie.expires < 253_402_300_800_000:  # the year 10000
            moment = datetime.fromtimestamp(cookie.expires / 1000, timezone.utc)
            members["expires"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield {**members, "httpOnly": cookie.http_only, "secure": cookie.secure}


def _pieces(content: Content) -> Iterator[bytes]:
    for at in range(0, len(content), _PIECE):
        yield content[at : at + _PIECE]


def _is_text(content: Content) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in _pieces(content):
            decoder.decode(piece)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _text(content: Content) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for piece in _pieces(content):
        yield json.dumps(decoder.decode(piece))[1:-1]


def _base64(content: Content) -> Iterator[str]:
    for piece in _pieces(content):
        yield b64encode(piece).decode("ascii")

"""HTTP/1.1 responses off a stream.

The standard library's reader is not used because a runner has to show what was on the wire: headers as they came
(case, order, duplicates, any number up to the size limit), sizes, interim responses skipped, and Node's errors
(npm llhttp) for what is no proper HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from runner.model.collection import Header
from runner.model.exchange import Content
from runner.model.records import dataclass
from runner.transport.errors import TransportError, fail
from runner.transport.head import (
    LARGEST,
    MAX_HEAD,
    NAME,
    asks_to_keep,
    bad_header,
    content_length,
    grouped,
    kept_for,
    no_http,
    overflow,
    parse_head,
)
from runner.transport.spool import Collector

#: bytes of a line with the size of a chunk; Node's limit for the extensions that may stand in it
MAX_CHUNK_LINE = 16 * 1024

_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)(?:;[^\r\n]*)?\Z")
_LENIENT_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\r\n]*)?\Z")


class Stream(Protocol):
    """The receiving half of a connection. ``receive`` returns b"" at the end."""

    def receive(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response as it came, before any decoding."""

    version: str
    code: int
    reason: str
    headers: tuple[Header, ...]
    body: Content
    head_size: int  #: bytes
    keep_alive: bool
    idle_limit: float | None = None  #: seconds that the server keeps an idle connection, if it says so

    def values(self, name: str) -> list[str]:
        """All values of the header ``name`` (lower case)."""
        return [header.value for header in self.headers if header.key.lower() == name]

    def value(self, name: str) -> str | None:
        values = self.values(name)
        return ", ".join(values) if values else None


def read_response(
    stream: Stream,
    method: str,
    on_first_byte: Callable[[], None] = lambda: None,
    *,
    lenient: bool = False,
    largest: int | None = None,
) -> RawResponse:
    """Reads one response to a request with ``method``.

    Args:
        lenient: accept what Node's ``insecureHTTPParser`` does.
        largest: bytes of the body that are accepted; None: any number.

    Raises:
        TransportError: the peer closed early, speaks no HTTP, or sends too much.
    """
    reader = _Reader(stream, lenient, largest)
    reader.fill_first()
    on_first_byte()
    while True:
        head = reader.head()
        version, code, reason, headers = parse_head(head, lenient)
        if not 100 <= code < 200 or code == 101:
            break
    found: dict[str, list[str]] = {}
    for key, value in headers:
        found.setdefault(key.lower(), []).append(value)
    keep_alive = asks_to_keep(version, found)
    chunked = "chunked" in ", ".join(found.get("transfer-encoding", ())).lower()
    length = content_length(found, lenient)
    if chunked and length is not None and not lenient:
        raise fail("Parse Error: Content-Length can't be present with Transfer-Encoding", "HPE_INVALID_CONTENT_LENGTH")
    if code == 101 or (method == "CONNECT" and code == 200):  # what follows is another protocol
        return RawResponse(version, code, reason, grouped(headers), b"", len(head), False)
    body: Content = b""
    if method == "HEAD" or code in (204, 304):
        pass
    elif chunked:
        body = reader.chunks()
    elif length is not None:
        body = reader.exactly(length)
    else:
        body = reader.rest()
        keep_alive = False
    if reader.left and not lenient:
        reader.refuse_rest(keep_alive)
        keep_alive = False
    idle_limit = kept_for(found) if keep_alive else None
    return RawResponse(version, code, reason, grouped(headers), body, len(head), keep_alive, idle_limit)


class _Reader:
    """A buffer over a stream."""

    __slots__ = ("_at", "_buffer", "_largest", "_lenient", "_stream")

    def __init__(self, stream: Stream, lenient: bool, largest: int | None) -> None:
        self._stream, self._lenient, self._largest = stream, lenient, largest
        self._buffer = b""
        self._at = 0  # where in the buffer the next byte is

    @property
    def left(self) -> bool:
        return self._at < len(self._buffer)

    def fill_first(self) -> None:
        self._more("socket hang up")

    def _more(self, cut: str = "aborted") -> None:
        data = self._stream.receive()
        if not data:
            raise fail(cut, "ECONNRESET")
        self._buffer = self._buffer[self._at :] + data if self.left else data
        self._at = 0

    def refuse_rest(self, keep_alive: bool) -> None:
        """More came than the response says. A second response is left alone, as it is by Node."""
        if not keep_alive:
            raise fail("Parse Error: Data after `Connection: close`", "HPE_CLOSED_CONNECTION")
        rest = self._buffer[self._at :].lstrip(b"\r\n")
        if not rest.startswith(b"HTTP/"[: len(rest)]):
            raise no_http()

    def head(self) -> bytes:
        """Everything up to the empty line, with it."""
        searched = 0
        while True:
            if not searched:  # empty lines before a response are passed over, as by Node
                self._buffer, self._at = self._buffer[self._at :].lstrip(b"\r\n"), 0
            end = self._buffer.find(b"\r\n\r\n", max(0, searched - 3)) + 4
            if end < 4:
                match = _HEAD_END.search(self._buffer, max(0, searched - 3))
                end = match.end() if match else 0
            if end:
                self._at = end
                return self._buffer[:end]
            if not b"HTTP/".startswith(self._buffer[:5]):
                raise no_http()
            searched = len(self._buffer)
            if searched > MAX_HEAD:
                raise overflow()
            self._more("socket hang up")

    def exactly(self, size: int) -> Content:
        end = self._at + size
        if len(self._buffer) >= end and (self._largest is None or size <= self._largest):
            data = self._buffer[self._at : end]
            self._at = end
            return data
        body = Collector(self._largest)
        self._move(size, body)
        return body.content()

    def _move(self, size: int, body: Collector) -> None:
        """Adds the next ``size`` bytes to a body. Nothing is allocated for what a server has only announced."""
        body.expect(size)
        end = self._at + size
        if len(self._buffer) >= end:  # one of many chunks
            body.add(self._buffer[self._at : end])
            self._at = end
            return
        data = self._buffer[self._at :]
        self._buffer, self._at = b"", 0
        while len(data) < size:
            body.add(data)
            size -= len(data)
            data = self._stream.receive()
            if not data:
                raise fail("aborted", "ECONNRESET")
        body.add(data[:size])
        self._buffer, self._at = data, size

    def rest(self) -> Content:
        body = Collector(self._largest)
        body.add(self._buffer[self._at :])
        self._buffer, self._at = b"", 0
        while data := self._stream.receive():
            body.add(data)
        return body.content()

    def _line(self, after: str, too_long: TransportError, limit: int = MAX_CHUNK_LINE) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", self._at + searched)) < 0:
            searched = len(self._buffer) - self._at
            if searched > limit:
                raise too_long
            self._more()
        line = self._buffer[self._at : end]
        self._at = end + 1
        if not self._lenient and not line.endswith(b"\r"):
            raise fail(f"Parse Error: Missing expected CR after {after}", "HPE_CR_EXPECTED")
        return line.removesuffix(b"\r")

    def chunks(self) -> Content:
        body = Collector(self._largest)
        form = _LENIENT_CHUNK_SIZE if self._lenient else _CHUNK_SIZE
        extensions = fail("Parse Error: Chunk extensions overflow", "HPE_CHUNK_EXTENSIONS_OVERFLOW")
        while True:
            match = form.match(self._line("chunk size", extensions))
            if not match:
                raise fail("Parse Error: Invalid character in chunk size", "HPE_INVALID_CHUNK_SIZE")
            size = int(match[1], 16)
            if size > LARGEST:
                raise fail("Parse Error: Chunk size overflow", "HPE_INVALID_CHUNK_SIZE")
            if not size:
                break
            self._move(size, body)
            if self._next(2) != b"\r\n":
                raise fail("Parse Error: Expected LF after chunk data", "HPE_STRICT")
            self._at += 2
        self._trailers()
        return body.content()

    def _next(self, size: int) -> bytes:
        """The next bytes, which stay where they are."""
        while len(self._buffer) - self._at < size:
            self._more()
        return self._buffer[self._at : self._at + size]

    def _trailers(self) -> None:
        """Headers after the body: nobody asks for them, but they have to be some."""
        left = MAX_HEAD
        while line := self._line("header value", overflow(), left):
            left -= len(line)
            if left < 0:
                raise overflow()
            name, colon, _ = line.partition(b":")
            if not colon or not NAME.match(name):
                raise bad_header()

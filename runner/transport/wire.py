"""HTTP/1.1 on a stream: the request's bytes out, the response's bytes in.

The standard library's reader is not used because a runner has to show what was on the wire: headers as they came
(case, order, duplicates, any number up to Newman's size limit), sizes, interim responses skipped, and Node's errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.model.collection import Header
from runner.transport.errors import TransportError, fail

#: bytes of a response head; the limit of the current postman-runtime
MAX_HEAD = 128 * 1024

_STATUS_LINE = re.compile(rb"HTTP/([0-9]\.[0-9]) ([0-9]{3})(?: ([^\r\n]*))?\Z")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\r\n]*)?\Z")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_BAD_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_BAD_TARGET = re.compile(r"[^\x21-\xff]")


def no_http() -> TransportError:
    return fail("Parse Error: Expected HTTP/, RTSP/ or ICE/", "HPE_INVALID_CONSTANT")


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
    body: bytes
    body_size: int  #: bytes of the body on the wire, chunk framing not counted
    head_size: int  #: bytes
    keep_alive: bool
    idle_limit: float | None  #: seconds that the server keeps an idle connection, if it says so

    def values(self, name: str) -> list[str]:
        """All values of the header ``name`` (lower case)."""
        return [header.value for header in self.headers if header.key.lower() == name]

    def value(self, name: str) -> str | None:
        values = self.values(name)
        return ", ".join(values) if values else None


def check_request(method: str, target: str, headers: Iterable[Header]) -> None:
    """Refuses what Node refuses to send, with its messages.

    Raises:
        TransportError: a character that must not go over the wire.
    """
    if not _TOKEN.match(method):
        raise fail(f'Method must be a valid HTTP token ["{method}"]', "ERR_INVALID_HTTP_TOKEN")
    if _BAD_TARGET.search(target):
        raise fail("Request path contains unescaped characters", "ERR_UNESCAPED_CHARACTERS")
    for header in headers:
        if not _TOKEN.match(header.key):
            raise fail(f'Header name must be a valid HTTP token ["{header.key}"]', "ERR_INVALID_HTTP_TOKEN")
        if _BAD_VALUE.search(header.value):
            raise fail(f'Invalid character in header content ["{header.key}"]', "ERR_INVALID_CHAR")


def request_bytes(method: str, target: str, headers: Sequence[Header], body: bytes | None, text_body: bool) -> bytes:
    """The whole request. Node writes the head in the encoding of the first piece of the body, so that non-ASCII
    header values go out as UTF-8 before a text body, and as Latin-1 otherwise."""
    lines = [f"{method} {target} HTTP/1.1\r\n"]
    chunked = False
    for header in headers:
        lines.append(f"{header.key}: {header.value}\r\n")
        if header.key.lower() == "transfer-encoding" and "chunked" in header.value.lower():
            chunked = True
    lines.append("\r\n")
    head = "".join(lines).encode("utf-8" if text_body and body else "latin-1")
    if chunked:
        return head + (b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n")
    return head + body if body else head


def read_response(stream: Stream, method: str, on_first_byte: Callable[[], None]) -> RawResponse:
    """Reads one response.

    Raises:
        TransportError: the peer closed early or speaks no HTTP.
    """
    reader = _Reader(stream)
    reader.fill_first()
    on_first_byte()
    while True:
        head = reader.head()
        version, code, reason, headers = _parse_head(head)
        if code >= 200 or code == 101:
            break
    found: dict[str, list[str]] = {}
    for key, value in headers:
        found.setdefault(key.lower(), []).append(value)
    keep_alive = _keep_alive(version, found)
    chunked = "chunked" in ", ".join(found.get("transfer-encoding", ())).lower()
    length = _content_length(found)
    if chunked and length is not None:
        raise fail("Parse Error: Content-Length can't be present with Transfer-Encoding", "HPE_INVALID_CONTENT_LENGTH")
    if method == "HEAD" or code in (204, 304) or (method == "CONNECT" and code == 200):
        body = b""
    elif chunked:
        body = reader.chunks()
    elif length is not None:
        body = reader.exactly(length)
    else:
        body = reader.rest()
        keep_alive = False
    if reader.left or code == 101:
        keep_alive = False
    return RawResponse(
        version, code, reason, _grouped(headers), body, len(body), len(head), keep_alive, _idle_limit(found)
    )


class _Reader:
    """A buffer over a stream."""

    __slots__ = ("_buffer", "_stream")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = b""

    @property
    def left(self) -> bool:
        return bool(self._buffer)

    def fill_first(self) -> None:
        self._buffer = self._stream.receive()
        if not self._buffer:
            raise fail("socket hang up", "ECONNRESET")

    def _more(self) -> None:
        data = self._stream.receive()
        if not data:
            raise fail("aborted", "ECONNRESET")
        self._buffer += data

    def head(self) -> bytes:
        """Everything up to the empty line, with it."""
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            size = end + 4
            if end < 0 and (match := re.search(rb"\n\r?\n", self._buffer)):
                size = match.end()
                end = match.start()
            if end >= 0:
                head, self._buffer = self._buffer[:size], self._buffer[size:]
                return head
            if not b"HTTP/".startswith(self._buffer[:5]):
                raise no_http()
            if len(self._buffer) > MAX_HEAD:
                raise fail("Parse Error: Header overflow", "HPE_HEADER_OVERFLOW")
            data = self._stream.receive()
            if not data:
                raise fail("socket hang up", "ECONNRESET")
            self._buffer += data

    def exactly(self, size: int) -> bytes:
        if len(self._buffer) >= size:
            data, self._buffer = self._buffer[:size], self._buffer[size:]
            return data
        pieces, have = [self._buffer], len(self._buffer)
        while have < size:
            data = self._stream.receive()
            if not data:
                raise fail("aborted", "ECONNRESET")
            pieces.append(data)
            have += len(data)
        data = b"".join(pieces)
        self._buffer = data[size:]
        return data[:size] if self._buffer else data

    def rest(self) -> bytes:
        pieces = [self._buffer]
        self._buffer = b""
        while data := self._stream.receive():
            pieces.append(data)
        return b"".join(pieces)

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_HEAD:
                raise fail("Parse Error: Header overflow", "HPE_HEADER_OVERFLOW")
            self._more()
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line.removesuffix(b"\r")

    def chunks(self) -> bytes:
        pieces = []
        while True:
            match = _CHUNK_SIZE.match(self._line())
            if not match:
                raise fail("Parse Error: Invalid character in chunk size", "HPE_INVALID_CHUNK_SIZE")
            size = int(match[1], 16)
            if not size:
                break
            pieces.append(self.exactly(size))
            if self._line():
                raise fail("Parse Error: Expected LF after chunk data", "HPE_STRICT")
        while self._line():  # trailers
            pass
        return b"".join(pieces)


def _parse_head(head: bytes) -> tuple[str, int, str, list[tuple[str, str]]]:
    lines = head.split(b"\n")
    match = _STATUS_LINE.match(lines[0].removesuffix(b"\r"))
    if not match:
        raise no_http()
    if len(head) > MAX_HEAD:
        raise fail("Parse Error: Header overflow", "HPE_HEADER_OVERFLOW")
    headers: list[tuple[str, str]] = []
    for raw in lines[1:]:
        line = raw.removesuffix(b"\r")
        if not line:
            continue
        if line[0] in b" \t" and headers:  # a folded line
            key, value = headers[-1]
            headers[-1] = (key, f"{value} {line.strip().decode('latin-1')}")
            continue
        name, colon, content = line.partition(b":")
        if not colon or not _TOKEN.match(key := name.decode("latin-1")):
            raise fail("Parse Error: Invalid header token", "HPE_INVALID_HEADER_TOKEN")
        headers.append((key, content.strip(b" \t").decode("latin-1")))
    reason = (match[3] or b"").decode("utf-8", "replace")
    return match[1].decode(), int(match[2]), reason, headers


def _grouped(headers: list[tuple[str, str]]) -> tuple[Header, ...]:
    """Headers of one name, spelled the same, stand together at the first of them, as in Newman."""
    names: dict[str, list[str]] = {}
    for key, value in headers:
        names.setdefault(key, []).append(value)
    return tuple(Header(key, value) for key, values in names.items() for value in values)


def _content_length(found: dict[str, list[str]]) -> int | None:
    values = set(found.get("content-length", ()))
    if not values:
        return None
    value = values.pop()
    if values or not value.isdigit() or not value.isascii():
        raise fail("Parse Error: Invalid character in Content-Length", "HPE_INVALID_CONTENT_LENGTH")
    return int(value)


def _keep_alive(version: str, found: dict[str, list[str]]) -> bool:
    options = ",".join(found.get("connection", ())).lower()
    if "close" in options:
        return False
    return version == "1.1" or "keep-alive" in options


def _idle_limit(found: dict[str, list[str]]) -> float | None:
    match = re.search(r"timeout=(\d+)", ",".join(found.get("keep-alive", ())))
    return float(match[1]) if match else None

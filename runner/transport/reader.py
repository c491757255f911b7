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
from runner.transport.json_text import object_order
from runner.transport.spool import Collector

#: bytes of a response head; the limit of the current postman-runtime
MAX_HEAD = 128 * 1024

_VERSIONS = (b"0.9", b"1.0", b"1.1", b"2.0")
_STATUS_LINE = re.compile(rb"HTTP/([0-9]\.[0-9]) ([0-9]{3})(?: ([^\r\n]*))?\Z")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\r\n]*)?\Z")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_HEAD_END = re.compile(rb"\n\r?\n")
#: What a strict reader objects to: bare line ends, folded lines, control characters.
_IRREGULAR = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[ \t]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


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
    stream: Stream, method: str, on_first_byte: Callable[[], None] = lambda: None, *, lenient: bool = False
) -> RawResponse:
    """Reads one response to a request with ``method``.

    Args:
        lenient: accept what Node's ``insecureHTTPParser`` does.

    Raises:
        TransportError: the peer closed early or speaks no HTTP.
    """
    reader = _Reader(stream)
    reader.fill_first()
    on_first_byte()
    while True:
        head = reader.head()
        version, code, reason, headers = _parse_head(head, lenient)
        if not 100 <= code < 200 or code == 101:
            break
    found: dict[str, list[str]] = {}
    for key, value in headers:
        found.setdefault(key.lower(), []).append(value)
    keep_alive = _keep_alive(version, found)
    chunked = "chunked" in ", ".join(found.get("transfer-encoding", ())).lower()
    length = _content_length(found, lenient)
    if chunked and length is not None and not lenient:
        raise fail("Parse Error: Content-Length can't be present with Transfer-Encoding", "HPE_INVALID_CONTENT_LENGTH")
    if code == 101 or (method == "CONNECT" and code == 200):  # what follows is another protocol
        return RawResponse(version, code, reason, _grouped(headers), b"", len(head), False)
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
    idle_limit = _idle_limit(found) if keep_alive else None
    return RawResponse(version, code, reason, _grouped(headers), body, len(head), keep_alive, idle_limit)


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

    def refuse_rest(self, keep_alive: bool) -> None:
        """More came than the response says. A second response is left alone, as it is by Node."""
        if not keep_alive:
            raise fail("Parse Error: Data after `Connection: close`", "HPE_CLOSED_CONNECTION")
        if not self._buffer.lstrip(b"\r\n").startswith(b"HTTP/"[: len(self._buffer)]):
            raise _no_http()

    def head(self) -> bytes:
        """Everything up to the empty line, with it."""
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")  # empty lines before a response are passed over, as by Node
            end = self._buffer.find(b"\r\n\r\n") + 4
            if end < 4:
                match = _HEAD_END.search(self._buffer)
                end = match.end() if match else 0
            if end:
                head, self._buffer = self._buffer[:end], self._buffer[end:]
                return head
            if not b"HTTP/".startswith(self._buffer[:5]):
                raise _no_http()
            if len(self._buffer) > MAX_HEAD:
                raise _overflow()
            data = self._stream.receive()
            if not data:
                raise fail("socket hang up", "ECONNRESET")
            self._buffer += data

    def exactly(self, size: int) -> Content:
        if len(self._buffer) >= size:
            data, self._buffer = self._buffer[:size], self._buffer[size:]
            return data
        body = Collector()
        self._move(size, body)
        return body.content()

    def _move(self, size: int, body: Collector) -> None:
        """Adds the next ``size`` bytes to a body. Nothing is allocated for what a server has only announced."""
        data = self._buffer
        while len(data) < size:
            body.add(data)
            size -= len(data)
            data = self._stream.receive()
            if not data:
                raise fail("aborted", "ECONNRESET")
        body.add(data[:size])
        self._buffer = data[size:]

    def rest(self) -> Content:
        body = Collector()
        body.add(self._buffer)
        self._buffer = b""
        while data := self._stream.receive():
            body.add(data)
        return body.content()

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_HEAD:
                raise _overflow()
            self._more()
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line.removesuffix(b"\r")

    def chunks(self) -> Content:
        body = Collector()
        while True:
            match = _CHUNK_SIZE.match(self._line())
            if not match:
                raise fail("Parse Error: Invalid character in chunk size", "HPE_INVALID_CHUNK_SIZE")
            size = int(match[1], 16)
            if not size:
                break
            self._move(size, body)
            if self._line():
                raise fail("Parse Error: Expected LF after chunk data", "HPE_STRICT")
        while self._line():  # trailers
            pass
        return body.content()


def _no_http() -> TransportError:
    return fail("Parse Error: Expected HTTP/, RTSP/ or ICE/", "HPE_INVALID_CONSTANT")


def _overflow() -> TransportError:
    return fail("Parse Error: Header overflow", "HPE_HEADER_OVERFLOW")


def _parse_head(head: bytes, lenient: bool) -> tuple[str, int, str, list[tuple[str, str]]]:
    lines = head.split(b"\n")
    match = _STATUS_LINE.match(lines[0].removesuffix(b"\r"))
    if not match:
        raise _no_http()
    if match[1] not in _VERSIONS:
        raise fail("Parse Error: Invalid HTTP version", "HPE_INVALID_VERSION")
    if len(head) > MAX_HEAD:
        raise _overflow()
    if not lenient and (irregular := _IRREGULAR.search(head)):
        raise _irregular_error(irregular, len(lines[0]))
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
        if not colon or not _NAME.match(name):
            raise fail("Parse Error: Invalid header token", "HPE_INVALID_HEADER_TOKEN")
        headers.append((name.decode("ascii"), content.strip(b" \t").decode("latin-1")))
    code = int(match[2])
    reason = match[3].decode("utf-8", "replace") if match[3] else _standard_reason(code)
    return match[1].decode(), code, reason, headers


def _irregular_error(match: re.Match[bytes], status_line: int) -> TransportError:
    what = match[0]
    if what == b"\n":
        place = "response line" if match.start() <= status_line else "header value"
        return fail(f"Parse Error: Missing expected CR after {place}", "HPE_CR_EXPECTED")
    if what == b"\r":
        return fail("Parse Error: Missing expected LF after header value", "HPE_LF_EXPECTED")
    if what.startswith(b"\n"):
        return fail("Parse Error: Unexpected whitespace after header value", "HPE_INVALID_HEADER_TOKEN")
    return fail("Parse Error: Invalid header value char", "HPE_INVALID_HEADER_TOKEN")


def _standard_reason(code: int) -> str:
    """The reason of a response that gives none."""
    from http.client import responses

    return responses.get(code, "")


def _grouped(headers: list[tuple[str, str]]) -> tuple[Header, ...]:
    """Headers of one name, spelled the same, stand together at the first of them, as in Newman."""
    names: dict[str, list[str]] = {}
    for key, value in headers:
        names.setdefault(key, []).append(value)
    return tuple(Header(key, value) for key in object_order(names) for value in names[key])


def _content_length(found: dict[str, list[str]], lenient: bool) -> int | None:
    values = found.get("content-length")
    if not values:
        return None
    if len(values) > 1 and not lenient:
        raise fail("Parse Error: Duplicate Content-Length", "HPE_UNEXPECTED_CONTENT_LENGTH")
    if not values[0].isdigit() or not values[0].isascii():
        raise fail("Parse Error: Invalid character in Content-Length", "HPE_INVALID_CONTENT_LENGTH")
    return int(values[0])


def _keep_alive(version: str, found: dict[str, list[str]]) -> bool:
    options = ",".join(found.get("connection", ())).lower()
    if "close" in options:
        return False
    return version == "1.1" or "keep-alive" in options


def _idle_limit(found: dict[str, list[str]]) -> float | None:
    match = re.search(r"timeout=(\d+)", ",".join(found.get("keep-alive", ())))
    return float(match[1]) if match else None

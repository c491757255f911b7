"""The head of an HTTP/1.1 response, with the errors of Node's parser (npm llhttp) for what is none."""

from __future__ import annotations

import re

from runner.model.collection import Header
from runner.transport.errors import TransportError, fail
from runner.transport.json_text import object_order

#: bytes of a response head, or of all trailers; the limit of the current postman-runtime
MAX_HEAD = 128 * 1024
LARGEST = 2**64 - 1  #: number that llhttp can count to

_VERSIONS = (b"0.9", b"1.0", b"1.1", b"2.0")
_STATUS_LINE = re.compile(rb"HTTP/([0-9]\.[0-9]) ([0-9]{3})(?: ([^\r\n]*))?\Z")
_BAD_STATUS = re.compile(rb"HTTP/[0-9]\.[0-9] +([0-9]{3})?")
NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
#: What a strict reader objects to: bare line ends, folded lines, control characters.
_IRREGULAR = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[ \t]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def no_http() -> TransportError:
    return fail("Parse Error: Expected HTTP/, RTSP/ or ICE/", "HPE_INVALID_CONSTANT")


def overflow() -> TransportError:
    return fail("Parse Error: Header overflow", "HPE_HEADER_OVERFLOW")


def bad_header() -> TransportError:
    return fail("Parse Error: Invalid header token", "HPE_INVALID_HEADER_TOKEN")


def _bad_status_line(line: bytes) -> TransportError:
    match = _BAD_STATUS.match(line)
    if not match:
        return no_http()
    what = "response status" if match[1] else "status code"
    return fail(f"Parse Error: Invalid {what}", "HPE_INVALID_STATUS")


def parse_head(head: bytes, lenient: bool) -> tuple[str, int, str, list[tuple[str, str]]]:
    lines = head.split(b"\n")
    match = _STATUS_LINE.match(lines[0].removesuffix(b"\r"))
    if not match:
        raise _bad_status_line(lines[0])
    if match[1] not in _VERSIONS:
        raise fail("Parse Error: Invalid HTTP version", "HPE_INVALID_VERSION")
    if len(head) > MAX_HEAD:
        raise overflow()
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
        if not colon or not NAME.match(name):
            raise bad_header()
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


def grouped(headers: list[tuple[str, str]]) -> tuple[Header, ...]:
    """Headers of one name, spelled the same, stand together at the first of them, as in Newman."""
    names: dict[str, list[str]] = {}
    for key, value in headers:
        names.setdefault(key, []).append(value)
    return tuple(Header(key, value) for key in object_order(names) for value in names[key])


def content_length(found: dict[str, list[str]], lenient: bool) -> int | None:
    values = found.get("content-length")
    if not values:
        return None
    if len(values) > 1 and not lenient:
        raise fail("Parse Error: Duplicate Content-Length", "HPE_UNEXPECTED_CONTENT_LENGTH")
    if not values[0].isdigit() or not values[0].isascii():
        raise fail("Parse Error: Invalid character in Content-Length", "HPE_INVALID_CONTENT_LENGTH")
    digits = values[0].lstrip("0") or "0"
    length = int(digits) if len(digits) <= len(str(LARGEST)) else LARGEST + 1
    if length > LARGEST:
        raise fail("Parse Error: Content-Length overflow", "HPE_INVALID_CONTENT_LENGTH")
    return length


def asks_to_keep(version: str, found: dict[str, list[str]]) -> bool:
    options = ",".join(found.get("connection", ())).lower()
    if "close" in options:
        return False
    return version == "1.1" or "keep-alive" in options


def kept_for(found: dict[str, list[str]]) -> float | None:
    """Seconds that the server keeps an idle connection, if it says so."""
    match = re.search(r"timeout=(\d+)", ",".join(found.get("keep-alive", ())))
    return float(match[1]) if match else None

"""The bytes of an HTTP/1.1 request, as Node writes them, and what Node refuses to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from runner.model.collection import Header
from runner.transport.errors import fail

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_BAD_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_BAD_TARGET = re.compile(r"[^\x21-\xff]")


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

"""The multipart/form-data body, byte for byte as npm ``form-data`` (Postman's fork) writes it, but for line ends in the
head of a part, which would be heads of its own: they are encoded (HTML standard, multipart/form-data encoding)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from urllib.parse import quote

from runner.model.records import dataclass
from runner.transport.media_types import media_type

_BOUNDARY = re.compile(r'^multipart/form-data;.*boundary=(?:"([^"]+)"|([^;]+))')
_BEYOND_LATIN1 = re.compile(r"[^\t\x20-\x7e\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Part:
    """One part. ``path`` is the file that the content came from; ``file_name`` what it shall be called."""

    name: str
    content: bytes
    file_name: str | None = None
    content_type: str | None = None
    path: str | None = None
    is_file: bool = False


def new_boundary() -> str:
    """26 dashes and 24 digits."""
    return "-" * 26 + "".join(random.choices("0123456789", k=24))


def boundary_of(content_type: str) -> str | None:
    """The boundary that a Content-Type header names, or None."""
    match = _BOUNDARY.match(content_type)
    return (match[1] or match[2]) if match else None


def encode_parts(parts: Iterable[Part], boundary: str) -> bytes:
    pieces: list[bytes] = []
    for part in parts:
        pieces += [_head(part, boundary).encode("utf-8", "replace"), part.content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces)


def _head(part: Part, boundary: str) -> str:
    disposition = f'form-data; name="{_one_line(part.name)}"'
    name = part.file_name if part.file_name is not None else part.path
    if name is not None:
        base = _one_line(name.rstrip("/").rpartition("/")[2])
        disposition += f'; filename="{base}"'
        if _BEYOND_LATIN1.search(base):
            disposition += f"; filename*=UTF-8''{_rfc8187(base)}"
    content_type = part.content_type or _guess(part)
    type_line = f"Content-Type: {_one_line(content_type)}\r\n" if content_type else ""
    return f"--{boundary}\r\nContent-Disposition: {disposition}\r\n{type_line}\r\n"


def _one_line(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A")


def _guess(part: Part) -> str | None:
    by_name = (part.path and media_type(part.path)) or (part.file_name and media_type(part.file_name)) or None
    return by_name or ("application/octet-stream" if part.is_file else None)


def _rfc8187(text: str) -> str:
    encoded = quote(text.encode("utf-8", "replace"), safe="!-._~|`^")
    return re.sub("%2[789aA]", lambda match: match[0].lower(), encoded)

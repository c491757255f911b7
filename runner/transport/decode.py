"""Content-Encoding: gzip, deflate (with and without its header) and br, as leniently as Newman reads them."""

from __future__ import annotations

import zlib
from typing import Any

from runner.model.exchange import Content
from runner.transport.errors import fail
from runner.transport.spool import Collector, pieces

#: Bytes that are unpacked at a time: a small body can unpack to a huge one.
_STEP = 256 * 1024


def decode_body(data: Content, encoding: str | None) -> Content:
    """``data`` without its content encoding; an encoding that is not known leaves it alone.

    A body that was cut short gives what is there, except with br.

    Raises:
        TransportError: the data is not what the header says, or there is no room for what is in it.
    """
    encoding = (encoding or "").strip().lower()
    if not data or encoding not in ("gzip", "deflate", "br"):
        return data
    body = Collector()
    try:
        if encoding == "gzip":
            _gunzip(data, body)
        elif encoding == "deflate":
            _inflate(data, body)
        else:
            _unbrotli(data, body)
    except zlib.error as error:
        raise fail(str(error).partition(": ")[2] or str(error), "Z_DATA_ERROR") from None
    return body.content()


def _gunzip(data: Content, body: Collector) -> None:
    """All members of a gzip stream; zeros may follow the last one."""
    member: Any = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for piece in pieces(data):
        while piece:
            if member is None:
                if piece[0] == 0:
                    return
                member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            piece = _unpack(member, piece, body)
            if member.eof:
                member = None
    if member is not None:
        body.add(member.flush())


def _inflate(data: Content, body: Collector) -> None:
    # Some servers send the bare deflate stream; a zlib header has 8 in the low bits of its first byte.
    stream = zlib.decompressobj(zlib.MAX_WBITS if data[:1][0] & 0x0F == 8 else -zlib.MAX_WBITS)
    for piece in pieces(data):
        _unpack(stream, piece, body)
        if stream.eof:
            return
    body.add(stream.flush())


def _unpack(stream: Any, piece: bytes, body: Collector) -> bytes:
    """Unpacks a piece and returns what follows the end of the stream in it."""
    while piece and not stream.eof:
        body.add(stream.decompress(piece, _STEP))
        piece = stream.unconsumed_tail
    rest: bytes = stream.unused_data
    return rest


def _unbrotli(data: Content, body: Collector) -> None:
    import brotli  # type: ignore[import-untyped]

    stream = brotli.Decompressor()
    try:
        for piece in pieces(data):
            body.add(bytes(stream.process(piece)))
    except brotli.error:
        raise fail("Decompression failed", "ERR__ERROR_FORMAT_PADDING_2") from None
    if not stream.is_finished():
        raise fail("unexpected end of file", "Z_BUF_ERROR")

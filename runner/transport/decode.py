"""Content-Encoding: gzip, deflate (with and without its header) and br, as leniently as Newman reads them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from runner.model.exchange import Content
from runner.transport.errors import fail
from runner.transport.spool import Collector, pieces

#: Bytes that are unpacked at a time: a small body can unpack to a huge one.
_STEP = 256 * 1024


def decode_body(data: Content, encoding: str | None, largest: int | None = None) -> Content:
    """``data`` without its content encoding; an encoding that is not known leaves it alone.

    A body that was cut short gives what is there, except with br.

    Args:
        largest: bytes that may come out of it; None: any number.

    Raises:
        TransportError: the data is not what the header says, or there is no room for what is in it, or too much of it.
    """
    encoding = (encoding or "").strip().lower()
    if not data or encoding not in ("gzip", "deflate", "br"):
        return data
    if encoding == "br":
        return _unbrotli(data, largest)
    body = Collector(largest)
    try:
        if encoding == "gzip":
            _gunzip(data, body)
        else:
            _inflate(data, body)
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


def _unbrotli(data: Content, largest: int | None) -> Content:
    import brotli  # type: ignore[import-untyped]

    careful: int | None = None
    while True:
        stream, body = brotli.Decompressor(), Collector(largest)
        try:
            for number, step in _steps(data, careful):  # noqa: B007
                _process(stream, step, body)
                if stream.is_finished():  # what follows is ignored, as by Node
                    return body.content()
        except brotli.error:
            if careful is not None:
                raise fail("Decompression failed", "ERR__ERROR_FORMAT_PADDING_2") from None
            careful = number  # the library does not tell bytes after the end from wrong ones
            continue
        raise fail("unexpected end of file", "Z_BUF_ERROR")


def _steps(data: Content, careful: int | None) -> Iterator[tuple[int, bytes]]:
    """The pieces of a body with their numbers; the one with the number ``careful`` byte by byte."""
    for number, piece in enumerate(pieces(data)):
        if number == careful:
            yield from ((number, piece[at : at + 1]) for at in range(len(piece)))
        else:
            yield number, piece


def _process(stream: Any, data: bytes, body: Collector) -> None:
    if not hasattr(stream, "can_accept_more_data"):  # before brotli 1.2
        body.add(stream.process(data))
        return
    out = stream.process(data, output_buffer_limit=_STEP)
    while out or not stream.can_accept_more_data():
        body.add(out)
        out = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=_STEP)

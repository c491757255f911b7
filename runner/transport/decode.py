"""Content-Encoding: gzip, deflate (with and without its header) and br, as leniently as Newman reads them."""

from __future__ import annotations

import zlib

from runner.transport.errors import fail


def decode_body(data: bytes, encoding: str | None) -> bytes:
    """``data`` without its content encoding; an encoding that is not known leaves it alone.

    A body that was cut short gives what is there, except with br.

    Raises:
        TransportError: the data is not what the header says.
    """
    encoding = (encoding or "").strip().lower()
    if not data or encoding not in ("gzip", "deflate", "br"):
        return data
    try:
        if encoding == "gzip":
            return _gunzip(data)
        if encoding == "deflate":
            # Some servers send the bare deflate stream; a zlib header has 8 in the low bits of its first byte.
            return zlib.decompressobj(zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS).decompress(data)
    except zlib.error as error:
        raise fail(str(error).partition(": ")[2] or str(error), "Z_DATA_ERROR") from None
    import brotli  # type: ignore[import-untyped]

    stream = brotli.Decompressor()
    try:
        decoded = bytes(stream.process(data))
    except brotli.error:
        raise fail("Decompression failed", "ERR__ERROR_FORMAT_PADDING_2") from None
    if not stream.is_finished():
        raise fail("unexpected end of file", "Z_BUF_ERROR")
    return decoded


def _gunzip(data: bytes) -> bytes:
    """All members of a gzip stream; zeros may follow the last one."""
    pieces = []
    while True:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        pieces.append(member.decompress(data))
        data = member.unused_data
        if not data or data[0] == 0:
            return b"".join(pieces)

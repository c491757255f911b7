"""A server that does wrong whatever a server can do wrong: the path of a request says what."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import brotli  # type: ignore[import-untyped]

Fault = bytes | Callable[[socket.socket], None]

PIECE = b"a" * 1000
TEXT = b"hello world" * 100
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PATIENCE = 20.0  #: seconds after which a fault that lasts ends, if the client does not end it before


def answer(body: bytes = b"ok", *headers: bytes) -> bytes:
    lines = b"".join(line + b"\r\n" for line in headers)
    return HEAD + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def redirect(to: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n"


def reset_after(data: bytes) -> Fault:
    """Sends ``data`` and breaks the connection."""

    def fault(sock: socket.socket) -> None:
        sock.sendall(data)
        if data:
            time.sleep(0.05)  # a reset overtakes what has not been read
        linger = (1).to_bytes(4, sys.byteorder) + (0).to_bytes(4, sys.byteorder)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        sock.close()

    return fault


def close_after(data: bytes, *, wait: bool = False) -> Fault:
    """Sends ``data`` and hangs up.

    Args:
        wait: only after the client has sent something more.
    """

    def fault(sock: socket.socket) -> None:
        sock.sendall(data)
        if wait:
            sock.recv(65536)
        sock.close()

    return fault


def wait_after(data: bytes, pause: float = PATIENCE) -> Fault:
    """Sends ``data``, and then nothing until the client has had enough."""

    def fault(sock: socket.socket) -> None:
        sock.sendall(data)
        sock.settimeout(pause)
        with suppress(OSError):
            while sock.recv(65536):
                pass
        sock.close()

    return fault


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Fault:
    """Sends ``start``, and then ``piece`` again and again."""

    def fault(sock: socket.socket) -> None:
        sock.sendall(start)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            sock.sendall(piece)
            time.sleep(pause)
        sock.close()

    return fault


def half_closed(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)
    time.sleep(0.3)
    sock.close()


_GZIP, _DEFLATE, _BR = gzip.compress(TEXT, mtime=0), zlib.compress(TEXT), brotli.compress(TEXT)
GZ, DF, BROTLI = b"Content-Encoding: gzip", b"Content-Encoding: deflate", b"Content-Encoding: br"
#: 50 MB in 50 kB
BOMB = gzip.compress(bytes(50_000_000), 6, mtime=0)

FAULTS: dict[str, Fault] = {
    "reset-before": reset_after(b""),
    "reset-in-head": reset_after(b"HTTP/1.1 200 OK\r\nX-A: b"),
    "reset-in-body": reset_after(HEAD + b"Content-Length: 100\r\n\r\nabc"),
    "reset-in-chunks": reset_after(CHUNKED + b"3\r\nabc\r\n"),
    "closed-before": close_after(b""),
    "closed-in-head": close_after(b"HTTP/1.1 200 OK\r\nX-A: b"),
    "closed-in-body": close_after(HEAD + b"Content-Length: 100\r\n\r\nabc"),
    "closed-in-chunks": close_after(CHUNKED + b"3\r\nabc\r\n"),
    "half-closed": half_closed,
    "silent": wait_after(b""),
    "slow-head": endless(HEAD, b"X: y\r\n", 0.05),
    "slow-body": endless(HEAD + b"Content-Length: 100000\r\n\r\n", b"x", 0.05),
    "slow-chunks": endless(CHUNKED, b"1\r\nx\r\n", 0.05),
    "stuck-body": wait_after(HEAD + b"Content-Length: 100\r\n\r\nabc"),
    "slow-interim": endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.05),
    "slow-empty-lines": endless(b"", b"\r\n", 0.05),
    "slow-redirects": lambda sock: (time.sleep(0.1), sock.sendall(redirect(b"/slow-redirects")))[-1],
    "endless-head": endless(HEAD, b"X-Filler: " + PIECE + b"\r\n"),
    "endless-header": endless(HEAD + b"X: ", PIECE),
    "endless-body": endless(HEAD + b"\r\n", PIECE * 64),
    "endless-chunks": endless(CHUNKED, b"fa00\r\n" + PIECE * 64 + b"\r\n"),
    "endless-trailers": endless(CHUNKED + b"0\r\n", b"X-Filler: " + PIECE + b"\r\n"),
    "endless-chunk-extension": endless(CHUNKED + b"3;", PIECE),
    "announced-too-large": wait_after(HEAD + b"Content-Length: 20000000\r\n\r\n"),
    "length-too-short": answer()[:-2] + b"okmore",
    "length-too-short-pipelined": answer() + answer(b"second"),
    "length-negative": HEAD + b"Content-Length: -5\r\n\r\nok",
    "length-overflow": HEAD + b"Content-Length: 99999999999999999999\r\n\r\nok",
    "length-no-number": HEAD + b"Content-Length: two\r\n\r\nok",
    "length-twice": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "length-and-chunks": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "chunk-size-no-number": CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n",
    "chunk-size-negative": CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
    "chunk-size-empty": CHUNKED + b"\r\nabc\r\n0\r\n\r\n",
    "chunk-size-overflow": CHUNKED + b"f" * 17 + b"\r\nabc\r\n0\r\n\r\n",
    "chunk-size-huge": close_after(CHUNKED + b"7fffffffffffffff\r\nabc\r\n"),
    "chunk-without-end": CHUNKED + b"3\r\nabc0\r\n\r\n",
    "chunk-bare-line-end": CHUNKED + b"3\nabc\n0\n\n",
    "chunk-extensions": CHUNKED + b'3;a="b;c"\r\nabc\r\n0;x\r\n\r\n',
    "chunk-trailers": CHUNKED + b"3\r\nabc\r\n0\r\nX-T: 1\r\nY: 2\r\n\r\n",
    "chunk-bad-trailer": CHUNKED + b"3\r\nabc\r\n0\r\nno trailer\r\n\r\n",
    "gzip-cut": answer(_GZIP[:30], GZ),
    "gzip-garbage": answer(b"not gzip at all", GZ),
    "gzip-wrong-sum": answer(_GZIP[:-8] + bytes(8), GZ),
    "gzip-with-rest": answer(_GZIP + b"garbage", GZ),
    "gzip-empty": answer(b"", GZ),
    "deflate-cut": answer(_DEFLATE[:10], DF),
    "deflate-garbage": answer(b"not deflate at all", DF),
    "deflate-with-rest": answer(_DEFLATE + b"garbage", DF),
    "br-cut": answer(_BR[:10], BROTLI),
    "br-garbage": answer(b"not brotli at all", BROTLI),
    "br-with-rest": answer(_BR + b"garbage", BROTLI),
    "zstd": answer(b"\x28\xb5\x2f\xfd rest", b"Content-Encoding: zstd"),
    "gzip-bomb": answer(BOMB, GZ),
    "br-bomb": answer(brotli.compress(bytes(50_000_000), quality=1), BROTLI),
    "head-1-mb": answer(b"ok", b"X: " + b"a" * 1_000_000),
    "head-100-kb": answer(b"ok", b"X: " + b"a" * 100_000),
    "headers-10000": answer(b"ok", *(b"X-%d: a" % number for number in range(10_000))),
    "redirect-loop": redirect(b"/redirect-loop"),
    "redirect-to-ftp": redirect(b"ftp://127.0.0.1/"),
    "redirect-to-file": redirect(b"file:///etc/passwd"),
    "redirect-without-host": redirect(b"http://"),
    "redirect-bad-port": redirect(b"http://127.0.0.1:99999/"),
    "redirect-empty": redirect(b""),
    "redirect-refused": redirect(b"http://127.0.0.1:1/"),
    "status-no-number": b"HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\nok",
    "status-four-digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
    "status-999": b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok",
    "http-0.9": b"<html>hello</html>",
    "http-2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\x00\x04\x00\x10\x00\x00",
    "http-3.0": b"HTTP/3.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "interim-responses": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + answer(),
    "interim-1000": b"HTTP/1.1 102 Processing\r\n\r\n" * 1000 + answer(),
    "interim-only": close_after(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "204-with-body": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    "304-with-body": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
    "HEAD-with-body": answer(b"hello"),
    "bad-utf-8": answer(b"\xff\xfeabc\xc3(", b"Content-Type: application/json; charset=utf-8", b"X-A: \xff\xc3("),
    "nul-in-body": answer(b"a\x00b"),
    "nul-in-header": answer(b"ok", b"X-A: a\x00b"),
    "header-without-colon": HEAD + b"nocolon\r\nContent-Length: 2\r\n\r\nok",
    "garbage-after": answer() + b"garbage",
    "cookies-first": answer(b"ok", *(b"Set-Cookie: c%d=a" % number for number in range(5000))),
    "cookies-second": answer(b"ok", *(b"Set-Cookie: c%d=a" % number for number in range(5000, 10_000))),
}


@dataclass
class Faulty:
    """A running server: its port, and the heads of the requests that it got."""

    port: int
    heads: list[bytes] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


@contextmanager
def listening(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """Gives each connection to ``handle`` in a thread of its own; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    port: int = listener.getsockname()[1]

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(sock,), daemon=True).start()

    def serve(sock: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError, struct.error):
            handle(sock)
        sock.close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield port
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes up the thread
        listener.close()


@contextmanager
def faulty(faults: Mapping[str, Fault] = FAULTS) -> Iterator[Faulty]:
    """The server. What it has no fault for it answers well."""
    heads: list[bytes] = []

    def handle(sock: socket.socket) -> None:
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                piece = sock.recv(65536)
                if not piece:
                    return
                data += piece
            head, _, data = data.partition(b"\r\n\r\n")
            heads.append(head)
            fault = faults.get(head.split(b" ")[1].decode().partition("?")[0].rpartition("/")[2], answer())
            if callable(fault):
                fault(sock)
                if sock.fileno() < 0:
                    return
            else:
                sock.sendall(fault)

    with listening(handle) as port:
        yield Faulty(port, heads)

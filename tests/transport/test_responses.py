"""Responses, from raw bytes. What Newman makes of them was tried with 6.2.2."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest

from transport.client import Client
from transport.servers import Conversation, recorder

DATA = b"hello world " * 20


def answer(*lines: str, body: bytes = b"", length: bool = True) -> bytes:
    head = [*lines, *([f"Content-Length: {len(body)}"] if length else [])]
    return "\r\n".join((*head, "", "")).encode("latin-1") + body


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body", "decoded"),
    [
        ("gzip", gzip.compress(DATA, mtime=0), DATA),
        (" GZIP ", gzip.compress(DATA, mtime=0), DATA),
        ("deflate", zlib.compress(DATA), DATA),
        ("deflate", bare_deflate(DATA), DATA),
        ("br", brotli.compress(DATA), DATA),
        ("gzip", gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0) + b"\0\0", b"one two"),
        ("gzip", b"", b""),
        ("x-gzip", gzip.compress(DATA, mtime=0), None),
        ("gzip, br", gzip.compress(DATA, mtime=0), None),
        ("identity", DATA, DATA),
    ],
)
def test_content_encodings(web: Client, encoding: str, body: bytes, decoded: bytes | None) -> None:
    with recorder(answer("HTTP/1.1 200 OK", f"Content-Encoding: {encoding}", body=body)) as server:
        response = web.get(server.url())
        assert response.body == (body if decoded is None else decoded)
        assert response.downloaded == len(body)


def test_a_body_that_was_cut_short_is_decoded_as_far_as_it_goes(web: Client) -> None:
    for encoding, body in (("gzip", gzip.compress(DATA, mtime=0)[:-8]), ("deflate", zlib.compress(DATA)[:-4])):
        with recorder(answer("HTTP/1.1 200 OK", f"Content-Encoding: {encoding}", body=body)) as server:
            assert web.get(server.url()).body == DATA


@pytest.mark.parametrize(
    ("encoding", "body", "message", "code"),
    [
        ("gzip", b"not gzip", "incorrect header check", "Z_DATA_ERROR"),
        ("gzip", gzip.compress(DATA, mtime=0) + b"rest", "incorrect header check", "Z_DATA_ERROR"),
        ("gzip", gzip.compress(DATA, mtime=0)[:-8] + b"12345678", "incorrect data check", "Z_DATA_ERROR"),
        ("br", b"not br", "Decompression failed", "ERR__ERROR_FORMAT_PADDING_2"),
        ("br", brotli.compress(DATA)[:-3], "unexpected end of file", "Z_BUF_ERROR"),
    ],
)
def test_what_cannot_be_decoded_is_an_error(web: Client, encoding: str, body: bytes, message: str, code: str) -> None:
    with recorder(answer("HTTP/1.1 200 OK", f"Content-Encoding: {encoding}", body=body)) as server:
        error = web.send(server.url()).error
        assert error is not None
        assert (error.message, error.code) == (message, code)


def test_responses_without_a_body_are_not_decoded(web: Client) -> None:
    for method, status in (("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not Modified")):
        with recorder(
            answer(f"HTTP/1.1 {status}", "Content-Encoding: gzip", "Content-Length: 100", length=False)
        ) as server:
            assert web.get(server.url(), method=method).body == b""
            web.get(server.url(), method=method)
            assert server.connections == 1


def test_headers_come_as_they_were_grouped_by_spelling(web: Client) -> None:
    head = answer("HTTP/1.1 201 Made up", "X-A: 1", "x-b:  two  words ", "X-A: 3", "x-a: 4", "2: x", "1: \xe9", "X-E:")
    with recorder(head) as server:
        response = web.get(server.url("/x"))
    assert [(h.key, h.value) for h in response.headers] == [
        ("1", "é"), ("2", "x"), ("X-A", "1"), ("X-A", "3"), ("x-b", "two  words"), ("x-a", "4"), ("X-E", ""),
        ("Content-Length", "0"),
    ]  # fmt: skip
    assert (response.code, response.reason, response.http_version) == (201, "Made up", "1.1")
    assert response.header_size == len(head)
    assert response.header("X-a") == "4"
    assert response.url == server.url("/x")


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        (b"HTTP/1.1 200 \xc3\xa9", 200, "é"),
        (b"HTTP/1.1 200", 200, "OK"),
        (b"HTTP/1.1 404 ", 404, "Not Found"),
        (b"HTTP/1.1 799 Odd", 799, "Odd"),
        (b"HTTP/1.1 099 Odd", 99, "Odd"),
        (b"HTTP/2.0 200 OK", 200, "OK"),
    ],
)
def test_status_lines(web: Client, line: bytes, code: int, reason: str) -> None:
    with recorder(line + b"\r\nContent-Length: 0\r\n\r\n") as server:
        response = web.get(server.url())
        assert (response.code, response.reason) == (code, reason)


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-T: 1\r\n\r\n", b"hello world"),
        (b"Connection: close\r\n\r\nuntil the end", b"until the end"),
        (b"Content-Length: 3\r\n\r\nabc", b"abc"),
    ],
)
def test_ends_of_bodies(web: Client, wire: bytes, body: bytes) -> None:
    with recorder(b"HTTP/1.1 200 OK\r\n" + wire) as server:
        response = web.get(server.url())
        assert response.body == body
        assert response.downloaded == len(body)


def test_a_body_in_small_pieces(web: Client) -> None:
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n"

    def drip(conversation: Conversation, request: bytes) -> bytes:
        for byte in wire[:-1]:
            conversation.socket.sendall(bytes((byte,)))
        return wire[-1:]

    with recorder(drip) as server:
        assert web.get(server.url()).body == b"hello world"
        assert web.get(server.url()).body == b"hello world"
        assert server.connections == 1


def test_a_large_body(web: Client) -> None:
    body = bytes(range(256)) * 40_000
    with recorder(answer("HTTP/1.1 200 OK", body=body)) as server:
        assert web.get(server.url()).body == body


@pytest.mark.parametrize("interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"])
def test_interim_responses_are_skipped(web: Client, interim: bytes) -> None:
    with recorder(interim * 2 + answer("HTTP/1.1 200 OK", "X: y")) as server:
        response = web.get(server.url())
        assert (response.code, response.header("x"), response.header("link")) == (200, "y", None)


def test_many_and_long_headers(web: Client) -> None:
    with recorder(answer("HTTP/1.1 200 OK", *(f"X-{n}: {n}" for n in range(1500)), f"Y: {'y' * 50_000}")) as server:
        assert len(web.get(server.url()).headers) == 1502
    with recorder(answer("HTTP/1.1 200 OK", f"Y: {'y' * 140_000}")) as server:
        error = web.send(server.url()).error
        assert error is not None
        assert error.code == "HPE_HEADER_OVERFLOW"


LENGTH, CHUNKS = b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n"
#: after ``HTTP/1.1 200 OK\r\n``
IRREGULAR = [
    (b"X: y\n\r\n", "Missing expected CR after header value", "HPE_CR_EXPECTED"),
    (b"X: a\rb\r\n\r\n", "Missing expected LF after header value", "HPE_LF_EXPECTED"),
    (b"X: a\r\n b\r\n\r\n", "Unexpected whitespace after header value", "HPE_INVALID_HEADER_TOKEN"),
    (b"X: a\x01b\r\n\r\n", "Invalid header value char", "HPE_INVALID_HEADER_TOKEN"),
    (b"no colon\r\n\r\n", "Invalid header token", "HPE_INVALID_HEADER_TOKEN"),
    (b"X : y\r\n\r\n", "Invalid header token", "HPE_INVALID_HEADER_TOKEN"),
    (b"Content-Length: +2\r\n\r\n", "Invalid character in Content-Length", "HPE_INVALID_CONTENT_LENGTH"),
    (LENGTH + LENGTH + b"\r\nx", "Duplicate Content-Length", "HPE_UNEXPECTED_CONTENT_LENGTH"),
    (
        LENGTH + CHUNKS + b"\r\n0\r\n\r\n",
        "Content-Length can't be present with Transfer-Encoding",
        "HPE_INVALID_CONTENT_LENGTH",
    ),
    (CHUNKS + b"\r\nzz\r\n", "Invalid character in chunk size", "HPE_INVALID_CHUNK_SIZE"),
    (CHUNKS + b"\r\n2\r\nabcd\r\n", "Expected LF after chunk data", "HPE_STRICT"),
    (LENGTH + b"\r\nxyz", "Expected HTTP/, RTSP/ or ICE/", "HPE_INVALID_CONSTANT"),
    (b"Connection: close\r\n" + LENGTH + b"\r\nxyz", "Data after `Connection: close`", "HPE_CLOSED_CONNECTION"),
]
IRREGULAR = [(b"HTTP/1.1 200 OK\r\n" + wire, message, code) for wire, message, code in IRREGULAR]
IRREGULAR += [
    (b"garbage\r\n\r\n", "Expected HTTP/, RTSP/ or ICE/", "HPE_INVALID_CONSTANT"),
    (b"HTTP/1.2 200 OK\r\n\r\n", "Invalid HTTP version", "HPE_INVALID_VERSION"),
    (b"HTTP/1.1 200 OK\nX: y\n\n", "Missing expected CR after response line", "HPE_CR_EXPECTED"),
]


@pytest.mark.parametrize(("wire", "message", "code"), IRREGULAR)
def test_what_is_no_http(web: Client, wire: bytes, message: str, code: str) -> None:
    with recorder(wire) as server:
        error = web.send(server.url(), timeout=2000).error
        assert error is not None
        assert (error.message, error.code) == (f"Parse Error: {message}", code)


def test_a_lenient_reader(web: Client) -> None:
    wire = b"HTTP/1.1 200 OK\nX: a\n  b\nY: \x01\nContent-Length: 1\nContent-Length: 1\n\nx"
    with recorder(wire) as server:
        exchange = web.send(server.url(), insecure_http_parser=True)
        assert exchange.response is not None, exchange.error
        assert (exchange.response.header("x"), exchange.response.body) == ("a b", b"x")


def close(conversation: Conversation, request: bytes) -> None:
    """Hangs up."""


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (b"", "socket hang up"),
        (b"HTTP/1.1 200 OK\r\nX: ", "socket hang up"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nxx", "aborted"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", "aborted"),
    ],
)
def test_a_server_that_hangs_up(web: Client, wire: bytes, message: str) -> None:
    def hang_up(conversation: Conversation, request: bytes) -> None:
        conversation.socket.sendall(wire)

    with recorder(hang_up) as server:
        error = web.send(server.url()).error
        assert error is not None
        assert (error.message, error.code) == (message, "ECONNRESET")

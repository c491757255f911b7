"""Bodies that are too large for memory: whole, in files that nobody finds afterwards."""

from __future__ import annotations

import gzip
import random
import sys
import tempfile
import threading
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from runner.model.exchange import Response
from transport.client import Client
from transport.servers import Conversation, recorder

#: Random bytes and text, so that it is neither all the same nor all different; above the limit of transport/spool.py.
BODY = random.Random(4).randbytes(3_000_000) + b"0123456789 caf\xc3\xa9\n" * 150_000
OPEN_FILES = Path("/proc/self/fd")


def with_length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(body: bytes) -> bytes:
    pieces = [body[at : at + 50_000] for at in range(0, len(body), 50_000)]
    return b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in [*pieces, b""])


def in_one_chunk(body: bytes) -> bytes:
    return b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(body), body)


def until_the_end(body: bytes) -> bytes:
    return b"Connection: close\r\n\r\n" + body


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("framed", [with_length, chunked, in_one_chunk, until_the_end])
def test_it_arrives_whole(web: Client, framed: Callable[[bytes], bytes]) -> None:
    with recorder(b"HTTP/1.1 200 OK\r\n" + framed(BODY), b"HTTP/1.1 200 OK\r\n" + framed(b"small")) as server:
        response = web.get(server.url())
        small = web.get(server.url())
    assert response.body == BODY
    assert response.downloaded == len(response.content) == len(BODY)
    assert (response.content[:5], response.content[-5:], response.content[7:7]) == (BODY[:5], BODY[-5:], b"")
    assert response.content[2_999_990:3_000_010] == BODY[2_999_990:3_000_010]
    assert small.body == b"small"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(BODY, 1, mtime=0)),
        ("gzip", gzip.compress(BODY[:-100], 1, mtime=0) + gzip.compress(BODY[-100:], mtime=0) + b"\0" * 300_000),
        ("deflate", zlib.compress(BODY, 1)),
        ("deflate", bare_deflate(BODY)),
        ("br", brotli.compress(BODY, quality=1)),
    ],
    ids=["gzip", "gzip in two parts", "deflate", "bare deflate", "br"],
)
def test_it_is_decoded_piece_by_piece(web: Client, encoding: str, packed: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\n" % encoding.encode()
    with recorder(head + with_length(packed)) as server:
        response = web.get(server.url())
    assert response.body == BODY
    assert response.downloaded == len(packed)


def test_a_small_body_that_unpacks_to_a_huge_one_is_not_held_in_memory(web: Client) -> None:
    packed = gzip.compress(bytes(200_000_000), 9, mtime=0)
    assert len(packed) < 200_000
    with recorder(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + with_length(packed)) as server:
        tracemalloc.start()
        response = web.get(server.url())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(response.content) == 200_000_000
    assert peak < 20_000_000


def test_nothing_is_allocated_for_what_is_only_announced(web: Client) -> None:
    with recorder(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10000000000\r\n\r\nfew") as server:
        tracemalloc.start()
        error = web.send(server.url()).error
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert error is not None
    assert (error.message, error.code) == ("aborted", "ECONNRESET")
    assert peak < 5_000_000


def test_a_redirect_with_a_large_body_is_followed(web: Client) -> None:
    with recorder(b"HTTP/1.1 302 Found\r\nLocation: /there\r\n" + with_length(BODY), b"HTTP/1.1 200 OK\r\n"
                  + with_length(b"there")) as server:  # fmt: skip
        exchange = web.send(server.url())
    assert exchange.response is not None
    assert exchange.response.body == b"there"
    first = exchange.redirects[0].response
    assert first is not None
    assert first.body == BODY


def test_threads_read_the_same_body(web: Client) -> None:
    with recorder(b"HTTP/1.1 200 OK\r\n" + with_length(BODY)) as server:
        response = web.get(server.url())
    wrong: list[int] = []

    def read(step: int) -> None:
        for at in range(0, len(BODY), step):
            if response.content[at : at + step] != BODY[at : at + step]:
                wrong.append(at)

    readers = [threading.Thread(target=read, args=(step,)) for step in (9_973, 65_536, 100_003)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert wrong == []


def stored_in(folder: Path) -> int:
    """How many open files of this process are in ``folder``; on Linux files without a name are found too."""
    links = []
    for link in OPEN_FILES.iterdir():
        try:
            links.append(str(link.readlink()))
        except OSError:  # the folder's own
            continue
    return sum(link.startswith(str(folder)) for link in links)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_its_file_has_no_name_and_goes_with_the_response(
    web: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    held: list[Response] = []
    with recorder(b"HTTP/1.1 200 OK\r\n" + with_length(BODY)) as server:
        held.append(web.get(server.url()))
        assert stored_in(folder) == 1
        held.append(web.get(server.url()))
        assert stored_in(folder) == 2
        assert list(folder.iterdir()) == []
        held.clear()
        assert stored_in(folder) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_an_answer_that_breaks_off_leaves_no_file(web: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    seen: list[int] = []

    def half(conversation: Conversation, request: bytes) -> None:
        conversation.socket.sendall(b"HTTP/1.1 200 OK\r\n" + with_length(BODY)[:-10])
        seen.append(1)

    with recorder(half) as server:
        error = web.send(server.url()).error
    assert error is not None
    assert error.code == "ECONNRESET"
    assert stored_in(folder) == 0
    assert seen == [1]


def test_without_a_place_for_it_the_request_fails_in_plain_words(
    web: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with recorder(b"HTTP/1.1 200 OK\r\n" + with_length(BODY), b"HTTP/1.1 200 OK\r\n" + with_length(b"next")) as server:
        error = web.send(server.url()).error
        after = web.get(server.url())
    assert error is not None
    assert error.code == "ENOENT"
    assert error.message == (
        "The response is too large to be kept in memory, and no temporary file can hold it: No such file or directory. "
        "Set TMPDIR to a folder with more room."
    )
    assert after.body == b"next"

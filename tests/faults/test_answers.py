"""What comes of answers that are wrong: docs/reliability.md, "Answers"."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from faults.conftest import JSON_REPORT, Outcome, Ran, collection, execute, item
from faults.server import FAULTS, TEXT, Fault, Faulty, answer, faulty

LIMIT = 700  #: ms
RESET = ("read ECONNRESET", "ECONNRESET")
HANG_UP = ("socket hang up", "ECONNRESET")
ABORTED = ("aborted", "ECONNRESET")
LATE = ("ESOCKETTIMEDOUT", "ESOCKETTIMEDOUT")
LARGE = ("response larger than 10 MB (--max-response-size)", "ERESPONSETOOLARGE")
NO_HTTP = ("Parse Error: Expected HTTP/, RTSP/ or ICE/", "HPE_INVALID_CONSTANT")
OVERFLOW = ("Parse Error: Header overflow", "HPE_HEADER_OVERFLOW")
BAD_HEADER = ("Parse Error: Invalid header token", "HPE_INVALID_HEADER_TOKEN")
BAD_SIZE = ("Parse Error: Invalid character in chunk size", "HPE_INVALID_CHUNK_SIZE")
BAD_LENGTH = ("Parse Error: Invalid character in Content-Length", "HPE_INVALID_CONTENT_LENGTH")

#: id to message and code. With few exceptions (those under LATE, LARGE) they are Newman's own.
FAILS = {
    "reset-before": RESET,
    "reset-in-head": RESET,
    "reset-in-body": RESET,
    "reset-in-chunks": RESET,
    "closed-before": HANG_UP,
    "closed-in-head": HANG_UP,
    "closed-in-body": ABORTED,
    "closed-in-chunks": ABORTED,
    "half-closed": HANG_UP,
    "silent": LATE,
    "slow-head": LATE,
    "slow-body": LATE,
    "slow-chunks": LATE,
    "stuck-body": LATE,
    "slow-interim": LATE,
    "slow-empty-lines": LATE,
    "slow-redirects": LATE,
    "endless-head": OVERFLOW,
    "endless-header": OVERFLOW,
    "endless-body": LARGE,
    "endless-chunks": LARGE,
    "endless-trailers": OVERFLOW,
    "endless-chunk-extension": ("Parse Error: Chunk extensions overflow", "HPE_CHUNK_EXTENSIONS_OVERFLOW"),
    "announced-too-large": LARGE,
    "length-too-short": NO_HTTP,
    "length-negative": BAD_LENGTH,
    "length-overflow": ("Parse Error: Content-Length overflow", "HPE_INVALID_CONTENT_LENGTH"),
    "length-no-number": BAD_LENGTH,
    "length-twice": ("Parse Error: Duplicate Content-Length", "HPE_UNEXPECTED_CONTENT_LENGTH"),
    "length-and-chunks": (
        "Parse Error: Content-Length can't be present with Transfer-Encoding",
        "HPE_INVALID_CONTENT_LENGTH",
    ),
    "chunk-size-no-number": BAD_SIZE,
    "chunk-size-negative": BAD_SIZE,
    "chunk-size-empty": BAD_SIZE,
    "chunk-size-overflow": ("Parse Error: Chunk size overflow", "HPE_INVALID_CHUNK_SIZE"),
    "chunk-size-huge": LARGE,
    "chunk-without-end": ("Parse Error: Expected LF after chunk data", "HPE_STRICT"),
    "chunk-bare-line-end": ("Parse Error: Missing expected CR after chunk size", "HPE_CR_EXPECTED"),
    "chunk-bad-trailer": BAD_HEADER,
    "gzip-garbage": ("incorrect header check", "Z_DATA_ERROR"),
    "gzip-wrong-sum": ("incorrect data check", "Z_DATA_ERROR"),
    "gzip-with-rest": ("incorrect header check", "Z_DATA_ERROR"),
    "deflate-garbage": ("invalid block type", "Z_DATA_ERROR"),
    "br-cut": ("unexpected end of file", "Z_BUF_ERROR"),
    "br-garbage": ("Decompression failed", "ERR__ERROR_FORMAT_PADDING_2"),
    "gzip-bomb": LARGE,
    "br-bomb": LARGE,
    "head-1-mb": OVERFLOW,
    "redirect-loop": ("Exceeded maxRedirects. Probably stuck in a redirect loop {url}", None),
    "redirect-to-ftp": ("Invalid protocol: ftp:", None),
    "redirect-to-file": ('Invalid URI "file:///etc/passwd". This can be caused by a crappy redirection.', None),
    "redirect-without-host": ('Invalid URI "http:///". This can be caused by a crappy redirection.', None),
    "redirect-bad-port": ("Port should be >= 0 and < 65536. Received type string ('99999').", "ERR_SOCKET_BAD_PORT"),
    "redirect-refused": ("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED"),
    "status-no-number": ("Parse Error: Invalid status code", "HPE_INVALID_STATUS"),
    "status-four-digits": ("Parse Error: Invalid response status", "HPE_INVALID_STATUS"),
    "http-0.9": NO_HTTP,
    "http-2": NO_HTTP,
    "http-3.0": ("Parse Error: Invalid HTTP version", "HPE_INVALID_VERSION"),
    "interim-only": HANG_UP,
    "204-with-body": NO_HTTP,
    "304-with-body": NO_HTTP,
    "HEAD-with-body": NO_HTTP,
    "nul-in-header": ("Parse Error: Invalid header value char", "HPE_INVALID_HEADER_TOKEN"),
    "header-without-colon": BAD_HEADER,
    "garbage-after": NO_HTTP,
    "connection-refused": ("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED"),
    "unknown-host": ("getaddrinfo ENOTFOUND nowhere.invalid", "ENOTFOUND"),
}
#: id to status and body, of answers that are odd and yet are answers
PASSES: dict[str, tuple[int, bytes]] = {
    "length-too-short-pipelined": (200, b"ok"),
    "chunk-extensions": (200, b"abc"),
    "chunk-trailers": (200, b"abc"),
    "gzip-cut": (200, TEXT[:1044]),
    "gzip-empty": (200, b""),
    "deflate-cut": (200, TEXT[:7]),
    "deflate-with-rest": (200, TEXT),
    "br-with-rest": (200, TEXT),
    "zstd": (200, b"\x28\xb5\x2f\xfd rest"),
    "head-100-kb": (200, b"ok"),
    "headers-10000": (200, b"ok"),
    "cookies-first": (200, b"ok"),
    "cookies-second": (200, b"ok"),
    "cookies-10000": (200, b"ok"),
    "redirect-empty": (302, b""),
    "status-999": (999, b"ok"),
    "interim-responses": (200, b"ok"),
    "interim-1000": (200, b"ok"),
    "bad-utf-8": (200, b"\xff\xfeabc\xc3("),
    "nul-in-body": (200, b"a\x00b"),
}
URLS = {"connection-refused": "http://127.0.0.1:1/", "unknown-host": "http://nowhere.invalid/"}


@pytest.fixture(scope="module")
def ran(server: Faulty, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All of them in one run."""
    folder = tmp_path_factory.mktemp("answers")
    items = [
        item(name, URLS.get(name) or server.url(name), method="HEAD" if name.startswith("HEAD") else "GET")
        for name in (*FAULTS, *(name for name in (*FAILS, *PASSES) if name not in FAULTS))
    ]
    file = collection(folder, items)
    return execute(folder, file, *JSON_REPORT, "--timeout-request", str(LIMIT), "--max-response-size", "10MB")


@pytest.fixture(scope="module")
def outcomes(ran: Ran) -> dict[str, Outcome]:
    return ran.outcomes()


def test_every_fault_has_its_promise() -> None:
    assert {*FAULTS} <= {*FAILS, *PASSES}


@pytest.mark.parametrize("name", FAILS)
def test_it_is_a_failure_and_the_run_goes_on(
    name: str, outcomes: dict[str, Outcome], server: Faulty, ran: Ran
) -> None:
    message, code = FAILS[name]
    message = message.format(url=server.url(name))
    assert outcomes[name] == Outcome(None, message, code, None, ran=True)
    assert f'inside "{name}"' in ran.out


@pytest.mark.parametrize("name", PASSES)
def test_it_is_an_answer(name: str, outcomes: dict[str, Outcome]) -> None:
    status, body = PASSES[name]
    assert outcomes[name] == Outcome(status, None, None, body, ran=True)


def test_the_run_as_a_whole(ran: Ran) -> None:
    assert ran.code == 1
    assert not ran.err
    assert ran.report["stats"]["requests"]["failed"] == len(FAILS)
    assert "the answer was not complete within the time limit (--timeout-request)" in ran.out
    late = sum(reason == LATE for reason in FAILS.values())
    assert ran.seconds < late * LIMIT / 1000 + 15


def test_all_cookies_are_sent(ran: Ran, server: Faulty) -> None:
    assert ran.code == 1
    head = next(head for head in reversed(server.heads) if b"/cookies-10000 " in head)
    assert head.count(b"; c") == 9999


# --- kept connections ---

METHODS = {"GET": True, "HEAD": True, "PUT": True, "DELETE": True, "POST": False, "PATCH": False}


def test_stale_connections(tmp_path: Path) -> None:
    """The server ends a kept connection when a request comes: the request is sent again if that is safe."""
    met: set[str] = set()

    def once(name: str) -> Fault:
        def fault(sock: socket.socket) -> None:
            end = FAULTS[name.partition("-")[2]] if name not in met else answer(b"", b"Connection: close")
            met.add(name)
            if callable(end):
                end(sock)
            else:
                sock.sendall(end)

        return fault

    names = [f"{method}-{how}" for method in METHODS for how in ("reset-before", "closed-before")]
    with faulty({name: once(name) for name in names}) as one:
        items = []
        for name in names:
            items += [item(f"before {name}", one.url("good")), item(name, one.url(name), method=name.partition("-")[0])]
        ran = execute(tmp_path, collection(tmp_path, items), *JSON_REPORT)
        targets = [head.split(b" ")[1].decode().strip("/") for head in one.heads]
    outcomes = ran.outcomes()
    for name in names:
        again = METHODS[name.partition("-")[0]]
        assert targets.count(name) == (2 if again else 1)
        assert outcomes[name].message == (None if again else RESET[0] if "reset" in name else HANG_UP[0])


@pytest.mark.parametrize("how", ["reset-before", "closed-before"])
def test_what_fails_on_a_new_connection_is_not_sent_again(tmp_path: Path, how: str) -> None:
    with faulty() as one:
        ran = execute(tmp_path, collection(tmp_path, [item("only", one.url(how))]), *JSON_REPORT)
        assert (ran.code, len(one.heads)) == (1, 1)

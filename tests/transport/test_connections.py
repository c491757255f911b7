"""Connections: kept alive and shared, names, time limits, errors, timings."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from runner.model.exchange import NetworkError
from transport.client import Client, client, raw
from transport.servers import OK, Conversation, recorder


def error_of(web: Client, url: str, **options: object) -> NetworkError:
    exchange = web.send(url, **options)  # type: ignore[arg-type]
    assert exchange.response is None
    assert exchange.error is not None
    return exchange.error


# --- keep-alive ---


def test_connections_are_kept_alive(web: Client) -> None:
    with recorder() as server:
        first, second = web.send(server.url()), web.send(server.url())
        assert server.connections == 1
    assert first.timings.connect is not None
    assert first.timings.dns is not None
    assert second.timings.connect is second.timings.dns is second.timings.tls is None


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"Content-Length", b"Connection: close\r\nContent-Length"),
        OK.replace(b"1.1", b"1.0"),
        OK.replace(b"Content-Length", b"Keep-Alive: timeout=1\r\nContent-Length"),
    ],
)
def test_connections_that_the_server_gives_up_are_not_used_again(web: Client, answer: bytes) -> None:
    with recorder(answer) as server:
        web.get(server.url())
        web.get(server.url())
        assert server.connections == 2


def test_a_connection_that_the_request_asked_to_close_is_not_used_again(web: Client) -> None:
    with recorder() as server:
        web.get(server.url(), headers=(("Connection", "Close"),))
        web.get(server.url())
        assert server.connections == 2


def test_a_connection_that_was_closed_meanwhile_is_replaced(web: Client) -> None:
    def answer_and_close(conversation: Conversation, request: bytes) -> None:
        conversation.socket.sendall(OK)

    with recorder(answer_and_close) as server:
        for _ in range(5):
            web.get(server.url(), method="POST", body=raw("x"))
            time.sleep(0.02)
        assert len(server.requests) == 5


def test_threads_share_connections_and_none_gets_the_answer_of_another(web: Client) -> None:
    def mirror(conversation: Conversation, request: bytes) -> bytes:
        target = request.split(b" ", 2)[1]
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(target), target)

    wrong: list[str] = []

    def work(number: int) -> None:
        for index in range(50):
            path = f"/{number}/{index}"
            if web.get(server.url(path)).body != path.encode():
                wrong.append(path)

    with recorder(mirror) as server:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.requests) == 400
        assert server.connections <= 40
    assert wrong == []


def test_a_closed_transport_opens_again(web: Client) -> None:
    with recorder() as server:
        web.get(server.url())
        web.transport.close()
        web.get(server.url())
        assert server.connections == 2


def test_a_failed_exchange_leaves_no_connection_behind(web: Client) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"
    with recorder(half, OK) as server:
        assert error_of(web, server.url(), timeout=100).code == "ESOCKETTIMEDOUT"
        assert web.get(server.url()).body == b"ok"
        assert server.connections == 2


def test_timings(web: Client) -> None:
    def slow(conversation: Conversation, request: bytes) -> bytes:
        time.sleep(0.05)
        conversation.socket.sendall(OK[:-1])
        time.sleep(0.05)
        return OK[-1:]

    with recorder(slow) as server:
        before = time.time()
        timings = web.send(server.url()).timings
    assert before <= timings.started <= time.time()
    assert timings.first_byte is not None
    assert timings.download is not None
    assert 45 <= timings.first_byte < 1000
    assert 45 <= timings.download < 1000
    assert 95 <= timings.total < 2000
    assert timings.tls is None


# --- names ---


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "sub.localhost", "a.b.localhost"])
def test_localhost_is_this_machine(web: Client, host: str) -> None:
    with recorder() as server:
        web.get(server.url(host=host))
        assert server.header("host") == f"{host.lower()}:{server.port}"


def test_localhost_is_ipv6_first(web: Client) -> None:
    try:
        context = recorder(host="::1")
        server = context.__enter__()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    try:
        web.get(f"http://localhost:{server.port}/")
        web.get(f"http://[::1]:{server.port}/")
        assert server.header("host") == f"[::1]:{server.port}"
        assert len(server.requests) == 2
    finally:
        context.__exit__(None, None, None)


@pytest.mark.parametrize("options", [{}, {"timeout": 5000}])
def test_an_unknown_name(web: Client, options: dict[str, int]) -> None:
    error = error_of(web, "http://nowhere.invalid/", **options)
    assert error.syscall == "getaddrinfo"
    assert error.message in ("getaddrinfo ENOTFOUND nowhere.invalid", "getaddrinfo EAI_AGAIN nowhere.invalid")


def test_the_first_address_that_answers_is_used(web: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorder() as server:
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        rows = [(*stream, (address, server.port)) for address in ("127.0.0.9", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: rows)
        assert web.get(f"http://two.example:{server.port}/").code == 200


# --- errors ---


def test_a_refused_connection(web: Client) -> None:
    error = error_of(web, "http://127.0.0.1:1/")
    assert error == NetworkError("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED", -111, "connect", "127.0.0.1", 1)
    assert error_of(web, "http://localhost:1/").message == "connect ECONNREFUSED 127.0.0.1:1"


def reset(conversation: Conversation, request: bytes) -> None:
    linger = (1).to_bytes(4, sys.byteorder) + (0).to_bytes(4, sys.byteorder)
    conversation.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    conversation.socket.close()


def test_a_reset_connection(web: Client) -> None:
    with recorder(reset) as server:
        error = error_of(web, server.url())
        assert (error.message, error.code, error.syscall) == ("read ECONNRESET", "ECONNRESET", "read")


def test_an_answer_that_comes_before_the_body_was_read_is_seen(web: Client) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        sock, _ = listener.accept()
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
        sock.close()

    thread = threading.Thread(target=refuse)
    thread.start()
    response = web.get(f"http://127.0.0.1:{listener.getsockname()[1]}/", method="POST", body=raw("x" * 5_000_000))
    thread.join()
    listener.close()
    assert response.code == 413


# --- time limits ---


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that connecting hangs."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(listener.getsockname())
        waiting.append(sock)
    time.sleep(0.05)
    yield listener.getsockname()[1]
    for sock in (*waiting, listener):
        sock.close()


def test_connecting_has_a_time_limit(web: Client, full_port: int) -> None:
    started = time.monotonic()
    error = error_of(web, f"http://127.0.0.1:{full_port}/", timeout=150)
    assert (error.message, error.code) == ("ETIMEDOUT", "ETIMEDOUT")
    assert 0.1 < time.monotonic() - started < 2


def test_looking_up_a_name_has_a_time_limit(web: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(1) or [])
    started = time.monotonic()
    assert error_of(web, "http://slow.example/", timeout=100).code == "ETIMEDOUT"
    assert time.monotonic() - started < 0.9


def drip(conversation: Conversation, request: bytes) -> bytes:
    for byte in OK[:-1]:
        conversation.socket.sendall(bytes((byte,)))
        time.sleep(0.02)
    return OK[-1:]


def test_the_time_limit_is_for_the_whole_not_for_pauses(web: Client) -> None:
    with recorder(drip) as server:
        started = time.monotonic()
        error = error_of(web, server.url(), timeout=300)
        assert (error.message, error.code) == ("ESOCKETTIMEDOUT", "ESOCKETTIMEDOUT")
        assert 0.25 < time.monotonic() - started < 0.7


def silence(conversation: Conversation, request: bytes) -> bytes:
    time.sleep(0.5)
    return OK


def test_a_silent_server(web: Client) -> None:
    with recorder(silence) as server:
        error = error_of(web, server.url(), timeout=100)
        assert (error.message, error.code) == ("ESOCKETTIMEDOUT", "ESOCKETTIMEDOUT")


@pytest.mark.parametrize("timeout", [None, 10_000])
def test_a_deadline_is_for_the_whole(web: Client, timeout: int | None) -> None:
    with recorder(drip) as server:
        started = time.monotonic()
        error = error_of(web, server.url(), timeout=timeout, deadline=started + 0.2)
        assert error.code == "EDEADLINE"
        assert 0.15 < time.monotonic() - started < 0.45
        assert error_of(web, server.url(), deadline=started).code == "EDEADLINE"


def test_a_deadline_ends_a_chain_of_redirects(web: Client) -> None:
    def again(conversation: Conversation, request: bytes) -> bytes:
        time.sleep(0.05)
        return b"HTTP/1.1 302 X\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"

    with recorder(again) as server:
        error = error_of(web, server.url(), deadline=time.monotonic() + 0.2, max_redirects=1000)
        assert error.code == "EDEADLINE"
        assert len(server.requests) < 20


# --- cost ---


def test_importing_the_transport_imports_no_network_library() -> None:
    code = (
        "import sys; import runner.transport.requests_transport, runner.transport.encode; "
        "print({'requests', 'urllib3', 'brotli', 'idna', 'cryptography'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_origins_do_not_share_idle_connections() -> None:
    with client() as web, recorder() as one, recorder() as two:
        for _ in range(3):
            web.get(one.url())
            web.get(two.url())
        assert (one.connections, two.connections) == (1, 1)

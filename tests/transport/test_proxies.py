"""Proxies. What Newman sends to them was recorded with 6.2.2."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.transport.proxies import Proxy, proxy_for
from runner.transport.urls import split_url
from support import certificates
from transport.client import client, raw
from transport.servers import OK, Conversation, Recorder, recorder

SECRET = base64.b64encode(b"us er:p@ss").decode()


def relay(conversation: Conversation, request: bytes) -> bytes | None:
    """A proxy: makes tunnels, answers everything else itself."""
    if not request.startswith(b"CONNECT"):
        return OK
    host, _, port = request.split(b" ")[1].decode().rpartition(":")
    with socket.create_connection((host, int(port))) as target:
        conversation.socket.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def pump(source: socket.socket, sink: socket.socket) -> None:
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        back = threading.Thread(target=pump, args=(target, conversation.socket), daemon=True)
        back.start()
        pump(conversation.socket, target)
        back.join()
    return None


@pytest.fixture
def proxy() -> Iterator[Recorder]:
    with recorder(relay) as one:
        yield one


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Recorder]:
    with recorder(context=certificates.server_context(certificates.make(tmp_path))) as one:
        yield one


def test_http_goes_through_the_proxy_in_absolute_form(proxy: Recorder) -> None:
    with client(environment={"HTTP_PROXY": proxy.url()}) as web:
        web.get("http://u:p@far.invalid:81/x?y=1#z")
        assert proxy.head()[0] == "GET http://far.invalid:81/x?y=1 HTTP/1.1"
        assert proxy.header("host") == "far.invalid:81"
        assert proxy.header("authorization") == "Basic dTpw"
        assert proxy.header("proxy-authorization") is None
        web.get("http://other.invalid/")
        assert proxy.connections == 1


def test_the_password_of_the_proxy_is_sent_before_the_length(proxy: Recorder) -> None:
    environment = {"http_proxy": f"us%20er:p%40ss@127.0.0.1:{proxy.port}"}
    with client(environment=environment) as web:
        web.get("http://far.invalid/", method="POST", body=raw("hi"))
        assert proxy.head()[-2:] == [f"Proxy-Authorization: Basic {SECRET}", "Content-Length: 2"]
        web.get("http://far.invalid/", headers=(("proxy-authorization", "mine"),))
        assert proxy.header("proxy-authorization") == "mine"


def test_https_goes_through_a_tunnel(proxy: Recorder, secure: Recorder) -> None:
    environment = {"HTTPS_PROXY": proxy.url().replace("//", "//us%20er:p%40ss@")}
    own = (("X-Own", "1"), ("Via", "me"), ("Proxy-Authorization", "mine"))
    with client(environment=environment) as web:
        exchange = web.send(secure.url("/x"), headers=own, strict_ssl=False)
        assert exchange.response is not None, exchange.error
        assert exchange.timings.tls is not None
        web.get(secure.url("/y"), strict_ssl=False)
    assert secure.head(0)[0] == "GET /x HTTP/1.1"
    assert secure.header("proxy-authorization", 0) is None
    assert secure.header("x-own", 0) == "1"
    assert len(proxy.requests) == secure.connections == 1
    place = f"127.0.0.1:{secure.port}"
    assert proxy.head()[0] == f"CONNECT {place} HTTP/1.1"
    assert [line for line in proxy.head()[1:] if not line.startswith("User-Agent")] == [
        "Via: me",
        "Accept: */*",
        "Cache-Control: no-cache",
        "Accept-Encoding: gzip, deflate, br",
        "Connection: keep-alive",
        f"host: {place}",
        f"Proxy-Authorization: Basic {SECRET}",
    ]


def test_the_proxy_of_the_collection(proxy: Recorder) -> None:
    own = {
        "host": "http://127.0.0.1",
        "port": proxy.port,
        "authenticate": True,
        "username": "us er",
        "password": "p@ss",
    }
    with client() as web, recorder() as server:
        web.get(server.url("/x"), proxy=own)
        assert proxy.head()[0] == f"GET {server.url('/x')} HTTP/1.1"
        assert proxy.header("proxy-authorization") == f"Basic {SECRET}"
        assert server.requests == []
        web.get(server.url("/x"), proxy={**own, "tunnel": True})
        assert proxy.head()[0] == f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"
        assert server.head()[0] == "GET /x HTTP/1.1"
        web.get(server.url("/direct"))
        web.get(server.url("/direct"), proxy={**own, "disabled": True})
        assert len(proxy.requests) == 2


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad Gateway"])
def test_a_refused_tunnel(status: str, secure: Recorder) -> None:
    refusal = f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nno".encode()
    with recorder(refusal) as gate, client(environment={"HTTPS_PROXY": gate.url()}) as web:
        error = web.send(secure.url(), strict_ssl=False).error
        assert error is not None
        message = f"tunneling socket could not be established, statusCode={status[:3]}"
        assert (error.message, error.code) == (message, "ECONNRESET")
        assert secure.requests == []


def test_a_proxy_that_is_down() -> None:
    with client(environment={"HTTP_PROXY": "http://127.0.0.1:1"}) as web:
        error = web.send("http://far.invalid/").error
        assert error is not None
        assert (error.message, error.code) == ("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED")
        error = web.send("https://far.invalid/").error
        assert error is not None
        assert error.message == "tunneling socket could not be established, cause=connect ECONNREFUSED 127.0.0.1:1"


def test_a_silent_proxy_runs_into_the_time_limit() -> None:
    def silent(conversation: Conversation, request: bytes) -> bytes | None:
        threading.Event().wait(0.5)
        return None

    with recorder(silent) as gate, client(environment={"HTTPS_PROXY": gate.url()}) as web:
        error = web.send("https://far.invalid/", timeout=100).error
        assert error is not None
        assert error.code == "ESOCKETTIMEDOUT"


def test_a_redirect_may_leave_the_proxy(proxy: Recorder) -> None:
    with recorder() as near:
        answer = f"HTTP/1.1 302 X\r\nLocation: {near.url('/end')}\r\nContent-Length: 0\r\n\r\n".encode()
        with recorder(answer) as gate, client(environment={"HTTP_PROXY": gate.url(), "NO_PROXY": "127.0.0.1"}) as web:
            assert web.get("http://far.invalid/x").code == 200
            assert near.head()[0] == "GET /end HTTP/1.1"


HTTP = {"HTTP_PROXY": "http://p:1"}
BOTH = {**HTTP, "HTTPS_PROXY": "http://q:2"}


@pytest.mark.parametrize(
    ("url", "environment", "host"),
    [
        ("http://h/", {}, None),
        ("http://h/", HTTP, "p"),
        ("https://h/", HTTP, "p"),
        ("https://h/", BOTH, "q"),
        ("https://h/", {**HTTP, "https_proxy": "q:2"}, "q"),
        ("http://h/", {"HTTPS_PROXY": "http://q:2"}, None),
        ("http://127.0.0.1/", HTTP, "p"),
        ("http://h/", {**HTTP, "NO_PROXY": "*"}, None),
        ("http://h/", {**HTTP, "NO_PROXY": "h"}, None),
        ("http://a.h/", {**HTTP, "no_proxy": "h"}, None),
        ("http://a.h/", {**HTTP, "no_proxy": ".h"}, None),
        ("http://ah/", {**HTTP, "no_proxy": "h"}, "p"),
        ("http://h/", {**HTTP, "no_proxy": "x, H:80"}, None),
        ("http://h:81/", {**HTTP, "no_proxy": "h:80"}, "p"),
        ("https://h/", {**HTTP, "no_proxy": "h:443"}, None),
        ("http://h/", {**HTTP, "no_proxy": "x,,y"}, "p"),
        ("http://h/", {"HTTP_PROXY": ""}, None),
    ],
)
def test_which_proxy_of_the_environment(url: str, environment: dict[str, str], host: str | None) -> None:
    proxy = proxy_for(split_url(url), environment)
    assert (proxy and proxy.host) == host


def test_parts_of_a_proxy() -> None:
    assert proxy_for(split_url("http://h/"), {"HTTP_PROXY": "https://u@[::1]"}) == Proxy("https", "::1", 443, "u")
    assert Proxy("http", "::1", 81).url == "http://[::1]:81"
    own = {"host": "p.example", "port": "x"}
    assert proxy_for(split_url("http://h/"), BOTH, own) == Proxy("http", "p.example", 8080)


def test_a_proxy_of_another_kind() -> None:
    with client(environment={"HTTP_PROXY": "socks5://127.0.0.1:1"}) as web:
        error = web.send("http://far.invalid/").error
        assert error is not None
        assert error.message == "Invalid protocol: socks5:"

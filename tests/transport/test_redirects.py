"""Redirects, hop by hop as they arrive. What Newman sends was recorded with 6.2.2."""

from __future__ import annotations

from typing import Any

import pytest

from runner.model.collection import Body, FormParam
from transport.client import Client, raw
from transport.servers import OK, recorder

OWN = (("Authorization", "mine"), ("Cookie", "u=1"))


def to(location: str, code: int = 302, *lines: str) -> bytes:
    return "\r\n".join(
        (f"HTTP/1.1 {code} Moved", f"Location: {location}", *lines, "Content-Length: 2", "", "go")
    ).encode("latin-1")


def request_line(server: Any, index: int = -1) -> str:
    return str(server.head(index)[0])


@pytest.mark.parametrize("code", [300, 301, 302, 303, 305, 306, 399])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_most_redirects_become_a_get_without_body(web: Client, code: int, method: str) -> None:
    with recorder(to("/t?a=1", code), OK) as server:
        response = web.get(server.url("/x"), method=method, body=raw("hi"), headers=OWN)
        assert request_line(server) == "GET /t?a=1 HTTP/1.1"
        assert server.body() == b""
        assert server.header("content-length") is server.header("content-type") is None
        assert server.header("referer") == server.url("/x")
        assert (server.header("authorization"), server.header("cookie")) == ("mine", "u=1")
        assert (response.code, response.url) == (200, server.url("/t?a=1"))
        assert server.connections == 1


@pytest.mark.parametrize("code", [307, 308])
def test_some_keep_method_and_body(web: Client, code: int) -> None:
    with recorder(to("/t", code), OK) as server:
        web.get(server.url("/x"), method="POST", body=raw("hi", "json"))
        assert request_line(server) == "POST /t HTTP/1.1"
        assert server.body() == b"hi"
        assert server.header("content-type") == "application/json"
        web.jar.call("removeAllCookies", [])


def test_a_form_is_sent_again(web: Client) -> None:
    with recorder(to("/t", 307), OK) as server:
        web.get(server.url("/x"), method="POST", body=Body("formdata", formdata=(FormParam("a", "b"),)))
        assert server.body(0) == server.body(1) != b""
        assert [line.partition(":")[0] for line in server.head()[-4:]] == [
            "Referer", "Host", "Content-Type", "Content-Length",
        ]  # fmt: skip


def test_head_stays_head(web: Client) -> None:
    with recorder(b"HTTP/1.1 303 X\r\nLocation: /t\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n") as server:
        web.get(server.url("/x"), method="HEAD")
        assert request_line(server) == "HEAD /t HTTP/1.1"


def test_the_original_method_can_be_kept(web: Client) -> None:
    with recorder(to("/t", 302), OK) as server:
        web.get(server.url("/x"), method="POST", body=raw("hi"), follow_original_http_method=True)
        assert request_line(server) == "POST /t HTTP/1.1"
        assert server.body() == b"hi"


def test_the_referer(web: Client) -> None:
    with recorder(to("/t"), OK, to("/t"), OK) as server:
        web.get(server.url("/x"), headers=(("referer", "http://me/"),))
        assert server.head()[1] == f"referer: {server.url('/x')}"
        web.get(server.url("/x"), headers=(("referer", "http://me/"),), remove_referer_header_on_redirect=True)
        assert server.head()[1] == "referer: http://me/"


def test_redirects_need_not_be_followed(web: Client) -> None:
    with recorder(to("/t")) as server:
        response = web.get(server.url(), follow_redirects=False)
        assert (response.code, response.body, response.header("location")) == (302, b"go", "/t")
        assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [b"HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n", to(""), to("/t", 201)])
def test_what_is_no_redirect(web: Client, answer: bytes) -> None:
    with recorder(answer) as server:
        web.get(server.url())
        assert len(server.requests) == 1


@pytest.mark.parametrize("limit", [0, 3, 10])
def test_a_loop_ends(web: Client, limit: int) -> None:
    with recorder(to("/again")) as server:
        exchange = web.send(server.url("/again"), max_redirects=limit)
        assert exchange.error is not None
        message = f"Exceeded maxRedirects. Probably stuck in a redirect loop {server.url('/again')}"
        assert exchange.error.message == message
        assert len(server.requests) == limit + 1
        assert len(exchange.redirects) == limit
        assert exchange.response is None


def test_the_host_header_is_made_anew(web: Client) -> None:
    with recorder(to("/t"), OK) as server:
        web.get(server.url("/x"), headers=(("host", "virtual"),))
        assert server.header("host", 0) == "virtual"
        assert server.head()[-1] == f"host: 127.0.0.1:{server.port}"


@pytest.mark.parametrize("keep", [False, True])
def test_credentials_do_not_follow_to_another_host(web: Client, keep: bool) -> None:
    with recorder() as other, recorder(to(other.url("/t", "localhost"), 307)) as server:
        web.get(server.url(), method="POST", body=raw("hi"), headers=OWN, follow_authorization_header=keep)
        assert other.header("authorization") == ("mine" if keep else None)
        assert other.header("cookie") is None
        assert other.body() == b"hi"


def test_cookies_of_the_author_do_not_follow_to_another_port(web: Client) -> None:
    with recorder() as other, recorder(to(other.url("/t"))) as server:
        web.get(server.url(), headers=OWN)
        assert (other.header("authorization"), other.header("cookie")) == ("mine", None)


def test_user_info_of_the_location_is_used(web: Client) -> None:
    with recorder(lambda conversation, request: to(f"http://u:p@127.0.0.1:{server.port}/t"), OK) as server:
        web.get(server.url())
        assert server.header("authorization") == "Basic dTpw"


def test_cookies_are_stored_and_sent_at_each_hop(web: Client) -> None:
    with recorder(to("/ck/t", 302, "Set-Cookie: a=1", "Set-Cookie: b=2; Path=/ck"), OK) as server:
        response = web.get(server.url("/x"), headers=(("Cookie", "own=0"),))
        assert server.header("cookie") == "own=0; b=2; a=1"
        assert {cookie.name: cookie.path for cookie in response.cookies} == {"a": "/", "b": "/ck"}
        web.get(server.url("/elsewhere"))
        assert server.header("cookie") == "a=1"


def test_cookies_can_be_left_alone(web: Client) -> None:
    with recorder(to("/t", 302, "Set-Cookie: a=1"), OK) as server:
        web.get(server.url(), disable_cookies=True)
        assert server.header("cookie") is None
        assert len(web.jar) == 0


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("ftp://h/x", "Invalid protocol: ftp:"),
        ("http://", 'Invalid URI "http:///". This can be caused by a crappy redirection.'),
        ("http://127.0.0.1:1/", "connect ECONNREFUSED 127.0.0.1:1"),
    ],
)
def test_a_hop_that_fails(web: Client, location: str, message: str) -> None:
    with recorder(to(location)) as server:
        exchange = web.send(server.url())
        assert exchange.error is not None
        assert exchange.error.message == message


def test_the_exchange_tells_all_hops(web: Client) -> None:
    with recorder(to("/b", 307, "X: 1"), to("/c"), OK) as server:
        exchange = web.send(server.url("/a"), "POST", body=raw("hi"), origin="script")
    assert exchange.origin == "script"
    assert exchange.request.url == server.url("/a")
    assert exchange.request.body == b"hi"
    hops = [(hop.origin, hop.request.method, hop.request.url) for hop in exchange.redirects]
    assert hops == [("redirect", "POST", server.url("/a")), ("redirect", "POST", server.url("/b"))]
    assert exchange.redirects[0].response is not None
    assert exchange.redirects[0].response.code == 307
    assert exchange.redirects[0].response.body == b"go"
    assert exchange.timings.started == exchange.redirects[0].timings.started
    assert exchange.timings.total >= sum(hop.timings.total for hop in exchange.redirects)

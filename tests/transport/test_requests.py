"""Requests as bytes on the wire, against a server that records them. What Newman sends was recorded with 6.2.2."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from runner.model.collection import Body, FileBody, FormParam, Header, RequestSpec
from runner.parse.url import parse_url
from runner.transport.encode import USER_AGENT, encode_request
from runner.transport.files import FileReader
from transport.client import Client, Pairs, raw, urlencoded
from transport.servers import recorder

SYSTEM = (
    f"User-Agent: {USER_AGENT}",
    "Accept: */*",
    "Cache-Control: no-cache",
    "Postman-Token: <token>",
    "Host: <host>",
    "Accept-Encoding: gzip, deflate, br",
    "Connection: keep-alive",
)


def sent(web: Client, method: str = "GET", path: str = "/x", **rest: object) -> list[str]:
    """The head of the request as it arrived, volatile parts replaced."""
    with recorder() as server:
        web.get(server.url(path), method=method, **rest)
        lines = server.head()
        host = f"127.0.0.1:{server.port}"
    token = re.compile(r"Postman-Token: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
    return [token.sub("Postman-Token: <token>", line).replace(host, "<host>") for line in lines]


def test_a_get(web: Client) -> None:
    assert sent(web) == ["GET /x HTTP/1.1", *SYSTEM]


def test_raw_bodies_have_their_type_first_and_their_length_last(web: Client) -> None:
    expected = ["POST /x HTTP/1.1", "Content-Type: application/json", *SYSTEM, "Content-Length: 2"]
    assert sent(web, "post", body=raw("{}", "json")) == expected


def test_forms_have_their_type_last(web: Client) -> None:
    expected = [*SYSTEM, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 3"]
    assert sent(web, "POST", body=urlencoded(("a", "b")))[1:] == expected


def test_files_have_their_type_after_all(web: Client, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    lines = sent(web, "PUT", body=Body("file", file=FileBody("a.txt")))
    assert lines[1:] == [*SYSTEM, "Content-Length: 5", "Content-Type: text/plain"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "COPY", "LINK", "UNLOCK", "PURGE", "LOCK", "FOO"])
def test_methods_that_say_that_there_is_no_body(web: Client, method: str) -> None:
    assert sent(web, method) == [f"{method} /x HTTP/1.1", *SYSTEM, "Content-Length: 0"]


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "DELETE", "TRACE"])
def test_methods_that_do_not(web: Client, method: str) -> None:
    assert sent(web, method) == [f"{method} /x HTTP/1.1", *SYSTEM]


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ((("X-A", "1"), ("X-B", "2"), ("X-A", "3")), ["X-A: 1", "X-A: 3", "X-B: 2"]),
        ((("X-A", "1"), ("X-B", "2"), ("x-a", "3")), ["x-a: 3", "X-B: 2"]),
        ((("b", "1"), ("2", "x"), ("1", "y")), ["1: y", "2: x", "b: 1"]),
        ((("Cookie", "a=1"), ("Cookie", "b=2")), ["Cookie: a=1; b=2"]),
        ((("X-E", ""), ("", "v")), ["X-E: "]),
        ((("X-S", "  padded  "),), ["X-S:   padded  "]),
    ],
)
def test_headers_of_the_author_come_first_and_as_node_arranges_them(web: Client, given: Pairs, wire: list[str]) -> None:
    assert sent(web, headers=given)[1:] == [*wire, *SYSTEM]


def test_headers_of_the_author_replace_those_of_the_system(web: Client) -> None:
    given = (("user-agent", "me"), ("ACCEPT", "x"), ("host", "other"), ("connection", "close"))
    lines = sent(web, headers=given)[1:]
    assert lines == ["user-agent: me", "ACCEPT: x", "host: other", "connection: close", SYSTEM[2], SYSTEM[3], SYSTEM[5]]


def test_headers_that_are_switched_off() -> None:
    spec = RequestSpec(parse_url("http://h/"), headers=(Header("X-Off", "1", enabled=False), Header("X-On", "1")))
    request, _ = encode_request(spec, FileReader())
    assert [h.key for h in request.headers if not h.system] == ["X-On"]


@pytest.mark.parametrize(
    "name",
    ["user-agent", "accept", "cache-control", "postman-token", "host", "accept-encoding", "connection", "content-type"],
)
def test_system_headers_can_be_switched_off(web: Client, name: str) -> None:
    lines = sent(web, "POST", body=raw("x"), behavior={"disabledSystemHeaders": {name: True}})
    names = [line.partition(":")[0].lower() for line in lines[1:]]
    assert name not in names
    assert len(names) == 8


@pytest.mark.parametrize("name", ["content-type", "content-length", "connection", "host"])
def test_switching_off_a_system_header_leaves_that_of_the_author(web: Client, name: str) -> None:
    behavior = {"disabledSystemHeaders": {name: True}}
    assert f"{name}: 1" in sent(web, "POST", body=raw("x"), headers=((name, "1"),), behavior=behavior)


def test_a_switched_off_content_length_leaves_a_bare_body(web: Client) -> None:
    with recorder(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as server:
        off = {"disabledSystemHeaders": {"content-length": True}}
        web.get(server.url(), method="POST", body=raw("x"), behavior=off)
        assert server.header("content-length") is None
        assert server.header("transfer-encoding") is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [("application/json", False), ("application/x-www-form-urlencoded; charset=x", True)],
)
def test_the_type_of_a_form_wins_over_one_that_does_not_fit(web: Client, given: str, kept: bool) -> None:
    lines = sent(web, "POST", body=urlencoded(("a", "b")), headers=(("content-type", given),))
    assert lines[1] == f"content-type: {given if kept else 'application/x-www-form-urlencoded'}"
    off = {"disabledSystemHeaders": {"content-type": True}}
    lines = sent(web, "POST", body=urlencoded(("a", "b")), headers=(("content-type", given),), behavior=off)
    assert lines[1] == f"content-type: {given}"


def test_the_length_that_the_author_gives_is_sent(web: Client) -> None:
    with recorder() as server:
        web.get(server.url(), method="POST", body=raw("hello"), headers=(("Content-Length", "5"),))
        assert server.head()[1] == "Content-Length: 5"
        assert sum("ength" in line for line in server.head()) == 1


def test_a_body_in_chunks(web: Client) -> None:
    with recorder() as server:
        web.get(server.url(), method="POST", body=raw("hello"), headers=(("Transfer-Encoding", "chunked"),))
        assert server.body() == b"5\r\nhello\r\n0\r\n\r\n"
        web.get(server.url(), method="POST", headers=(("transfer-encoding", "chunked"),))
        assert server.body() == b"0\r\n\r\n"


def test_values_beyond_ascii_are_utf8_before_a_text_body_and_latin1_otherwise(web: Client, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    for body, wire in (
        (None, b"X: \xe9"),
        (raw("x"), b"X: \xc3\xa9"),
        (urlencoded(("a", "b")), b"X: \xc3\xa9"),
        (Body("formdata", formdata=(FormParam("a", "b"),)), b"X: \xc3\xa9"),
        (Body("file", file=FileBody("a.txt")), b"X: \xe9"),
    ):
        with recorder() as server:
            web.get(server.url(), method="POST", body=body, headers=(("X", "é"),))
            assert wire + b"\r\n" in server.requests[0]


def test_user_info_becomes_basic_auth_unless_there_is_a_header(web: Client) -> None:
    with recorder() as server:
        url = server.url("/x").replace("//", "//us%20er:p:w@")
        web.get(url)
        assert server.header("authorization") == "Basic " + base64.b64encode(b"us er:p:w").decode()
        assert server.header("host") == f"127.0.0.1:{server.port}"
        web.get(url, headers=(("authorization", "mine"),))
        assert server.header("authorization") == "mine"


@pytest.mark.parametrize("disable", [False, True])
def test_the_target_is_sent_as_encoded(web: Client, disable: bool) -> None:
    with recorder() as server:
        web.get(server.url("/a{b}?q=x^{y}#frag"), behavior={"disableUrlEncoding": disable})
        assert server.head()[0].split()[1] == ("/a{b}?q=x^{y}" if disable else "/a%7Bb%7D?q=x^{y}")


@pytest.mark.parametrize(
    ("change", "message", "code"),
    [
        ({"headers": (("X", "€"),)}, 'Invalid character in header content ["X"]', "ERR_INVALID_CHAR"),
        ({"headers": (("X", "a\nb"),)}, 'Invalid character in header content ["X"]', "ERR_INVALID_CHAR"),
        ({"headers": (("X Y", "a"),)}, 'Header name must be a valid HTTP token ["X Y"]', "ERR_INVALID_HTTP_TOKEN"),
        ({"method": "A B"}, 'Method must be a valid HTTP token ["A B"]', "ERR_INVALID_HTTP_TOKEN"),
        (
            {"path": "/a b", "behavior": {"disableUrlEncoding": True}},
            "Request path contains unescaped characters",
            "ERR_UNESCAPED_CHARACTERS",
        ),
        ({"url": ""}, "runtime:extensions~request: request url is empty", None),
        ({"url": "http://"}, 'Invalid URI "http:///"', None),
        ({"url": "/x"}, 'Invalid URI "http:///x"', None),
        ({"url": "ftp://h/x"}, "Invalid protocol: ftp:", None),
        (
            {"url": "http://h:99999/"},
            "Port should be >= 0 and < 65536. Received type string ('99999').",
            "ERR_SOCKET_BAD_PORT",
        ),
    ],
)
def test_what_node_refuses_to_send(web: Client, change: dict[str, object], message: str, code: str | None) -> None:
    with recorder() as server:
        url = str(change.pop("url", server.url(str(change.pop("path", "/x")))))
        exchange = web.send(url, **change)  # type: ignore[arg-type]
        assert exchange.response is None
        assert exchange.error is not None
        assert (exchange.error.message, exchange.error.code) == (message, code)
        assert server.requests == []


def test_system_headers_are_marked() -> None:
    spec = RequestSpec(parse_url("http://h/"), "POST", (Header("accept", "x"),), raw("{}", "json"))
    request, warnings = encode_request(spec, FileReader())
    assert [h.key for h in request.headers if not h.system] == ["accept"]
    assert {h.key for h in request.headers if h.system} >= {"Content-Type", "Host", "Content-Length"}
    assert (request.body, request.url, request.spec, warnings) == (b"{}", "http://h/", spec, ())

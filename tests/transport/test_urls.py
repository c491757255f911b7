"""URLs on the wire. What Newman sends was recorded with Newman 6.2.2."""

from __future__ import annotations

import pytest

from runner.model.collection import Param, Url, UrlAuth, Variable
from runner.parse.url import render_url
from runner.transport.urls import encode_host, resolve_redirect, split_url


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("http://h/a b", "http://h/a%20b"),
        ("http://h/é", "http://h/%C3%A9"),
        ("http://h/a%20b%zz", "http://h/a%20b%zz"),
        ("http://h/a`b{c}", "http://h/a%60b%7Bc%7D"),
        ("http://h/[x]|^;=:@!$&'()*+,~", "http://h/[x]|^;=:@!$&'()*+,~"),
        ("http://h/?a b=\"<>'&[]|^{};+`", "http://h/?a%20b=%22%3C%3E%27&[]|^{};+`"),
        ("http://h/?é=€&😀", "http://h/?%C3%A9=%E2%82%AC&%F0%9F%98%80"),
        ("http://h/?", "http://h/?"),
        ("http://h/?&&a&&", "http://h/?&&a&&"),
        ("http://h/?a==b=c", "http://h/?a==b=c"),
        ("http://h/a//b/../c/./d", "http://h/a//b/../c/./d"),
        ("http://h/a\\b", "http://h/a/b"),
        ("http:\\\\h\\x", "http://h/x"),
        ("http:///h/x", "http://h/x"),
        ("h/x", "http://h/x"),
        ("  HTTP://Ex.COM:8080/X", "http://ex.com:8080/X"),
        ("http://h", "http://h/"),
        ("http://h?x", "http://h/?x"),
        ("http://h/#frag é", "http://h/#frag%20%C3%A9"),
        ("http://us er:p@ss:w@h/", "http://us%20er:p%40ss%3Aw@h/"),
        ("http://u@h/", "http://u@h/"),
        ("http://:p@h/", "http://:p@h/"),
        ("http://{{host.name}}/{{a/b}}?{{c&d}}", "http://{{host.name}}/%7B%7Ba/b%7D%7D?{{c&d}}"),
        ("http://h/\x01?q=a\x7f", "http://h/%01?q=a%7F"),
        ("http://h/\ud83d", "http://h/%EF%BF%BD"),
    ],
)
def test_only_what_must_be_encoded_is_encoded(url: str, wire: str) -> None:
    assert split_url(url).href == wire


def test_encoding_can_be_switched_off_but_not_for_the_host() -> None:
    assert split_url("http://ü.de/a b?c d#e f", True).href == "http://xn--tda.de/a b?c d#e f"


@pytest.mark.parametrize(
    ("host", "ascii_host"),
    [
        ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
        ("faß.de", "xn--fa-hia.de"),
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("999.999.999.999", "999.999.999.999"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("{{unresolved}}", "{{unresolved}}"),
        ("a_b.example", "a_b.example"),
    ],
)
def test_hosts_become_ascii_as_in_node(host: str, ascii_host: str) -> None:
    assert encode_host(host) == ascii_host


def test_parts_of_a_url() -> None:
    url = split_url("https://u:p@[::1]:8443/a?b#c")
    assert (url.scheme, url.userinfo, url.host, url.authority) == ("https", "u:p", "::1", "[::1]:8443")
    assert (url.target, url.origin) == ("/a?b", ("https", "::1", 8443))
    assert split_url("https://h/").origin == ("https", "h", 443)
    assert split_url("https://h:443/").default_authority == "h"
    assert split_url("http://h:443/").default_authority == "h:443"


@pytest.mark.parametrize("port", ["99999", "abc", "-1"])
def test_a_port_that_is_none_is_kept_as_written(port: str) -> None:
    url = split_url(f"http://h:{port}/")
    assert not url.has_valid_port
    assert url.authority == f"h:{port}"


def test_parts_of_the_model_are_put_together() -> None:
    url = Url(
        protocol="http",
        auth=UrlAuth("a b", "c:d@"),
        host=("example", "com"),
        port="81",
        path=("x", ":id", ":name.json", ":none"),
        query=(Param("a", "b&c#d=e"), Param("k=1", None), Param("off", "x", enabled=False), Param("e", "")),
        hash="h",
        variables=(Variable("id", "7 8"), Variable("name", "é")),
    )
    assert split_url(render_url(url)).href == (
        "http://a%20b:c%3Ad%40@example.com:81/x/7%208/%C3%A9.json/:none?a=b%26c%23d=e&k%3D1&e=#h"
    )


def test_a_question_mark_in_a_path_variable_begins_the_query() -> None:
    url = Url(protocol="http", host=("h",), path=(":v", "x"), variables=(Variable("v", "a?b"),))
    assert split_url(render_url(url)).target == "/a?b/x"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("http://other/x", "http://other/x"),
        ("/t?x", "http://u:p@h:1/t?x"),
        ("t", "http://u:p@h:1/a/t"),
        ("../t", "http://u:p@h:1/a/../t"),
        ("?q", "http://u:p@h:1/a/b?q"),
        ("#f", "http://u:p@h:1/a/b?c#f"),
        ("", "http://u:p@h:1/a/b?c"),
        ("//other/x", "http://other/x"),
        ("HTTP://other/", "HTTP://other/"),
        ("ftp://x/y", "ftp://x/y"),
        ("mailto:a@b", "http://u:p@h:1/a/mailto:a@b"),
    ],
)
def test_locations_are_resolved_without_touching_dots(location: str, url: str) -> None:
    assert resolve_redirect(split_url("http://u:p@h:1/a/b?c#d"), location) == url

"""The cookie jar. Expectations were checked with tough-cookie as Newman sets it up."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.exchange import Cookie
from runner.transport.cookie_text import from_json, parse_date, parse_set_cookie, to_json
from runner.transport.cookies import CookieJar, default_path, domain_match, domains_of, path_match

URL = "http://www.example.com/a/b/c"


def jar_with(*headers: str, url: str = URL) -> CookieJar:
    jar = CookieJar()
    jar.set_from_response(url, headers)
    return jar


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        ("a=1", "a=1"),
        (" a = 1 ; x", "a=1"),
        ("a=b=c", "a=b=c"),
        ('a="x y"', 'a="x y"'),
        ("novalue", "novalue"),
        ("=novalue", "novalue"),
        ("=a=b", "a=b"),
        ("a=", "a="),
        ("a=1\nb=2", "a=1"),
        ("a=é", "a=é"),
        ("a=1; Max-Age=0", None),
        ("a=1; Max-Age=-1; Expires=Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("a=1; Max-Age=100; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=1"),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("a=1; Expires=nonsense", "a=1"),
        ("a=1; Path=/a/b", "a=1"),
        ("a=1; Path=/a/bx", None),
        ("a=1; Path=relative", "a=1"),
        ("a=1; Domain=example.com", "a=1"),
        ("a=1; Domain=.EXAMPLE.com", "a=1"),
        ("a=1; Domain=other.com", None),
        ("a=1; Domain=ample.com", None),
        ("a=1; Domain=com", None),
        ("a=1; Secure", None),
        ("__Secure-a=1", None),
        ("__Host-a=1", None),
        ("", None),
        ("\x00", None),
        ("a=\x01", None),
    ],
)
def test_what_is_taken_and_sent_back(header: str, sent: str | None) -> None:
    assert jar_with(header).header_for(URL) == sent


def test_prefixes_want_secure_cookies() -> None:
    wide = "__Host-c=1; Secure; Path=/; Domain=example.com"
    jar = jar_with("__Secure-a=1; Secure", "__Host-b=1; Secure; Path=/", wide, url="https://example.com/")
    assert jar.header_for("https://example.com/") == "__Secure-a=1; __Host-b=1"


def test_hosts_see_what_is_meant_for_them() -> None:
    jar = jar_with("own=1", "all=1; Domain=example.com")
    assert jar.header_for("http://www.example.com/a/b/x") == "own=1; all=1"
    assert jar.header_for("http://example.com/a/b/x") == "all=1"
    assert jar.header_for("http://sub.www.example.com/a/b/x") == "all=1"
    assert jar.header_for("http://other.com/a/b/x") is None
    assert jar.header_for("http://WWW.EXAMPLE.COM/a/b/x") == "own=1; all=1"


def test_longer_paths_come_first_then_older_cookies() -> None:
    jar = jar_with("root=1; Path=/", "deep=1; Path=/a/b", "mid=1; Path=/a", "deep2=1; Path=/a/b")
    assert jar.header_for(URL) == "deep=1; deep2=1; mid=1; root=1"
    jar.set_from_response(URL, ["deep=2; Path=/a/b"])
    assert jar.header_for(URL) == "deep=2; deep2=1; mid=1; root=1"
    assert jar.header_for("http://www.example.com/a/bc") == "mid=1; root=1"


def test_secure_cookies_need_https_or_this_machine() -> None:
    jar = jar_with("s=1; Secure; Path=/", url="https://example.com/")
    assert jar.header_for("https://example.com/") == "s=1"
    assert jar.header_for("http://example.com/") is None
    for host in ("localhost", "a.localhost", "127.0.0.1", "[::1]"):
        jar.set_from_response(f"http://{host}:81/", ["s=1; Secure"])
        assert jar.header_for(f"http://{host}:82/") == "s=1"


def test_addresses_and_single_names_are_no_domains_to_share() -> None:
    jar = jar_with("a=1; Domain=0.0.1", "b=1; Domain=127.0.0.1", url="http://127.0.0.1/")
    assert jar.header_for("http://127.0.0.1/") == "b=1"
    jar = jar_with("a=1; Domain=localhost", url="http://localhost/")
    assert jar.header_for("http://localhost/") == "a=1"
    assert jar.header_for("http://sub.localhost/") is None
    assert jar_with("a=1", url="http://intranet/").header_for("http://intranet/") == "a=1"


def test_public_domains_are_stored_but_never_sent() -> None:
    jar = jar_with("a=1; Domain=co.uk; Path=/", url="http://shop.co.uk/")
    assert len(jar) == 1
    assert jar.header_for("http://shop.co.uk/") is None
    assert jar.header_for("http://other.co.uk/") is None


def test_cookies_for_reports() -> None:
    jar = jar_with("a=1; Max-Age=60; HttpOnly; SameSite=Lax; Domain=example.com; Priority=High")
    (cookie,) = jar.cookies_for(URL)
    assert cookie.expires == pytest.approx(time.time() + 60, abs=5)
    assert cookie == Cookie("a", "1", "example.com", "/a/b", cookie.expires, False, True, False)
    assert jar.all() == (cookie,)
    assert jar.cookies_for("http://nowhere.com/") == ()


def test_expired_cookies_leave_the_jar() -> None:
    jar = jar_with("a=1")
    cookie = jar.call("getAllCookies", [])[0]
    jar.call("putCookie", [{**cookie, "expires": "2001-01-01T00:00:00.000Z"}])
    assert len(jar) == 1
    assert jar.header_for(URL) is None
    assert len(jar) == 0


# --- the store interface, as scripts call it ---


def test_store_interface() -> None:
    jar = jar_with("a=1; Path=/; HttpOnly; Max-Age=60; Foo=bar", "b=2; Domain=example.com; Path=/a")
    found = jar.call("findCookie", ["www.example.com", "/", "a"])
    expected = {
        "key": "a",
        "value": "1",
        "domain": "www.example.com",
        "path": "/",
        "httpOnly": True,
        "hostOnly": True,
        "maxAge": 60,
        "extensions": ["Foo=bar"],
    }
    assert {key: found[key] for key in expected} == expected
    assert found["creation"].endswith("Z")
    assert "secure" not in found
    assert jar.call("findCookie", ["www.example.com", "/", "none"]) is None
    names = [cookie["key"] for cookie in jar.call("findCookies", ["www.example.com", "/a/x", True])]
    assert sorted(names) == ["a", "b"]
    assert [c["key"] for c in jar.call("findCookies", ["www.example.com", "/"])] == ["a"]
    assert len(jar.call("findCookies", ["www.example.com", None])) == 2
    assert jar.call("findCookies", [None, "/"]) == []

    jar.call("updateCookie", [found, {**found, "value": "new"}])
    assert jar.call("findCookie", ["www.example.com", "/", "a"])["value"] == "new"
    jar.call("putCookie", [{"key": "c", "value": "3", "domain": "x.org", "path": "/p", "hostOnly": True}])
    assert jar.header_for("http://x.org/p/q") == "c=3"
    assert [c["key"] for c in jar.call("getAllCookies", [])] == ["a", "b", "c"]
    jar.call("removeCookie", ["x.org", "/p", "c"])
    jar.call("removeCookies", ["example.com", "/other"])
    assert [c["key"] for c in jar.call("getAllCookies", [])] == ["a", "b"]
    jar.call("removeCookies", ["example.com", None])
    assert [c["key"] for c in jar.call("getAllCookies", [])] == ["a"]
    jar.call("removeAllCookies", [])
    assert jar.call("getAllCookies", []) == []
    with pytest.raises(ValueError, match="invalid method name `__init__`"):
        jar.call("__init__", [])


def test_file_of_a_jar_comes_back_as_it_was(tmp_path: Path) -> None:
    jar = jar_with("a=1; Path=/; Max-Age=60", "b=2; Secure; Expires=Fri, 31 Dec 2099 23:59:59 GMT; SameSite=Strict")
    (tmp_path / "jar.json").write_text(json.dumps(jar.to_json()), "utf-8")
    data = json.loads((tmp_path / "jar.json").read_text())
    assert (data["storeType"], data["enableLooseMode"], data["rejectPublicSuffixes"]) == (
        "MemoryCookieStore",
        True,
        False,
    )
    assert data["cookies"][1]["expires"] == "2099-12-31T23:59:59.000Z"
    again = CookieJar.load(tmp_path / "jar.json")
    assert again.call("getAllCookies", []) == jar.call("getAllCookies", [])
    assert again.header_for(URL.replace("http", "https")) == "b=2; a=1"
    for broken in ({}, [], {"cookies": {}}):
        (tmp_path / "jar.json").write_text(json.dumps(broken))
        with pytest.raises(ValueError, match="no list of cookies"):
            CookieJar.load(tmp_path / "jar.json")


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("Thu, 01 Jan 1970 00:00:01 GMT", 1000),
        ("Wed, 09-Jun-21 10:18:14 GMT", 1623233894000),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777000),
        ("Nov 6 08:49:37 1994", 784111777000),
        ("1994 6x Nov 8:49:37y", 784111777000),
        ("31 Feb 2020 00:00:00", 1583107200000),
        ("Thu, 01 Jan 1600 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 24:00:00 GMT", None),
        ("01 Jan 1970", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_dates(text: str, milliseconds: int | None) -> None:
    assert parse_date(text) == milliseconds


@given(st.text())
def test_no_header_breaks_the_jar(header: str) -> None:
    jar = jar_with(header)
    jar.header_for(URL)
    for data in jar.call("getAllCookies", []):
        assert to_json(from_json(json.loads(json.dumps(data)))) == data


FIELDS = ("key", "value", "expires", "maxAge", "domain", "path", "secure", "creation", "extensions")
ANYTHING = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING))
def test_no_json_breaks_the_jar(data: dict[str, Any]) -> None:
    jar = CookieJar()
    jar.call("putCookie", [data])
    jar.header_for(URL)
    json.dumps(jar.to_json())


def test_parts() -> None:
    assert [default_path(path) for path in ("/", "/a", "/a/", "/a/b", "")] == ["/", "/", "/a", "/a", "/"]
    assert [path_match("/a/b", path) for path in ("/", "/a", "/a/", "/a/b", "/a/b/", "/a/bb", "/b")] == [
        True, True, True, True, False, False, False,
    ]  # fmt: skip
    assert domain_match("a.b.c", "b.c")
    assert not domain_match("ab.c", "b.c")
    assert not domain_match("1.2.3.4", "3.4")
    assert domains_of("a.b.example.com") == ["example.com", "b.example.com", "a.b.example.com"]
    assert domains_of("a.example.co.uk") == ["example.co.uk", "a.example.co.uk"]
    assert parse_set_cookie("a=1; Domain=.") is not None


def test_many_threads_share_a_jar() -> None:
    jar = CookieJar()

    def work(number: int) -> None:
        for index in range(200):
            jar.set_from_response(URL, [f"c{number}-{index}=1; Path=/"])
            assert jar.header_for(URL)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(jar) == 800


def test_a_copy_goes_its_own_way_and_its_changes_can_be_taken_over() -> None:
    url = "http://a.test/"
    jar = CookieJar()
    jar.set_from_response(url, ["kept=1", "changed=1", "removed=1", "both=1"])
    before, branch = jar.copy(), jar.copy()
    branch.set_from_response(url, ["changed=2", "new=2", "removed=; Max-Age=0", "both=2"])
    branch.call("removeCookie", ["a.test", "/", "removed"])
    jar.set_from_response(url, ["both=3", "own=3"])
    branch.cookies_for(url)  # to look at a cookie is no change
    assert [c.name for c in before.all()] == ["kept", "changed", "removed", "both"]
    jar.take_changes(before, branch)
    assert {c.name: c.value for c in jar.all()} == {"kept": "1", "changed": "2", "both": "2", "own": "3", "new": "2"}
    assert [c.name for c in jar.all()] == ["kept", "changed", "both", "own", "new"]
    assert len(before) == 4

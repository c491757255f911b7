"""Postman's URL parts. The expected values were checked against postman-collection 5.3.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.collection import Param, Url, UrlAuth, Variable
from runner.parse.url import parse_url, render_url, url_from_json, url_to_json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https:///a//b", Url(protocol="https", host=("a",), path=("", "b"))),
        ("localhost/?", Url(host=("localhost",), path=("",), query=(Param("", None),))),
        ("u:p@h:8080", Url(auth=UrlAuth("u", "p"), host=("h",), port="8080")),
        ("a@b@c:1", Url(auth=UrlAuth("a@b"), host=("c",), port="1")),
        ("[::1]:80/x", Url(host=("[::1]",), port="80", path=("x",))),
        ("h\\a\\b", Url(host=("h",), path=("a", "b"))),
        (
            "{{base.url}}:80/{{a/b?c}}?x={{y&z}}#h",
            Url(host=("{{base.url}}",), port="80", path=("{{a/b?c}}",), query=(Param("x", "{{y&z}}"),), hash="h"),
        ),
        ("h/:id/x:y", Url(host=("h",), path=(":id", "x:y"), variables=(Variable("id"),))),
        ("h?a=1&&b", Url(host=("h",), query=(Param("a", "1"), Param(None, None), Param("b", None)))),
        ("\ufeff\xa0\t h", Url(host=("h",))),
        ("\x1e\x85h", Url(host=("\x1e\x85h",))),
        ("", Url()),
    ],
)
def test_parts(text: str, expected: Url) -> None:
    assert parse_url(text) == expected


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ({"host": "a.b", "path": ":id.json", "variable": [{"key": "id", "value": "7"}]}, "a.b/7.json"),
        ({"host": "a.b", "path": "/:id", "variable": [{"id": "id", "value": "7"}]}, "a.b/7"),
        ({"host": "a.b", "path": "/:id", "variable": [{"key": "id", "value": ""}]}, "a.b/:id"),
        ({"host": ["a", "b"], "query": [{"key": "a", "value": "x&y#z"}]}, "a.b?a=x%26y%23z"),
        ({"host": ["a", "b"], "query": [{"key": "a=b", "value": "c=d"}]}, "a.b?a%3Db=c=d"),
        ({"host": ["a", "b"], "query": [{"key": "a", "value": "1", "disabled": True}]}, "a.b"),
        ({"host": ["a", "b"], "query": [{"key": "a", "value": None}, {"key": "b", "value": ""}]}, "a.b?a&b="),
        ({"raw": "http://ignored/", "host": ["used"]}, "used"),
        ({"host": "{{a.b}}.c", "query": {"k": "v"}}, "{{a.b}}.c?k=v"),
    ],
)
def test_objects_are_rendered_from_their_parts(url: dict[str, object], text: str) -> None:
    assert render_url(url_from_json(url)) == text


def _stands_alone(text: str) -> bool:
    """Without space around it, and no variable begins in it that could end in the next part."""
    return text == text.strip() and ("{{" not in text or "}}" in text.rpartition("{{")[2])


_PART = st.text(alphabet="abcXYZ019-_~.{}$ ", min_size=1, max_size=8).filter(_stands_alone)


@given(st.lists(_PART, min_size=1, max_size=4), st.lists(st.tuples(_PART, _PART), max_size=4))
def test_what_was_rendered_parses_back(path: list[str], query: list[tuple[str, str]]) -> None:
    url = Url("http", None, ("host", "test"), "81", tuple(path), tuple(Param(k, v) for k, v in query), "end")
    assert parse_url(render_url(url)) == url
    assert url_from_json(url_to_json(url)) == url


@given(st.text(max_size=60))
def test_any_text_is_taken_and_stable(text: str) -> None:
    once = render_url(parse_url(text), substitute=False)
    if parse_url(text).protocol != "":  # what is left of "://a://b" may be a protocol now, as in Postman
        assert render_url(parse_url(once), substitute=False) == once

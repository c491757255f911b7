"""Whatever is imported becomes a collection or is refused in a sentence; what is told in another format comes back."""

# ruff: noqa: E501  (tables)

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.importing.build import Imported
from runner.importing.curl import import_curl
from runner.importing.detect import import_text
from runner.importing.har import import_har
from runner.importing.http_file import import_http
from runner.model.collection import RequestSpec, walk
from runner.parse.collection import collection_from_json
from runner.parse.url import render_url
from support.refusal import attempt

PATIENT = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
_WORDS = (
    "curl", "-X", "-d", "-F", "--data-urlencode", "-H", "-u", "--next", "http://h/a", "'", '"', "\\\n", "$'", "$(", "`", "|",
    "GET http://h/a", "POST {{u}}", "HTTP/1.1", "###", "# @name a", "@v = 1", "X-A: b", "< ./f", "--b", "{", "}", "\n", " ",
    "Content-Type: multipart/form-data; boundary=b", "> {%", "%}", "a=b", "@f", ";type=x", "log", "entries", "openapi: 3.0.0",
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS), max_size=12).map("".join))
TOKENS = st.text("abcXYZ019-", min_size=1, max_size=8)
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), min_size=1, max_size=20).map(str.strip)
_NAMES = st.sampled_from(
    (
        *(
            "log",
            "entries",
            "request",
            "response",
            "url",
            "method",
            "headers",
            "queryString",
            "postData",
            "params",
            "name",
        ),
        *(
            "value",
            "mimeType",
            "text",
            "content",
            "status",
            "encoding",
            "cookies",
            "fileName",
            "creator",
            "version",
            "pages",
        ),
    )
)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


def only(imported: Imported) -> RequestSpec:
    (located,) = walk(collection_from_json(json.loads(json.dumps(imported.collection))))
    return located.item.request


@pytest.mark.parametrize("read", [import_text, import_curl, import_http])
def test_any_text_is_imported_or_refused_in_a_sentence(read: Any) -> None:
    @PATIENT
    @given(TEXTS)
    def holds(text: str) -> None:
        imported, said = attempt(lambda: read(text, "file"))
        assert (imported is None) == said.startswith("file")
        if imported is not None:
            collection_from_json(json.loads(json.dumps(imported.collection)))

    holds()


@PATIENT
@given(st.dictionaries(_NAMES, JSON, max_size=4))
def test_any_json_is_a_har_file_or_is_refused_in_a_sentence(data: dict[str, Any]) -> None:
    imported, said = attempt(lambda: import_har(data, "file"))
    assert (imported is None) == said.startswith("file")
    if imported is not None:
        collection_from_json(json.loads(json.dumps(imported.collection)))


@PATIENT
@given(
    TOKENS.map(str.upper),
    TOKENS,
    st.dictionaries(TOKENS.map("X-".__add__), PLAIN.filter(bool), max_size=3),
    PLAIN.filter(bool),
)
def test_a_command_of_curl_comes_back(method: str, path: str, headers: dict[str, str], body: str) -> None:
    words = ["curl", "-X", f"M{method}", f"http://h.test/{path}", "--data-raw", body]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    request = only(import_curl(shlex.join([*words, "-H", "Content-Type: text/plain"])))
    assert (request.method, render_url(request.url)) == (f"M{method}", f"http://h.test/{path}")
    assert request.body is not None
    assert request.body.raw == body
    assert {(one.key, one.value) for one in request.headers} >= set(headers.items())


@PATIENT
@given(st.sampled_from(["POST", "PUT", "PATCH"]), TOKENS, PLAIN.filter(bool))
def test_an_entry_of_a_har_file_comes_back(method: str, path: str, body: str) -> None:
    sent = {"method": method, "url": f"http://h.test/{path}", "headers": [{"name": "X-A", "value": body}]}
    sent["postData"] = {"mimeType": "text/plain", "text": body}
    request = only(import_har({"log": {"version": "1.2", "entries": [{"request": sent}]}}))
    assert (request.method, render_url(request.url)) == (method, sent["url"])
    assert request.body is not None
    assert request.body.raw == body
    assert ("X-A", body) in {(one.key, one.value) for one in request.headers}

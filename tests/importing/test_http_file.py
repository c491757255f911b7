""".http files: what an imported one sends, and what of its language has a place in a collection."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun
from importing.conftest import sent_headers
from support.server import Received, RecordingServer

Json = Any

FILE = """
@host = URL
@who = Ann {{last}}
@last = Lee

### List things
# All of them.
GET {{host}}/things
    ?page=2
    &q={{who}}
Accept: application/json

###
// a comment
# @name create
# @no-redirect
POST {{ host }}/respond?status=201&type=application/json&body={"id":7,"list":[{"a":"x"}]} HTTP/1.1
Content-Type: application/json
# a comment between headers
X-Key: {{$guid}}

{
  "name": "{{who}}",

  "at": {{$timestamp}}
}

> {%
  client.global.set("x", response.body.id)
%}

### Use it
{{host}}/things/{{create.response.body.$.id}}/{{create.response.body.$.list[0].a}}
X-Type: {{create.response.headers.Content-Type}}

### Form
PUT {{host}}/form
Content-Type: application/x-www-form-urlencoded

name=Ann Lee
&role=admin

### Parts
POST {{host}}/upload
Content-Type: multipart/form-data; boundary=XX

--XX
Content-Disposition: form-data; name="text"

two
lines
--XX
Content-Disposition: form-data; name="doc"; filename="other.txt"
Content-Type: text/x-doc

< ./small.txt
--XX--

### File
POST {{host}}/file
Content-Type: text/plain

< small.txt

### Mixed
POST {{host}}/mixed
Content-Type: text/plain

before
<@ small.txt
after

### GraphQL
POST {{host}}/graphql
X-REQUEST-TYPE: GraphQL
Content-Type: application/json

query ($n: Int) {
  things(first: $n) { id }

  more
}

{"n": 3}

### Basic
GET {{host}}/private
Authorization: Basic ann s3cret

### Bearer
GET {{host}}/private
Authorization: Bearer t0ken

### Encoded
GET {{host}}/private
Authorization: Basic YW5uOnMzY3JldA==
"""


@pytest.fixture
def sent(
    imported: Callable[..., Json], run: Callable[..., list[Received]], server: RecordingServer, tmp_path: Path
) -> dict[str, Received]:
    """What each request of the file sends, by its name."""
    (tmp_path / "small.txt").write_text("small {{who}}\n")
    made = imported("api.http", FILE.replace("URL", server.url), warnings=None)
    names = [item["name"] for item in made["item"]]
    return dict(zip(names, run(), strict=True))


def test_requests_are_named_and_sent_in_their_order(sent: dict[str, Received]) -> None:
    assert [(name, one.method, one.target.partition("&")[0]) for name, one in sent.items()] == [
        ("List things", "GET", "/things?page=2"),
        ("create", "POST", "/respond?status=201"),
        ("Use it", "GET", "/things/7/x"),
        ("Form", "PUT", "/form"),
        ("Parts", "POST", "/upload"),
        ("File", "POST", "/file"),
        ("Mixed", "POST", "/mixed"),
        ("GraphQL", "POST", "/graphql"),
        ("Basic", "GET", "/private"),
        ("Bearer", "GET", "/private"),
        ("Encoded", "GET", "/private"),
    ]


def test_variables_hold_others_and_values_of_earlier_responses(sent: dict[str, Received]) -> None:
    assert sent["List things"].target == "/things?page=2&q=Ann%20Lee"
    body = json.loads(sent["create"].body)
    assert (body["name"], body["at"] > 1e9) == ("Ann Lee", True)
    assert len(sent["create"].header("X-Key") or "") == 36
    assert sent["Use it"].header("X-Type") == "application/json"


def test_bodies(sent: dict[str, Received]) -> None:
    assert sent["create"].body.startswith(b'{\n  "name": "Ann Lee",\n\n  "at": ')
    assert sent["create"].body.endswith(b"\n}")
    assert sent["Form"].body in (b"name=Ann%20Lee&role=admin", b"name=Ann+Lee&role=admin")
    assert sent["File"].body == b"small {{who}}\n"
    assert sent["Mixed"].body == b"before\nsmall Ann Lee\nafter"
    graphql = json.loads(sent["GraphQL"].body)
    assert graphql["query"].startswith("query ($n: Int) {")
    assert graphql["variables"] == {"n": 3}
    assert "x-request-type" not in sent_headers(sent["GraphQL"])
    parts = sent["Parts"].body
    assert b'name="text"\r\n\r\ntwo\nlines\r\n' in parts
    assert b'name="doc"; filename="other.txt"\r\nContent-Type: text/x-doc\r\n\r\nsmall {{who}}\n\r\n' in parts


def test_credentials(sent: dict[str, Received]) -> None:
    basic = "Basic YW5uOnMzY3JldA=="
    assert [sent[name].header("Authorization") for name in ("Basic", "Bearer", "Encoded")] == [
        basic,
        "Bearer t0ken",
        basic,
    ]


def test_directives_comments_and_notes(htrun: Htrun, tmp_path: Path) -> None:
    text = "@t = {{$processEnv API_TOKEN}}\n# @prompt otp One-time code\n# About\n"
    text += "GET https://api.test/{{$datetime rfc1123}}\n"
    text += "X: {{$randomInt 1 5}} {{$dotenv NAME}}\n\n### Socket\nWEBSOCKET wss://api.test/\n"
    (tmp_path / "x.http").write_text(text)
    done = htrun("import", "x.http")
    made = json.loads(done.stdout)
    assert made["info"]["name"] == "x"
    assert made["variable"] == [
        {"key": "API_TOKEN", "value": ""},
        {"key": "NAME", "value": ""},
        {"key": "t", "value": "{{API_TOKEN}}"},
        {"key": "otp", "value": ""},
    ]
    (item,) = made["item"]
    assert item["request"]["description"] == "About"
    assert item["request"]["url"]["raw"] == "https://api.test/{{$isoTimestamp}}"
    assert item["request"]["header"] == [{"key": "X", "value": "{{$randomInt}} {{NAME}}"}]
    assert done.stderr.count("htrun: warning: ") == 6 == done.stderr.count("\n")
    assert "processEnv API_TOKEN became the variable API_TOKEN; give it with --var" in done.stderr
    assert "WEBSOCKET is not HTTP" in done.stderr


def test_directives_become_behavior(imported: Callable[..., Json]) -> None:
    made = imported("x.http", "# @no-redirect\n# @no-cookie-jar\nGET https://api.test/\n\n{}\n")
    assert made["item"][0]["protocolProfileBehavior"] == {
        "followRedirects": False,
        "disableCookies": True,
        "disableBodyPruning": True,
    }


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.http", "### only a name\n", "x.http: there is no request in it"),
        ("x.http", "hello world\nGET https://api.test/\n", "x.http:1: is no part of a request: 'hello world'"),
        ("x.http", "GET https://api.test/\nX-A: 1\nno header\n", "x.http:3: is no part of a request: 'no header'"),
        ("x.http", "POST https://api.test/\n\na\n< missing.txt\n", "missing.txt: no such file"),
    ],
)
def test_what_cannot_be_read_is_said(htrun: Htrun, tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    done = htrun("import", name, "-o", "made.json")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", f"htrun: error: {said}\n")
    assert not (tmp_path / "made.json").exists()

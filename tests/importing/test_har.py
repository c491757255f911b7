"""HAR: a recorded run, imported and run again, sends the same requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.conftest import Htrun, request
from importing.conftest import sent_headers
from support.server import Received, RecordingServer

Json = Any


def test_a_recorded_run_sends_the_same_again(
    htrun: Htrun,
    imported: Callable[..., Json],
    run: Callable[..., list[Received]],
    server: RecordingServer,
    tmp_path: Path,
) -> None:
    form = {"mode": "urlencoded", "urlencoded": [{"key": "a b", "value": "1&2"}, {"key": "c", "value": "+"}]}
    raw = {"mode": "raw", "raw": '{"a": "ü"}', "options": {"raw": {"language": "json"}}}
    items = [
        request("Get", f"{server.url}/json?x=1&y=%20", header=[{"key": "X-One", "value": "1"}]),
        request("Form", f"{server.url}/form", method="POST", body=form),
        request("Raw", f"{server.url}/raw", method="PUT", body=raw),
        request("Fails", f"{server.url}/respond?status=404&body=gone", method="DELETE"),
    ]
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "c"}, "item": items}))
    done = htrun("c.json", "-r", "har", "--reporter-har-export", "out.har", "--show-secrets")
    assert done.returncode == 0, done.stderr
    expected = [(r.method, r.target, sent_headers(r), r.body) for r in server.take()]
    made = imported("out.har")
    assert [(r.method, r.target, sent_headers(r), r.body) for r in run()] == expected
    answers = [item["response"][0] for item in made["item"]]
    assert [answer["code"] for answer in answers] == [200, 200, 200, 404]
    assert json.loads(answers[0]["body"])["name"] == "Ann"
    assert answers[3]["body"] == "gone"
    mocked = htrun("made.json", "--mock")
    assert mocked.returncode == 0, mocked.stdout
    assert server.take() == ()


def entry(method: str = "GET", url: str = "https://api.test/a", page: str = "p1", **more: Json) -> Json:
    answer = {"status": 200, "headers": [], "content": {}, **more.pop("response", {})}
    sent = {"method": method, "url": url, "headers": [], **more}
    return {"pageref": page, "request": sent, "response": answer}


def har(*entries: Json) -> str:
    pages = [{"id": "p1", "title": "Start"}, {"id": "p2", "title": "Cart"}]
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "Firefox"}, "pages": pages, "entries": entries}})


def test_a_browser_s_recording(imported: Callable[..., Json]) -> None:
    pseudo = [{"name": ":authority", "value": "api.test"}, {"name": "Accept", "value": "text/csv"}]
    params = [
        {"name": "note", "value": "hi"},
        {"name": "doc", "fileName": "a.png", "contentType": "image/png", "value": ""},
    ]
    picture = {"status": 200, "headers": [], "content": {"text": "iVBORw0K/w==", "encoding": "base64"}}
    text = {"status": 200, "headers": [], "content": {"text": "w7w=", "encoding": "base64", "mimeType": "text/plain"}}
    made = imported(
        "rec.har",
        har(
            entry(headers=pseudo, response=text),
            entry(url="data:text/plain,x"),
            entry("POST", "https://api.test/b", "p2", postData={"mimeType": "multipart/form-data", "params": params}),
            entry(url="https://api.test/pic", page="p2", response=picture),
            entry(url="https://api.test/given-up", page="p2", response={"status": 0}),
        ),
        warnings=1,
    )
    assert made["info"]["name"] == "Recorded with Firefox"
    assert [folder["name"] for folder in made["item"]] == ["Start", "Cart"]
    (first,), (upload, image, given_up) = (folder["item"] for folder in made["item"])
    assert first["request"]["header"] == [{"key": "Accept", "value": "text/csv"}]
    assert first["response"][0]["body"] == "ü"
    assert upload["request"]["body"]["formdata"] == [
        {"key": "note", "value": "hi", "type": "text"},
        {"key": "doc", "type": "file", "src": "a.png", "contentType": "image/png"},
    ]
    assert image["response"][0]["body"] == ""
    assert given_up["response"] == []


def test_a_recording_without_requests_is_refused(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text(har(entry(url="blob:x")))
    done = htrun("import", "x.har")
    assert (done.returncode, done.stderr) == (3, "htrun: error: x.har: holds no request over HTTP\n")

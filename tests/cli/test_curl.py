"""``curl`` commands of requests: a real shell reads them, and a real curl sends the same request again."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun, request
from support.server import Received, RecordingServer

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="needs curl and bash"
)

Write = Callable[..., str]
#: What differs between two clients or two requests.
OWN = ("postman-token", "connection", "user-agent", "accept-encoding", "content-length", "content-type", "expect")


def commands(text: str) -> list[str]:
    """The commands in a terminal report."""
    found: list[str] = []
    for line in text.split("\n"):
        if line.strip().startswith("curl "):
            found.append(line.strip())
        elif found and found[-1].endswith("\\"):
            found[-1] += "\n" + line.strip()
    return found


def sent_again(done: subprocess.CompletedProcess[str], server: RecordingServer) -> tuple[Received, Received]:
    """The request as htrun and as curl sent it."""
    (command,) = commands(done.stdout)
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0, command + ran.stderr
    first, second = server.take()
    return first, second


def headers(received: Received) -> dict[str, str]:
    return {name.lower(): value for name, value in received.headers if name.lower() not in OWN}


BODIES: dict[str, Any] = {
    "none": {},
    "json": {"method": "POST", "body": {"mode": "raw", "raw": '{"a": "it\'s",\n\t"b": "$HOME `x` \\\\ é"}',
             "options": {"raw": {"language": "json"}}}},
    "controls": {"method": "PUT", "body": {"mode": "raw", "raw": "a\x1b[31m\x01b\r\nc\u2028d"}},
    "form": {"method": "PATCH", "body": {"mode": "urlencoded", "urlencoded": [{"key": "a b", "value": "c&d=é"}]}},
    "delete": {"method": "DELETE"},
    "headers": {"header": [{"key": "X-Quote", "value": "it's \"q\" $x"}, {"key": "X-Empty", "value": ""}]},
    "head": {"method": "HEAD"},
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_curl_sends_the_same_request(kind: str, htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    url = f"{server.url}/a/../echo?q={{x}}&r=[1]&s=it's"
    done = htrun(collection(request("r", url, "throw new Error('x')", **BODIES[kind])), "--curl")
    first, second = sent_again(done, server)
    assert (first.method, first.target, first.body) == (second.method, second.target, second.body)
    assert headers(first) == headers(second)
    if first.body:
        assert first.header("content-type") == second.header("content-type")


def test_a_multipart_form_and_its_files(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "up load.txt").write_text("content")
    rows = [{"key": "a", "value": "@b;c", "type": "text"}, {"key": "f", "src": "up load.txt", "type": "file"}]
    body = {"mode": "formdata", "formdata": rows}
    monkeypatch.chdir(tmp_path)
    done = htrun(collection(request("r", f"{server.url}/echo", "throw 1", method="POST", body=body)), "--curl")
    first, second = sent_again(done, server)
    for received in (first, second):
        assert (received.header("content-type") or "").startswith("multipart/form-data; boundary=")
        assert b'name="a"' in received.body
        assert b"@b;c" in received.body
        assert b'filename="up load.txt"' in received.body
        assert b"content" in received.body


def test_a_body_that_is_no_text_is_left_to_a_file(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "body").write_bytes(b"\xff\x00\xfe")
    body = {"mode": "file", "file": {"src": "body"}}
    monkeypatch.chdir(tmp_path)
    done = htrun(collection(request("r", f"{server.url}/echo", "throw 1", method="POST", body=body)), "--curl")
    first, second = sent_again(done, server)
    assert first.body == second.body == b"\xff\x00\xfe"


def test_secrets_are_not_in_it(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    auth = {"type": "bearer", "bearer": [{"key": "token", "value": "{{t}}"}]}
    body = {"mode": "raw", "raw": json.dumps({"password": "hunter2-in-body"})}
    file = collection(
        request("r", f"{server.url}/echo?api_key=k-in-url", "throw 1", method="POST", body=body, auth=auth)
    )
    done = htrun(file, "--curl", "--var", "t=bearer-value")
    (command,) = commands(done.stdout)
    assert "Authorization: " in command
    assert not any(secret in done.stdout for secret in ("bearer-value", "hunter2", "k-in-url"))
    shown = htrun(file, "--curl", "--var", "t=bearer-value", "--show-secrets")
    assert "-H 'Authorization: Bearer bearer-value'" in commands(shown.stdout)[0]


def test_only_failures_have_one(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    assert commands(htrun(collection(request("r", f"{server.url}/echo")), "--curl").stdout) == []
    assert commands(htrun(collection(request("r", f"{server.url}/echo", "throw 1"))).stdout) == []

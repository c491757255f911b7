"""What a mock sends back, and how it behaves as a server."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from support.mocks import Mock, example, item, request

ROOT = Path(__file__).parents[2]


def one(body: str = "ok", code: int = 200, **more: object) -> dict:
    return item("Thing", request("{{base_url}}/thing/{{id}}"), example("answer", code, body, **more))


def header(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


def htrun_mock(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", "mock", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_templates_in_body_and_headers_are_filled(mock: Callable[..., Mock], tmp_path: Path) -> None:
    values = [{"key": "tenant", "value": "acme"}, {"key": "plan", "value": "free"}]
    (tmp_path / "env.json").write_text(json.dumps({"values": values}))
    body = '{"id": "{{id}}", "tenant": "{{tenant}}", "plan": "{{plan}}", "key": "{{$guid}}", "left": "{{unknown}}"}'
    api = mock(
        one(body, header=[header("X-Tenant", "{{tenant}}"), header("X-Id", "{{id}}")]),
        options=("-e", "env.json", "--var", "plan=paid"),
    )
    first, second = api.get("/thing/42"), api.get("/thing/42")
    assert (first.headers["X-Tenant"], first.headers["X-Id"]) == ("acme", "42")
    answer = first.json()
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.pop("key"))
    assert answer == {"id": "42", "tenant": "acme", "plan": "paid", "left": "{{unknown}}"}
    assert first.json()["key"] != second.json()["key"]


def test_a_base_url_without_a_value_is_the_mock_itself(mock: Callable[..., Mock]) -> None:
    moved = example("moved", 302, "{{base_url}}/b", header=[{"key": "Location", "value": "{{base_url}}/b"}])
    server = mock(item("A", request("{{base_url}}/a"), moved), variable=[{"key": "base_url", "value": ""}])
    answer = server.get("/a")
    assert (answer.headers["Location"], answer.text) == (f"{server.url}/b", f"{server.url}/b")


def test_headers_of_the_saved_transfer_are_left_out(mock: Callable[..., Mock]) -> None:
    saved = [
        header("Content-Encoding", "gzip"),
        header("Transfer-Encoding", "chunked"),
        header("Content-Length", "9999"),
        header("Set-Cookie", "a=1"),
        header("Set-Cookie", "b=2"),
        header("Content-Type", "text/plain; charset=iso-8859-1"),
        {**header("X-Off", "1"), "disabled": True},
    ]
    api = mock(one("naïve", header=saved))
    answer = api.get("/thing/1")
    assert answer.content == "naïve".encode("latin-1")
    assert answer.headers["Content-Length"] == "5"
    assert answer.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert not {"Content-Encoding", "Transfer-Encoding", "X-Off"} & set(answer.headers)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"a": 1}', "application/json"),
        ("<!DOCTYPE html><p>", "text/html; charset=utf-8"),
        ("<a/>", "application/xml"),
        ("hello", "text/plain; charset=utf-8"),
    ],
)
def test_a_body_without_a_type_gets_one(mock: Callable[..., Mock], body: str, kind: str) -> None:
    assert mock(one(body)).get("/thing/1").headers["Content-Type"] == kind


def test_statuses(mock: Callable[..., Mock]) -> None:
    api = mock(
        one("never sent", 204, status="Gone Quiet"),
        item("Teapot", request("{{u}}/tea"), example("tea", 418, "short", status="I'm a teapot")),
        item("Odd", request("{{u}}/odd"), example("odd", 599, "odd")),
    )
    empty = api.get("/thing/1")
    assert (empty.status_code, empty.reason, empty.content) == (204, "Gone Quiet", b"")
    assert (api.get("/tea").status_code, api.get("/tea").reason) == (418, "I'm a teapot")
    assert (api.get("/odd").status_code, api.get("/odd").text) == (599, "odd")


def test_head_and_options(mock: Callable[..., Mock]) -> None:
    api = mock(one("12345"), item("Make", request("{{u}}/thing/{{id}}", "PUT"), example("made", 201)))
    head = api.call("HEAD", "/thing/1")
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "5", b"")
    options = api.call("OPTIONS", "/thing/1")
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, PUT, OPTIONS")
    assert "Access-Control-Allow-Origin" not in options.headers
    assert api.call("OPTIONS", "/nothing").status_code == 404


def test_web_pages_may_read_only_with_cors(mock: Callable[..., Mock]) -> None:
    api = mock(one(), options=("--cors", "http://app.test"))
    mine = api.get("/thing/1", Origin="http://app.test")
    assert mine.headers["Access-Control-Allow-Origin"] == "http://app.test"
    assert "Access-Control-Allow-Origin" not in api.get("/thing/1", Origin="http://evil.test").headers
    asked = {
        "Origin": "http://app.test",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-one, x-two",
    }
    preflight = api.call("OPTIONS", "/thing/1", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Methods"] == "PUT"
    assert preflight.headers["Access-Control-Allow-Headers"] == "x-one, x-two"
    own = api.get("/__htrun/requests", Origin="http://app.test")
    assert "Access-Control-Allow-Origin" not in own.headers


def test_delays(mock: Callable[..., Mock]) -> None:
    api = mock(one(), options=("--delay", "150-160"))
    began = time.perf_counter()
    api.get("/thing/1")
    assert 0.15 <= time.perf_counter() - began < 2
    assert 150 <= api.requests()[0]["duration_ms"] < 2000


def test_the_log_tells_a_test_what_was_asked(mock: Callable[..., Mock], tmp_path: Path) -> None:
    api = mock(one(), options=("--log", "seen.jsonl", "--verbose"))
    api.call("GET", "/thing/1?a=1&a=2&b", headers={"Authorization": "Bearer s3cret", "Cookie": "sid=s3cret"})
    api.call("POST", "/thing/1", data=b"\xff\x00")
    first, second = api.requests()
    assert (first["id"], first["method"], first["path"], first["code"]) == (1, "GET", "/thing/1", 200)
    assert first["query"] == [["a", "1"], ["a", "2"], ["b", ""]]
    assert first["example"]["name"] == "answer"
    assert ["Authorization", "Bearer ***"] in first["headers"]
    assert ["Cookie", "***"] in first["headers"]
    assert (second["body"], second["body_encoding"], second["code"], second["example"]) == ("/wA=", "base64", 404, None)
    lines = (tmp_path / "seen.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [first, second]
    assert "s3cret" not in "".join(lines)
    assert api.call("DELETE", "/__htrun/requests").status_code == 204
    assert api.requests() == []
    _, out, _ = api.stop()
    assert out.splitlines() == [
        "GET /thing/1 200 (Thing / answer)",
        "POST /thing/1 404 (no example)",
    ]


def test_secrets_are_kept_on_request(mock: Callable[..., Mock]) -> None:
    api = mock(one(), options=("--show-secrets",))
    api.get("/thing/1", Authorization="Bearer abc")
    assert ["Authorization", "Bearer abc"] in api.requests()[0]["headers"]


def test_the_examples_are_listed(mock: Callable[..., Mock]) -> None:
    rows = mock(one()).get("/__htrun/examples").json()
    assert [(row["item"], row["method"], row["path"], row["code"]) for row in rows] == [
        ("Thing", "GET", "/thing/{{id}}", 200)
    ]
    assert "GET" in mock(one()).get("/__htrun/other").text


def test_connections_are_kept_and_chunked_bodies_are_read(mock: Callable[..., Mock]) -> None:
    api = mock(one(), item("Send", request("{{u}}/send", "POST"), example("sent", body="sent")))
    with requests.Session() as session:
        assert session.post(f"{api.url}/send", data=iter([b"ab", b"c" * 70_000]), timeout=10).text == "sent"
        assert session.get(f"{api.url}/thing/1", timeout=10).text == "ok"
    assert api.requests()[0]["body"] == "ab" + "c" * 70_000
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for _ in range(2):
            connection.sendall(b"GET /thing/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).endswith(b"ok")
        connection.sendall(b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")
        assert b"400 Bad Request" in connection.recv(4096)


def test_ctrl_c_ends_it_at_once_and_quietly(mock: Callable[..., Mock]) -> None:
    api = mock(one(), options=("--delay", "60000"))
    assert api.ready == f"Mock of Shop: {api.url} (1 example)\n"
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as waiting:
        waiting.sendall(b"GET /thing/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        began = time.perf_counter()
        assert api.stop() == (130, "", "\n")  # the line of a terminal's ^C ends
        assert time.perf_counter() - began < 5


def test_what_cannot_be_served_is_said(write: Callable[..., str], mock: Callable[..., Mock], tmp_path: Path) -> None:
    empty = htrun_mock(write(item("A", request("https://a.test/"))))
    assert (empty.returncode, empty.stdout) == (3, "")
    assert "has no saved examples" in empty.stderr
    port = mock(one()).url.rpartition(":")[2]
    taken = htrun_mock(write(one()), "--port", port)
    assert (taken.returncode, taken.stderr.count("\n")) == (2, 1)
    assert f"Port {port} is in use" in taken.stderr
    for wrong in ("fast", "200-100"):
        delay = htrun_mock(write(one()), "--delay", wrong)
        assert (delay.returncode, delay.stderr.count("\n")) == (2, 1)
    log = htrun_mock(write(one()), "--log", str(tmp_path / "no" / "log"))
    assert (log.returncode, log.stderr.count("\n")) == (3, 1)

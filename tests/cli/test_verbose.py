"""``--verbose``: what Newman tells of each request, and what it does not: headers, the way there, the certificate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.conftest import Htrun, request
from support import certificates
from support.server import RecordingServer

Write = Callable[..., str]


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[RecordingServer]:
    certificates.make(tmp_path)
    with RecordingServer(tls=certificates.server_context(tmp_path)) as running:
        yield running


def test_phases_headers_and_the_connection(htrun: Htrun, collection: Write, secure: RecordingServer) -> None:
    url = f"https://{secure.address}"
    sent = {"method": "POST", "header": [{"key": "X-Long", "value": "v" * 2000}], "body": {"mode": "raw", "raw": "hi"}}
    file = collection(request("a", f"{url}/respond?body=yes", **sent), request("b", f"{url}/json"))
    done = htrun(file, "--verbose", "--ssl-extra-ca-certs", "ca.pem")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"\n  {secure.address} ★ HTTP/1\.1 ★ TLSv1\.[23] ★ [A-Z0-9_-]+\n", done.stdout)
    certificate = r"\n  certificate of loopback ★ by Loopback authority ★ valid until \w{3} +\d+ [\d:]+ \d{4} GMT\n"
    assert len(re.findall(certificate, done.stdout)) == 2
    assert f"\n  ↑ X-Long: {'v' * 997}...\n" in done.stdout
    assert "\n  ↑ Content-Length: 2\n" in done.stdout
    assert "\n  ↓ Content-Type: text/plain\n" in done.stdout
    assert "\n  ┌ ↑ raw ★ 2B\n  │ hi\n  └\n" in done.stdout
    phases = ["prepare", "wait", "dns-lookup", "tcp-handshake", "ssl-handshake", "transfer-start", "download"]
    phases += ["process", "total"]
    first, second = re.findall(r"\n  (prepare +.*)\n  (.*)\n", done.stdout)
    assert first[0].split() == phases
    assert len(re.findall(r"\d+[mµ]?s", first[1])) == len(phases)
    assert second[0].split() == [name for name in phases if name != "ssl-handshake"]
    assert second[1].count("(cache)") == 2
    assert "★ connection used again\n" in done.stdout


def test_a_certificate_that_nobody_looked_at(htrun: Htrun, collection: Write, secure: RecordingServer) -> None:
    done = htrun(collection(request("a", f"https://{secure.address}/json")), "--verbose", "-k")
    assert "\n  certificate not verified\n" in done.stdout


def test_redirects_and_requests_that_failed(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    moved = request("moved", f"{server.url}/redirect/302?to=/json")
    file = collection(moved, request("down", "http://127.0.0.1:1/", header=[{"key": "X-Mine", "value": "1"}]))
    out = htrun(file, "--verbose").stdout
    assert re.search(r"\n  redirected: 302 Found, \d+B, [\d.]+[mµ]?s ★ /json\n", out)
    assert re.search(r"ECONNREFUSED 127\.0\.0\.1:1\n  ↑ X-Mine: 1\n", out)


def test_secrets_and_control_characters_in_headers(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    hidden = [{"key": "Authorization", "value": "Bearer abcdefgh12345"}]
    url = f"{server.url}/respond?header=X-Odd:%20a%C2%9B31m&header=Set-Cookie:%20sid=qwertzuiop"
    out = htrun(collection(request("a", url, header=hidden)), "--verbose").stdout
    assert "\n  ↑ Authorization: Bearer ********\n" in out
    assert "abcdefgh12345" not in out
    assert "\n  ↓ Set-Cookie: sid=********\n" in out
    assert "\n  ↓ X-Odd: a\\x9b31m\n" in out
    assert "\x9b" not in out


def test_a_record_keeps_it(tmp_path: Path, htrun: Htrun, collection: Write, secure: RecordingServer) -> None:
    file = collection(request("a", f"https://{secure.address}/json"), request("b", f"https://{secure.address}/json"))
    run = htrun(file, "--verbose", "--ssl-extra-ca-certs", "ca.pem", "--record", "run.jsonl")
    again = htrun("report", "run.jsonl", "--as", "cli", "--verbose")
    assert "certificate of loopback" in again.stdout
    assert again.stdout == run.stdout

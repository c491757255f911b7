"""edgegrid, against a server that checks the signature, and the examples of Akamai's own clients."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from typing import Any

import pytest

from runner.auth import sign
from runner.model.collection import Auth, Body

from .server import Client, Reply, Seen, context, serving, spec

SECRET = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx="


def auth(**changes: Any) -> Auth:
    params = {
        "accessToken": "akab-access-token-xxx-xxxxxxxxxxxxxxxx",
        "clientToken": "akab-client-token-xxx-xxxxxxxxxxxxxxxx",
        "clientSecret": SECRET,
    }
    return Auth("edgegrid", {**params, **changes})


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def judge(seen: Seen, signed_headers: tuple[str, ...] = (), limit: int = 131072) -> Reply:
    header = seen.header("authorization") or ""
    found = re.fullmatch(
        r"(EG1-HMAC-SHA256 client_token=.*?;access_token=.*?;timestamp=(.*?);nonce=(.*?);)signature=(.*)", header
    )
    if found is None:
        return Reply(401)
    start, timestamp, nonce, signature = found.groups()
    assert uuid.UUID(nonce).version == 4
    assert re.fullmatch(r"\d{8}T\d\d:\d\d:\d\d\+0000", timestamp)
    rows = [f"{name}:{' '.join((seen.header(name) or '').split())}\t" for name in signed_headers if seen.header(name)]
    body = b64(hashlib.sha256(seen.body[:limit]).digest()) if seen.method == "POST" and seen.body else ""
    data = f"{seen.method}\thttp\t{seen.header('host')}\t{seen.target}\t{''.join(rows) or chr(9)}{body}\t{start}"
    key = b64(hmac.digest(SECRET.encode(), timestamp.encode(), "sha256"))
    return Reply(200 if b64(hmac.digest(key.encode(), data.encode(), "sha256")) == signature else 401)


NOW = 1395430461.5  # 2014-03-21 19:34:21 UTC


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("path", ["/", "/x/y%20z?b=1&a=%2F&c"])
def test_the_signature_verifies(method: str, path: str) -> None:
    body = None if method == "GET" else Body(mode="raw", raw='{"ü": 1}')
    with serving(judge) as server:
        client = Client(context(clock=lambda: NOW))
        assert client.call(spec(server.base + path, method, body=body), auth()).code == 200
        assert client.call(spec(server.base + path, method, body=body), auth(clientSecret="x")).code == 401
    assert client.warnings == []
    assert "timestamp=20140321T19:34:21+0000;" in (server.seen[0].header("authorization") or "")


def test_chosen_headers_are_signed() -> None:
    with serving(lambda seen: judge(seen, ("x-b", "x-a"))) as server:
        request = spec(server.base + "/", headers={"X-A": " a  b ", "X-B": "1"})
        client = Client(context(clock=lambda: NOW))
        assert client.call(request, auth(headersToSign="X-B, x-a,x-none")).code == 200
        assert client.call(request, auth(headersToSign=["X-B", "x-a"])).code == 200
        assert client.call(request, auth()).code == 401


def test_only_the_start_of_a_long_body_is_signed() -> None:
    request = Body(mode="raw", raw="ä" * 100_000)
    with serving(judge) as server:
        client = Client(context(clock=lambda: NOW))
        assert client.call(spec(server.base + "/", "POST", body=request), auth()).code == 200
    with serving(lambda seen: judge(seen, limit=7)) as server:
        client = Client(context(clock=lambda: NOW))
        assert client.call(spec(server.base + "/", "POST", body=request), auth(maxBodySize="7")).code == 200


def test_what_cannot_be_signed_is_said() -> None:
    signed = sign(spec("http://h/"), auth(accessToken="", clientSecret=None), context())
    assert signed.warnings == ("runtime~edgegrid.auth: no accessToken and clientSecret: the request is not signed",)
    signed = sign(spec("http://h/", "POST", body=Body(mode="raw", raw="x")), auth(maxBodySize="big"), context())
    assert signed.warnings == ('runtime~edgegrid.auth: could not sign the request: maxBodySize is no number: "big"',)


@pytest.mark.parametrize(
    ("path", "method", "headers", "body", "signature"),
    [
        ("/", "GET", {}, None, "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU="),
        ("/testapi/v1/t1?p1=1&p2=2", "GET", {}, None, "hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA="),
        (
            "/testapi/v1/t3",
            "POST",
            {},
            "datadatadatadatadatadatadatadata",
            "hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4=",
        ),
        (
            "/testapi/v1/t4",
            "GET",
            {"X-Test1": "test-simple-header"},
            None,
            "8F9AybcRw+PLxnvT+H0JRkjROrrUgsxJTnRXMzqvcwY=",
        ),
    ],
)
def test_the_examples_of_akamai(
    path: str, method: str, headers: dict[str, str], body: str | None, signature: str
) -> None:
    host = "https://akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net"
    params = {
        "nonce": "nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        "timestamp": "20140321T19:34:21+0000",
        "headersToSign": "X-Test1,X-Test2,X-Test3",
        "maxBodySize": "2048",
    }
    request = spec(host + path, method, headers, Body(mode="raw", raw=body) if body else None)
    value = sign(request, auth(**params), context()).spec.headers[-1].value
    assert value.rpartition("signature=")[2] == signature

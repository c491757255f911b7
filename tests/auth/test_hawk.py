"""hawk, against a server that computes the MAC from what arrived, and the examples of the protocol."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any

import pytest

from runner.auth import sign
from runner.model.collection import Auth, Body, FormParam

from .server import Client, Reply, Seen, context, serving, spec

KEY = "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn"


def auth(**changes: Any) -> Auth:
    return Auth("hawk", {"authId": "dh37fgj492je", "authKey": KEY, "algorithm": "sha256", **changes})


class Judge:
    """https://github.com/mozilla/hawk/blob/main/API.md: the request of a client that it knows, once."""

    def __init__(self) -> None:
        self.nonces: set[str] = set()
        self.ports: list[int] = []
        self.algorithm = "sha256"
        self.now = 0.0

    def __call__(self, seen: Seen) -> Reply:
        scheme, _, rest = (seen.header("authorization") or " ").partition(" ")
        got = {name: re.sub(r"\\(.)", r"\1", value) for name, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', rest)}
        if scheme != "Hawk" or got["id"] != "dh37fgj492je" or got["nonce"] in self.nonces:
            return Reply(401)
        self.nonces.add(got["nonce"])
        ext = got.get("ext", "").replace("\\", "\\\\").replace("\n", "\\n")
        host, _, port = (seen.header("host") or "").partition(":")
        text = f"hawk.1.header\n{got['ts']}\n{got['nonce']}\n{seen.method}\n{seen.target}\n{host}\n{port or 80}\n"
        text += f"{got.get('hash', '')}\n{ext}\n"
        text += f"{got['app']}\n{got.get('dlg', '')}\n" if "app" in got else ""
        mac = base64.b64encode(hmac.digest(KEY.encode(), text.encode(), self.algorithm)).decode()
        if "hash" in got:
            kind = (seen.header("content-type") or "").split(";")[0].strip().lower()
            payload = b"hawk.1.payload\n" + kind.encode() + b"\n" + seen.body + b"\n"
            if base64.b64encode(hashlib.new(self.algorithm, payload).digest()).decode() != got["hash"]:
                return Reply(401)
        return Reply(200 if mac == got["mac"] and abs(int(got["ts"]) - self.now) < 60 else 401)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"algorithm": "sha1"},
        {"extraData": 'a "quoted" \\ and \\ another'},
        {"app": "app", "delegation": "dlg", "user": "u"},
        {"app": "app"},
        {"delegation": "not without an app"},
    ],
)
def test_the_mac_verifies_and_no_nonce_comes_twice(changes: dict[str, str]) -> None:
    judge = Judge()
    judge.algorithm, judge.now = changes.get("algorithm", "sha256"), 1353832234.9
    with serving(judge) as server:
        client = Client(context(clock=lambda: 1353832234.9))
        for path in ("/resource/1?b=1&a=2", "/", "/a%20b|c/?x='y'&z"):
            assert client.call(spec(server.base + path), auth(**changes)).code == 200
    assert client.warnings == []


def test_the_payload_is_signed_with_its_type() -> None:
    judge = Judge()
    with serving(judge) as server:
        client = Client(context(clock=lambda: 0))
        headers = {"content-type": "Application/JSON; charset=utf-8"}
        request = spec(server.base + "/x", "POST", headers, Body(mode="raw", raw='{"ü": 1}'))
        assert client.call(request, auth(includePayloadHash="true")).code == 200
    assert 'hash="' in (server.seen[0].header("authorization") or "")
    assert client.warnings == []


def test_a_payload_without_a_written_type_is_signed_as_in_postman_and_that_is_said() -> None:
    request = spec("http://h/", "POST", body=Body(mode="raw", raw="x"))
    signed = sign(request, auth(includePayloadHash=True), context())
    assert signed.warnings == (
        "runtime~hawk.auth: the payload hash needs a Content-Type header: write one into the request",
    )
    form = spec("http://h/", "POST", body=Body(mode="formdata", formdata=(FormParam("a", "1"),)))
    assert sign(form, auth(includePayloadHash=True), context()).warnings == (
        "runtime~hawk.auth: a multipart body is not part of the signature, as in Postman",
    )


def test_a_wrong_key_is_refused() -> None:
    with serving(Judge()) as server:
        assert Client(context(clock=lambda: 0)).call(spec(server.base + "/x"), auth(authKey="other")).code == 401


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"authId": ""}, "no authId: the request is not signed"),
        ({"authId": None, "authKey": ""}, "no authId and authKey: the request is not signed"),
        ({"algorithm": "md5"}, 'the algorithm is "md5", not sha1 or sha256: the request is not signed'),
    ],
)
def test_what_cannot_be_signed_is_said(changes: dict[str, Any], words: str) -> None:
    signed = sign(spec("http://h/"), auth(**changes), context())
    assert (signed.signed, signed.warnings) == (False, (f"runtime~hawk.auth: {words}",))


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        (
            "GET",
            None,
            'Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", ext="some-app-ext-data", '
            'mac="6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="',
        ),
        (
            "POST",
            "Thank you for flying Hawk",
            'Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", '
            'hash="Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY=", ext="some-app-ext-data", '
            'mac="aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw="',
        ),
    ],
)
def test_the_examples_of_the_protocol(method: str, body: str | None, expected: str) -> None:
    request = spec(
        "http://example.com:8000/resource/1?b=1&a=2",
        method,
        {"Content-Type": "text/plain"},
        Body(mode="raw", raw=body) if body else None,
    )
    params = {"nonce": "j4h3g2", "timestamp": "1353832234", "extraData": "some-app-ext-data"}
    signed = sign(request, auth(**params, includePayloadHash=True), context())
    assert signed.spec.headers[-1].value == expected

"""oauth1, verified by oauthlib's provider side."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

from runner.auth import sign
from runner.model.collection import Auth, Body, Param, RequestSpec

from .newman_cases import RSA_KEY
from .server import Client, Reply, Seen, context, serving, spec

SECRET, TOKEN_SECRET = "c/s+ ü&", "ts=~!*'()"
METHODS = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"]
FORM = Body(mode="urlencoded", urlencoded=(Param("b 1", "x&y=z+ü"), Param("a", ""), Param("a", "0")))


def public_key() -> str:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(RSA_KEY.encode(), None).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


class Validator(RequestValidator):  # type: ignore[misc]
    """Knows one client and one token, and never takes a nonce twice."""

    enforce_ssl = False
    allowed_signature_methods = METHODS
    dummy_client, dummy_access_token = "dummy", "dummy-token"

    def __init__(self, secret: str = SECRET, token_secret: str = TOKEN_SECRET) -> None:
        super().__init__()
        self.secrets = (secret, token_secret)
        self.used: set[tuple[str, str]] = set()

    def check_client_key(self, client_key: str) -> bool:
        return True

    def check_access_token(self, request_token: str) -> bool:
        return True

    def check_nonce(self, nonce: str) -> bool:
        return len(nonce) == 11

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == "key & 1"

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        return token == "to=ken"

    def validate_realms(self, *args: Any, **kwargs: Any) -> bool:
        return True

    def validate_timestamp_and_nonce(
        self, client_key: str, timestamp: str, nonce: str, *rest: Any, **more: Any
    ) -> bool:
        fresh = (timestamp, nonce) not in self.used
        self.used.add((timestamp, nonce))
        return fresh

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return self.secrets[0]

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return self.secrets[1]

    def get_rsa_key(self, client_key: str, request: Any) -> str:
        return public_key()


def auth(**changes: Any) -> Auth:
    params = {
        "consumerKey": "key & 1",
        "consumerSecret": SECRET,
        "token": "to=ken",
        "tokenSecret": TOKEN_SECRET,
        "privateKey": RSA_KEY,
        "signatureMethod": "HMAC-SHA1",
        "version": "1.0",
        "addParamsToHeader": True,
    }
    return Auth("oauth1", {**params, **changes})


def call(auth: Auth, validator: Validator | None = None, **request: Any) -> tuple[int, list[Seen], list[str]]:
    endpoint = SignatureOnlyEndpoint(validator or Validator())

    def judge(seen: Seen) -> Reply:
        url = f"http://127.0.0.1:{server.port}{seen.target}"
        headers = {key: value for key, value in seen.headers if key.lower() in ("authorization", "content-type")}
        form = "urlencoded" in (seen.header("content-type") or "")
        ok, _ = endpoint.validate_request(url, seen.method, seen.body.decode() if form else None, headers)
        return Reply(200 if ok else 401)

    with serving(judge) as server:
        client = Client()
        method, body = request.get("method", "GET"), request.get("body")
        path = request.get("path", "/photos%20x?size=original&file=v%20a+c.jpg&e=&file=a")
        response = client.call(spec(server.base + path, method, body=body), auth)
    return response.code, server.seen, client.warnings


@pytest.mark.parametrize("place", ["header", "query", "body"])
@pytest.mark.parametrize("method", METHODS)
def test_the_signature_verifies(method: str, place: str) -> None:
    request: dict[str, Any] = {"method": "POST", "body": FORM} if place == "body" else {}
    params = {"signatureMethod": method, "addParamsToHeader": place == "header"}
    validator = Validator()
    if method == "PLAINTEXT" and place != "header":
        # oauthlib decodes oauth_ parameters of a query or body twice, which shows if the signature has a %
        validator = Validator("plain", "secrets")
        params |= {"consumerSecret": "plain", "tokenSecret": "secrets"}
    code, seen, warnings = call(auth(**params), validator, **request)
    assert (code, warnings) == (200, [])
    assert ("oauth_signature=" in seen[0].target, b"oauth_signature=" in seen[0].body) == (
        place == "query",
        place == "body",
    )


def test_a_form_is_part_of_the_signature_in_the_header() -> None:
    code, seen, _ = call(auth(), method="POST", body=FORM)
    assert code == 200
    assert b"oauth" not in seen[0].body


def test_a_wrong_secret_is_refused() -> None:
    assert call(auth(consumerSecret="other"))[0] == 401
    assert call(auth(tokenSecret=""))[0] == 401


def test_nonce_and_time_are_new_for_each_request() -> None:
    first, second = (sign(spec("http://h/"), auth(), context()).spec.headers[-1].value for _ in range(2))
    assert first != second


def test_what_an_earlier_signature_left_is_replaced() -> None:
    old = spec("http://127.0.0.1:1/x?oauth_token=old&keep=1", headers={"authorization": "OAuth old"})
    signed = sign(old, auth(), context())
    assert [q.key for q in signed.spec.url.query] == ["keep"]
    assert [h.value[:6] for h in signed.spec.headers] == ["OAuth "]
    assert "old" not in signed.spec.headers[0].value


def test_the_query_is_encoded_as_the_rfc_wants_unless_encoding_is_switched_off() -> None:
    request = spec("http://127.0.0.1:1/x?a=(1)!&bare")
    assert sign(request, auth(), context()).spec.url.query == (Param("a", "%281%29%21"), Param("bare", None))
    assert sign(request, auth(), context(disable_url_encoding=True)).spec.url.query == request.url.query


def test_the_body_hash_is_that_of_the_extension() -> None:
    # the example of https://datatracker.ietf.org/doc/id/draft-eaton-oauth-bodyhash-00
    body = Body(mode="raw", raw="Hello World!")
    signed = sign(spec("http://www.example.com/resource", "PUT", body=body), auth(includeBodyHash="true"), context())
    assert 'oauth_body_hash="Lve95gjOVATpfV8EL5X4nxwjKHE%3D"' in signed.spec.headers[-1].value


def test_a_multipart_body_has_no_hash_and_that_is_said() -> None:
    from runner.model.collection import FormParam

    body = Body(mode="formdata", formdata=(FormParam("a", "1"),))
    signed = sign(spec("http://h/", "POST", body=body), auth(includeBodyHash=True), context())
    assert "oauth_body_hash" not in signed.spec.headers[-1].value
    assert signed.warnings == ("runtime~oauth1.auth: a multipart body is not part of the signature, as in Postman",)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"consumerKey": ""}, "no consumerKey: the request is not signed"),
        ({"consumerKey": "", "consumerSecret": None}, "no consumerKey and consumerSecret: the request is not signed"),
        ({"signatureMethod": "RSA-SHA1", "privateKey": ""}, "no privateKey: the request is not signed"),
        (
            {"signatureMethod": "RSA-SHA1", "privateKey": "x"},
            "could not sign the request: the private key is no PEM text (-----BEGIN ... PRIVATE KEY-----)",
        ),
        ({"signatureMethod": "HMAC-MD5"}, "could not sign the request: Unsupported signature method: HMAC-MD5"),
    ],
)
def test_what_cannot_be_signed_is_said(changes: dict[str, Any], words: str) -> None:
    request = spec("http://h/")
    signed = sign(request, auth(**changes), context())
    assert (signed.spec, signed.signed, signed.warnings) == (request, False, (f"runtime~oauth1.auth: {words}",))


def test_the_example_of_rfc_5849() -> None:
    params = {
        "consumerKey": "dpf43f3p2l4k3l03",
        "consumerSecret": "kd94hf93k423kf44",
        "token": "nnch734d00sl2jdk",
        "tokenSecret": "pfkkdhi9sl3r4s00",
        "signatureMethod": "HMAC-SHA1",
        "timestamp": "137131202",
        "nonce": "chapoH",
        "realm": "Photos",
        "addParamsToHeader": True,
    }
    request: RequestSpec = spec("http://photos.example.net/photos?file=vacation.jpg&size=original")
    value = sign(request, Auth("oauth1", params), context()).spec.headers[-1].value
    fields = dict(pair.replace('"', "").split("=", 1) for pair in value.removeprefix("OAuth ").split(","))
    assert dict(parse_qsl("&".join(f"{k}={v}" for k, v in fields.items()))) == {
        "realm": "Photos",
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131202",
        "oauth_nonce": "chapoH",
        "oauth_signature": "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
    }

"""jwt and asap, verified by PyJWT from what arrived."""

from __future__ import annotations

import base64
import json
import warnings
from typing import Any
from urllib.parse import parse_qs, quote

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runner.auth import sign
from runner.model.collection import Auth

from .newman_cases import RSA_KEY
from .server import Client, Reply, Seen, context, serving, spec

SECRET = "a secret that is long enough for every one of the algorithms: sixty-four bytes"
CURVES: dict[str, ec.EllipticCurve] = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", *CURVES]


def keys(algorithm: str) -> tuple[str, Any]:
    """A private key as PEM, and what verifies its signatures."""
    if algorithm.startswith("HS"):
        return SECRET, SECRET
    private: Any = serialization.load_pem_private_key(RSA_KEY.encode(), None)
    if algorithm in CURVES:
        private = ec.generate_private_key(CURVES[algorithm])
    form = serialization.PrivateFormat.PKCS8
    pem = private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return pem.decode(), private.public_key()


def verifying(key: Any, algorithm: str, found: list[dict[str, Any]], **expected: Any) -> Any:
    def judge(seen: Seen) -> Reply:
        header = seen.header("authorization")
        token = header.removeprefix("Bearer ") if header else parse_qs(seen.query)["token"][0]
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm], **expected)
        except jwt.PyJWTError as error:
            return Reply(401, body=str(error).encode())
        found.append({"header": jwt.get_unverified_header(token), "claims": claims})
        return Reply(200)

    return judge


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("place", ["header", "queryParam"])
def test_a_jwt_verifies(algorithm: str, place: str) -> None:
    private, public = keys(algorithm)
    found: list[dict[str, Any]] = []
    params = {
        "algorithm": algorithm,
        "secret": SECRET,
        "privateKey": private,
        "payload": '{"sub": "jürgen", "big": 12345678901234567890, "x": 1.50}',
        "header": '{"kid": "k1", "alg": "none"}',
        "addTokenTo": place,
    }
    with serving(verifying(public, algorithm, found)) as server:
        assert Client().call(spec(server.base + "/x?token=old"), Auth("jwt", params)).code == 200
        if algorithm.startswith("HS"):
            assert Client().call(spec(server.base + "/x"), Auth("jwt", {**params, "secret": SECRET + "x"})).code == 401
    assert found[0]["header"] == {"kid": "k1", "alg": algorithm}
    assert found[0]["claims"] == {"sub": "jürgen", "big": 12345678901234567890, "x": 1.5}


def test_a_secret_may_be_base64_of_both_alphabets() -> None:
    secret = bytes(range(250, 256)) * 10
    for text in (base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).rstrip(b"=").decode()):
        found: list[dict[str, Any]] = []
        params = {"algorithm": "HS256", "secret": text, "isSecretBase64Encoded": True, "payload": {"a": 1}}
        with serving(verifying(secret, "HS256", found)) as server:
            assert Client().call(spec(server.base + "/x"), Auth("jwt", params)).code == 200
        assert found[0]["claims"] == {"a": 1}


@pytest.mark.parametrize("damage", ["\\n", " ", ""])
def test_a_key_whose_line_breaks_were_lost_still_works(damage: str) -> None:
    found: list[dict[str, Any]] = []
    _, public = keys("RS256")
    params = {"algorithm": "RS256", "privateKey": RSA_KEY.replace("\n", damage), "payload": '{"a": 1}'}
    with serving(verifying(public, "RS256", found)) as server:
        assert Client().call(spec(server.base + "/x"), Auth("jwt", params)).code == 200


def test_a_short_secret_signs_without_a_python_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        signed = sign(spec("http://h/"), Auth("jwt", {"algorithm": "HS256", "secret": "s", "payload": "{}"}), context())
    assert signed.signed


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, 'invalid algorithm ""'),
        ({"algorithm": "none"}, 'invalid algorithm "none"'),
        ({"algorithm": "HS256"}, "no secret"),
        ({"algorithm": "RS256", "secret": SECRET}, "no privateKey"),
        ({"algorithm": "RS256", "privateKey": "x"}, "the private key is no PEM text (-----BEGIN ... PRIVATE KEY-----)"),
        (
            {"algorithm": "ES256", "privateKey": RSA_KEY},
            "the private key is no key of the curve P-256, which ES256 needs",
        ),
        ({"algorithm": "HS256", "secret": SECRET, "payload": "[1]"}, "the payload is no JSON object"),
        (
            {"algorithm": "HS256", "secret": SECRET, "header": "{"},
            "the header is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ],
)
def test_what_cannot_be_signed_is_said(params: dict[str, Any], words: str) -> None:
    request = spec("http://h/")
    signed = sign(request, Auth("jwt", params), context())
    assert (signed.spec, signed.signed) == (request, False)
    assert signed.warnings == (f"runtime~jwt.auth: could not sign the request: {words}",)


def asap(**changes: Any) -> Auth:
    return Auth("asap", {"kid": "my/key", "iss": "me", "aud": "them", "privateKey": RSA_KEY, **changes})


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if not name.startswith("HS")])
def test_an_asap_token_verifies(algorithm: str) -> None:
    private, public = keys(algorithm)
    found: list[dict[str, Any]] = []
    judge = verifying(
        public, algorithm, found, audience="them", issuer="me", options={"require": ["jti", "iat", "exp"]}
    )
    with serving(judge) as server:
        for _ in range(2):
            client = Client()
            assert client.call(spec(server.base + "/x"), asap(alg=algorithm, privateKey=private)).code == 200
    first, second = (row["claims"] for row in found)
    assert found[0]["header"] == {"alg": algorithm, "kid": "my/key"}
    assert first["sub"] == "me"
    assert first["exp"] - first["iat"] == 3600
    assert first["jti"] != second["jti"]


def test_claims_come_before_parameters() -> None:
    claims = {
        "iss": "claimed",
        "aud": ["a", "b"],
        "sub": "s",
        "kid": "k2",
        "jti": "j",
        "iat": 5,
        "exp": "9999999999",
        "x": {},
    }
    value = sign(spec("http://h/"), asap(claims=json.dumps(claims)), context()).spec.headers[-1].value
    token = value.removeprefix("Bearer ")
    assert jwt.get_unverified_header(token)["kid"] == "k2"
    assert jwt.decode(token, options={"verify_signature": False}) == {**claims, "exp": 9999999999}


def test_the_lifetime_is_in_seconds() -> None:
    value = sign(spec("http://h/"), asap(exp="60"), context(clock=lambda: 1000.7)).spec.headers[-1].value
    claims = jwt.decode(value.removeprefix("Bearer "), options={"verify_signature": False})
    assert (claims["iat"], claims["exp"]) == (1000, 1060)


def test_the_key_may_be_a_data_uri_of_the_same_key_id() -> None:
    key: Any = serialization.load_pem_private_key(RSA_KEY.encode(), None)
    form = serialization.PrivateFormat.PKCS8
    der = key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
    uri = f"data:application/pkcs8;kid={quote('my/key', safe='')};base64,{quote(base64.b64encode(der).decode())}"
    found: list[dict[str, Any]] = []
    with serving(verifying(key.public_key(), "RS256", found, audience="them")) as server:
        assert Client().call(spec(server.base + "/x"), asap(privateKey=uri)).code == 200
        assert Client().call(spec(server.base + "/x"), asap(privateKey=f'"{uri}"')).code == 200
    signed = sign(spec("http://h/"), asap(privateKey=uri, kid="other"), context())
    assert "Supplied key id does not match the one included in data uri." in signed.warnings[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"aud": ""}, "One or more of required claims missing: aud"),
        ({"kid": None, "privateKey": ""}, "One or more of required claims missing: kid, privateKey"),
        ({"alg": "HS256"}, 'invalid algorithm "HS256"'),
        ({"claims": "{"}, "Failed to parse claims"),
        ({"privateKey": "data:x"}, "Malformed Data URI in privateKey"),
    ],
)
def test_what_makes_no_asap_token_is_said(changes: dict[str, Any], words: str) -> None:
    signed = sign(spec("http://h/"), asap(**changes), context())
    assert not signed.signed
    assert signed.warnings == (f"runtime~asap.auth: could not sign the request: {words}",)

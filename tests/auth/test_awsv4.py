"""awsv4, against a server that verifies by AWS's description and one that uses botocore, and AWS's examples."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes

import pytest

from runner.auth import sign
from runner.model.collection import Auth, Body, FormParam, Param

from .server import Client, Reply, Seen, context, serving, spec

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
WHEN = datetime(2015, 8, 30, 12, 36, 0, tzinfo=timezone.utc)


def auth(**changes: Any) -> Auth:
    return Auth("awsv4", {"accessKey": "AKIDEXAMPLE", "secretKey": SECRET, "region": "eu-west-1", **changes})


def escape(text: str | bytes) -> str:
    return quote(text, safe="-._~")


def canonical_query(query: str, without: str = "") -> str:
    pairs = [piece.partition("=") for piece in query.split("&") if piece]
    rows = [(escape(unquote_to_bytes(k)), escape(unquote_to_bytes(v.replace("+", " ")))) for k, _, v in pairs]
    return "&".join(f"{key}={value}" for key, value in sorted(rows) if key != without)


def sig_v4(seen: Seen, scope: str, when: str, headers: str, payload: str, without: str = "") -> str:
    """The signature by https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html."""
    date, region, service, _ = scope.split("/")
    path = quote(unquote(seen.path), safe="/-._~") if service == "s3" else quote(seen.path, safe="/-._~")
    names = headers.split(";")
    assert "host" in names
    lines = [f"{name}:{' '.join(','.join(seen.all(name)).split())}" for name in names]
    canonical = "\n".join([seen.method, path, canonical_query(seen.query, without), *lines, "", headers, payload])
    text = "\n".join(["AWS4-HMAC-SHA256", when, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def judge(seen: Seen) -> Reply:
    pattern = r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/(.*), SignedHeaders=(.*), Signature=(.*)"
    found = re.fullmatch(pattern, seen.header("authorization") or "")
    if found is None:
        return Reply(403)
    scope, headers, signature = found.groups()
    payload = hashlib.sha256(seen.body).hexdigest()
    assert seen.header("x-amz-content-sha256") in (None, payload)
    when = seen.header("x-amz-date") or ""
    return Reply(200 if sig_v4(seen, scope, when, headers, payload) == signature else 403)


def judge_query(seen: Seen) -> Reply:
    got = {key: unquote(value) for key, _, value in (piece.partition("=") for piece in seen.query.split("&"))}
    assert seen.header("authorization") is None
    access_key, _, scope = got["X-Amz-Credential"].partition("/")
    payload = "UNSIGNED-PAYLOAD" if "/s3/" in scope else hashlib.sha256(seen.body).hexdigest()
    expected = sig_v4(seen, scope, got["X-Amz-Date"], got["X-Amz-SignedHeaders"], payload, "X-Amz-Signature")
    return Reply(200 if (access_key, got["X-Amz-Signature"]) == ("AKIDEXAMPLE", expected) else 403)


def judge_botocore(seen: Seen) -> Reply:
    from botocore import auth as signing
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    found = re.match(
        r".*Credential=AKIDEXAMPLE/\d+/(.*?)/(.*?)/aws4_request, SignedHeaders=(.*), Sig",
        seen.header("authorization") or "",
    )
    assert found is not None
    region, service, names = found.groups()
    kind = signing.S3SigV4Auth if service == "s3" else signing.SigV4Auth
    signer = kind(Credentials("AKIDEXAMPLE", SECRET), service, region)
    headers = {name: seen.header(name) or "" for name in names.split(";")}
    request = AWSRequest(seen.method, f"http://{seen.header('host')}{seen.target}", headers, seen.body)
    request.context["timestamp"] = seen.header("x-amz-date")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return Reply(200 if (seen.header("authorization") or "").endswith(f"Signature={signature}") else 403)


REQUESTS = [
    ("GET", "/", {}, None),
    ("GET", "/a%20b/%C3%BC/x?b=2&a=1&bare&e=&s=a%20b%2Fc", {"X-B": " a   b ", "X-a": "1"}, None),
    ("POST", "/x?Action=Y", {"Content-Type": "application/json"}, Body(mode="raw", raw='{"ü": 1}')),
    ("POST", "/x", {}, Body(mode="urlencoded", urlencoded=(Param("a b", "c&d"), Param("e", "ü")))),
    ("PUT", "/x", {"User-Agent": "changes on the way"}, Body(mode="raw", raw="x")),
]


@pytest.mark.parametrize("verifier", [judge, judge_botocore])
@pytest.mark.parametrize("service", ["execute-api", "s3", "iam"])
@pytest.mark.parametrize(("method", "path", "headers", "body"), REQUESTS)
def test_the_signature_verifies(
    method: str, path: str, headers: dict[str, str], body: Body | None, service: str, verifier: Any
) -> None:
    if verifier is judge_botocore:
        pytest.importorskip("botocore")
    with serving(verifier) as server:
        client = Client(context(clock=WHEN.timestamp))
        request = spec(server.base + path, method, headers, body)
        assert client.call(request, auth(service=service)).code == 200
        assert client.call(request, auth(service=service, sessionToken="to/ken==")).code == 200
        assert client.call(request, auth(service=service, secretKey="other")).code == 403
    assert server.seen[0].header("x-amz-date") == "20150830T123600Z"
    assert server.seen[1].header("x-amz-security-token") == "to/ken=="
    assert client.warnings == []


@pytest.mark.parametrize("service", ["execute-api", "s3"])
@pytest.mark.parametrize(("method", "path", "headers", "body"), REQUESTS)
def test_the_signature_in_the_query_verifies(
    method: str, path: str, headers: dict[str, str], body: Body | None, service: str
) -> None:
    with serving(judge_query) as server:
        client = Client(context(clock=WHEN.timestamp))
        request = spec(server.base + path, method, headers, body)
        for token in ("", "to/ken=="):
            params = auth(service=service, sessionToken=token, addAuthDataToQuery="true")
            assert client.call(request, params).code == 200
        assert client.call(request, auth(service=service, secretKey="x", addAuthDataToQuery=True)).code == 403


def test_a_name_that_comes_twice_is_signed_twice_but_once_for_s3() -> None:
    # For S3 the npm package aws4, which Postman uses, signs only the first value.
    with serving(judge) as server:
        assert Client().call(spec(server.base + "/?b=2&a=2&a=1"), auth()).code == 200
    twice, once = (spec(f"http://h/{query}") for query in ("?a=2&a=1", "?a=2"))
    signed = [
        sign(request, auth(service="s3"), context(clock=WHEN.timestamp)).spec.headers[-1] for request in (twice, once)
    ]
    assert signed[0] == signed[1]


def test_what_an_earlier_signature_left_is_replaced() -> None:
    old = {"authorization": "old", "x-amz-date": "old", "X-Amz-Security-Token": "old", "x-amz-content-sha256": "old"}
    with serving(judge) as server:
        request = spec(server.base + "/?X-Amz-Signature=old&X-Amz-Date=old&a=1", headers=old)
        assert Client().call(request, auth()).code == 200
    assert server.seen[0].query == "a=1"
    assert "old" not in [value for _, value in server.seen[0].headers]


def test_the_date_of_the_request_counts() -> None:
    for written in ("Mon, 09 Sep 2011 23:36:00 GMT", "2011-09-09T23:36:00Z"):
        with serving(judge) as server:
            assert Client().call(spec(server.base + "/", headers={"Date": written}), auth()).code == 200
        assert server.seen[0].header("x-amz-date") == "20110909T233600Z"
    signed = sign(spec("http://h/", headers={"Date": "soon"}), auth(), context())
    assert signed.warnings == ('runtime~awsv4.auth: could not sign the request: the Date header is no date: "soon"',)


def test_missing_keys_and_multipart_bodies_are_said() -> None:
    signed = sign(spec("http://h/"), Auth("awsv4", {"accessKey": ""}), context())
    assert signed.warnings == ("runtime~awsv4.auth: no accessKey", "runtime~awsv4.auth: no secretKey")
    form = spec("http://h/", "POST", body=Body(mode="formdata", formdata=(FormParam("a", "1"),)))
    assert sign(form, auth(), context()).warnings == (
        "runtime~awsv4.auth: a multipart body is not part of the signature, as in Postman",
    )


def test_the_example_of_aws_for_iam() -> None:
    request = spec(
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    params = {"accessKey": "AKIDEXAMPLE", "secretKey": SECRET, "service": "iam"}
    signed = sign(request, Auth("awsv4", params), context(clock=WHEN.timestamp))
    assert signed.spec.headers[-1].value == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


@pytest.mark.parametrize(
    ("target", "query", "signature"),
    [
        ("/?lifecycle", False, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("/?max-keys=2&prefix=J", False, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ("/test.txt", True, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
    ],
)
def test_the_examples_of_aws_for_s3(target: str, query: bool, signature: str) -> None:
    params = {
        "accessKey": "AKIAIOSFODNN7EXAMPLE",
        "secretKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "service": "s3",
        "addAuthDataToQuery": query,
    }
    clock = datetime(2013, 5, 24, tzinfo=timezone.utc).timestamp
    signed = sign(spec("https://examplebucket.s3.amazonaws.com" + target), Auth("awsv4", params), context(clock=clock))
    if query:
        assert signed.spec.url.query[-1] == Param("X-Amz-Signature", signature)
    else:
        assert signed.spec.headers[-1].value.endswith(f"Signature={signature}")

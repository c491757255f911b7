"""Auth: inheritance, and what each type puts on the wire (with fixed nonces and times where it has them)."""

from __future__ import annotations

import base64
import struct
from urllib.parse import quote

from conformance.case import Case, auth, case, folder, item, params, raw, url
from conformance.harness import Compare

BASIC = auth("basic", username="user", password="pass")
BEARER = auth("bearer", token="T0K")
NONCE = {"nonce": "n0nce", "timestamp": "1700000000"}
OAUTH1 = {"consumerKey": "ck", "consumerSecret": "cs", "token": "tk", "tokenSecret": "ts", "version": "1.0", **NONCE}
FORM = {"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "1 2"}, {"key": "b", "value": "\u00fc"}]}
JWT = {
    "algorithm": "HS256",
    "payload": '{"sub": "1", "iat": 1700000000}',
    "secret": "s3cret",
    "headers": "{}",
    "isSecretBase64Encoded": False,
}


UPLOAD = {"mode": "file", "file": {"src": "upload.txt"}}
NTLM = auth("ntlm", username="u", password="p", domain="D", workstation="W")
DIGEST = auth("digest", username="u", password="p")
DIGEST_GIVEN = {
    "username": "u",
    "password": "p",
    "realm": "r",
    "nonce": "n",
    "nonceCount": "00000001",
    "clientNonce": "c",
}


def asking(*offers: str) -> str:
    """A URL that is answered with 401 and these lines of WWW-Authenticate, whatever is sent."""
    return "@BASE@/respond?status=401" + "".join(f"&header={quote('WWW-Authenticate: ' + offer)}" for offer in offers)


def ntlm_2(flags: int) -> str:
    """An NTLM server's message 2: flags, the eight bytes to sign, and a description of nothing."""
    message = b"NTLMSSP\0" + struct.pack("<IHHII8s8xHHI8x", 2, 0, 0, 56, flags, b"12345678", 4, 4, 56) + bytes(4)
    return f"NTLM {base64.b64encode(message).decode()}"


def oauth1(**more: object) -> object:
    return auth("oauth1", **{**OAUTH1, **more})  # type: ignore[arg-type]


CASES = [
    # -- inheritance
    case("auth-of-collection", item("a"), folder("f", item("b")), auth=BEARER),
    case("auth-of-folder", folder("f", item("a"), auth=BASIC), item("b"), auth=BEARER),
    case("auth-of-request", folder("f", item("a", auth=BASIC), auth=BEARER)),
    case("auth-noauth-stops", folder("f", item("a"), auth=auth("noauth")), item("b", auth=auth("noauth")), auth=BEARER),
    case("auth-null-inherits", item("a", auth=None), auth=BEARER),
    case("auth-empty-object-inherits", item("a", auth={}), auth=BEARER),
    case("auth-unknown-type", item("a", auth={"type": "odd", "odd": []}), auth=BEARER),
    case("auth-type-without-parameters", item("a", auth={"type": "basic"}), item("b", auth={"type": "bearer"})),
    case("auth-parameters-as-object", item("a", auth={"type": "basic", "basic": {"username": "u", "password": "p"}})),
    case("auth-null-parameters", item("a", auth={"type": "basic", "basic": None})),
    case("auth-own-authorization-header-is-replaced", item(header=[{"key": "authorization", "value": "mine"}], auth=BASIC)),
    case("auth-own-authorization-header-alone", item(header=[{"key": "Authorization", "value": "mine"}])),
    case("auth-templates", item(auth=auth("basic", username="{{u}}", password="{{p}}")), environment={"u": "user", "p": "p:\u00fc"}),
    case("auth-set-by-pre-script", item("a", pre="pm.globals.set('t', 'fresh');"), auth=auth("bearer", token="{{t}}")),
    case("auth-seen-by-scripts", item(pre="pm.test(pm.request.auth ? pm.request.auth.type : 'none');", test="pm.test(String(pm.request.headers.get('authorization')));"), auth=BASIC),
    # -- basic, bearer
    case("auth-basic", item(auth=BASIC)),
    case("auth-basic-unicode", item(auth=auth("basic", username="\u017elu\u0165", password="\U0001f600"))),
    case("auth-basic-no-password", item(auth=auth("basic", username="user"))),
    case("auth-basic-no-user", item(auth=auth("basic", password="p"))),
    case("auth-basic-empty", item(auth=auth("basic", username="", password=""))),
    case("auth-basic-numbers", item(auth=auth("basic", username=1, password=2))),
    case("auth-basic-duplicate-parameter", item(auth={"type": "basic", "basic": [*params("string", {"username": "first", "password": "p"}), {"key": "username", "value": "last"}]})),
    case("auth-bearer", item(auth=BEARER)),
    case("auth-bearer-empty", item(auth=auth("bearer", token=""))),
    case("auth-bearer-missing", item(auth=auth("bearer"))),
    case("auth-bearer-with-spaces", item(auth=auth("bearer", token="  a b  "))),
    case("auth-bearer-unresolved", item(auth=auth("bearer", token="{{nope}}"))),
    # -- apikey
    case("auth-basic-disabled-parameter", item(auth={"type": "basic", "basic": [{"key": "username", "value": "u", "disabled": 1}, {"key": "password", "value": "p", "disabled": True}]})),
    case("auth-basic-nulls", item(auth=auth("basic", username=None, password="p")), item(auth={"type": "basic", "basic": None})),
    case("auth-apikey-null-value", item(auth=auth("apikey", key="X-Key", value=None)), item(auth=auth("apikey", key=None, value=None))),
    case("auth-apikey-query-odd-types", *(item(auth=auth("apikey", **{"in": "query"}, **one)) for one in ({"key": 5, "value": 6}, {"key": "k", "value": None}, {"key": "k"}, {"value": "v"}, {"key": "k", "value": True}, {"key": "k", "value": ""}))),
    case("auth-apikey-header", item(auth=auth("apikey", key="X-Key", value="k", **{"in": "header"}))),
    case("auth-apikey-default-place", item(auth=auth("apikey", key="X-Key", value="k"))),
    case("auth-apikey-query", item(url="@BASE@/x?a=1", auth=auth("apikey", key="key", value="k v&w", **{"in": "query"}))),
    case("auth-apikey-replaces-header", item(header=[{"key": "x-key", "value": "old"}], auth=auth("apikey", key="X-Key", value="new"))),
    case("auth-apikey-replaces-query", item(url="@BASE@/x?key=old&b=1&key=old2", auth=auth("apikey", key="key", value="new", **{"in": "query"}))),
    case("auth-apikey-without-key", item(auth=auth("apikey", value="v"))),
    case("auth-apikey-without-value", item(auth=auth("apikey", key="X-Key"))),
    case("auth-apikey-empty-key", item(auth=auth("apikey", key="", value="v"))),
    case("auth-apikey-odd-place", item(auth=auth("apikey", key="X-Key", value="v", **{"in": "cookie"}))),
    # -- digest
    case("auth-digest", item(url="@BASE@/digest/auth", auth=auth("digest", username="u", password="p"), test="pm.test(String(pm.response.code));")),
    *(case(f"auth-digest-{algorithm.lower()}", item(url=f"@BASE@/digest/auth?algorithm={algorithm}", auth=auth("digest", username="u", password="p", algorithm=algorithm)))
      for algorithm in ("MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess")),
    case("auth-digest-algorithm-of-the-server", item(url="@BASE@/digest/auth?algorithm=SHA-256", auth=auth("digest", username="u", password="p"))),
    case("auth-digest-without-qop", item(url="@BASE@/digest/", auth=auth("digest", username="u", password="p"))),
    case("auth-digest-auth-int", item(url="@BASE@/digest/auth-int", method="POST", body=raw("body"), auth=auth("digest", username="u", password="p"))),
    case("auth-digest-both-qops", item(url="@BASE@/digest/auth,auth-int", method="POST", body=raw("body"), auth=auth("digest", username="u", password="p"))),
    case("auth-digest-second-request", item("a", "@BASE@/digest/auth", auth=auth("digest", username="u", password="p")), item("b", "@BASE@/digest/auth", auth=auth("digest", username="u", password="p"))),
    case("auth-digest-same-item-twice", item("a", "@BASE@/digest/auth", auth=auth("digest", username="u", password="p")), args=("-n", "2")),
    case("auth-digest-no-retry", item(url="@BASE@/digest/auth", auth=auth("digest", username="u", password="p", disableRetryRequest=True))),
    case("auth-digest-given", item(url="@BASE@/digest/auth", auth=auth("digest", username="u", password="p", realm="r", nonce="n", qop="auth", nonceCount="00000001", clientNonce="c", opaque="o", algorithm="MD5"))),
    case("auth-digest-no-challenge", item(url="@BASE@/respond?status=401", auth=auth("digest", username="u", password="p"))),
    case("auth-digest-without-user", item(url="@BASE@/digest/auth", auth=auth("digest"))),
    case("auth-digest-query-in-uri", item(url="@BASE@/digest/auth?a=b%20c&d", auth=auth("digest", username="u", password="p"))),
    case("auth-digest-quotes", item(url="@BASE@/digest/auth", auth=auth("digest", username='u"v', password="p"))),
    case("auth-digest-of-a-folder", folder("f", item("a", "@BASE@/digest/auth"), item("b", "@BASE@/digest/auth"), auth=DIGEST), args=("-n", "2")),
    case("auth-digest-of-the-collection", item("a", "@BASE@/digest/auth"), item("b", "@BASE@/digest/auth", auth=DIGEST), item("c", "@BASE@/digest/auth"), auth=DIGEST, args=("-n", "2")),
    case("auth-digest-of-another-user", item("a", "@BASE@/digest/auth"), auth=auth("digest", username="{{user}}", password="p"), data=[{"user": "one"}, {"user": "two"}]),
    case("auth-digest-set-by-pre-script", item("a", "@BASE@/digest/auth", pre="pm.request.auth = {type: 'digest', digest: [{key: 'username', value: 'v'}, {key: 'password', value: 'p'}]};"), auth=DIGEST, args=("-n", "2")),
    case("auth-digest-of-a-script-request", item(pre="pm.sendRequest({url: '@BASE@/digest/auth', auth: {type: 'digest', digest: [{key: 'username', value: 'u'}, {key: 'password', value: 'p'}]}}, () => {});"), args=("-n", "2")),
    case("auth-digest-auth-int-of-a-get", item(body=UPLOAD, auth=auth("digest", **DIGEST_GIVEN, qop="auth-int")), files={"upload.txt": "content"}),
    case("auth-digest-auth-int-of-a-file", item(method="POST", body=UPLOAD, auth=auth("digest", **DIGEST_GIVEN, qop="auth-int")), files={"upload.txt": "content"}),
    case("auth-digest-several-challenges", item(url=asking('Digest realm="r", nonce="one", algorithm=MD5', 'Digest realm="r", nonce="two", algorithm=SHA-256'), auth=auth("digest", username="u", password="p", algorithm="SHA-256"))),
    case("auth-digest-tests-run-once", item(url="@BASE@/digest/auth", auth=auth("digest", username="u", password="p"), pre="pm.test('pre');", test="pm.test('test');")),
    # -- oauth 1
    case("auth-oauth1", item(auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True))),
    *(case(f"auth-oauth1-{method.lower()}", item(auth=oauth1(signatureMethod=method, addParamsToHeader=True))) for method in ("HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT")),
    case("auth-oauth1-in-query", item(url="@BASE@/x?b=2&a=1", auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=False))),
    case("auth-oauth1-in-body", item(method="POST", body=FORM, auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=False))),
    case("auth-oauth1-in-query-of-a-post", item(method="POST", body=raw("{}", "json"), auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=False))),
    case("auth-oauth1-query-and-body", item(method="POST", url="@BASE@/x?q=a%20b&r=\u00fc", body=FORM, auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True))),
    case("auth-oauth1-body-hash", item(method="POST", body=raw("{}", "json"), auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True, includeBodyHash=True))),
    case("auth-oauth1-body-hash-of-a-get", item(body=UPLOAD, auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True, includeBodyHash=True)), files={"upload.txt": "content"}),
    case("auth-oauth1-realm", item(auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True, realm="my realm"))),
    case("auth-oauth1-callback-and-verifier", item(auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True, callback="http://cb/x?y=z", verifier="v e"))),
    case("auth-oauth1-empty-token", item(auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True, token="", tokenSecret=""))),
    case("auth-oauth1-empty-signed", item(auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True, token="", tokenSecret="", addEmptyParamsToSign=True))),
    case("auth-oauth1-no-encoding", item(auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True, disableHeaderEncoding=True))),
    case("auth-oauth1-no-consumer", item(auth=auth("oauth1", signatureMethod="HMAC-SHA1", addParamsToHeader=True))),
    case("auth-oauth1-random", item(auth=auth("oauth1", consumerKey="k", consumerSecret="s", signatureMethod="HMAC-SHA1", addParamsToHeader=True)),
         volatile=(r'oauth_nonce="\w{11}"', r'oauth_timestamp="\d{10}"', r'oauth_signature="[\w%]+"')),
    # -- oauth 2 with a token
    case("auth-oauth2", item(auth=auth("oauth2", accessToken="at", addTokenTo="header", tokenType="Bearer"))),
    case("auth-oauth2-in-query", item(url="@BASE@/x?a=1", auth=auth("oauth2", accessToken="at", addTokenTo="queryParams"))),
    case("auth-oauth2-prefix", item(auth=auth("oauth2", accessToken="at", headerPrefix="Token"))),
    case("auth-oauth2-empty-prefix", item(auth=auth("oauth2", accessToken="at", headerPrefix=""))),
    case("auth-oauth2-default-place", item(auth=auth("oauth2", accessToken="at"))),
    case("auth-oauth2-mac", item(auth=auth("oauth2", accessToken="at", tokenType="mac"))),
    case("auth-oauth2-without-anything", item(auth=auth("oauth2"))),
    case("auth-oauth2-fetches-its-token", item(auth=auth("oauth2", grant_type="client_credentials", clientId="c", clientSecret="s", accessTokenUrl='@BASE@/respond?type=application/json&body={"access_token":"fetched","token_type":"Bearer"}'))),
    # -- hawk
    case("auth-hawk", item(auth=auth("hawk", authId="id", authKey="key", algorithm="sha256", **NONCE))),
    case("auth-hawk-sha1", item(auth=auth("hawk", authId="id", authKey="key", algorithm="sha1", **NONCE))),
    case("auth-hawk-ext", item(url="@BASE@/x?a=1", auth=auth("hawk", authId="id", authKey="key", algorithm="sha256", extraData="some data", app="a", delegation="d", **NONCE))),
    case("auth-hawk-payload", item(method="POST", body=raw("hello"), auth=auth("hawk", authId="id", authKey="key", algorithm="sha256", includePayloadHash=True, **NONCE))),
    case("auth-hawk-missing-key", item(auth=auth("hawk", authId="id", algorithm="sha256", **NONCE))),
    # -- aws
    case("auth-aws", item(auth=auth("awsv4", accessKey="AK", secretKey="SK", service="s3", region="eu-west-1")),
         volatile=(r"\d{8}T\d{6}Z", r"AK/\d{8}/", r"Signature=[0-9a-f]{64}")),
    case("auth-aws-defaults", item(auth=auth("awsv4", accessKey="AK", secretKey="SK")),
         volatile=(r"\d{8}T\d{6}Z", r"AK/\d{8}/", r"Signature=[0-9a-f]{64}")),
    case("auth-aws-session-and-body", item(method="POST", body=raw('{"a": 1}', "json"), auth=auth("awsv4", accessKey="AK", secretKey="SK", sessionToken="ST", service="execute-api")),
         volatile=(r"\d{8}T\d{6}Z", r"AK/\d{8}/", r"Signature=[0-9a-f]{64}")),
    case("auth-aws-types-that-are-not-signed", item(method="POST", body=raw("text", "xml"), auth=auth("awsv4", accessKey="AK", secretKey="SK")), item(method="GET", body=raw("{}", "json"), auth=auth("awsv4", accessKey="AK", secretKey="SK")),
         volatile=(r"\d{8}T\d{6}Z", r"AK/\d{8}/", r"Signature=[0-9a-f]{64}")),
    case("auth-aws-own-type", item(method="POST", body=raw("{}", "json"), header=[{"key": "content-type", "value": "application/x-json"}], auth=auth("awsv4", accessKey="AK", secretKey="SK")),
         volatile=(r"\d{8}T\d{6}Z", r"AK/\d{8}/", r"Signature=[0-9a-f]{64}")),
    case("auth-aws-in-query", item(url="@BASE@/x?a=1", auth=auth("awsv4", accessKey="AK", secretKey="SK", service="s3", addAuthDataToQuery=True)),
         volatile=(r"\d{8}T\d{6}Z", r"AK%2F\d{8}%2F", r"Signature=[0-9a-f]{64}")),
    # -- jwt
    case("auth-jwt", item(auth=auth("jwt", **JWT, addTokenTo="header"))),
    case("auth-jwt-prefix", item(auth=auth("jwt", **JWT, addTokenTo="header", headerPrefix="JWT"))),
    case("auth-jwt-empty-prefix", item(auth=auth("jwt", **JWT, addTokenTo="header", headerPrefix=""))),
    case("auth-jwt-in-query", item(url="@BASE@/x?a=1", auth=auth("jwt", **JWT, addTokenTo="queryParam", queryParamKey="jwt"))),
    case("auth-jwt-base64-secret", item(auth=auth("jwt", **{**JWT, "secret": "c2VjcmV0", "isSecretBase64Encoded": True}))),
    case("auth-jwt-header", item(auth=auth("jwt", **JWT, header='{"kid": "k1", "typ": "X"}'))),
    *(case(f"auth-jwt-{algorithm.lower()}", item(auth=auth("jwt", **{**JWT, "algorithm": algorithm}))) for algorithm in ("HS384", "HS512")),
    case("auth-jwt-payload-object", item(auth=auth("jwt", **{**JWT, "payload": {"sub": "1", "iat": 1700000000}}))),
    case("auth-jwt-broken-payload", item(auth=auth("jwt", **{**JWT, "payload": "{nope"}))),
    case("auth-jwt-no-secret", item(auth=auth("jwt", **{**JWT, "secret": ""}))),
    # -- edgegrid
    case("auth-edgegrid", item(url="@BASE@/x?a=1", auth=auth("edgegrid", accessToken="at", clientToken="ct", clientSecret="cs", nonce="n0nce", timestamp="20240101T00:00:00+0000"))),
    case("auth-edgegrid-post", item(method="POST", body=raw("hello"), auth=auth("edgegrid", accessToken="at", clientToken="ct", clientSecret="cs", nonce="n0nce", timestamp="20240101T00:00:00+0000"))),
    case("auth-edgegrid-headers", item(header=[{"key": "X-A", "value": "  one   two "}], auth=auth("edgegrid", accessToken="at", clientToken="ct", clientSecret="cs", nonce="n0nce", timestamp="20240101T00:00:00+0000", headersToSign="X-A,X-B"))),
    # -- ntlm: the test server never accepts anything
    case("auth-ntlm-no-challenge", item(auth=NTLM)),
    case("auth-ntlm", item(url=asking(ntlm_2(0xA2888205)), auth=NTLM), volatile=(r"(?<=NTLM TlRMTVNTUAADAAAAGAAYA)\S+",)),
    case("auth-ntlm-version-1", item(url=asking(ntlm_2(0xA0008205)), auth=NTLM)),
    case("auth-ntlm-without-credentials", item(url=asking(ntlm_2(0xA0008205)), auth=auth("ntlm"))),
    case("auth-ntlm-domain-in-the-name", item(url=asking(ntlm_2(0xA0008205)), auth=auth("ntlm", username="dom\\user", password="p"))),
    case("auth-ntlm-of-the-collection", item("a", asking(ntlm_2(0xA0008205))), item("b", asking(ntlm_2(0xA0008205))), auth=NTLM, args=("-n", "2")),
    case("auth-ntlm-no-retry", item(url=asking("NTLM"), auth=auth("ntlm", username="u", password="p", disableRetryRequest=True))),
    case("auth-ntlm-no-message", item(url=asking("NTLM"), auth=NTLM)),
    case("auth-ntlm-negotiate-only", item(url=asking("Negotiate"), auth=NTLM)),
    case("auth-ntlm-among-others", item(url=asking("Negotiate", "Basic, NTLM"), auth=NTLM)),
    case("auth-ntlm-own-header-is-removed", item(header=[{"key": "authorization", "value": "mine"}], auth=NTLM)),
    # -- others
    case("auth-url-user-info", item(url="http://us%20er:pa%3Ass@@HOST@:@PORT@/x")),
    case("auth-url-user-info-and-auth", item(url="http://u:p@@HOST@:@PORT@/x", auth=BEARER)),
    case("auth-on-path-variables", item(url=url(":a", variable=[{"key": "a", "value": "b"}]), auth=oauth1(signatureMethod="HMAC-SHA1", addParamsToHeader=True))),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)

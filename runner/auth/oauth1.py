"""``oauth1``: RFC 5849 in a header, the body or the query, with the body hash extension.

A signer of our own. oauthlib verifies these signatures in the tests, but its client writes the
parameters in another order, cannot leave out or keep empty ones, knows no body hash for other
methods than SHA-1, and refuses query strings that Postman sends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

from runner.auth.interface import AuthContext, AuthError, Signed
from runner.auth.params import flag, missing, signable_body, text, unsigned, with_header, without_headers, without_query
from runner.model.collection import Param, RequestSpec
from runner.model.records import replace

_NONCE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HASHES = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
#: Parameter of the protocol -> Postman's name, in the order in which Postman sends them.
_SOURCES = {
    "oauth_consumer_key": "consumerKey",
    "oauth_token": "token",
    "oauth_signature_method": "signatureMethod",
    "oauth_timestamp": "timestamp",
    "oauth_nonce": "nonce",
    "oauth_version": "version",
}
_NAMES = {*_SOURCES, "oauth_signature", "oauth_callback", "oauth_verifier", "oauth_body_hash"}


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    method = text(params, "signatureMethod", "HMAC-SHA1")
    family, _, hash_name = method.partition("-")
    needed = ("consumerKey", "privateKey" if family == "RSA" else "consumerSecret")
    if absent := missing(params, *needed):
        return unsigned(spec, *absent)

    spec = _clean(spec)
    warnings: list[str] = []
    keep_empty = flag(params, "addEmptyParamsToSign")
    values = {name: str(params.get(source) or "") for name, source in _SOURCES.items()}
    values["oauth_signature_method"] = method
    values["oauth_timestamp"] = values["oauth_timestamp"] or str(int(context.clock()))
    values["oauth_nonce"] = values["oauth_nonce"] or "".join(context.random.choice(_NONCE) for _ in range(11))
    oauth = [(name, value) for name, value in values.items() if keep_empty or value.strip()]
    # These three are extensions: servers that do not know them stumble over empty ones.
    extensions = {
        "oauth_body_hash": _body_hash(spec, params, hash_name, context, warnings),
        "oauth_callback": text(params, "callback"),
        "oauth_verifier": text(params, "verifier"),
    }
    oauth += [(name, value) for name, value in extensions.items() if value and (keep_empty or value.strip())]

    url = urlsplit(context.url(spec))
    query = [_decode(piece) for piece in url.query.split("&") if piece]
    signed = [*((key, value or "") for key, value in query), *oauth, *_form(spec)]
    oauth.append(("oauth_signature", _signature(method, _base_string(spec.method, url, signed), params)))
    if url.query and not context.disable_url_encoding:
        # RFC 5849 wants its own encoding of the query, on the wire too.
        encoded = tuple(Param(_escape(key), None if value is None else _escape(value)) for key, value in query)
        spec = replace(spec, url=replace(spec.url, query=encoded))
    return Signed(_place(spec, oauth, params, context), warnings=tuple(warnings))


def _clean(spec: RequestSpec) -> RequestSpec:
    spec = without_query(without_headers(spec, "Authorization"), _NAMES)
    if spec.body is None or spec.body.mode != "urlencoded":
        return spec
    rows = tuple(row for row in spec.body.urlencoded if row.key not in _NAMES)
    return replace(spec, body=replace(spec.body, urlencoded=rows))


def _place(
    spec: RequestSpec, oauth: list[tuple[str, str]], params: Mapping[str, Any], context: AuthContext
) -> RequestSpec:
    if flag(params, "addParamsToHeader"):
        plain = flag(params, "disableHeaderEncoding")
        realm = text(params, "realm")
        fields = [("realm", realm)] if realm.strip() else []
        fields += [(key, value.strip()) for key, value in oauth if value]
        quoted = ",".join(f'{key}="{value if plain else _escape(value)}"' for key, value in fields)
        return with_header(spec, "Authorization", f"OAuth {quoted}")
    if spec.method in ("PUT", "POST") and spec.body is not None and spec.body.mode == "urlencoded":
        added = tuple(Param(key, value) for key, value in oauth)
        return replace(spec, body=replace(spec.body, urlencoded=(*spec.body.urlencoded, *added)))
    raw = context.disable_url_encoding
    added = tuple(Param(key, value if raw else _escape(value)) for key, value in oauth)
    return replace(spec, url=replace(spec.url, query=(*spec.url.query, *added)))


def _base_string(method: str, url: Any, signed: list[tuple[str, str]]) -> str:
    """RFC 5849, 3.4.1."""
    default = {"http": 80, "https": 443}.get(url.scheme)
    host = (url.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    if url.port and url.port != default:
        host += f":{url.port}"
    pairs = sorted((_escape(key), _escape(value)) for key, value in signed)
    normalized = "&".join(f"{key}={value}" for key, value in pairs)
    return "&".join(_escape(part) for part in (method.upper(), f"{url.scheme}://{host}{url.path or '/'}", normalized))


def _signature(method: str, base: str, params: Mapping[str, Any]) -> str:
    family, _, hash_name = method.partition("-")
    key = _escape(text(params, "consumerSecret")) + "&" + _escape(text(params, "tokenSecret"))
    if method == "PLAINTEXT":
        return key
    if hash_name not in _HASHES or family not in ("HMAC", "RSA"):
        raise AuthError(f"Unsupported signature method: {method}")
    if family == "HMAC":
        digest = hmac.new(key.encode(), base.encode(), _HASHES[hash_name]).digest()
    else:
        from runner.auth.keys import rsa_sign

        digest = rsa_sign(text(params, "privateKey"), _HASHES[hash_name], base.encode())
    return base64.b64encode(digest).decode()


def _body_hash(
    spec: RequestSpec, params: Mapping[str, Any], hash_name: str, context: AuthContext, warnings: list[str]
) -> str:
    """https://datatracker.ietf.org/doc/id/draft-eaton-oauth-bodyhash-00: not for forms."""
    mode = spec.body.mode if spec.body is not None and spec.body.enabled else None
    if not flag(params, "includeBodyHash") or hash_name not in _HASHES or mode == "urlencoded":
        return ""
    body = signable_body(spec, context, warnings)
    if body is None and mode == "formdata" and spec.body is not None and spec.body.formdata:
        return ""
    return base64.b64encode(hashlib.new(_HASHES[hash_name], body or b"").digest()).decode()


def _form(spec: RequestSpec) -> list[tuple[str, str]]:
    if spec.body is None or not spec.body.enabled or spec.body.mode != "urlencoded":
        return []
    return [
        (row.key or "", text({"value": row.value}, "value") if row.value is not False else "false")
        for row in spec.body.urlencoded
        if row.enabled
    ]


def _decode(piece: str) -> tuple[str, str | None]:
    key, equals, value = piece.partition("=")
    return unquote_plus(key), unquote_plus(value) if equals else None


def _escape(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="-._~")

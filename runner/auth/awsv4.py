"""``awsv4``: AWS Signature Version 4, in headers or in the query
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).

A signer of our own: botocore is 30 MB for this one algorithm, and the small libraries sign a fixed
choice of headers, while Postman signs all that the request has and writes them in its own order.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

from runner.auth.interface import AuthContext, AuthError, Signed
from runner.auth.params import flag, header, missing, signable_body, text, with_query, without_headers, without_query
from runner.model.collection import Header, Param, RequestSpec
from runner.model.records import replace

ALGORITHM = "AWS4-HMAC-SHA256"
#: Headers that proxies change, so that they are never signed.
_UNSIGNED = {
    "authorization",
    "connection",
    "x-amzn-trace-id",
    "user-agent",
    "expect",
    "presigned-expires",
    "range",
}
_OLD_HEADERS = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256")
_OLD_QUERY = (
    "X-Amz-Security-Token",
    "X-Amz-Date",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    # Without keys Postman signs with empty ones; the server refuses that and we say why.
    warnings = [f"no {name}" for name in missing(params, "accessKey", "secretKey")]
    spec = without_query(without_headers(spec, *_OLD_HEADERS), _OLD_QUERY)
    url = urlsplit(context.url(spec))
    service, region = text(params, "service", "execute-api"), text(params, "region", "us-east-1")
    service = "ses" if service == "email" else service  # SES has another name in its host
    body = signable_body(spec, context, warnings)
    in_query = flag(params, "addAuthDataToQuery")
    if body is not None and not in_query:
        spec = _upsert(spec, "X-Amz-Content-Sha256", hashlib.sha256(body).hexdigest())
    if header(spec, "host") is None:
        spec = _upsert(spec, "Host", url.netloc.rpartition("@")[2])
    when = _date(spec, context)
    scope = f"{when[:8]}/{region}/{service}/aws4_request"
    credential = f"{text(params, 'accessKey')}/{scope}"
    session = text(params, "sessionToken")

    if in_query:
        payload = "UNSIGNED-PAYLOAD" if service == "s3" else hashlib.sha256(body or b"").hexdigest()
        added = [("X-Amz-Security-Token", session)] if session else []
        if service == "s3" and not any(q.enabled and q.key == "X-Amz-Expires" for q in spec.url.query):
            added.append(("X-Amz-Expires", "86400"))
        added += [("X-Amz-Date", when), ("X-Amz-Algorithm", ALGORITHM), ("X-Amz-Credential", credential)]
        added.append(("X-Amz-SignedHeaders", _signed_headers(spec)))
        query = "&".join([*([url.query] if url.query else []), *(f"{k}={_escape(v)}" for k, v in added)])
        canonical = _canonical(spec, url.path, query, payload, service)
        added.append(("X-Amz-Signature", _signature(params, when, scope, canonical)))
        return Signed(with_query(spec, *(Param(key, _escape(value)) for key, value in added)), warnings=tuple(warnings))

    if session:
        spec = _upsert(spec, "X-Amz-Security-Token", session)
    if service == "s3" and body is None:
        spec = _upsert(spec, "X-Amz-Content-Sha256", hashlib.sha256(b"").hexdigest())
    spec = _upsert(spec, "X-Amz-Date", when)
    canonical = _canonical(spec, url.path, url.query, hashlib.sha256(body or b"").hexdigest(), service)
    signature = _signature(params, when, scope, canonical)
    value = f"{ALGORITHM} Credential={credential}, SignedHeaders={_signed_headers(spec)}, Signature={signature}"
    return Signed(_upsert(spec, "Authorization", value), warnings=tuple(warnings))


def _signature(params: Mapping[str, Any], when: str, scope: str, canonical: str) -> str:
    to_sign = "\n".join([ALGORITHM, when, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + text(params, "secretKey").encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _canonical(spec: RequestSpec, path: str, query: str, payload: str, service: str) -> str:
    headers = _canonical_headers(spec)
    return "\n".join(
        [
            spec.method,
            _canonical_path(path or "/", plain=service == "s3"),
            _canonical_query(query, first_only=service == "s3"),
            *(f"{key}:{value}" for key, value in headers.items()),
            "",
            ";".join(headers),
            payload,
        ]
    )


def _canonical_headers(spec: RequestSpec) -> dict[str, str]:
    found = {h.key.lower(): h.value for h in spec.headers if h.enabled and h.key}
    return {key: re.sub(r"\s+", " ", found[key].strip()) for key in sorted(found) if key not in _UNSIGNED}


def _signed_headers(spec: RequestSpec) -> str:
    return ";".join(_canonical_headers(spec))


def _canonical_path(path: str, *, plain: bool) -> str:
    """Encoded twice and without dots and double slashes, except for S3."""
    path = quote(path, safe="%;,/?:@&=+$-_.!~*'()#")  # what Postman leaves as it is, e.g. a bar
    if plain:
        return quote(unquote_plus(path), safe="/-._~")
    parts: list[str] = []
    for part in re.sub(r"/{2,}", "/", path).split("/"):
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(_escape(part))
    joined = "/".join(parts)
    return joined if joined.startswith("/") else f"/{joined}"


def _canonical_query(query: str, *, first_only: bool) -> str:
    found: dict[str, list[str]] = {}
    for piece in query.split("&"):
        key, _, value = piece.partition("=")
        if key:
            found.setdefault(_escape(unquote_plus(key)), []).append(_escape(unquote_plus(value)))
    return "&".join(
        f"{key}={value}" for key in sorted(found) for value in sorted(found[key][: 1 if first_only else None])
    )


def _date(spec: RequestSpec, context: AuthContext) -> str:
    """The time of the request's own Date header, else now: ``20150830T123600Z``."""
    written = header(spec, "date")
    when = datetime.fromtimestamp(context.clock(), timezone.utc)
    if written:
        try:
            when = parsedate_to_datetime(written).astimezone(timezone.utc)
        except ValueError:
            try:
                when = datetime.fromisoformat(written.replace("Z", "+00:00")).astimezone(timezone.utc)
            except ValueError as error:
                raise AuthError(f'the Date header is no date: "{written}"') from error
    return when.strftime("%Y%m%dT%H%M%SZ")


def _upsert(spec: RequestSpec, name: str, value: str) -> RequestSpec:
    """Changes the first header of this name where it stands, or adds one at the end."""
    headers = list(spec.headers)
    place = next((i for i, h in enumerate(headers) if h.key.lower() == name.lower()), len(headers))
    headers[place : place + 1] = [Header(name, value, system=True)]
    return replace(spec, headers=tuple(headers))


def _escape(value: str) -> str:
    return quote(value, safe="-._~")

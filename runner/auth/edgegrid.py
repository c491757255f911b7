"""``edgegrid``: Akamai's EG1-HMAC-SHA256
(https://techdocs.akamai.com/developer/docs/authenticate-with-edgegrid).

A signer of our own (two HMACs): Akamai's Python library is an auth class of requests and hashes the
body of that library's request, while our body and URL are known to the transport only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from runner.auth.interface import AuthContext, AuthError, Signed
from runner.auth.params import header, missing, signable_body, text, unsigned, with_header
from runner.model.collection import RequestSpec

MAX_BODY = 131072  #: bytes of the body that are signed


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    if absent := missing(params, "accessToken", "clientToken", "clientSecret"):
        return unsigned(spec, *absent)
    warnings: list[str] = []
    url = urlsplit(context.url(spec))
    nonce = text(params, "nonce") or str(uuid.UUID(int=context.random.getrandbits(128), version=4))
    now = datetime.fromtimestamp(context.clock(), timezone.utc)
    timestamp = text(params, "timestamp") or now.strftime("%Y%m%dT%H:%M:%S+0000")
    start = (
        f"EG1-HMAC-SHA256 client_token={text(params, 'clientToken')};access_token={text(params, 'accessToken')};"
        f"timestamp={timestamp};nonce={nonce};"
    )
    body_hash = ""
    if spec.method == "POST" and (body := signable_body(spec, context, warnings)) is not None:
        body_hash = base64.b64encode(hashlib.sha256(body[: _max_body(params)]).digest()).decode()
    data = "\t".join(
        [
            spec.method,
            url.scheme,
            _host(text(params, "baseURL")) or url.netloc.rpartition("@")[2],
            (url.path or "/") + (f"?{url.query}" if url.query else ""),
            _signed_headers(spec, params.get("headersToSign")),
            body_hash,
            start,
        ]
    )
    signature = _hmac(data, _hmac(timestamp, text(params, "clientSecret")))
    return Signed(with_header(spec, "Authorization", f"{start}signature={signature}"), warnings=tuple(warnings))


def _hmac(data: str, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), data.encode(), hashlib.sha256).digest()).decode()


def _max_body(params: Mapping[str, Any]) -> int:
    size = text(params, "maxBodySize")
    try:
        return max(0, int(float(size))) if size else MAX_BODY
    except ValueError as error:
        raise AuthError(f'maxBodySize is no number: "{size}"') from error


def _host(base_url: str) -> str:
    return urlsplit(base_url if "://" in base_url else f"http://{base_url}").netloc.rpartition("@")[2]


def _signed_headers(spec: RequestSpec, names: Any) -> str:
    names = names.split(",") if isinstance(names, str) else names if isinstance(names, (list, tuple)) else []
    rows = []
    for name in names:
        key = str(name).strip().lower()
        value = header(spec, key)
        if value:
            rows.append(key + ":" + re.sub(r"\s+", " ", value.strip()))
    return "\t".join(rows)

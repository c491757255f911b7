"""``hawk``: https://github.com/mozilla/hawk, the request header.

A signer of our own (three hashes): the Python library, mohawk, has had no release since 2019 and
cannot leave out the payload hash per request as Postman does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from runner.auth.interface import AuthContext, Signed
from runner.auth.params import ALPHANUMERIC, flag, header, missing, signable_body, text, unsigned, with_header
from runner.model.collection import RequestSpec

ALGORITHMS = ("sha1", "sha256")


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    if absent := missing(params, "authId", "authKey"):
        return unsigned(spec, *absent)
    algorithm = text(params, "algorithm")
    if algorithm not in ALGORITHMS:
        # Postman sends an empty header here; so do we, but say why.
        words = f'the algorithm is "{algorithm}", not sha1 or sha256: the request is not signed'
        return Signed(with_header(spec, "Authorization", ""), signed=False, warnings=(words,))
    # Postman keeps a nonce and a time that it made up for all requests of the same auth. A server that
    # guards against replays refuses the second one, so ours are new each time.
    nonce = text(params, "nonce") or "".join(context.random.choice(ALPHANUMERIC) for _ in range(6))
    timestamp = text(params, "timestamp") if _is_number(text(params, "timestamp")) else str(int(context.clock()))
    payload_hash = ""
    warnings: list[str] = []
    if flag(params, "includePayloadHash") and (body := signable_body(spec, context, warnings)) is not None:
        content_type = (header(spec, "content-type") or "").split(";")[0].strip().lower()
        if not content_type:
            warnings.append("the payload hash needs a Content-Type header: write one into the request")
        payload = b"hawk.1.payload\n" + content_type.encode() + b"\n" + body + b"\n"
        payload_hash = base64.b64encode(hashlib.new(algorithm, payload).digest()).decode()

    url = urlsplit(context.url(spec))
    ext, app, dlg = text(params, "extraData"), text(params, "app"), text(params, "delegation")
    lines = [
        "hawk.1.header",
        timestamp,
        nonce,
        spec.method.upper(),
        (url.path or "/") + (f"?{url.query}" if url.query else ""),
        (url.hostname or "").lower(),
        str(url.port or (80 if url.scheme == "http" else 443)),
        payload_hash,
        ext.replace("\\", "\\\\").replace("\n", "\\n"),
    ]
    lines += [app, dlg] if app else []
    normalized = "\n".join(lines) + "\n"
    mac = hmac.new(text(params, "authKey").encode(), normalized.encode(), algorithm).digest()

    fields = [f'id="{text(params, "authId")}"', f'ts="{timestamp}"', f'nonce="{nonce}"']
    fields += [f'hash="{payload_hash}"'] if payload_hash else []
    quoted = ext.replace("\\", "\\\\").replace('"', '\\"')
    fields += [f'ext="{quoted}"'] if ext else []
    fields.append(f'mac="{base64.b64encode(mac).decode()}"')
    fields += [f'app="{app}"'] if app else []
    fields += [f'dlg="{dlg}"'] if app and dlg else []
    return Signed(with_header(spec, "Authorization", "Hawk " + ", ".join(fields)), warnings=tuple(warnings))


def _is_number(value: str) -> bool:
    return value.strip()[:1].isdigit() and value.strip().lstrip("0") != ""

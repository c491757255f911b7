"""``asap``: Atlassian's service-to-service token (https://s2sauth.bitbucket.io/spec/)."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from runner.auth.interface import AuthContext, AuthError, Signed
from runner.auth.params import text, with_header
from runner.auth.tokens import ASYMMETRIC, encode
from runner.model.collection import RequestSpec

LIFETIME = 3600  #: seconds
_DATA_URI = re.compile(r"data:application/pkcs8;kid=([\w.\-+/]+);base64,([a-zA-Z0-9+/=]+)")


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    claims = _claims(params.get("claims"))
    now = int(context.clock())
    issuer = claims.get("iss") or text(params, "iss")
    audience = claims.get("aud") or params.get("aud")
    kid = str(claims.get("kid") or text(params, "kid"))
    private_key = text(params, "privateKey")
    algorithm = text(params, "alg", "RS256")
    needed = {"kid": kid, "iss": issuer, "aud": audience, "privateKey": private_key}
    if absent := [name for name, value in needed.items() if not value]:
        raise AuthError(f"One or more of required claims missing: {', '.join(absent)}")
    if algorithm not in ASYMMETRIC:
        raise AuthError(f'invalid algorithm "{algorithm}"')
    payload = claims | {
        "iat": claims.get("iat") or now,
        "iss": issuer,
        "sub": claims.get("sub") or text(params, "sub") or issuer,
        "jti": claims.get("jti") or str(uuid.UUID(int=context.random.getrandbits(128), version=4)),
        "aud": audience,
        # in the claims it is a time, in the parameter a duration
        "exp": _integer(claims.get("exp")) or now + (_integer(params.get("exp")) or LIFETIME),
    }
    token = encode({"alg": algorithm, "kid": kid}, payload, _pem(private_key, kid))
    return Signed(with_header(spec, "Authorization", f"Bearer {token}"))


def _claims(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else {}
        except ValueError as error:
            raise AuthError("Failed to parse claims") from error
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise AuthError("the claims are no JSON object")
    return dict(value)


def _integer(value: Any) -> int | None:
    found = re.match(r"\s*([+-]?\d+)", str(value))
    return int(found.group(1)) if found else None


def _pem(private_key: str, kid: str) -> str:
    """A PEM key, or the data URI that Atlassian's tools make of one."""
    text = unquote(re.sub(r'^"(.*)"$', r"\1", private_key.replace("\n", "")))
    if not text.startswith("data:"):
        return unquote(private_key)
    found = _DATA_URI.fullmatch(text)
    if found is None:
        raise AuthError("Malformed Data URI in privateKey")
    if found.group(1) != kid:
        raise AuthError("Supplied key id does not match the one included in data uri.")
    from cryptography.hazmat.primitives import serialization as form

    try:
        key = form.load_der_private_key(base64.b64decode(found.group(2)), None)
    except (ValueError, TypeError) as error:
        raise AuthError(f"the private key cannot be read: {error}") from error
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()

"""``jwt``: a token that the request makes itself (RFC 7519), as bearer token or in the query."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from runner.auth.interface import AuthContext, AuthError, Signed
from runner.auth.params import flag, text, with_header, with_query, without_query
from runner.auth.tokens import ASYMMETRIC, SYMMETRIC, encode
from runner.model.collection import Param, RequestSpec


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    algorithm = text(params, "algorithm")
    if algorithm in SYMMETRIC:
        key: str | bytes = _secret(params)
    elif algorithm in ASYMMETRIC:
        key = text(params, "privateKey")
        if not key:
            raise AuthError("no privateKey")
    else:
        raise AuthError(f'invalid algorithm "{algorithm}"')
    header = {**_object(params, "header"), "alg": algorithm}
    token = encode(header, _object(params, "payload"), key)

    if text(params, "addTokenTo", "header") == "queryParam":
        name = text(params, "queryParamKey", "token")
        return Signed(with_query(without_query(spec, {name}), Param(name, token)))
    prefix = params.get("headerPrefix")
    prefix = "Bearer" if prefix is None else str(prefix)
    return Signed(with_header(spec, "Authorization", f"{prefix} {token}" if prefix else token))


def _secret(params: Mapping[str, Any]) -> bytes:
    secret = text(params, "secret")
    if not secret:
        raise AuthError("no secret")
    if not flag(params, "isSecretBase64Encoded"):
        return secret.encode()
    plain = secret.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except ValueError as error:
        raise AuthError("the secret is no base64") from error


def _object(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = params.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else {}
        except ValueError as error:
            raise AuthError(f"the {name} is no JSON: {error}") from error
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise AuthError(f"the {name} is no JSON object")
    return dict(value)

"""``oauth2``: an access token (RFC 6750), given or fetched.

Newman ignores every setting about fetching and sends the request without a token, in silence. Here the
token is fetched if the settings say from where (``runner.auth.oauth2_token``), or the request fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.auth.interface import AuthContext, AuthError, Signed
from runner.auth.params import text, unsigned, with_header, with_query, without_headers, without_query
from runner.model.collection import Param, RequestSpec


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    token, kind = text(params, "accessToken"), text(params, "tokenType")
    if not token:
        if not (text(params, "accessTokenUrl") or text(params, "authUrl")):
            return unsigned(spec, "accessToken")
        from runner.auth.oauth2_token import obtain

        try:
            fetched = obtain(params, context)
        except AuthError as error:
            return Signed(
                spec,
                signed=False,
                warnings=(f"could not get an access token: {error}",),
                error=f"could not get an access token: {error}",
            )
        token, kind = fetched.access_token, kind or fetched.token_type
    if kind.lower() == "mac":
        return Signed(spec, signed=False, warnings=("MAC tokens are not supported: the request is not signed",))

    spec = without_query(without_headers(spec, "Authorization"), {"access_token"})
    place = text(params, "addTokenTo", "header")
    if place == "queryParams":
        return Signed(with_query(spec, Param("access_token", token)))
    if place != "header":
        words = f'addTokenTo is "{place}", not header or queryParams: the request is not signed'
        return Signed(spec, signed=False, warnings=(words,))
    prefix = params.get("headerPrefix")
    prefix = "Bearer" if prefix is None else str(prefix).strip()
    return Signed(with_header(spec, "Authorization", f"{prefix} {token}" if prefix else token))

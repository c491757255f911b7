"""Getting OAuth 2.0 tokens (RFC 6749, 7636, 8252), with Postman's parameter names (library: oauthlib).

Grants: client credentials, password, refresh token, and authorization code with PKCE when a person is
there. Tokens live as long as the run, per settings, and are renewed shortly before they expire.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from runner.auth.interface import AuthContext, AuthError
from runner.auth.params import text
from runner.model.collection import Body, Header, RequestSpec, Url
from runner.model.exchange import Response
from runner.model.records import dataclass, replace
from runner.parse.url import parse_query, parse_url

EARLY = 10  #: seconds before its end at which a token is no longer used
_OF_USE_ONLY = {"accessToken", "addTokenTo", "headerPrefix", "tokenName", "tokenType"}


@dataclass(frozen=True, slots=True)
class Token:
    access_token: str
    token_type: str = ""
    refresh_token: str = ""
    expires_at: float | None = None  #: epoch seconds


def obtain(params: Mapping[str, Any], context: AuthContext) -> Token:
    """A valid token for these settings: the one of earlier in this run, a renewed or a new one.

    Raises:
        AuthError: there is none to be had; the message says why.
    """
    settings = {name: value for name, value in params.items() if name not in _OF_USE_ONLY}
    key = ("oauth2", json.dumps(settings, sort_keys=True, default=str))
    known: Token | None = context.state.get(key)
    if known and (known.expires_at is None or context.clock() < known.expires_at - EARLY):
        return known
    token = _renew_or_grant(params, context, (known and known.refresh_token) or text(params, "refreshToken"))
    context.state[key] = token
    return token


def grant_type(params: Mapping[str, Any]) -> str:
    """The grant in the words of RFC 6749. Without ``grant_type`` the other settings tell."""
    given = text(params, "grant_type")
    names = {"password_credentials": "password", "authorization_code_with_pkce": "authorization_code"}
    if given:
        return names.get(given, given)
    if text(params, "authUrl"):
        return "authorization_code"
    return "password" if text(params, "username") else "client_credentials"


def _renew_or_grant(params: Mapping[str, Any], context: AuthContext, refresh_token: str) -> Token:
    grant = grant_type(params)
    if refresh_token:
        try:
            return _refresh(params, context, refresh_token)
        except AuthError:
            if grant == "refresh_token" or (grant == "authorization_code" and not context.interactive):
                raise
    if grant == "client_credentials":
        return _ask(params, context, {"grant_type": grant, "scope": text(params, "scope")})
    if grant == "password":
        fields = {"grant_type": grant, "username": text(params, "username"), "password": text(params, "password")}
        return _ask(params, context, {**fields, "scope": text(params, "scope")})
    if grant == "authorization_code":
        from runner.auth.oauth2_browser import authorize

        return _ask(params, context, authorize(params, context))
    if grant == "refresh_token":
        raise AuthError("no refreshToken")
    raise AuthError(f'the grant type "{grant}" is not supported; give an accessToken')


def _refresh(params: Mapping[str, Any], context: AuthContext, refresh_token: str) -> Token:
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, "scope": text(params, "scope")}
    url = text(params, "refreshTokenUrl") or text(params, "accessTokenUrl")
    token = _ask(params, context, fields, url, "refreshRequestParams")
    return token if token.refresh_token else replace(token, refresh_token=refresh_token)


def _ask(
    params: Mapping[str, Any],
    context: AuthContext,
    fields: Mapping[str, str],
    url: str = "",
    extra: str = "tokenRequestParams",
) -> Token:
    url = url or text(params, "accessTokenUrl")
    if not url:
        raise AuthError("no accessTokenUrl")
    if context.send is None:
        raise AuthError("no request for a token may be sent here")
    body = [(name, value) for name, value in fields.items() if value]
    body += [(name, text(params, name)) for name in ("audience", "resource") if text(params, name)]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    client_id, secret = text(params, "clientId"), text(params, "clientSecret")
    if secret and text(params, "client_authentication", "header") == "header":
        # As it is, like Postman; RFC 6749, 2.3.1 wants both form-encoded, which few servers decode.
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    else:
        body += [("client_id", client_id)] if client_id else []
        body += [("client_secret", secret)] if secret else []
    query = []
    for key, value, place in extra_params(params, extra):
        if place == "request_header":
            headers = {name: old for name, old in headers.items() if name.lower() != key.lower()} | {key: value}
        elif place == "request_url":
            query.append((key, value))
        else:
            body.append((key, value))
    request = RequestSpec(
        url=with_pairs(parse_url(url), query),
        method="POST",
        headers=tuple(Header(key, value, system=True) for key, value in headers.items()),
        body=Body(mode="raw", raw=urlencode(body, quote_via=quote)),
    )
    return _read(context.send(request), url, context)


def _read(response: Response, url: str, context: AuthContext) -> Token:
    from oauthlib.oauth2 import Client, MissingTokenError, OAuth2Error

    try:
        found = Client("").parse_request_body_response(response.body.decode("utf-8", "replace"))
        lifetime = found.get("expires_in")
        expires_at = None if lifetime is None else context.clock() + float(lifetime)  # text in oauthlib 3.2
    except OAuth2Error as error:
        if isinstance(error, MissingTokenError):
            raise AuthError(f"{url} answered {response.code} with something that is no token") from error
        said = ": ".join(part for part in (error.error, error.description) if part)
        raise AuthError(f"{url} answered {response.code}: {said or response.reason}") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise AuthError(f"{url} answered {response.code} with something that is no token") from error
    if response.code >= 400:
        raise AuthError(f"{url} answered {response.code} {response.reason}".rstrip())
    return Token(
        access_token=str(found["access_token"]),
        token_type=str(found.get("token_type") or ""),
        refresh_token=str(found.get("refresh_token") or ""),
        expires_at=expires_at,
    )


def extra_params(params: Mapping[str, Any], name: str) -> list[tuple[str, str, str]]:
    """Postman's rows ``{key, value, enabled, send_as}`` as (key, value, place)."""
    rows = params.get(name)
    return [
        (text(row, "key"), text(row, "value"), text(row, "send_as"))
        for row in (rows if isinstance(rows, (list, tuple)) else ())
        if isinstance(row, Mapping) and row.get("enabled") is not False and text(row, "key")
    ]


def with_pairs(url: Url, pairs: list[tuple[str, str]]) -> Url:
    """The URL with more query parameters, form-encoded."""
    return replace(url, query=(*url.query, *parse_query(urlencode(pairs, quote_via=quote)))) if pairs else url

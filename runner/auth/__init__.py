"""Signing requests: one table, one module per auth type, imported when first used.

To add a type, write a module with ``sign`` (see ``runner.auth.interface``) and name it in ``SCHEMES``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from runner.auth.interface import MAX_REPLAYS, AuthContext, AuthError, Replay, Signed
from runner.model.collection import Auth, RequestSpec
from runner.model.exchange import Response
from runner.model.records import replace

__all__ = ["MAX_REPLAYS", "SCHEMES", "AuthContext", "AuthError", "Replay", "Signed", "challenge", "sign"]

#: Postman's name of an auth type -> the module that implements it.
SCHEMES = {
    "noauth": "runner.auth.noauth",
    "basic": "runner.auth.basic",
    "bearer": "runner.auth.bearer",
    "apikey": "runner.auth.apikey",
    "digest": "runner.auth.digest",
    "oauth1": "runner.auth.oauth1",
    "oauth2": "runner.auth.oauth2",
    "hawk": "runner.auth.hawk",
    "awsv4": "runner.auth.awsv4",
    "ntlm": "runner.auth.ntlm",
    "edgegrid": "runner.auth.edgegrid",
    "jwt": "runner.auth.jwt",
    "asap": "runner.auth.asap",
}


def sign(spec: RequestSpec, auth: Auth | None, context: AuthContext) -> Signed:
    """Signs a resolved request.

    A type that nobody knows and a signature that fails are warnings, as in Newman: the request goes
    out unsigned, but never in silence. See ``Signed.error`` for when it must not go out.
    """
    if auth is None or not auth.type:
        return Signed(spec)
    if auth.type not in SCHEMES:
        return Signed(spec, signed=False, warnings=(f"runtime: could not find a handler for auth: {auth.type}",))
    try:
        signed: Signed = _scheme(auth.type).sign(spec, auth.params, context)
    except AuthError as error:
        message = f"{_prefix(auth)}could not sign the request: {error}"
        return Signed(spec, signed=False, warnings=(message,))
    return replace(
        signed,
        warnings=tuple(_prefix(auth) + text for text in signed.warnings),
        error=signed.error and _prefix(auth) + signed.error,
    )


def challenge(
    spec: RequestSpec, auth: Auth | None, response: Response, context: AuthContext, attempt: int
) -> Replay | None:
    """Looks at the response to a signed request, for the auth types that answer to one.

    Args:
        spec: the request as it was sent.
        auth: what it was signed with.
        response: what came back.
        context: the same as for ``sign``.
        attempt: how many replays of this request were already sent.

    Returns:
        The request to send again, and what to tell the user; None if there is nothing to do.
    """
    if auth is None or auth.type not in SCHEMES:
        return None
    answer = getattr(_scheme(auth.type), "challenge", None)
    if answer is None:
        return None
    try:
        found: Replay | None = answer(spec, auth.params, response, context, attempt)
    except AuthError as error:
        return Replay(None, (f"{_prefix(auth)}there was an error validating auth: {error}",))
    if found is None:
        return None
    if found.spec is not None and attempt >= MAX_REPLAYS:
        found = Replay(None, ("runtime: maximum intermediate request limit exceeded",))
    return replace(found, warnings=tuple(_prefix(auth) + text for text in found.warnings))


@cache
def _scheme(name: str) -> Any:
    return import_module(SCHEMES[name])


def _prefix(auth: Auth) -> str:
    # The words that Newman's users know from its console.
    return f"runtime~{auth.type}.auth: "

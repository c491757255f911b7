"""Signing requests: one table, one module per auth type, imported when first used.

To add a type, write a module with ``sign`` (see ``runner.auth.interface``) and name it in ``SCHEMES``. Other packages
offer theirs as entry points, and a run from Python can bring its own (``AuthContext.schemes``).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from runner.auth.interface import MAX_REPLAYS, AuthContext, AuthError, Replay, Signed
from runner.model.collection import Auth, RequestSpec
from runner.model.exchange import Response
from runner.model.records import replace

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["MAX_REPLAYS", "SCHEMES", "AuthContext", "AuthError", "Replay", "Signed", "challenge", "is_known", "sign"]

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


#: Packages offer auth types of their own in this group: ``name = "package.module"`` or ``"package.module:object"``.
ENTRY_POINT_GROUP = "htrun.auth"


def is_known(name: str) -> bool:
    """Whether there is an auth type of that name, htrun's or of an installed package."""
    return name in SCHEMES or _installed(name) is not None


def sign(spec: RequestSpec, auth: Auth | None, context: AuthContext) -> Signed:
    """Signs a resolved request.

    A type that nobody knows and a signature that fails are warnings, as in Newman: the request goes
    out unsigned, but never in silence. See ``Signed.error`` for when it must not go out; the code of an auth type
    that is not htrun's and raises anything but ``AuthError`` is such a case.
    """
    if auth is None or not auth.type:
        return Signed(spec)
    try:
        scheme = _scheme(auth.type, context)
        if scheme is None:
            text = f"runtime: could not find a handler for auth: {auth.type}"
            return Signed(spec, signed=False, warnings=(text,))
        signed: Signed = scheme.sign(spec, auth.params, context)
    except AuthError as error:
        message = f"{_prefix(auth)}could not sign the request: {error}"
        return Signed(spec, signed=False, warnings=(message,))
    except Exception as error:
        if _is_own(auth.type, context):
            raise
        return Signed(spec, signed=False, error=f"{_prefix(auth)}{type(error).__name__}: {error}")
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
    if auth is None or not auth.type:
        return None
    try:
        answer = getattr(_scheme(auth.type, context), "challenge", None)
        if answer is None:
            return None
        found: Replay | None = answer(spec, auth.params, response, context, attempt)
    except AuthError as error:
        return Replay(None, (f"{_prefix(auth)}there was an error validating auth: {error}",))
    except Exception as error:
        if _is_own(auth.type, context):
            raise
        return Replay(None, error=f"{_prefix(auth)}{type(error).__name__}: {error}")
    if found is None:
        return None
    if found.spec is not None and attempt >= MAX_REPLAYS:
        found = Replay(None, ("runtime: maximum intermediate request limit exceeded",))
    return replace(found, warnings=tuple(_prefix(auth) + text for text in found.warnings))


def _scheme(name: str, context: AuthContext) -> Any | None:
    if name in context.schemes:
        return context.schemes[name]
    if name in SCHEMES:
        return _module(SCHEMES[name])
    found = _installed(name)
    return None if found is None else found.load()


def _is_own(name: str, context: AuthContext) -> bool:
    """Whether what it raises is a bug of ours."""
    return name in SCHEMES and name not in context.schemes


@cache
def _module(name: str) -> Any:
    return import_module(name)


@cache
def _installed(name: str) -> EntryPoint | None:
    from importlib.metadata import entry_points  # looking at what is installed takes longer than a small run

    return next(iter(entry_points(group=ENTRY_POINT_GROUP, name=name)), None)


def _prefix(auth: Auth) -> str:
    # The words that Newman's users know from its console.
    return f"runtime~{auth.type}.auth: "

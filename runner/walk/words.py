"""A request in plain words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from runner.engine.inherit import inherit
from runner.model.collection import Auth, Body, Collection, Located, RequestSpec
from runner.model.exchange import Request
from runner.reporters.text import filesize, shorten

_METHODS = {
    "GET": "reads; nothing changes on the server",
    "HEAD": "asks for the headers of the answer alone",
    "OPTIONS": "asks what may be done at this address",
    "POST": "sends data, usually to create something or to start it",
    "PUT": "replaces what is at this address",
    "PATCH": "changes a part of what is at this address",
    "DELETE": "deletes what is at this address",
}
_AUTHS = {
    "apikey": "an API key",
    "asap": "an ASAP token",
    "awsv4": "an AWS signature",
    "basic": "a user name and a password",
    "bearer": "a bearer token",
    "digest": "a user name and a password (digest)",
    "edgegrid": "an Akamai EdgeGrid signature",
    "hawk": "a Hawk signature",
    "jwt": "a JSON Web Token",
    "ntlm": "a Windows log-in (NTLM)",
    "oauth1": "an OAuth 1 signature",
    "oauth2": "an OAuth 2 token",
}
_MEMBERS = 8  #: of a body that are named


def method_words(method: str) -> str:
    """What a method does."""
    return _METHODS.get(method.upper(), "is a method of this API's own")


def purpose(spec: RequestSpec, request: Request) -> str:
    """What a request does, and what it carries.

    Args:
        spec: as written.
        request: as sent.
    """
    told = f"{request.method} {method_words(request.method)}"
    if request.body and spec.body is not None:
        return f"{told}: {body_words(spec.body, request)}."
    return f"{told}."


def body_words(body: Body, request: Request) -> str:
    match body.mode:
        case "urlencoded":
            return f"a form with {listed([str(row.key) for row in body.urlencoded if row.enabled])}"
        case "formdata":
            rows = [row for row in body.formdata if row.enabled]
            return "a form with " + listed([f"the file {row.key}" if row.type == "file" else row.key for row in rows])
        case "graphql":
            return "a GraphQL query"
        case "file":
            return f"the file {body.file.src}" if body.file is not None and body.file.src else "a file"
        case _:
            return _raw_words(request.body or b"")


def auth_words(located: Located, spec: RequestSpec) -> str:
    """``It is signed with an API key in the header Authorization, as the whole collection is.``"""
    inherited = inherit(located)
    auth = spec.auth or inherited.auth
    if auth is None or auth.type == "noauth":
        return "It is sent without authorization."
    where = "by its own settings"
    if spec.auth is None and inherited.auth_owner:
        folder = next((one for one in located.parents if one.id == inherited.auth_owner), None)
        if folder is not None:
            whole = "the whole collection is" if isinstance(folder, Collection) else f'the folder "{folder.name}" says'
            where = f"as {whole}"
    return f"It is signed with {_auth_kind(auth)}, {where}."


def _auth_kind(auth: Auth) -> str:
    kind = _AUTHS.get(auth.type, auth.type)
    if auth.type == "apikey":
        place = "query parameter" if auth.params.get("in") == "query" else "header"
        name = auth.params.get("key")
        return f"{kind} in the {place} {name}" if isinstance(name, str) and name else kind
    return kind


def _raw_words(data: bytes) -> str:
    if len(data) <= 1_000_000:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, Mapping):
            return f"a JSON object with {listed(list(value))}" if value else "an empty JSON object"
        if isinstance(value, list):
            return f"a JSON list of {len(value)}"
    return f"a text of {filesize(len(data))}"


def listed(names: Sequence[str]) -> str:
    """``a, b and c``; of many only the first."""
    if not names:
        return "nothing in it"
    shown = [shorten(name, 40) for name in names[:_MEMBERS]]
    if len(names) > _MEMBERS:
        return ", ".join(shown) + f" and {len(names) - _MEMBERS} more"
    return ", ".join(shown[:-1]) + f" and {shown[-1]}" if len(shown) > 1 else shown[0]

"""HT3xx: what is sent: files, certificates, auth, URLs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runner.auth import AuthContext, is_known, sign
from runner.check.model import Finding, Place
from runner.check.subject import Subject, chain_of
from runner.engine.inherit import inherit
from runner.model.collection import Auth, Folder, Header, Item, Located, RequestSpec
from runner.parse.url import parse_url, render_url
from runner.templating import Resolver
from runner.transport.bodies import METHODS_WITHOUT_BODY
from runner.transport.files import FileReadError
from runner.workflow.templates import names_used, strings


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of the family."""
    for located in subject.items:
        yield from _files(subject, located)
        yield from _certificate(subject, located)
        if not render_url(located.item.request.url).strip() and not _rewritten(subject, located):
            yield Finding("HT304", "the request has no URL", Place(chain_of(located), field=("request", "url")))
    for option, path in subject.inputs.certificates:
        if reason := _unreadable(subject, path):
            yield Finding("HT302", f"{option}: {reason}", Place((subject.collection,)))
    signed = _signed(subject)
    for chain in subject.nodes():
        if id(chain[-1]) in signed:
            yield from _auth(subject, chain)


def _rewritten(subject: Subject, located: Located) -> bool:
    """Whether a script changes the request before it is sent."""
    for said in subject.said(located):
        if said.error is not None or not said.complete or any(path[:2] == ("pm", "request") for path in said.assigned):
            return True
        if any(_changes(mention.path) for mention in said.mentions):
            return True
    return False


def _changes(path: tuple[str | None, ...]) -> bool:
    """Whether this may change the request: a call below pm.request, or the request itself in other hands."""
    if path[0] in ("eval", "Function") or path in (
        ("pm",),
        ("pm", "request"),
        ("pm", "request", "url"),
        ("pm", "request", "body"),
    ):
        return True
    return path[:2] == ("pm", "request") and path[-1] == "()" and path[-2] not in ("get", "has", "toString", "toJSON")


def _resolved(subject: Subject, text: str) -> str | None:
    """The text with its variables, if all of them have a value at the start that no script changes."""
    defined = {define.name for item in subject.flow.items for define in item.defines}
    if any(name in defined or not subject.scopes.text(name) for name in names_used((text,), subject.scopes.text)):
        return None
    resolver = Resolver(subject.scopes)
    resolved = resolver.text(text)
    return None if resolver.unresolved else resolved


def _files(subject: Subject, located: Located) -> Iterator[Finding]:
    request = located.item.request
    body = request.body
    if body is None or not body.enabled or body.mode not in ("file", "formdata"):
        return
    pruned = request.method.upper() in METHODS_WITHOUT_BODY
    if (pruned and not inherit(located).behavior.get("disableBodyPruning")) or _rewritten(subject, located):
        return
    place = Place(chain_of(located), field=("request", "body"))
    if body.mode == "file" and body.file is not None and body.file.content is None:
        if not body.file.src:
            yield Finding("HT301", "no file is chosen for the body", place)
        elif reason := _unreadable(subject, body.file.src):
            yield Finding("HT301", f"the body's file cannot be sent: {reason}", place)
    for n, part in enumerate(body.formdata if body.mode == "formdata" else ()):
        if not part.enabled or part.type != "file":
            continue
        place = Place(chain_of(located), field=("request", "body", "formdata", n))
        sources = part.src if isinstance(part.src, tuple) else (part.src,)
        if not any(sources) and not part.value:
            yield Finding("HT301", f'no file is chosen for the form field "{part.key}"', place)
        for src in filter(None, sources):
            if reason := _unreadable(subject, src):
                yield Finding("HT301", f'the file of the form field "{part.key}" cannot be sent: {reason}', place)


def _unreadable(subject: Subject, src: Any) -> str | None:
    """Why a file cannot be read; None if it can, or if only a run can tell."""
    path = _resolved(subject, src) if isinstance(src, str) else None
    if not path:
        return None
    try:
        found = subject.inputs.files.resolve(path)
        if not found.exists():
            return f"{path}: no such file"
        return None if found.is_file() else f"{path} is no file"
    except (FileReadError, OSError, ValueError) as error:
        return f"{path}: {error}"


def _certificate(subject: Subject, located: Located) -> Iterator[Finding]:
    certificate = located.item.request.certificate or {}
    for part in ("cert", "key", "pfx"):
        named = certificate.get(part)
        src = named.get("src") if isinstance(named, Mapping) else None
        if src and (reason := _unreadable(subject, src)):
            place = Place(chain_of(located), field=("request", "certificate", part))
            yield Finding("HT302", f"the client certificate's {part} cannot be used: {reason}", place)


#: A request that every auth type can sign, whatever it needs of one.
_SIGNED = RequestSpec(parse_url("http://localhost/"), "POST", (Header("Content-Type", "text/plain"),))
_CONTEXT = AuthContext(body=lambda spec: b"x", url=lambda spec: "http://localhost/")


def _signed(subject: Subject) -> frozenset[int]:
    """The ``id()`` of what has an auth that some request is sent with as it is written: none of its own comes before
    it, no script changes the request, and the request does not bring what the auth would give it."""
    found: set[int] = set()
    for located in subject.items:
        owner = next((node for node in reversed(chain_of(located)) if _auth_of(node) is not None), None)
        auth = _auth_of(owner) if owner is not None else None
        if auth is None or id(owner) in found:
            continue
        own = {"authorization", str(auth.params.get("key", "")).lower()}
        brought = any(header.enabled and header.key.lower() in own for header in located.item.request.headers)
        if not brought and not _rewritten(subject, located):
            found.add(id(owner))
    return frozenset(found)


def _auth_of(node: Folder | Item) -> Auth | None:
    return node.auth if isinstance(node, Folder) else node.request.auth


def _auth(subject: Subject, chain: tuple[Folder | Item, ...]) -> Iterator[Finding]:
    node = chain[-1]
    auth = _auth_of(node)
    if auth is None or auth.type == "noauth":
        return
    place = Place(chain, field=("auth",) if isinstance(node, Folder) else ("request", "auth"))
    if not is_known(auth.type):
        yield Finding("HT303", f'there is no auth type "{auth.type}": requests are sent unsigned', place)
        return
    if _asks(auth):
        return
    params: dict[str, Any] = {}
    for name, value in auth.params.items():
        texts = tuple(strings(value))
        if any("{{" in text and _resolved(subject, text) is None for text in texts):
            return  # only a run can tell
        params[name] = Resolver(subject.scopes).json(value)
    signed = sign(_SIGNED, Auth(auth.type, params), _CONTEXT)
    reasons = (*signed.warnings, *((signed.error,) if signed.error else ()))
    if reasons:
        words = reasons[0].partition(".auth: ")[2] or reasons[0]
        yield Finding("HT303", f"{auth.type} auth: {words}", place)


def _asks(auth: Auth) -> bool:
    """Whether signing would ask a server or a person first."""
    return (
        auth.type == "oauth2"
        and not auth.params.get("accessToken")
        and bool(auth.params.get("accessTokenUrl") or auth.params.get("authUrl"))
    )

"""The request that is about to be sent, as far as that can be known: nothing is sent, no script is run."""

from __future__ import annotations

from collections.abc import Iterator

from runner.dynamic import DYNAMIC
from runner.engine.prepare import prepare
from runner.engine.session import Session
from runner.model.collection import UNDEFINED, Json, Located, RequestSpec
from runner.model.exchange import Exchange, NetworkError, Request
from runner.model.records import dataclass, replace
from runner.parse.request import request_to_json
from runner.templating import names_in
from runner.transport.cancel import Cancellation
from runner.transport.cookies import CookieJar
from runner.transport.interface import SendOptions
from runner.walk.json_lines import rewritten
from runner.workflow.templates import strings, template_uses

#: Auth types that sign the bytes of the body, which therefore must stay as they are.
_SIGN_BODIES = frozenset({"awsv4", "digest", "edgegrid", "hawk", "oauth1", "asap"})

#: Headers that the runner adds to every request.
_USUAL = frozenset({"user-agent", "accept", "accept-encoding", "cache-control", "postman-token", "connection"})
_MAX_REWRITTEN = 64 * 1024  #: bytes of a body


@dataclass(frozen=True, slots=True)
class Used:
    """A variable that a request uses. ``scope`` is None if nothing defines it."""

    name: str
    scope: str | None
    value: Json
    places: tuple[str, ...]  #: where in the request, for people


@dataclass(frozen=True, slots=True)
class Preview:
    """A request before it is sent.

    Attributes:
        request: resolved and signed; not without its secrets yet.
        used: the variables in it, in order.
        generated: names of dynamic variables in it, which get another value when it is sent.
        problem: why it cannot be signed yet, if so.
    """

    request: Request
    used: tuple[Used, ...]
    generated: tuple[str, ...] = ()
    problem: str | None = None


class _Nothing:
    """A transport that sends nothing: signing may ask for a token, and not before somebody says so."""

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        return Exchange("", request, None, NetworkError("a token is asked for when the request is sent"))

    def close(self) -> None:
        pass


def preview(located: Located, spec: RequestSpec, session: Session) -> Preview:
    """What would be sent now.

    Args:
        spec: the request, in place of that of ``located``.
    """
    aside = replace(session.fork(session.start_scripts, Cancellation()), transport=_Nothing())
    inherited = session.inherited(located)
    auth = spec.auth or inherited.auth
    prepared = prepare(
        spec,
        aside,
        auth=auth,
        auth_owner="" if spec.auth else inherited.auth_owner,
        behavior=inherited.behavior,
        item_path=located.path,
    )
    changed = Located(replace(located.item, request=spec), located.parents)
    generated = dict.fromkeys(name for name in _names(spec) if name in DYNAMIC and session.scopes.find(name) is None)
    return Preview(prepared.request, tuple(_used(changed, session)), tuple(generated), prepared.error)


def readable(request: Request, auth_type: str | None) -> Request:
    """The same request for a ``curl`` command that people read: without the headers that say nothing about it, and
    JSON on one line, unless its bytes are signed."""
    headers = tuple(one for one in request.headers if not (one.system and one.key.lower() in _USUAL))
    request, body = replace(request, headers=headers), request.body
    if not body or len(body) > _MAX_REWRITTEN or auth_type in _SIGN_BODIES or b"\n" not in body:
        return request
    if request.spec.body is None or request.spec.body.mode != "raw":
        return request
    text = rewritten(body.decode("utf-8", "replace"), indent=None)
    return request if text is None else replace(request, body=text.encode())


def _used(located: Located, session: Session) -> Iterator[Used]:
    places: dict[str, dict[str, None]] = {}
    for use in template_uses(located, session.scopes.text):
        places.setdefault(use.name, {}).setdefault(use.where)
    for name, where in places.items():
        found = session.scopes.find(name)
        known = found is not None and session.scopes.text(name) is not None
        value = found[1] if found is not None and found[1] is not UNDEFINED else None
        yield Used(name, found[0] if found is not None and known else None, value, tuple(where))


def _names(spec: RequestSpec) -> Iterator[str]:
    yield from names_in(strings(request_to_json(replace(spec, description=None))))

"""From a request as scripts left it to one that can be sent."""

from __future__ import annotations

from collections.abc import Mapping

from runner.auth import AuthContext, AuthError, Signed, sign
from runner.engine.session import Session
from runner.model.collection import Auth, Header, Json, RequestSpec
from runner.model.exchange import Request, Response
from runner.model.records import dataclass, replace
from runner.templating import Resolver
from runner.transport.bodies import encode_body
from runner.transport.encode import encode_request
from runner.transport.interface import SendOptions


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request ready to be sent, or the reason why it must not be."""

    request: Request
    auth: Auth | None
    context: AuthContext
    behavior: Mapping[str, Json]
    warnings: tuple[str, ...] = ()
    error: str | None = None
    item: str = ""  #: id of the item whose request it is


def prepare(
    spec: RequestSpec,
    session: Session,
    *,
    auth: Auth | None,
    auth_owner: str,
    behavior: Mapping[str, Json],
    item_path: str | None,
    item: str = "",
) -> Prepared:
    """Resolves templates, signs, encodes.

    Args:
        auth_owner: id of the folder whose auth this is; empty if the request has one of its own.
        item_path: for the list of unresolved names; None for requests that are taken as they are
            (``pm.sendRequest`` does not resolve variables).
        item: id of the item whose request it is.
    """
    if item_path is not None:
        resolver = Resolver(session.scopes)
        resolved = resolver.request(spec, auth)
        for name in resolver.unresolved:
            session.unresolved.setdefault(name, item_path)
        auth, spec = resolved.auth, resolved
    context = _auth_context(session, auth_owner, behavior)
    signed = sign(_with_json_type(spec, session, behavior), auth, context) if auth is not None else Signed(spec)
    request, warnings = encode_request(signed.spec, session.files, behavior)
    return Prepared(request, auth, context, behavior, (*signed.warnings, *warnings), signed.error, item)


def _with_json_type(spec: RequestSpec, session: Session, behavior: Mapping[str, Json]) -> RequestSpec:
    """With the Content-Type of a JSON body. Newman adds this one before it signs, so that it is signed too, and
    those of other bodies afterwards (postman-runtime, lib/runner/request-helpers-presend.js)."""
    raw = spec.body.options.get("raw") if spec.body and spec.body.mode == "raw" else None
    if not isinstance(raw, Mapping) or raw.get("language") != "json":
        return spec
    if any(header.enabled and header.key.lower() == "content-type" for header in spec.headers):
        return spec
    content_type = encode_body(spec, session.files, behavior=behavior).content_type
    added = (Header("Content-Type", content_type, system=True),) if content_type else ()
    return replace(spec, headers=(*spec.headers, *added))


def send_options(
    session: Session, behavior: Mapping[str, Json], spec: RequestSpec, origin: str, item: str = ""
) -> SendOptions:
    """Run options and protocolProfileBehavior together; the behavior wins
    (postman-runtime, lib/requester/core.js)."""
    options = session.options

    def behaves(key: str, default: bool) -> bool:
        value = behavior.get(key)
        return default if value is None else bool(value)

    maximum = behavior.get("maxRedirects")
    if isinstance(maximum, str) and maximum.isascii() and maximum.isdigit():
        maximum = int(maximum)  # JavaScript compares the text as a number
    return SendOptions(
        timeout=options.timeout_request,
        largest=options.max_response_size,
        public_only=options.deny_private_addresses,
        deadline=session.deadline,
        follow_redirects=behaves("followRedirects", options.follow_redirects),
        max_redirects=maximum if isinstance(maximum, int) and not isinstance(maximum, bool) else 10,
        follow_original_http_method=behaves("followOriginalHttpMethod", False),
        follow_authorization_header=behaves("followAuthorizationHeader", False),
        remove_referer_header_on_redirect=behaves("removeRefererHeaderOnRedirect", False),
        disable_cookies=behaves("disableCookies", False),
        disable_url_encoding=behaves("disableUrlEncoding", False),
        strict_ssl=behaves("strictSSL", options.strict_ssl),
        certificate=spec.certificate,
        proxy=spec.proxy,
        tls={key: value for key, value in behavior.items() if key.startswith("tls")},
        origin=origin,
        item=item,
        cancellation=session.cancellation,
    )


def _auth_context(session: Session, owner: str, behavior: Mapping[str, Json]) -> AuthContext:
    def body(spec: RequestSpec) -> bytes | None:
        # The body of a GET is signed, as in Newman, though it is not sent.
        return encode_request(spec, session.files, {**behavior, "disableBodyPruning": True})[0].body

    def url(spec: RequestSpec) -> str:
        return encode_request(replace(spec, body=None), session.files, behavior)[0].url.partition("#")[0]

    def send(spec: RequestSpec) -> Response:
        request, _ = encode_request(spec, session.files, {})
        exchange = session.transport.send(request, send_options(session, {}, spec, "auth"), session.jar)
        if exchange.response is None:
            reason = exchange.error.message if exchange.error else "no response"
            raise AuthError(f"{request.method} {request.url}: {reason}")
        return exchange.response

    return AuthContext(
        body=body,
        url=url,
        clock=session.clock,
        state=session.auth_state,
        memory=session.auth_memory(owner),
        disable_url_encoding=behavior.get("disableUrlEncoding") is True,
        send=send,
        interactive=session.interactive,
        schemes=session.auth_schemes,
    )

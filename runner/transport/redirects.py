"""What to send after a redirect.

The rules of postman-request (lib/redirect.js), with one of the current runtime's that Newman's frozen one lacks:
the author's Cookie header does not follow to another origin (scheme, host or port). Authorization does not follow
to another host.
"""

from __future__ import annotations

from runner.model.collection import Header
from runner.model.exchange import Request
from runner.model.records import dataclass, replace
from runner.transport.interface import SendOptions
from runner.transport.urls import WireUrl, basic_authorization, resolve_redirect, split_url

_KEEPS_METHOD = (307, 308)


@dataclass(frozen=True, slots=True)
class RedirectRules:
    """The keys of protocolProfileBehavior that matter here."""

    follow_original_http_method: bool = False
    follow_authorization_header: bool = False
    remove_referer_header: bool = False
    disable_url_encoding: bool = False

    @classmethod
    def of(cls, options: SendOptions) -> RedirectRules:
        """Those of one request."""
        return cls(
            options.follow_original_http_method,
            options.follow_authorization_header,
            options.remove_referer_header_on_redirect,
            options.disable_url_encoding,
        )


def next_request(
    request: Request, url: WireUrl, code: int, location: str, rules: RedirectRules
) -> tuple[Request, WireUrl]:
    """The request that follows ``request`` (sent to ``url``, without the jar's cookies) after a 3xx answer."""
    target = split_url(resolve_redirect(url, location), rules.disable_url_encoding)
    dropped: set[str] = set()
    method, body = request.method, request.body
    if target.origin != url.origin:
        dropped.add("cookie")
    if target.host != url.host and not rules.follow_authorization_header:  # the port does not count, as in Newman
        dropped.add("authorization")
    if not rules.follow_original_http_method and code not in _KEEPS_METHOD:
        method = "HEAD" if method == "HEAD" else "GET"
        body = None
        dropped |= {"content-type", "content-length"}
    is_form = body is not None and request.spec.body is not None and request.spec.body.mode == "formdata"
    referer = None if rules.remove_referer_header else url.href
    host: Header | None = None
    headers: list[Header] = []
    form: list[Header] = []
    for header in request.headers:
        name = header.key.lower()
        if name == "host":  # it is always made anew, at the end, unless it was switched off
            host = replace(header, value=target.default_authority)
        elif name == "referer" and referer is not None:
            headers.append(replace(header, value=referer))
            referer = None
        elif is_form and name in ("content-type", "content-length"):
            form.append(header)  # a form is built again, after all else
        elif name not in dropped:
            headers.append(header)
    if referer is not None:
        headers.append(Header("Referer", referer, system=True))
    if host is not None:
        headers.append(host)
    headers += form
    if target.userinfo is not None and not any(header.key.lower() == "authorization" for header in headers):
        headers.append(Header("Authorization", basic_authorization(target.userinfo), system=True))
    return replace(request, method=method, url=target.href, headers=tuple(headers), body=body), target

"""What to send after a redirect.

The rules of postman-request (lib/redirect.js), with one of the current runtime's that Newman's frozen one lacks:
Cookie and Authorization do not follow to another origin (scheme, host or port), where Newman looks at the host only
and lets Cookie through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runner.model.collection import Header
from runner.model.exchange import Request
from runner.transport.urls import WireUrl, resolve_redirect, split_url

_KEEPS_METHOD = (307, 308)


@dataclass(frozen=True, slots=True)
class RedirectRules:
    """The keys of protocolProfileBehavior that matter here."""

    follow_original_http_method: bool = False
    follow_authorization_header: bool = False
    remove_referer_header: bool = False
    disable_url_encoding: bool = False


def next_request(
    request: Request, url: WireUrl, code: int, location: str, rules: RedirectRules
) -> tuple[Request, WireUrl]:
    """The request that follows ``request`` (sent to ``url``, without the jar's cookies) after a 3xx answer."""
    target = split_url(resolve_redirect(url, location), rules.disable_url_encoding)
    dropped: set[str] = set()
    method, body = request.method, request.body
    if target.origin != url.origin:
        dropped.add("cookie")
        if not rules.follow_authorization_header:
            dropped.add("authorization")
    if not rules.follow_original_http_method and code not in _KEEPS_METHOD:
        method = "HEAD" if method == "HEAD" else "GET"
        body = None
        dropped |= {"content-type", "content-length"}
    headers: list[Header] = []
    had_host = False
    referer = None if rules.remove_referer_header else url.href
    for header in request.headers:
        name = header.key.lower()
        if name == "host":
            had_host = True
        elif name == "referer" and referer is not None:
            headers.append(replace(header, value=referer))
            referer = None
        elif name not in dropped:
            headers.append(header)
    if referer is not None:
        headers.append(Header("Referer", referer, system=True))
    if had_host:  # it was not switched off
        headers.append(Header("Host", target.default_authority, system=True))
    return replace(request, method=method, url=target.href, headers=tuple(headers), body=body), target

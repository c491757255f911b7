"""Between the model and the JSON that scripts see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from runner.model.collection import Header, Json, RequestSpec
from runner.model.exchange import Cookie, Exchange, NetworkError
from runner.model.records import replace
from runner.model.result import Cursor, ErrorInfo
from runner.parse.url import parse_url
from runner.scripting.interface import ScopeValues, ScriptResponse
from runner.variables import VariableScope


def error_info(error: NetworkError) -> ErrorInfo:
    """A network error as scripts and failures have it."""
    return ErrorInfo(error.name, error.message, details=tuple(error.members().items()))


def script_response(exchange: Exchange) -> ScriptResponse | None:
    """What a script may know of a response; the time is rounded up as in Postman."""
    response = exchange.response
    if response is None:
        return None
    return ScriptResponse(
        id=exchange.id,
        code=response.code,
        status=response.reason,
        headers=[(header.key, header.value) for header in response.headers],
        body=response.body,
        time=math.ceil(exchange.timings.total),
        downloaded=response.downloaded,
    )


# What is added so late that Newman's scripts do not see it: the type of a form, the credentials of the URL.
_UNSEEN = frozenset({"content-type", "authorization"})
# What is said as it was sent, whatever the author wrote (postman-runtime, lib/requester/requester.js). Newman reads
# it from the head that it sent, and cannot if the URL has a space (disableUrlEncoding).
_OVERWRITTEN = frozenset({"cookie", "content-length"})


def sent_spec(exchange: Exchange) -> RequestSpec:
    """The request as a test script sees it: the URL that was asked for first, encoded; the author's headers, also
    those that are switched off or that a later one replaced; and those that the runner added."""
    request = exchange.redirects[0].request if exchange.redirects else exchange.request
    spec = request.spec
    mode = spec.body.mode if spec.body is not None else None
    late = _UNSEEN if mode in ("urlencoded", "formdata", "file") else _UNSEEN - {"content-type"}
    written = {header.key.lower() for header in spec.headers if header.enabled}
    overwritten = {header.key.lower() for header in request.headers} & _OVERWRITTEN
    if " " in request.url:
        late, overwritten = late | _OVERWRITTEN, set()
    seen: list[Header] = [header for header in spec.headers if header.key.lower() not in overwritten]
    for header in request.headers:
        name = header.key.lower()
        if name in overwritten:
            seen.append(replace(header, system=True))
        elif header.system and name not in written and name not in late:
            seen.append(header)
    return replace(spec, headers=tuple(seen), url=parse_url(request.url) if request.url else spec.url)


def script_cookies(exchange: Exchange | None) -> Sequence[Mapping[str, Json]]:
    """The cookies of the final URL."""
    if exchange is None or exchange.response is None:
        return ()
    return [cookie_json(cookie) for cookie in exchange.response.cookies]


def cookie_json(cookie: Cookie) -> dict[str, Json]:
    """A cookie in the form of postman-collection."""
    return {
        "name": cookie.name,
        "key": cookie.name,
        "value": cookie.value,
        "domain": cookie.domain,
        "path": cookie.path,
        "expires": None if cookie.expires is None else cookie.expires * 1000,
        "secure": cookie.secure,
        "httpOnly": cookie.http_only,
        "hostOnly": cookie.host_only,
    }


def scope_values(scope: VariableScope) -> ScopeValues:
    """A scope as the sandbox takes it."""
    return ScopeValues(scope.id, scope.to_json(), scope.name)


def cursor_json(cursor: Cursor) -> dict[str, Json]:
    """Newman's cursor."""
    last = cursor.position >= cursor.length - 1
    return {
        "position": cursor.position,
        "iteration": cursor.iteration,
        "length": cursor.length,
        "cycles": cursor.cycles,
        "empty": cursor.length == 0,
        "eof": last and cursor.iteration >= cursor.cycles - 1,
        "bof": cursor.position == 0 and cursor.iteration == 0,
        "cr": cursor.position == 0 and cursor.iteration > 0,
        "ref": cursor.ref,
    }

"""Between the model and the JSON that scripts see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from runner.model.collection import Json
from runner.model.exchange import Cookie, Exchange, NetworkError
from runner.model.result import Cursor, ErrorInfo
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

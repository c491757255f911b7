"""What the page shows of one item: a short row for the lists, and the details that are read when somebody opens it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from runner.engine.tally import received_bytes
from runner.model.collection import UNDEFINED, Header, Json
from runner.model.exchange import Exchange, Request, Response, Timings
from runner.model.records import replace
from runner.model.result import Assertion, ConsoleLine, ErrorInfo, Failure, ItemResult, ScriptRun, VariableChange
from runner.parse.url import render_url
from runner.reporters.curl import curl_command
from runner.reporters.html.bodies import body_json
from runner.reporters.text import shorten
from runner.reporters.wire import first_request

_NOTE_LIMIT = 300
_URL_LIMIT = 300
_VALUE_LIMIT = 4000
_MESSAGE_LIMIT = 20_000
_CONSOLE_LIMIT = 65_536
_LINES_LIMIT = 1000


def status(result: ItemResult) -> str:
    """``failed``, ``skipped`` or ``passed``."""
    return "failed" if result.failures else "skipped" if result.skipped else "passed"


def row(result: ItemResult, number: int, parent: int, item: int, started: float) -> list[Any]:
    """A line of the lists; static/data.js names its columns.

    Args:
        number: of this item in the run, in the order in which items began.
        parent: the number of the item whose script ran this one, or -1.
        item: its place in the table of items.
        started: when the run began, epoch seconds.
    """
    exchange, checks = result.exchange, result.assertions
    request = first_request(exchange) if exchange else None
    response = exchange.response if exchange else None
    failure = next(iter(result.failures), None)
    url = request.url if request else render_url((result.request or result.item.request).url)
    return [
        number,
        parent,
        item,
        result.cursor.iteration,
        status(result),
        request.method if request else (result.request or result.item.request).method,
        shorten(url, _URL_LIMIT),
        response.code if response else 0,
        _ms(sum(one.timings.total for one in result.exchanges if one.origin == "item")),
        sum(received_bytes(one) for one in result.exchanges),
        sum(check.passed for check in checks),
        sum(check.error is not None for check in checks),
        sum(check.skipped for check in checks),
        result.attempts,
        shorten(f"{title(failure)}: {failure.error.message}", _NOTE_LIMIT) if failure else result.skip_reason or "",
        bars(result, started),
    ]


def title(failure: Failure) -> str:
    """A few words on what failed."""
    if failure.kind == "assertion" and failure.assertion is not None:
        return failure.assertion.name
    return failure.error.name if failure.kind != "request" else "No response"


def bars(result: ItemResult, started: float, *, attempt: bool = False) -> list[list[Any]]:
    """The hops of all exchanges for the waterfall: origin, start (ms since the run began), total, status, and what the
    phases dns, connect, tls, wait and transfer took (ms, or None).

    Args:
        attempt: they are of an attempt that did not count.
    """
    found = []
    for exchange in result.exchanges:
        for hop in exchange.redirects:
            found.append(_bar(hop, "attempt" if attempt else "redirect", hop.timings, started))
        found.append(_bar(exchange, "attempt" if attempt else exchange.origin, last_hop(exchange), started))
    return found


def last_hop(exchange: Exchange) -> Timings:
    """The timings of an exchange without its redirects; those of the exchange itself span all of them."""
    timings = exchange.timings
    if not exchange.redirects:
        return timings
    before = exchange.redirects[-1].timings
    begun = before.started + before.total / 1000
    spent = max(0.0, timings.total - (begun - timings.started) * 1000)
    return replace(timings, started=begun, total=spent)


def _bar(exchange: Exchange, origin: str, timings: Timings, started: float) -> list[Any]:
    code = exchange.response.code if exchange.response else 0
    # an exchange that never began has no start
    begun = max(0.0, (timings.started - started) * 1000) if timings.started else None
    phases = (timings.dns, timings.connect, timings.tls, timings.first_byte, timings.download)
    return [origin, _ms(begun), _ms(timings.total), code, *map(_ms, phases)]


def _ms(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def details(result: ItemResult, limit: int, script_numbers: Sequence[int]) -> dict[str, Any]:
    """Everything else that is known of an item, or of one attempt.

    Args:
        limit: bytes of each body.
        script_numbers: for each of its scripts its place in the table of scripts.
    """
    found: dict[str, Any] = {
        "exchanges": [exchange_json(one, limit) for one in result.exchanges],
        "scripts": [_script(run, number) for run, number in zip(result.scripts, script_numbers, strict=True)],
        "failures": [_failure(failure, result) for failure in result.failures],
    }
    if result.checks:
        found["checks"] = [_check(check) for check in result.checks]
    if result.skipped:
        found["skipped"] = result.skip_reason or "a script skipped this request"
    return found


def exchange_json(exchange: Exchange, limit: int) -> dict[str, Any]:
    """One exchange with the redirects that led to it."""
    made = _hop(exchange, exchange.request if not exchange.redirects else None, limit)
    if exchange.redirects:
        made["redirects"] = [_hop(hop, hop.request, limit) for hop in exchange.redirects]
        made["request"] = _request(first_request(exchange), limit)
    return made


def _hop(exchange: Exchange, request: Request | None, limit: int) -> dict[str, Any]:
    made: dict[str, Any] = {"origin": exchange.origin}
    if request is not None:
        made["request"] = _request(request, limit)
    if exchange.response is not None:
        made["response"] = _response(exchange.response, limit)
    if exchange.error is not None:
        made["error"] = {"message": exchange.error.message, "code": exchange.error.code}
    if exchange.address is not None:
        made["address"] = exchange.address
    if (tls := exchange.tls) is not None:
        made["tls"] = [tls.version, tls.cipher, tls.subject, tls.issuer, tls.expires]
    return made


def _request(request: Request, limit: int) -> dict[str, Any]:
    kind = next((h.value for h in request.headers if h.key.lower() == "content-type"), None)
    return {
        "method": request.method,
        "url": request.url,
        "headers": _headers(request.headers),
        "body": body_json(request.body, kind, limit),
        "curl": curl_command(request),
    }


def _response(response: Response, limit: int) -> dict[str, Any]:
    return {
        "code": response.code,
        "reason": response.reason,
        "http": response.http_version,
        "url": response.url,
        "headers": _headers(response.headers),
        "cookies": [[c.name, c.value, c.domain, c.path, c.expires, c.secure, c.http_only] for c in response.cookies],
        "size": len(response.content),
        "wire": response.downloaded,
        "body": body_json(response.content, response.header("content-type"), limit),
    }


def _headers(headers: Sequence[Header]) -> list[list[Any]]:
    return [[h.key, h.value, 1] if h.system else [h.key, h.value] for h in headers if h.enabled]


def _script(run: ScriptRun, number: int) -> dict[str, Any]:
    made: dict[str, Any] = {"script": number, "listen": run.script.listen, "ms": _ms(run.duration)}
    if run.assertions:
        made["checks"] = [_check(check) for check in run.assertions]
    if run.console:
        made["console"] = list(console(run.console))
    if run.changes:
        made["changes"] = [change(one) for one in run.changes]
    if run.error is not None:
        made["error"] = _error(run.error)
    return made


def _check(check: Assertion) -> dict[str, Any]:
    made: dict[str, Any] = {"name": check.name}
    if check.skipped:
        made["skipped"] = True
    if check.error is not None:
        made["error"] = _error(check.error)
    return made


def _error(error: ErrorInfo) -> dict[str, Any]:
    made: dict[str, Any] = {"name": error.name, "message": shorten(error.message, _MESSAGE_LIMIT)}
    if error.stack:
        made["stack"] = shorten(error.stack, _MESSAGE_LIMIT)
    if error.details:
        made["details"] = {name: shown(value) for name, value in error.details}
    return made


def _failure(failure: Failure, result: ItemResult) -> dict[str, Any]:
    made: dict[str, Any] = {
        "title": title(failure),
        "kind": failure.kind,
        "at": failure.at,
        "error": _error(failure.error),
    }
    runs = (place for place, run in enumerate(result.scripts) if run.script is failure.script)
    place = next(runs, None)
    if place is not None:
        made["script"] = place
    return made


def console(lines: Sequence[ConsoleLine]) -> Iterator[list[str]]:
    """Level and text of each line; what is too much is left out with a word about it."""
    room = _CONSOLE_LIMIT
    for number, line in enumerate(lines):
        if room <= 0 or number >= _LINES_LIMIT:
            yield ["note", f"{len(lines) - number} lines more"]
            return
        text = shorten(" ".join(line.messages), room)
        room -= len(text)
        yield [line.level, text]


def change(one: VariableChange) -> dict[str, Any]:
    """A variable that was set or removed, with its value before and after."""
    made: dict[str, Any] = {"scope": one.scope, "key": one.key, "before": shown(one.before)}
    if one.removed:
        made["removed"] = True
    else:
        made["after"] = shown(one.value)
    if one.origin:
        made["origin"] = one.origin
    return made


def shown(value: Json) -> str | None:
    """A value as text; None if there is none."""
    if value is UNDEFINED:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shorten(text, _VALUE_LIMIT)

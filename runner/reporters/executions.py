"""Entries of ``run.executions`` and ``run.failures`` of Newman's JSON report."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

from runner.engine.convert import cookie_json, cursor_json
from runner.engine.events import InputStarted, ItemRetried
from runner.model.collection import Located
from runner.model.exchange import Exchange, NetworkError, Response
from runner.model.result import Assertion, Cursor, ErrorInfo, Failure, ItemResult, RunResult
from runner.parse.request import header_to_json
from runner.reporters.json_text import Buffer, Written
from runner.reporters.postman_json import item_json, parent_json, request_json, variables_json
from runner.reporters.wire import first_request, response_time


def entries(result: ItemResult, item: Written, parent: Located | None = None) -> Iterator[dict[str, Any]]:
    """One entry for each exchange of an item (also those of its scripts and its auth), in order.

    As in Newman all of them carry what was found out about the item, so that a reader may take any one;
    unlike in Newman each has its own request and response, not those of the last. ``origin`` says of a request of
    a script or auth type that it is one, ``parent`` names the item whose script has run this one."""
    exchanges = [exchange for exchange in result.exchanges if exchange.origin != "redirect"]
    found = _findings(result)
    if result.attempts > 1:
        found = {"attempt": result.attempts, **found}
    if parent is not None:
        found = {"parent": {"id": parent.item.id, "name": parent.item.name}, **found}
    found = {**_step(result.cursor), **found}
    broken = next((e.error for e in reversed(exchanges) if e.response is None), None)
    for exchange in exchanges:
        entry = _head(result, item, exchange)
        error = exchange.error or broken
        if error is not None:
            entry["requestError"] = error.members()
        yield {**entry, **found}
    # What never became an exchange (an upload that cannot be read, ...) is an errored request all the same.
    unsent = [f for f in result.failures if f.kind in ("request", "setup")]
    if unsent and not exchanges:
        yield {
            "cursor": _cursor(result.cursor, None),
            "item": item,
            "request": request_json(result.request or result.item.request),
            "id": result.item.id,
            "requestError": _error_json(unsent[0].error),
            **found,
        }


def _head(result: ItemResult, item: Written, exchange: Exchange) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "cursor": _cursor(result.cursor, exchange),
        "item": item,
        "request": _sent_json(exchange),
    }
    if exchange.response is not None:
        entry["response"] = _response_json(exchange, exchange.response)
    entry["id"] = result.item.id
    if exchange.origin != "item":
        entry["origin"] = exchange.origin
    return entry


def failure(found: Failure, item: Written | None, exchange: Exchange | None) -> dict[str, Any]:
    """An entry of ``run.failures``. ``exchange``: the one that failed, if it was one."""
    entry: dict[str, Any] = {"error": _failure_error(found, exchange.error if exchange else None), "at": found.at}
    if found.item is not None:
        source = found.item.item
        if exchange is not None and exchange.origin == "script":
            # A request of a script is an item without a name; its parent is the item that sent it.
            entry["source"] = {"id": exchange.id, "request": _sent_json(exchange), "response": [], "event": []}
            entry["parent"] = {"id": source.id, "name": source.name}
        else:
            entry["source"] = item
            if exchange is not None:
                entry["source"] = {**item_json(source, examples=False), "request": _sent_json(exchange)}
            if found.item.parents:
                entry["parent"] = parent_json(found.item.parents[-1])
    entry["cursor"] = _cursor(found.cursor, exchange) if found.cursor else {}
    if found.script is not None:
        entry["cursor"]["scriptId"] = found.script.id
    return entry


def retry_entry(event: ItemRetried) -> dict[str, Any]:
    """An entry of ``run.retries``: an attempt that did not count. ``wait`` is in ms."""
    result = event.result
    response = result.exchange.response if result.exchange is not None else None
    return {
        "cursor": _cursor(result.cursor, result.exchange),
        "item": {"id": result.item.id, "name": result.item.name},
        **_step(result.cursor),
        "attempt": result.attempts,
        "reason": event.reason,
        "wait": round(event.wait * 1000),
        "code": response.code if response is not None else None,
    }


def skip_entry(result: ItemResult, reason: str) -> dict[str, Any]:
    """An entry of ``run.skipped``."""
    item = {"id": result.item.id, "name": result.item.name}
    return {"cursor": _cursor(result.cursor, None), "item": item, **_step(result.cursor), "reason": reason}


def input_entry(
    started: InputStarted, result: RunResult, executions: tuple[int, int], failures: tuple[int, int]
) -> dict[str, Any]:
    """An entry of ``run.inputs``.

    Args:
        executions: place of the first of its entries in ``run.executions``, and how many there are.
        failures: the same for ``run.failures``.
    """
    stats = ("iterations", "items", "scripts", "prerequests", "requests", "tests", "assertions")
    counts = {name: getattr(result, name) for name in stats}
    counts |= {"testScripts": result.test_scripts, "prerequestScripts": result.prerequest_scripts}
    variables = {
        "environment": result.environment,
        "globals": result.globals,
        "collectionVariables": result.collection_variables,
    }
    return {
        "name": started.collection.name,
        "input": started.location,
        "collection": {"id": started.collection.id},
        "stats": {
            name: {"total": count.total, "pending": count.pending, "failed": count.failed}
            for name, count in counts.items()
        },
        "timings": {"started": round(result.started * 1000), "completed": round(result.ended * 1000)},
        "executions": {"first": executions[0], "count": executions[1]},
        "failures": {"first": failures[0], "count": failures[1]},
        "error": {"name": "Error", "message": result.error} if result.error else None,
        **{name: variables_json(found) for name, found in variables.items() if found is not None},
    }


def _step(cursor: Cursor) -> dict[str, Any]:
    return {} if cursor.step is None else {"step": cursor.step}


def _cursor(cursor: Cursor, exchange: Exchange | None) -> dict[str, Any]:
    members = cursor_json(cursor)
    return members if exchange is None else {**members, "httpRequestId": exchange.id}


def _findings(result: ItemResult) -> dict[str, Any]:
    found: dict[str, Any] = {}
    assertions = [_assertion_json(assertion, result.cursor) for assertion in result.assertions]
    for name, listen in (("prerequestScript", "prerequest"), ("testScript", "test")):
        errors = [
            {"error": _error_json(f.error)}
            for f in result.failures
            if f.kind == "script" and f.script is not None and f.script.listen == listen
        ]
        if errors:
            found[name] = errors
    return {"assertions": assertions, **found} if assertions else found


def _sent_json(exchange: Exchange) -> dict[str, Any]:
    request = first_request(exchange)
    members = request_json(request.spec, request.headers)
    members["method"] = request.method
    return members


def _response_json(exchange: Exchange, response: Response) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "status": response.reason,
        "code": response.code,
        "header": [header_to_json(header) for header in response.headers],
        "stream": Buffer(response.content),
        "cookie": [cookie_json(cookie) for cookie in response.cookies],
        "responseTime": response_time(exchange),
        "responseSize": len(response.content),
    }


def _assertion_json(assertion: Assertion, cursor: Cursor) -> dict[str, Any]:
    members: dict[str, Any] = {"assertion": assertion.name, "skipped": assertion.skipped}
    if assertion.error is not None:
        members["error"] = _assertion_error(assertion, assertion.error, cursor)
    return members


def _assertion_error(assertion: Assertion, error: ErrorInfo, cursor: Cursor | None) -> dict[str, Any]:
    position = cursor.position if cursor else 0
    place = f"sandbox-script.js:{assertion.index + 1}:{position + 1}"
    return {
        "name": error.name,
        "index": assertion.index,
        "test": assertion.name,
        "message": error.message,
        "stack": f"{error.name}: {error.message}\n   at Object.eval {place})",
    }


def _failure_error(found: Failure, network: NetworkError | None) -> dict[str, Any]:
    if found.kind == "assertion" and found.assertion is not None:
        members = _assertion_error(found.assertion, found.error, found.cursor)
    elif network is not None:
        members = {**network.members()}
        members.update(name=found.error.name, message=found.error.message)
        members["stack"] = found.error.stack or f"{found.error.name}: {found.error.message}"
    else:
        return _error_json(found.error)
    return {**members, **_marks(members)}


def _error_json(error: ErrorInfo) -> dict[str, Any]:
    members: dict[str, Any] = {"type": error.type, "name": error.name, "message": error.message}
    if error.stack:
        members["stack"] = error.stack
    return {**members, **_marks(members)}


def _marks(members: dict[str, Any]) -> dict[str, Any]:
    """What Newman adds to every error; equal errors have equal checksums."""
    import hashlib

    told = "\n".join(f"{name}={value}" for name, value in members.items())
    return {
        "checksum": hashlib.md5(told.encode("utf-8", "replace"), usedforsecurity=False).hexdigest(),
        "id": str(uuid.uuid4()),
        "timestamp": round(time.time() * 1000),
        "stacktrace": [],
    }

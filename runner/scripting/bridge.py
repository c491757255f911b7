"""Messages between the engine and the sandbox, as JSON. Pure functions; the other side is js/src/host.js.

The names and arguments of messages are those of postman-sandbox 6.7.4 (lib/sandbox/execute.js).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from runner.model.collection import Json, Script
from runner.model.records import dataclass
from runner.model.result import Assertion, ConsoleLine, ErrorInfo
from runner.scripting.body_text import decoded
from runner.scripting.interface import (
    CookieCall,
    Message,
    RunRequest,
    ScopeMutation,
    ScopeValues,
    ScriptContext,
    ScriptError,
    ScriptOutcome,
    ScriptResponse,
    SendRequest,
)

#: our names of scopes -> the sandbox's
SCOPES = {
    "globals": "globals",
    "environment": "environment",
    "collection": "collectionVariables",
    "local": "_variables",
}
_OUR_SCOPES = {theirs: ours for ours, theirs in SCOPES.items()}
_TIMEOUTS = frozenset(f"sandbox: {kind} script execution timeout" for kind in ("synchronous", "asynchronous"))
_NO_UPLOADS = ConsoleLine("warn", ("'uploading files from scripts is not allowed'",))

#: bodies from this size on are not put into the JSON, bytes
_LARGE = 16 * 1024

#: takes (name of the answer message, its arguments)
Reply = Callable[[str, Sequence[Any]], None]


@dataclass(frozen=True, slots=True)
class Payload:
    """A message for the sandbox; ``attachments`` are passed before it, as they are."""

    text: str
    attachments: Sequence[bytes] = ()


def _message(*parts: Any) -> Payload:
    attachments: list[bytes] = []

    def encode(value: Any) -> Json:
        return _response(value, attachments) if isinstance(value, ScriptResponse) else str(value)

    return Payload("M" + json.dumps(parts, separators=(",", ":"), default=encode), attachments)


def execute(run_id: str, script: Script, context: ScriptContext) -> Payload:
    """The message that starts a script."""
    disabled = ["datasets"] if context.allow_run_request else ["datasets", "execution.runRequest"]
    return _message(
        "execute",
        run_id,
        {"listen": script.listen, "script": {"id": script.id, "exec": script.source}},
        {
            "globals": _scope(context.globals),
            "environment": _scope(context.environment),
            "collectionVariables": _scope(context.collection),
            "_variables": _scope(context.local),
            "data": context.data,
            "cookies": list(context.cookies),
            "request": context.request,
            **({"response": context.response} if context.response is not None else {}),
        },
        {
            "cursor": {**context.cursor, "execution": run_id},
            **({"timeout": context.timeout} if context.timeout else {}),
            "disabledAPIs": disabled,
            "legacy": {
                "_itemId": context.item_id,
                "_itemName": context.item_name,
                "_itemPath": list(context.item_path),
                "_eventItemName": context.event_item_name,
            },
        },
    )


def prefetch(scripts: Sequence[str]) -> str:
    """The call that loads what the scripts mention."""
    return "P" + json.dumps(scripts)


def abort(run_id: str) -> Payload:
    """The message that makes the sandbox forget a script that has not ended."""
    return _message(f"execution.abort.{run_id}")


def answer(name: str, arguments: Sequence[Any]) -> Payload:
    """An answer to a question of the sandbox."""
    return _message(name, *arguments)


def _scope(scope: ScopeValues) -> dict[str, Json]:
    named = {} if scope.name is None else {"name": scope.name}
    return {"id": scope.id, **named, "values": list(scope.values)}


def _response(response: ScriptResponse, attachments: list[bytes]) -> dict[str, Json]:
    stream: dict[str, Json]
    if len(response.body) < _LARGE:
        stream = {"base64": b64encode(response.body).decode("ascii"), "text": decoded(response.body)}
    else:
        stream = {"attachment": len(attachments)}
        attachments.append(response.body)
    return {
        "id": response.id,
        "code": response.code,
        "status": response.status,
        "header": [{"key": key, "value": value} for key, value in response.headers],
        "stream": stream,
        "responseTime": response.time,
        **({"downloadedBytes": response.downloaded} if response.downloaded else {}),
    }


def _error(error: ErrorInfo | None) -> dict[str, Json] | None:
    if error is None:
        return None
    return {"type": error.type, "name": error.name, "message": error.message, **dict(error.details)}


def decode(text: str) -> tuple[float, list[list[Any]]]:
    """What a call of the entry function returned.

    Returns:
        Milliseconds until the sandbox wants another turn (0 = at once, -1 = it waits for answers) and its messages.
    """
    delay, _, messages = text.partition("\n")
    return float(delay), json.loads(messages)


def to_messages(raw: Sequence[Any], reply: Reply) -> Iterator[Message]:
    """Our messages for one of the sandbox's, of any kind but ``result``."""
    match raw:
        case ["assertion", _, str(name), int(index), failure, skipped, is_async]:
            yield Assertion(name, index, error_info(failure), skipped, is_async)
        case ["console", _, str(level), [*texts]]:
            yield ConsoleLine(level, tuple(texts))
        case ["error", _, error]:
            yield ScriptError(error_info(error) or ErrorInfo("Error", ""))
        case ["request", str(run_id), event, request]:
            clean, uploads = _without_files(request or {})
            if uploads:
                yield _NO_UPLOADS
            yield SendRequest(clean, _send_reply(run_id, event, reply))
        case ["cookies", str(run_id), event, str(method), [*args]]:
            yield CookieCall(method, args, _cookie_reply(run_id, event, reply))
        case ["run", str(run_id), event, request_id, options]:
            given = options if isinstance(options, Mapping) else {}
            yield RunRequest(str(request_id), given, _run_reply(run_id, event, reply))
        case _:
            raise ValueError(f"unknown message from the sandbox: {raw[:1]}")


def _send_reply(run_id: str, event: Any, reply: Reply) -> Callable[[ErrorInfo | None, ScriptResponse | None], None]:
    def send(error: ErrorInfo | None, response: ScriptResponse | None) -> None:
        reply(f"execution.response.{run_id}", (event, _error(error), response, {"cookies": []}))

    return send


def _cookie_reply(run_id: str, event: Any, reply: Reply) -> Callable[[ErrorInfo | None, Any], None]:
    def send(error: ErrorInfo | None, result: Any) -> None:
        reply(f"execution.cookies.{run_id}", (event, None if error is None else error.message, result))

    return send


def _run_reply(
    run_id: str, event: Any, reply: Reply
) -> Callable[[ErrorInfo | None, ScriptResponse | None, Mapping[str, Json]], None]:
    def send(error: ErrorInfo | None, response: ScriptResponse | None, mutations: Mapping[str, Json]) -> None:
        theirs = {SCOPES.get(scope, scope): changes for scope, changes in mutations.items()}
        name = f"execution.run_collection_request_response.{run_id}"
        reply(name, (event, _error(error), response, {"variableMutations": theirs}))

    return send


def _without_files(request: Mapping[str, Json]) -> tuple[Mapping[str, Json], bool]:
    """Scripts may not upload files (postman-runtime, lib/runner/extensions/event.command.js, sanitizeFiles)."""
    body = request.get("body")
    if not isinstance(body, Mapping):
        return request, False
    mode = str(body.get("mode") or "").lower()
    if mode == "file":
        return {**request, "body": None}, True
    form = body.get("formdata")
    if mode != "formdata" or not isinstance(form, list):
        return request, False
    kept = [param for param in form if not (isinstance(param, Mapping) and str(param.get("type")).lower() == "file")]
    return {**request, "body": {**body, "formdata": kept}}, len(kept) < len(form)


def error_info(raw: Mapping[str, Json] | None) -> ErrorInfo | None:
    """An error as js/src/errors.js describes it."""
    if raw is None:
        return None
    compared = tuple((name, raw[name]) for name in ("expected", "actual") if name in raw)
    return ErrorInfo(str(raw["name"]), str(raw["message"]), raw.get("stack"), details=compared)


def to_outcome(error: Mapping[str, Json] | None, result: Mapping[str, Any], context: ScriptContext) -> ScriptOutcome:
    """How a script ended, from its ``result`` message."""
    mutations = tuple(_mutation(raw) for raw in result["mutations"])
    written = {(mutation.scope, mutation.key) for mutation in mutations}
    scopes = {}
    for theirs, rows in result["scopes"].items():
        ours = _OUR_SCOPES[theirs]
        before: ScopeValues = getattr(context, ours)
        scopes[ours] = tuple(_restored(rows, before.values, {key for scope, key in written if scope == ours}))
    info = error_info(error)
    return ScriptOutcome(
        error=info,
        mutations=mutations,
        scopes=scopes,
        request=result.get("request"),
        next_request=_next_request(result.get("nextRequest")),
        next_request_set="nextRequest" in result,
        skip_request=result.get("skipRequest", False),
        visualizer=result.get("visualizer"),
        stopped=info is not None and info.message in _TIMEOUTS,
    )


def _next_request(value: Json) -> str | None:
    return None if value is None else str(value)


def _mutation(raw: Mapping[str, Json]) -> ScopeMutation:
    return ScopeMutation(_OUR_SCOPES[raw["scope"]], raw["key"], raw.get("value"), raw.get("type"), raw["removed"])


def _restored(
    rows: Iterable[Mapping[str, Json]], before: Sequence[Mapping[str, Json]], written: set[str]
) -> Iterator[Mapping[str, Json]]:
    """Rows that the script did not write are taken as they were: V8 has rounded their large integers."""
    left: dict[str, list[Mapping[str, Json]]] = {}
    for row in before:
        left.setdefault(str(row.get("key")), []).append(row)
    for row in rows:
        key = str(row.get("key"))
        same = left[key].pop(0) if left.get(key) else None
        if same is None or key in written or not _equal(same.get("value"), row.get("value")):
            yield row
        else:
            yield same


def _equal(ours: Json, theirs: Json) -> bool:
    """Whether V8 made ``theirs`` of ``ours``."""
    match ours, theirs:
        case bool(), _:
            return ours is theirs
        case ((int() | float()), (int() | float())) if not isinstance(theirs, bool):
            return float(ours) == float(theirs)
        case dict(), dict():
            return ours.keys() == theirs.keys() and all(_equal(ours[key], theirs[key]) for key in ours)
        case list(), list():
            return len(ours) == len(theirs) and all(map(_equal, ours, theirs))
    return bool(ours == theirs)

"""``pm.execution.runRequest``: a script runs another request of the collection, with its scripts."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Mapping

from runner.engine.convert import error_info, script_response
from runner.engine.draft import Draft
from runner.engine.events import Event, ItemFinished
from runner.engine.selection import find
from runner.engine.session import Session
from runner.model.collection import Json
from runner.model.records import replace
from runner.model.result import ErrorInfo
from runner.parse.collection import variables_from_json
from runner.scripting.interface import RunRequest
from runner.variables import VariableScope

_MAX_DEPTH = 10


def run_request(message: RunRequest, draft: Draft, session: Session) -> Generator[Event, None, None]:
    """Runs the named request (id or name) and answers with its response, or null if it was skipped
    (postman-runtime, lib/runner/nested-request.js)."""
    from runner.engine.item import run_item  # the engine's one cycle: an item runs scripts that run items

    located = find(session.collection, message.request_id)
    if located is None:
        message.reply(ErrorInfo("Error", f'There is no request "{message.request_id}" to run'), None, {})
        return
    if draft.depth >= _MAX_DEPTH:
        message.reply(ErrorInfo("Error", "The maximum depth of nested requests has been reached"), None, {})
        return
    outer = session.scopes.local
    session.scopes.local = _with(outer, message.options.get("variables"))
    try:
        cursor = replace(draft.cursor, ref=str(uuid.uuid4()))
        inner = yield from run_item(located, cursor, session, depth=draft.depth + 1)
    finally:
        session.scopes.local = outer
    yield ItemFinished(inner.result())
    draft.take_over(inner)
    exchange = inner.exchange
    if exchange is not None and exchange.error is not None:
        message.reply(error_info(exchange.error), None, {})
    else:
        message.reply(None, script_response(exchange) if exchange else None, _mutations(inner))


def _mutations(inner: Draft) -> dict[str, Json]:
    """What the inner scripts wrote, for the outer script, which has copies of the scopes: the form is
    that of postman-collection's MutationTracker."""
    written: dict[str, dict[str, Json]] = {"globals": {}, "environment": {}, "collection": {}, "local": {}}
    for run in inner.scripts:
        for change in run.changes:
            written[change.scope][change.key] = [change.key] if change.removed else [change.key, change.value]
    return {
        scope: [{"autoCompact": True, "stream": [], "compacted": changes}]
        for scope, changes in written.items()
        if changes
    }


def _with(scope: VariableScope, variables: Json) -> VariableScope:
    """The outer local variables and those given to ``runRequest``: an object, or Postman's rows."""
    inner = scope.copy()
    rows = variables_from_json(variables) if isinstance(variables, list) else ()
    given = variables if isinstance(variables, Mapping) else {row.key: row.value for row in rows}
    for key, value in given.items():
        inner.set(key, value)
    return inner

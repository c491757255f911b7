"""Running the scripts of an item and answering what they ask for."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence

from runner.engine.convert import cursor_json, scope_values, script_cookies, script_response, sent_spec
from runner.engine.draft import Draft
from runner.engine.events import (
    AssertionChecked,
    ConsoleLogged,
    Event,
    ScriptFinished,
    ScriptStarted,
    VariableChanged,
)
from runner.engine.inherit import OwnedScript
from runner.engine.nested import run_request
from runner.engine.script_requests import send_from_script
from runner.engine.session import Session
from runner.model.collection import UNDEFINED, Listen
from runner.model.records import replace
from runner.model.result import Assertion, ConsoleLine, ErrorInfo, Failure, ScriptRun, VariableChange
from runner.parse.collection import variables_from_json
from runner.parse.request import request_from_json, request_to_json
from runner.scripting.interface import (
    CookieCall,
    Message,
    RunRequest,
    ScopeMutation,
    ScriptContext,
    ScriptError,
    ScriptOutcome,
    SendRequest,
)
from runner.variables import VariableScope, cast_out


def run_scripts(listen: Listen, draft: Draft, session: Session) -> Iterator[Event]:
    """Runs all scripts of one phase, outermost first. An error in one does not keep the next from
    running, unless the run bails; a skipped request ends the phase."""
    for owned in draft.inherited.scripts(listen):
        yield from _run_one(owned, draft, session)
        stopped = draft.has_failed if session.options.bail else draft.fatal if session.options.bail_on_error else None
        if draft.skipped or stopped:
            return


def _run_one(owned: OwnedScript, draft: Draft, session: Session) -> Iterator[Event]:
    started = session.monotonic()
    located, cursor, script = draft.located, draft.cursor, owned.script
    yield ScriptStarted(script, located, cursor)
    assertions: list[Assertion] = []
    console: list[ConsoleLine] = []
    error: ErrorInfo | None = None
    script_failure: Failure | None = None
    at = f"{script.listen}-script"
    given_up = threading.Event()
    messages = session.scripts.run(script, _context(owned, draft, session))
    while True:
        try:
            message = next(messages)
        except StopIteration as stop:
            outcome: ScriptOutcome = stop.value
            break
        yield from _drain(session)
        match message:
            case Assertion():
                assertions.append(message)
                failure = None
                if message.error is not None:
                    where = f"assertion:{message.index} in {at}"
                    failure = draft.fail("assertion", message.error, where, script=script, assertion=message)
                yield AssertionChecked(message, located, failure)
            case ConsoleLine():
                console.append(message)
                yield ConsoleLogged(message, located)
            case ScriptError():
                error = error or message.error
                failure = draft.fail("script", message.error, at, script=script)
                script_failure = script_failure or failure
            case _:
                yield from _answer(message, draft, session, given_up)
    if outcome.stopped:
        given_up.set()
    yield from _drain(session)
    changes = tuple(_apply(outcome, session))
    for change in changes:
        yield VariableChanged(change, located)
    if outcome.request is not None and script.listen == "prerequest":
        changed = request_from_json(outcome.request)
        draft.request = replace(
            draft.request,
            url=changed.url,
            method=changed.method,
            headers=changed.headers,
            body=changed.body,
            auth=changed.auth,
        )
    draft.take(outcome)
    thrown = outcome.error
    if thrown is None and session.options.bail and script_failure is None:
        thrown = _assertion_failure(assertions)
    if thrown is not None:
        failure = draft.fail("script", thrown, at, script=script)
        script_failure = script_failure or failure
    run = ScriptRun(
        script,
        tuple(assertions),
        tuple(console),
        changes,
        error=outcome.error or error,
        duration=(session.monotonic() - started) * 1000,
        visualizer=outcome.visualizer,
    )
    draft.scripts.append(run)
    yield ScriptFinished(run, located, cursor, script_failure, outcome.next_request, outcome.next_request_set)


def _answer(
    message: Message, draft: Draft, session: Session, given_up: threading.Event
) -> Generator[Event, None, None]:
    match message:
        case SendRequest():
            send_from_script(message, draft, session, given_up)
        case CookieCall(method, args, reply):
            try:
                value = session.jar.call(method, list(args))
            except (ValueError, TypeError, KeyError) as error:
                reply(ErrorInfo("Error", str(error)), None)
            else:
                reply(None, value)
        case RunRequest():
            yield from run_request(message, draft, session)


def _drain(session: Session) -> Iterator[Event]:
    while session.pending:
        yield session.pending.popleft()


def _context(owned: OwnedScript, draft: Draft, session: Session) -> ScriptContext:
    scopes, item = session.scopes, draft.located.item
    timeout = session.options.timeout_script
    left = session.remaining()
    if left is not None:
        timeout = min(timeout or int(left * 1000) + 1, int(left * 1000) + 1)
    exchange = draft.exchange if owned.script.listen == "test" else None
    request = sent_spec(exchange) if exchange else draft.request
    return ScriptContext(
        globals=scope_values(scopes.globals),
        environment=scope_values(scopes.environment),
        collection=scope_values(scopes.collection),
        local=scope_values(scopes.local),
        data=scopes.data,
        request=request_to_json(request),
        response=script_response(exchange) if exchange else None,
        cookies=script_cookies(exchange),
        cursor=cursor_json(draft.cursor),
        item_id=item.id,
        item_name=item.name,
        item_path=draft.inherited.path,
        event_item_name=owned.owner,
        timeout=timeout,
        allow_run_request=True,
    )


def _apply(outcome: ScriptOutcome, session: Session) -> Iterator[VariableChange]:
    scopes = session.scopes
    named = {"globals": scopes.globals, "environment": scopes.environment, "collection": scopes.collection}
    for mutation in outcome.mutations:
        yield _mutate(named[mutation.scope], mutation)
    local = outcome.scopes.get("local")
    if local is not None:
        before = {row.key: row.value for row in scopes.local.snapshot().values}
        scopes.local.replace_rows(variables_from_json(list(local)))
        for row in scopes.local.snapshot().values:
            if row.key not in before or before[row.key] != row.value:
                value = cast_out(row)
                was = before.get(row.key, UNDEFINED)
                yield VariableChange("local", row.key, None if value is UNDEFINED else value, before=was)


def _mutate(scope: VariableScope, mutation: ScopeMutation) -> VariableChange:
    before = scope.value(mutation.key)
    if mutation.removed:
        scope.unset(mutation.key)
    else:
        scope.set(mutation.key, mutation.value, mutation.type)
    return VariableChange(mutation.scope, mutation.key, mutation.value, mutation.removed, mutation.type, before=before)


def _assertion_failure(assertions: Sequence[Assertion]) -> ErrorInfo | None:
    """With ``--bail`` Newman adds a second failure that names the assertions that failed."""
    names = [assertion.name for assertion in assertions if assertion.error is not None]
    return ErrorInfo("AssertionFailure", ", ".join(names)) if names else None

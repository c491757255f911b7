"""``pm.sendRequest``: requests that scripts send, in threads, so that timers go on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from runner.engine.convert import script_response
from runner.engine.draft import Draft
from runner.engine.events import ConsoleLogged, ExchangeFinished
from runner.engine.prepare import Prepared, prepare
from runner.engine.send import send
from runner.engine.session import Session
from runner.model.collection import Auth, Json, RequestSpec
from runner.model.exchange import Exchange
from runner.model.result import ConsoleLine, ErrorInfo
from runner.parse.request import request_from_json
from runner.scripting.interface import SendRequest

# A GET that a script sends may have a body (postman-runtime, event.command.js).
_BEHAVIOR: Mapping[str, Json] = {"disableBodyPruning": True}

# Requests of one script leave in the order in which it sent them: each waits for the one before it
# to be answered, but no longer than this, so that slow servers do not make them sequential.
_STAGGER = 0.015  # s


def send_from_script(message: SendRequest, draft: Draft, session: Session) -> ConsoleLine | None:
    """Starts the request and returns at once; the answer goes to the script by ``message.reply``.
    Returns a line for the console if files had to be taken out."""
    spec, had_files = _without_files(request_from_json(message.request))
    auth = spec.auth if spec.auth is not None else None
    done = threading.Event()
    before = session.last_script_request
    session.last_script_request = done

    def work() -> None:
        try:
            if before is not None:
                before.wait(_STAGGER)
            _send(message, spec, auth, draft, session)
        except Exception as error:
            message.reply(ErrorInfo(type(error).__name__, str(error)), None)
        finally:
            done.set()

    session.pool.submit(work)
    return ConsoleLine("warn", ("uploading files from scripts is not allowed",)) if had_files else None


def _send(message: SendRequest, spec: RequestSpec, auth: Auth | None, draft: Draft, session: Session) -> None:
    prepared: Prepared = prepare(spec, session, auth=auth, auth_owner="", behavior=_BEHAVIOR, item_path=None)
    _warn(prepared.warnings, draft, session)
    exchange: Exchange | None = None
    error: ErrorInfo | None = None
    for exchange, warnings in send(prepared, session, "script"):
        _warn(warnings, draft, session)
        failure = None
        if exchange.error is not None:
            error = ErrorInfo(
                exchange.error.name, exchange.error.message, details=tuple(exchange.error.members().items())
            )
            failure = draft.fail("request", error, "request")
            # It is the script's to handle: it fails the run, as in Newman, but stops nothing.
            draft.fatal = None if draft.fatal is error else draft.fatal
        draft.exchanges.append(exchange)
        session.pending.append(ExchangeFinished(exchange, draft.located, draft.cursor, failure))
    assert exchange is not None
    message.reply(error, None if error is not None else script_response(exchange))


def _warn(lines: tuple[str, ...], draft: Draft, session: Session) -> None:
    session.pending.extend(ConsoleLogged(ConsoleLine("warn", (line,)), draft.located) for line in lines)


def _without_files(spec: RequestSpec) -> tuple[RequestSpec, bool]:
    body = spec.body
    if body is None:
        return spec, False
    mode = (body.mode or "").lower()
    if mode == "file":
        return replace(spec, body=None), True
    if mode == "formdata":
        kept = tuple(param for param in body.formdata if param.type.lower() != "file")
        return replace(spec, body=replace(body, formdata=kept)), len(kept) < len(body.formdata)
    return spec, False

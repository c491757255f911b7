"""``pm.sendRequest``: requests that scripts send, in threads, so that timers go on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from runner.engine.convert import error_info, script_response
from runner.engine.draft import Draft
from runner.engine.events import ConsoleLogged, ExchangeFinished
from runner.engine.prepare import prepare
from runner.engine.send import send
from runner.engine.session import Session
from runner.model.collection import Json, RequestSpec
from runner.model.exchange import Exchange
from runner.model.result import ConsoleLine, ErrorInfo, Failure
from runner.parse.request import request_from_json
from runner.scripting.interface import SendRequest

# A GET that a script sends may have a body (postman-runtime, event.command.js).
_BEHAVIOR: Mapping[str, Json] = {"disableBodyPruning": True}

# Requests of one script leave in the order in which it sent them: each waits for the one before it
# to be answered, but no longer than this, so that slow servers do not make them sequential.
_STAGGER = 0.015  # s


def send_from_script(message: SendRequest, draft: Draft, session: Session, given_up: threading.Event) -> None:
    """Starts the request and returns at once; the answer goes to the script by ``message.reply``.

    Args:
        given_up: set when the script was stopped: what waits for its turn is not sent then, since thousands of requests
            would slow down the items that follow.
    """
    spec = request_from_json(message.request)
    done = threading.Event()
    before = session.last_script_request
    session.last_script_request = done

    def work() -> None:
        try:
            if before is not None and not given_up.is_set():
                before.wait(_STAGGER)
            if not given_up.is_set():
                _send(message, spec, draft, session)
        except Exception as error:  # whatever it is, the script gets an answer and the run knows of it
            found = ErrorInfo(type(error).__name__, str(error))
            _fail(found, draft)
            message.reply(found, None)
        finally:
            done.set()

    session.pool.submit(work)


def _send(message: SendRequest, spec: RequestSpec, draft: Draft, session: Session) -> None:
    prepared = prepare(spec, session, auth=spec.auth, auth_owner="", behavior=_BEHAVIOR, item_path=None)
    _warn(prepared.warnings, draft, session)
    exchange: Exchange | None = None
    error: ErrorInfo | None = None
    for exchange, warnings in send(prepared, session, "script"):
        _warn(warnings, draft, session)
        failure = None
        if exchange.error is not None:
            error = error_info(exchange.error)
            failure = _fail(error, draft)
        draft.exchanges.append(exchange)
        session.pending.append(ExchangeFinished(exchange, draft.located, draft.cursor, failure))
    assert exchange is not None
    message.reply(error, None if error is not None else script_response(exchange))


def _fail(error: ErrorInfo, draft: Draft) -> Failure:
    """It is the script's to handle: it fails the run, as in Newman, but stops nothing."""
    failure = draft.fail("request", error, "request")
    draft.fatal = None if draft.fatal is error else draft.fatal
    return failure


def _warn(lines: tuple[str, ...], draft: Draft, session: Session) -> None:
    session.pending.extend(ConsoleLogged(ConsoleLine("warn", (line,)), draft.located) for line in lines)

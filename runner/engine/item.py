"""One item, as named steps: scripts, request, scripts."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from runner.engine.convert import error_info
from runner.engine.draft import Draft
from runner.engine.events import ConsoleLogged, Event, ExchangeFinished, ItemStarted, RequestStarted
from runner.engine.prepare import prepare
from runner.engine.scripts import run_scripts
from runner.engine.send import send
from runner.engine.session import Session
from runner.model.collection import Located, RequestSpec
from runner.model.result import ConsoleLine, Cursor


def run_item(
    located: Located, cursor: Cursor, session: Session, *, depth: int = 0, request: RequestSpec | None = None
) -> Generator[Event, None, Draft]:
    """Runs one item. The caller yields ``ItemFinished`` with the result, so that it may add to it first.

    Args:
        depth: of ``pm.execution.runRequest``.
        request: what to send instead of the item's own request; what stands in ``session.edited`` comes before it.
    """
    request = session.edited.get(id(located.item)) or request or located.item.request
    draft = Draft(located, cursor, session.inherited(located), request, depth)
    yield ItemStarted(located, cursor)
    if session.options.delay_request and not depth:
        session.pause(session.options.delay_request)
    yield from run_scripts("prerequest", draft, session)
    if draft.skipped or _stops(draft, session):
        return draft
    yield from _request(draft, session)
    if _stops(draft, session):
        return draft
    yield from run_scripts("test", draft, session)
    return draft


def _stops(draft: Draft, session: Session) -> bool:
    if session.options.bail:
        return draft.has_failed
    return session.options.bail_on_error and draft.fatal is not None


def _request(draft: Draft, session: Session) -> Iterator[Event]:
    session.remaining()
    located = draft.located
    inherited = draft.inherited
    own = draft.request.auth
    yield RequestStarted(draft.request, located)
    prepared = prepare(
        draft.request,
        session,
        auth=own or inherited.auth,
        auth_owner="" if own else inherited.auth_owner,
        behavior=inherited.behavior,
        item_path=located.path,
        item=located.item.id,
    )
    yield from _warn(prepared.warnings, located)
    for exchange, warnings in send(prepared, session, "item"):
        yield from _warn(warnings, located)
        failure = None
        if exchange.error is not None:
            failure = draft.fail("request", error_info(exchange.error), "request")
        draft.exchange = exchange
        draft.exchanges.append(exchange)
        yield ExchangeFinished(exchange, located, draft.cursor, failure)


def _warn(lines: tuple[str, ...], located: Located) -> Iterator[Event]:
    for line in lines:
        yield ConsoleLogged(ConsoleLine("warn", (line,)), located)

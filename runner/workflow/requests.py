"""How a step runs one request: overrides, then captures, then checks, and all of that again if need be."""

from __future__ import annotations

from collections.abc import Generator

from runner.engine.draft import Draft
from runner.engine.events import ConsoleLogged, Event, ItemStarted
from runner.engine.item import run_item
from runner.engine.iteration import ItemRunner, Targets
from runner.engine.selection import find
from runner.engine.session import Session
from runner.expressions import ExpressionError
from runner.model.collection import Located
from runner.model.result import ConsoleLine, Cursor, ErrorInfo
from runner.workflow.attempts import attempting, check
from runner.workflow.bind import BoundStep
from runner.workflow.capturing import capturing
from runner.workflow.checks import problem, title
from runner.workflow.overrides import overridden
from runner.workflow.response import lookup_of
from runner.workflow.spec import Check, Overrides
from runner.workflow.texts import lookup_in


def item_runner(bound: BoundStep, path: str) -> ItemRunner:
    """Runs the items of a step."""
    step = bound.step
    runner: ItemRunner = run_item
    if step.overrides.any:
        runner = _overriding(step.overrides, f"{path}:{step.overrides.line}")
    if bound.captures:
        runner = capturing(runner, bound.captures)
    if step.checks:
        runner = _checking(runner, step.checks, path)
    line = step.poll.until.line if step.poll is not None else step.line
    return _staying(attempting(runner, step.retry, step.poll, f"{path}:{line}"), Targets(bound.items))


def _staying(run_item: ItemRunner, targets: Targets) -> ItemRunner:
    """``run_item`` whose scripts cannot leave the step: the file decides what comes after it. A name that the
    collection does not have at all is a mistake all the same."""

    def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
        draft = yield from run_item(located, cursor, session)
        name = draft.next_request
        if name is not None and targets.position(name) is None and find(session.collection, name) is not None:
            draft.next_request, draft.next_request_set = None, False
            text = f'setNextRequest("{name}") is not followed: the workflow file decides what comes after this step'
            yield ConsoleLogged(ConsoleLine("warn", (text,)), located)
        return draft

    return run


def _overriding(overrides: Overrides, place: str) -> ItemRunner:
    def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
        request = located.item.request
        try:
            request = overridden(request, overrides, lookup_in(session.scopes))
        except ExpressionError as error:
            draft = Draft(located, cursor, session.inherited(located), request)
            yield ItemStarted(located, cursor)
            draft.fail("setup", ErrorInfo("WorkflowError", f"overrides: {error}"), place)
            return draft
        return (yield from run_item(located, cursor, session, request=request))

    return run


def _checking(run_item: ItemRunner, checks: tuple[Check, ...], path: str) -> ItemRunner:
    """``run_item``, after which the response is looked at. A request without a response has failed already."""

    def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
        draft = yield from run_item(located, cursor, session)
        exchange = draft.exchange
        if exchange is not None and exchange.response is not None:
            lookup = lookup_of(exchange, exchange.response, session.scopes)
            for one in checks:
                found = problem(one, exchange, exchange.response, lookup)
                yield check(draft, title(one), found, f"{path}:{one.line}")
        return draft

    return run

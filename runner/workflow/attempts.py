"""Sending a request again: after failures that may pass (``retry``), and until something is so (``until``)."""

from __future__ import annotations

import random
import time
from collections.abc import Generator
from email.utils import parsedate_to_datetime

from runner.engine.draft import Draft
from runner.engine.events import (
    AssertionChecked,
    Event,
    ExchangeFinished,
    ItemRetried,
    ItemStarted,
    ScriptFinished,
)
from runner.engine.iteration import ItemRunner
from runner.engine.session import DeadlineReached, Session
from runner.expressions import ExpressionError, compile_expression
from runner.model.collection import Located
from runner.model.exchange import Response
from runner.model.records import dataclass, replace
from runner.model.result import Assertion, Cursor, ErrorInfo
from runner.workflow.compare import shown
from runner.workflow.response import lookup_of
from runner.workflow.spec import Backoff, Poll, Retry


@dataclass(frozen=True, slots=True)
class _Again:
    """There is another attempt, after ``wait`` seconds."""

    reason: str
    wait: float


@dataclass(frozen=True, slots=True)
class _Done:
    """The attempt counts. ``problem``: what failed though nothing in the item did; ``name`` of the check."""

    name: str | None = None
    problem: str | None = None


def attempting(run_item: ItemRunner, retry: Retry | None, poll: Poll | None, place: str) -> ItemRunner:
    """``run_item``, again and again as ``retry`` and ``poll`` say. The events of an attempt are handed on when
    it is known whether it counts.

    Args:
        place: where the step is written, for failures.
    """
    if retry is None and poll is None:
        return run_item

    def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
        began = session.monotonic()
        retries = 0
        attempt = 1
        while True:
            events: list[Event] = []
            draft = yield from _attempt(run_item(located, cursor, session), events, first=attempt == 1)
            draft.attempts = attempt
            verdict = _by_retry(draft, retry, retries) if retry is not None else None
            if isinstance(verdict, _Again):
                retries += 1
            elif verdict is None and poll is not None:
                verdict = _by_poll(draft, poll, session, began, attempt)
            if not isinstance(verdict, _Again):
                yield from events
                if verdict is not None and verdict.name is not None:
                    yield check(draft, verdict.name, verdict.problem, place)
                return draft
            yield from without_failures(events)
            yield ItemRetried(draft.result(), verdict.reason, verdict.wait)
            session.pause(round(verdict.wait * 1000))
            attempt += 1

    return run


def check(draft: Draft, name: str, problem: str | None, place: str) -> AssertionChecked:
    """Notes the outcome of a check that no script makes."""
    error = None if problem is None else ErrorInfo("AssertionError", problem)
    assertion = Assertion(name, len(draft.checks) + sum(len(run.assertions) for run in draft.scripts), error)
    draft.checks.append(assertion)
    failure = None if error is None else draft.fail("assertion", error, place, assertion=assertion)
    return AssertionChecked(assertion, draft.located, failure)


def _attempt(
    stream: Generator[Event, None, Draft], events: list[Event], *, first: bool
) -> Generator[Event, None, Draft]:
    """Runs it and keeps its events, but for the very first one, which says what is being waited for."""
    try:
        while True:
            try:
                event = next(stream)
            except StopIteration as stop:
                draft: Draft = stop.value
                return draft
            if isinstance(event, ItemStarted) and not events:
                if first:
                    yield event
            else:
                events.append(event)
    except DeadlineReached:
        yield from events
        raise
    finally:
        stream.close()


def without_failures(events: list[Event]) -> Generator[Event, None, None]:
    """What happened in an attempt that does not count: its checks are left out, its errors are none."""
    for event in events:
        match event:
            case AssertionChecked():
                continue
            case ExchangeFinished() | ScriptFinished() if event.failure is not None:
                yield replace(event, failure=None)
            case _:
                yield event


def _by_retry(draft: Draft, retry: Retry, retries: int) -> _Again | _Done | None:
    reason = _retry_reason(draft, retry)
    if reason is None or draft.skipped:
        return None
    response = draft.exchange.response if draft.exchange is not None else None
    asked = _retry_after(response) if retry.retry_after is not None else None
    tried = f"after {retries + 1} attempts" if retries else "after 1 attempt"
    if retries >= retry.times:
        return _Done("the request succeeds", f"{reason} {tried}") if not draft.failures else _Done()
    if asked is not None and retry.retry_after is not None and asked > retry.retry_after:
        problem = (
            f"{reason}, and the server asks to wait {asked:g} s, longer than retry_after ({retry.retry_after:g} s)"
        )
        return _Done("the request succeeds", problem)
    return _Again(reason, max(_wait(retry.backoff, retries), asked or 0.0))


def _retry_reason(draft: Draft, retry: Retry) -> str | None:
    exchange = draft.exchange
    if exchange is not None and exchange.response is None:
        error = exchange.error
        return f"no response ({error.code or error.message})" if error and "error" in retry.on else None
    if exchange is not None and exchange.response is not None:
        code = exchange.response.code
        if str(code) in retry.on or f"{code // 100}xx" in retry.on:
            return f"status {code}"
    if draft.failures and "failure" in retry.on:
        return f"failed: {draft.failures[0].error.message}"
    return None


def _wait(backoff: Backoff, retries: int) -> float:
    longest = min(backoff.longest, backoff.first * backoff.factor**retries)
    return longest * (1 - backoff.jitter * random.random())


def _retry_after(response: Response | None) -> float | None:
    """Seconds that the server asks to wait (RFC 9110, 10.2.3): a number or a date."""
    value = response.header("retry-after") if response is not None else None
    if value is None:
        return None
    try:
        if value.strip().isdecimal():
            return float(value)
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _by_poll(draft: Draft, poll: Poll, session: Session, began: float, attempt: int) -> _Again | _Done | None:
    name = f"until {' '.join(poll.until.text.split())}"
    exchange = draft.exchange
    if exchange is None or exchange.response is None:
        return None  # a request that was skipped, or got no response: it has failed already
    lookup = lookup_of(exchange, exchange.response, session.scopes)
    expression = compile_expression(poll.until.text)
    try:
        if expression.evaluate(lookup):
            return _Done(name)
        facts = ", ".join(f"{what} is {shown(value)}" for what, value in expression.facts(lookup) if _plain(value))
    except ExpressionError as error:
        facts = str(error)
    left = poll.timeout - (session.monotonic() - began)
    if left <= poll.every:
        tries = f"{attempt} attempt{'s' if attempt > 1 else ''}"
        return _Done(name, f"not within {poll.timeout:g} s ({tries}): {facts or 'it is false'}")
    return _Again(facts or "it is not so yet", poll.every)


def _plain(value: object) -> bool:
    return isinstance(value, (str, int, float, list, dict)) or value is None

"""From the events of users to Locust's ``request`` event: each request once, under the path of its item.

A request is reported when its test scripts have run, so that failed checks make it a failure. Requests that scripts and
auth types send are reported under the path of the item with ``[script]`` or ``[auth]``; redirects belong to their
request. What fails without a request (a script before it, a name that is not there) is a failure without a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runner.engine.events import Event, ExchangeFinished, ItemFinished, ItemRetried
from runner.engine.session import Session
from runner.load.checks import Checks
from runner.load.failures import Failures, RequestFailed, Veil
from runner.model.exchange import Exchange
from runner.model.result import Failure, ItemResult

#: Errors of requests that have used up a time limit.
_WAITED = frozenset({"ETIMEDOUT", "ESOCKETTIMEDOUT", "EDEADLINE"})


class Reporter:
    """Tells Locust what one user did.

    Args:
        fire: Locust's ``events.request.fire``.
        context: what the user class adds to each report (``User.context``).
    """

    def __init__(
        self,
        fire: Callable[..., None],
        session: Session,
        veil: Veil,
        failures: Failures,
        checks: Checks,
        context: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._fire, self._context = fire, context
        self._session, self._veil = session, veil
        self._failures, self._checks = failures, checks
        #: failures of requests of scripts, by item: they belong to those
        self._elsewhere: dict[int, list[Failure]] = {}

    def handle(self, event: Event) -> None:
        kind = type(event)
        if kind is ExchangeFinished:
            assert isinstance(event, ExchangeFinished)
            if event.exchange.origin != "item":
                self._other(event)
        elif kind is ItemFinished:
            assert isinstance(event, ItemFinished)
            self._item(event.result, event.result.failures)
        elif kind is ItemRetried:
            assert isinstance(event, ItemRetried)
            self._item(event.result, ())  # as in a run, only the last attempt counts

    def _other(self, event: ExchangeFinished) -> None:
        path = event.located.path
        error = None
        if event.failure is not None:
            self._elsewhere.setdefault(id(event.located.item), []).append(event.failure)
            result = ItemResult(event.located, event.cursor, (event.exchange,))
            error = self._told(result, [event.failure])
        self._report(f"{path} [{event.exchange.origin}]", event.exchange, error)

    def _item(self, result: ItemResult, failures: tuple[Failure, ...]) -> None:
        elsewhere = self._elsewhere.pop(id(result.item), None)
        if elsewhere is not None:
            failures = tuple(one for one in failures if not any(one is other for other in elsewhere))
        path = result.located.path
        for assertion in result.assertions:
            if not assertion.skipped:
                self._checks.count(path, assertion.name, assertion.error is None, lambda text: self._hide(text, result))
        error = self._told(result, failures) if failures else None
        exchange = result.exchange
        if exchange is not None:
            self._report(path, exchange, error)
        elif error is not None:
            method = result.request.method if result.request is not None else result.item.request.method
            self._fire(
                request_type=method,
                name=path,
                response_time=None,
                response_length=0,
                exception=error,
                context=self._context(),
            )

    def _told(self, result: ItemResult, failures: tuple[Failure, ...] | list[Failure]) -> RequestFailed:
        return self._failures.told(result.located.path, failures, lambda text: self._hide(text, result))

    def _hide(self, text: str, result: ItemResult) -> str:
        return self._veil.hide(text, self._session, result)

    def _report(self, name: str, exchange: Exchange, error: RequestFailed | None) -> None:
        response = exchange.response
        self._fire(
            request_type=exchange.request.method,
            name=name,
            response_time=_response_time(exchange),
            response_length=0 if response is None else len(response.content),
            exception=error,
            context=self._context(),
            response=response,
            url=exchange.request.url,
            start_time=exchange.timings.started,
        )


def _response_time(exchange: Exchange) -> float | None:
    """ms; None without a response. A server that refuses connections does so in no time, and would look fast; only
    who waited in vain has waited that long."""
    error = exchange.error
    if exchange.response is None and (error is None or error.code not in _WAITED):
        return None
    return exchange.timings.total

"""Hooks in Python around each request, and what comes of it when one of them fails: a failure of the item."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from typing import TypeVar

from runner.api.options import AfterResponse, BeforeRequest, Check, RunOptions
from runner.engine.draft import Draft
from runner.engine.events import AssertionChecked, Event, ExchangeFinished
from runner.engine.run import ItemRunner
from runner.engine.session import Session
from runner.errors import UsageError
from runner.model.collection import Body, Collection, Located, walk
from runner.model.exchange import Exchange, NetworkError, Request
from runner.model.records import dataclass, replace
from runner.model.result import Assertion, Cursor, ErrorInfo
from runner.parse.url import parse_url
from runner.transport.cookies import CookieJar
from runner.transport.interface import SendOptions, Transport

Hook = TypeVar("Hook", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Hooks:
    """What is called around each request."""

    before: tuple[BeforeRequest, ...] = ()
    after: tuple[AfterResponse, ...] = ()
    checks: tuple[tuple[str, Check], ...] = ()


def hooks_of(options: RunOptions) -> Hooks:
    """Raises UsageError: what is given for one of them cannot be called."""
    checks = options.get("checks", ())
    if isinstance(checks, Mapping):
        several(tuple(checks.values()), "checks")
        named = tuple(checks.items())
    else:
        named = tuple((title(one), one) for one in several(checks, "checks"))
    return Hooks(
        several(options.get("before_request", ()), "before_request"),
        several(options.get("after_response", ()), "after_response"),
        named,
    )


def several(given: Hook | Iterable[Hook], name: str) -> tuple[Hook, ...]:
    """One callable or several of them.

    Raises:
        UsageError: it is neither; ``name`` is the option's.
    """
    if callable(given):
        return (given,)
    found = tuple(given) if isinstance(given, Iterable) else (given,)
    for one in found:
        if not callable(one):
            raise UsageError(f"{name} is a callable, or a list of them; {one!r} cannot be called")
    return found


def title(function: Callable[..., object]) -> str:
    """What a callable is called in reports: ``answers_fast`` is "answers fast"."""
    name = getattr(function, "__name__", type(function).__name__)
    return "check" if name == "<lambda>" else name.replace("_", " ").strip()


def around(hooks: Hooks) -> Callable[[ItemRunner], ItemRunner]:
    """Makes of a way in which items are run one that calls the hooks after the response."""

    def wrap(run_item: ItemRunner) -> ItemRunner:
        def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
            wrong: list[tuple[str, ErrorInfo]] = []
            with closing(run_item(located, cursor, session)) as stream:
                while True:
                    try:
                        event = next(stream)
                    except StopIteration as stop:
                        draft: Draft = stop.value
                        break
                    yield event
                    if isinstance(event, ExchangeFinished) and event.exchange.origin == "item":
                        wrong += _told(hooks.after, event.exchange, located)
            for where, error in wrong:
                draft.fail("script", error, where)
            if draft.exchange is not None and draft.exchange.response is not None:
                for name, check in hooks.checks:
                    yield _checked(draft, name, check)
            return draft

        return run

    return wrap


def _told(hooks: Sequence[AfterResponse], exchange: Exchange, located: Located) -> list[tuple[str, ErrorInfo]]:
    wrong: list[tuple[str, ErrorInfo]] = []
    for hook in hooks:
        try:
            refuse_awaitable(hook(exchange, located))
        except Exception as error:
            wrong.append(("after_response", error_of(error)))
    return wrong


def _checked(draft: Draft, name: str, check: Check) -> AssertionChecked:
    error: ErrorInfo | None
    try:
        answer = check(draft.result())
        error = _verdict(answer)
    except Exception as raised:
        error = error_of(raised)
    assertion = Assertion(name, len(draft.checks) + sum(len(run.assertions) for run in draft.scripts), error)
    draft.checks.append(assertion)
    failure = None if error is None else draft.fail("assertion", error, "check", assertion=assertion)
    return AssertionChecked(assertion, draft.located, failure)


def _verdict(answer: object) -> ErrorInfo | None:
    if answer is None or answer is True:
        return None
    if answer is False:
        return ErrorInfo("AssertionError", "it returned False")
    if isinstance(answer, str):
        return ErrorInfo("AssertionError", answer)
    refuse_awaitable(answer)
    kind = type(answer).__name__
    raise TypeError(f"a check returns None or True if all is well, False or a text if not; this one a {kind}")


def refuse_awaitable(answer: object) -> None:
    """A coroutine that nobody waits for would be a hook that does nothing.

    Raises:
        TypeError: it is one.
    """
    if hasattr(answer, "__await__"):
        if hasattr(answer, "close"):
            answer.close()
        raise TypeError("it is async, and is called without await: make it a plain function")


def error_of(error: Exception) -> ErrorInfo:
    """An exception of a hook, with the line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place, message = "", str(error)
    if frames:
        last = frames[-1]
        place = f" ({last.filename}:{last.lineno})"
        if not message and last.lineno is not None:
            message = linecache.getline(last.filename, last.lineno).strip()
    stack = "".join(traceback.format_exception(error)).rstrip()
    return ErrorInfo(type(error).__name__, (message or type(error).__name__) + place, stack)


class HookedTransport:
    """Sends each item's request as the hooks leave it.

    What scripts and auth types send of their own passes through.
    """

    def __init__(self, inner: Transport, hooks: Sequence[BeforeRequest], collection: Collection) -> None:
        self._inner, self._hooks = inner, hooks
        self._items = {located.item.id: located for located in walk(collection)}

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        located = self._items.get(options.item)
        if options.origin != "item" or located is None:
            return self._inner.send(request, options, jar)
        try:
            for hook in self._hooks:
                request = _changed(request, hook(request, located))
        except Exception as error:
            found = error_of(error)
            reason = NetworkError(f"before_request raised {found.name}: {found.message}")
            return Exchange(new_id(), request, None, reason, origin=options.origin)
        return self._inner.send(request, options, jar)

    def close(self) -> None:
        self._inner.close()


def new_id() -> str:
    import uuid

    return uuid.uuid4().hex


def _changed(request: Request, answer: object) -> Request:
    """The request that a hook returned; its parts, which scripts and reports see, are those of what is sent."""
    if answer is None or answer is request:
        return request
    refuse_awaitable(answer)
    if not isinstance(answer, Request):
        raise TypeError(f"a before_request returns a Request or None, not a {type(answer).__name__}")
    spec = replace(answer.spec, method=answer.method, headers=answer.headers)
    if answer.url != request.url:
        spec = replace(spec, url=parse_url(answer.url))
    if answer.body != request.body:
        raw = None if answer.body is None else Body("raw", raw=answer.body.decode("utf-8", "replace"))
        spec = replace(spec, body=raw)
        answer = _with_length(answer)
    return replace(answer, spec=spec)


def _with_length(request: Request) -> Request:
    """With the length of its new body, where one was told."""
    length = str(len(request.body or b""))
    headers = tuple(
        replace(header, value=length) if header.key.lower() == "content-length" else header
        for header in request.headers
    )
    return replace(request, headers=headers)

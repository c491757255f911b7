"""Wrapping the engine's way to run an item, so that captures are taken from what it received."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from runner.engine.draft import Draft
from runner.engine.events import Event, VariableChanged
from runner.engine.run import ItemRunner
from runner.engine.session import Session
from runner.errors import UsageError
from runner.model.collection import Json, Located
from runner.model.exchange import Exchange
from runner.model.result import Cursor, ErrorInfo, VariableChange
from runner.variables import Scopes, VariableScope
from runner.workflow.capture import Capture
from runner.workflow.extract import Miss, evaluate
from runner.workflow.items import matching

#: Captures by ``id()`` of the item they belong to; the items live as long as the collection.
Bound = Mapping[int, tuple[Capture, ...]]


def bind(captures: Sequence[Capture], items: Sequence[Located]) -> Bound:
    """Finds the requests that captures are of.

    Raises:
        UsageError: one does not say of which request, and there are several.
        SelectionError: there is no such request among ``items``, or the name means several.
    """
    bound: dict[int, tuple[Capture, ...]] = {}
    for capture in captures:
        if capture.items is None and len(items) != 1:
            raise UsageError(
                f"--capture {capture.name}={capture} does not say of which request: add @ and its name or path"
            )
        found = items if capture.items is None else matching(items, capture.items, f"--capture {capture.name}")
        for located in found:
            bound[id(located.item)] = (*bound.get(id(located.item), ()), capture)
    return bound


def capturing(run_item: ItemRunner, captures: Bound) -> ItemRunner:
    """``run_item``, after which the captures of the item are taken. A required one that finds nothing fails
    the item; a request that got no response has failed already."""

    def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
        draft = yield from run_item(located, cursor, session)
        if draft.exchange is None or draft.exchange.response is None:
            return draft
        for capture in captures.get(id(located.item), ()):
            yield from take(capture, draft.exchange, draft, session.scopes)
        return draft

    return run


def take(capture: Capture, exchange: Exchange, draft: Draft, scopes: Scopes) -> Generator[Event, None, bool]:
    """Evaluates one capture and sets its variable; true if there was a value (or a default)."""
    value = evaluate(capture, exchange)
    if isinstance(value, Miss):
        if capture.required:
            draft.fail(
                "capture", ErrorInfo("CaptureError", f"{capture.name}: {value.reason}"), f"capture {capture.name}"
            )
            return False
        value = capture.default
    yield VariableChanged(store(scopes, capture.name, value, capture.scope), draft.located)
    return True


def store(scopes: Scopes, name: str, value: Json, scope: str = "globals") -> VariableChange:
    """Sets a variable. One meant for ``globals`` goes where the name is already, in the environment or the
    collection, which would hide a global one."""
    if scope == "globals":
        scope = next((one for one in ("environment", "collection") if scope_of(scopes, one).find(name)), scope)
    target = scope_of(scopes, scope)
    before = target.value(name)
    target.set(name, value)
    return VariableChange(scope, name, value, before=before)


def scope_of(scopes: Scopes, name: str) -> VariableScope:
    """The scope called that."""
    found: VariableScope = getattr(scopes, name)
    return found

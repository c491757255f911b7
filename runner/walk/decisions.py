"""What the person decides at a request: before it is sent, and when the answer is there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Literal, TypeAlias

from runner.engine.run import ItemRunner
from runner.engine.session import Session
from runner.expressions import ExpressionError
from runner.model.collection import Located, RequestSpec
from runner.model.records import dataclass
from runner.model.result import Cursor
from runner.walk.asking import Asker, Ended, choose
from runner.walk.editing import edited
from runner.walk.facts import Facts, Visit
from runner.walk.preview import Preview, preview
from runner.walk.screen import Screen
from runner.walk.telling import value_text
from runner.walk.terminal import TerminalView
from runner.workflow.bind import BoundStep
from runner.workflow.overrides import overridden
from runner.workflow.texts import lookup_in

#: What becomes of the requests to come: each is asked about; all are sent and shown; all are sent, in a line each.
Pace: TypeAlias = Literal["ask", "show", "rest"]

_BEFORE: Mapping[str, str] = {
    "send": "sends it",
    "s": "skips it",
    "e": "edits it first",
    "v": "sets a variable",
    "b": "goes back",
    "r": "runs the rest",
    "q": "ends the tour",
}
_AFTER: Mapping[str, str] = {
    "next": "goes on",
    "h": "shows the headers",
    "w": "the whole answer",
    "a": "sends it again",
    "e": "edits it and sends it again",
    "r": "runs the rest",
    "q": "ends the tour",
}


@dataclass(slots=True)
class Stop:
    """A request on the way."""

    located: Located
    runner: ItemRunner
    bound: BoundStep | None
    step: str | None
    edited: RequestSpec | None = None


class Decisions:
    """Shows a request and asks what to do with it.

    Args:
        asker: who decides; None sends everything.

    Attributes:
        pace: how the tour goes on.
        quit: the person has ended the tour.
    """

    def __init__(self, facts: Facts, view: TerminalView, screen: Screen, asker: Asker | None) -> None:
        self._facts, self._view, self._screen, self._asker = facts, view, screen, asker
        self.pace: Pace = "show" if asker is None else "ask"
        self.quit = False
        self._explained = {"before": False, "after": False, "edit": False}

    def before(self, stop: Stop, session: Session, can_go_back: bool) -> str:
        """``send``, ``skip``, ``back`` or ``end``."""
        while True:
            self._show_request(stop, session)
            if self._asker is None or self.pace != "ask":
                return "send"
            choices = {key: meaning for key, meaning in _BEFORE.items() if key != "b" or can_go_back}
            key = self._choose(self._asker, session, "Send it?", choices, "before")
            if key == "e":
                self._edit(stop, session)
            elif key == "v":
                self._set_variable(session, stop.located)
            else:
                return {"s": "skip", "b": "back", "q": "end"}.get(key, "send")

    def again(self, stop: Stop, visit: Visit, session: Session) -> bool:
        """Whether it is to be sent again."""
        if self._asker is None or self.pace != "ask":
            return False
        while True:
            key = self._choose(self._asker, session, "Go on?", _AFTER, "after")
            exchange = visit.result.exchange if visit.result is not None else None
            if key == "h":
                self._view.headers(visit)
            elif key == "w":
                if exchange is not None and exchange.response is not None:
                    self._view.body(exchange.response, whole=True)
                else:
                    self._screen.line("There is no answer.", "dim", indent=2)
            elif key == "e":
                self._edit(stop, session)
                self._show_request(stop, session)
                return True
            else:
                return key == "a"

    def _choose(self, asker: Asker, session: Session, question: str, choices: Mapping[str, str], about: str) -> str:
        """A key; the pace changes with it. The time limit of the run is not for people."""
        self._screen.line()
        began = session.monotonic()
        try:
            key = choose(asker, self._screen, question, choices, long=not self._explained[about])
        except Ended:
            self._screen.line()
            key = "q"
        if session.deadline is not None:
            session.deadline += session.monotonic() - began
        self._explained[about] = True
        if key == "q":
            self.quit = True
        elif key == "r":
            self.pace = "rest"
            self._screen.line()
        return key

    def _show_request(self, stop: Stop, session: Session) -> None:
        spec = self._spec(stop, session)
        seen: Preview = preview(stop.located, spec, session)
        located, facts = stop.located, self._facts
        cursor = Cursor(0, 0, 1, 1, str(uuid.uuid4()))
        values = {
            used.name: value_text(facts.masked_value(used.name, used.scope, used.value, located))
            for used in seen.used
            if used.scope is not None
        }
        self._view.request(located, spec, seen, values, facts.masked(seen.request, located, cursor))

    def _spec(self, stop: Stop, session: Session) -> RequestSpec:
        """The request as it will be given to the engine: edited, or as the step or the collection has it."""
        if stop.edited is not None:
            return stop.edited
        request = stop.located.item.request
        if stop.bound is not None and stop.bound.step.overrides.any:
            try:
                return overridden(request, stop.bound.step.overrides, lookup_in(session.scopes))
            except ExpressionError:  # the engine says so when it is sent
                return request
        return request

    def _edit(self, stop: Stop, session: Session) -> None:
        assert self._asker is not None
        long = not self._explained["edit"]
        self._explained["edit"] = True

        def hide(text: str) -> str:
            return self._facts.masked_text(text, stop.located)

        before = self._spec(stop, session)
        original = before if stop.edited is None else stop.located.item.request
        try:
            made = edited(before, original, self._asker, self._screen, hide=hide, long=long)
        except Ended:
            self._screen.line()
            return
        if made != before:
            stop.edited = made

    def _set_variable(self, session: Session, located: Located) -> None:
        assert self._asker is not None
        try:
            name, equals, value = self._asker.text("Variable, NAME=VALUE: ").partition("=")
        except Ended:
            self._screen.line()
            return
        if not equals or not name.strip():
            self._screen.line("Nothing was set: write NAME=VALUE.", "yellow")
            return
        scopes = session.scopes
        found = scopes.find(name.strip())
        scope = found[0] if found is not None and found[0] in ("environment", "local") else "environment"
        (scopes.local if scope == "local" else scopes.environment).set(name.strip(), value)

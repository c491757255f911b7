"""The course of the tour: at each request the person decides, and the engine does it."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator, Sequence

from runner.engine.draft import Draft
from runner.engine.events import Event, ItemFinished, ItemRetried, ItemStarted, RunFinished, RunStarted
from runner.engine.run import ItemRunner
from runner.engine.session import DeadlineReached, Session
from runner.model.collection import Located
from runner.model.records import replace
from runner.model.result import Cursor, RunResult
from runner.walk.asking import Asker
from runner.walk.decisions import Decisions, Stop
from runner.walk.document import TourDocument
from runner.walk.facts import Facts, Visit
from runner.walk.screen import Screen
from runner.walk.terminal import TerminalView
from runner.workflow.attempts import without_failures
from runner.workflow.bind import BoundStep

_REMEMBERED = 500  #: stops that one can go back to


class Guide:
    """Leads through one run: ``wrap`` stands around the engine's way to run an item, ``follow`` takes its events.

    Args:
        items: what is run, in order.
        facts: takes the events.
        asker: who decides; None sends everything.
    """

    def __init__(
        self,
        session: Session,
        items: Sequence[Located],
        facts: Facts,
        view: TerminalView,
        screen: Screen,
        asker: Asker | None,
    ) -> None:
        self._session, self._facts, self._view, self._screen = session, facts, view, screen
        self.document: TourDocument | None = None  #: is told of every stop
        self.decisions = Decisions(facts, view, screen, asker)
        self._numbers = {id(located.item): number for number, located in reversed(list(enumerate(items, 1)))}
        self._total = len(items)
        self._stops: list[Stop] = []
        self._introduced: set[int] = set()
        self._own = False  # the event that is being handed on was shown already
        self._finished: tuple[str, int] = ("", 0)  # of the last item: ref, failures that were shown
        self.captured: dict[tuple[str, str], None] = {}  #: scope and name of what was set on the way

    # -- from the engine's side

    def wrap(self, runner: ItemRunner, bound: BoundStep | None = None) -> ItemRunner:
        """``runner``, before which the person is asked, and after which the answer is shown."""

        def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
            stop = Stop(located, runner, bound, cursor.step)
            self._stops.append(stop)
            del self._stops[:-_REMEMBERED]
            try:
                draft = yield from self._walk_to(stop, cursor, session)
            except KeyboardInterrupt:
                self.interrupted()
                raise
            self._finished = cursor.ref, len(draft.failures)
            return draft

        return run

    def interrupted(self) -> None:
        """The person has had enough: what is sent from now on, to clean up, is not asked about."""
        if self.decisions.pace != "rest":
            self._screen.line()
        self.decisions.pace = "rest"
        self._facts.flush()

    def follow(self, events: Generator[Event, None, None]) -> RunResult:
        """Takes all events. Ctrl-C ends the run, not the tour."""
        result: RunResult | None = None
        while result is None:
            try:
                event = next(events)
            except KeyboardInterrupt:
                self.interrupted()
                event = events.throw(KeyboardInterrupt())
            if isinstance(event, RunFinished):
                result = event.result
            if not self._own:
                self._see(event)
        return replace(result, interrupted=False) if self.decisions.quit else result

    def _see(self, event: Event) -> None:
        """Shows what happens between the requests."""
        match event:
            case RunStarted():
                self._facts.take(event)
            case ItemStarted(located=located):
                self._facts.begin(located)
                self._facts.take(event)
            case ItemFinished(result=result) if result.cursor.ref == self._finished[0]:
                for failure in result.failures[self._finished[1] :]:  # of the order of requests
                    self._screen.line(failure.error.message, "bold red", indent=2)
            case ItemFinished():
                visit = self._facts.visit
                self._facts.take(event)
                if visit is not None:
                    self._view.brief(visit, self._place(visit.located))
                    self._note(visit)
            case _:
                self._facts.take(event)

    # -- one stop

    def _walk_to(self, stop: Stop, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
        """The stop itself, and before it those that the person goes back to."""
        last = at = len(self._stops) - 1
        while True:
            here = self._stops[at]
            moment = cursor if at == last else replace(cursor, ref=str(uuid.uuid4()))
            draft = yield from self._visit(here, moment, session, at > 0)
            if draft is None:
                at -= 1
                continue
            if at == last:
                return draft
            yield from self._hand_on([ItemFinished(draft.result())])
            at += 1

    def _visit(
        self, stop: Stop, cursor: Cursor, session: Session, can_go_back: bool
    ) -> Generator[Event, None, Draft | None]:
        """Asks, sends and shows. None: the person wants to go back."""
        if self.decisions.pace != "rest":
            self._introduce(stop)
            decision = self.decisions.before(stop, session, can_go_back)
            if decision == "back":
                return None
            if decision == "end":
                raise self._ending()
            if decision == "skip":
                draft = self._left_out(stop, cursor)
                self._show_skipped(draft, stop)
                return draft
        attempts = 0
        while True:
            visit = self._facts.begin(stop.located)
            events: list[Event] = []
            draft = yield from self._send(stop, cursor, session, events)
            draft.attempts += attempts
            self._facts.take(ItemFinished(draft.result()))
            if self.decisions.pace == "rest":
                self._view.brief(visit, self._place(stop.located))
            else:
                self._view.answer(visit)
            try:
                again = self.decisions.again(stop, visit, session)
            except KeyboardInterrupt:
                yield from self._done(draft, visit, events)
                raise
            if not again:
                break
            attempts = draft.attempts
            yield from self._hand_on(without_failures(events))
            yield from self._hand_on([ItemRetried(draft.result(), "sent again by hand", 0.0)])
        if self.decisions.quit and self.decisions.pace != "rest":
            yield from self._done(draft, visit, events)
            raise self._ending()
        self._note(visit)
        yield from self._hand_on(events)
        return draft

    def _done(self, draft: Draft, visit: Visit, events: Sequence[Event]) -> Generator[Event, None, None]:
        """Ends a request that was sent, where the tour ends with it."""
        self._note(visit)
        yield from self._hand_on([*events, ItemFinished(draft.result())])

    def _ending(self) -> KeyboardInterrupt:
        """To be raised where the person ends the tour: for the engine that is Ctrl-C, after which it cleans up."""
        self.decisions.quit = True
        return KeyboardInterrupt()

    def _send(self, stop: Stop, cursor: Cursor, session: Session, events: list[Event]) -> Generator[Event, None, Draft]:
        """Sends it. Its events are kept until it is known whether they count, but for what cannot be undone."""
        key = id(stop.located.item)
        if stop.edited is not None:
            session.edited[key] = stop.edited
        stream = stop.runner(stop.located, cursor, session)
        try:
            while True:
                try:
                    event = next(stream)
                except StopIteration as ended:
                    draft: Draft = ended.value
                    return draft
                self._facts.take(event)
                events.append(event)
                if isinstance(event, ItemRetried):
                    yield from self._hand_on(events)
                    events.clear()
        except DeadlineReached:
            yield from self._hand_on(events)
            raise
        finally:
            stream.close()
            session.edited.pop(key, None)

    def _hand_on(self, events: Sequence[Event] | Iterator[Event]) -> Generator[Event, None, None]:
        for event in events:
            self._own = True
            yield event
            self._own = False

    def _left_out(self, stop: Stop, cursor: Cursor) -> Draft:
        draft = Draft(stop.located, cursor, self._session.inherited(stop.located), stop.located.item.request)
        draft.skipped, draft.skip_reason = True, "you skipped it"
        return draft

    def _show_skipped(self, draft: Draft, stop: Stop) -> None:
        visit = self._facts.begin(stop.located)
        self._facts.take(ItemStarted(stop.located, draft.cursor))
        self._facts.take(ItemFinished(draft.result()))
        self._screen.line("Skipped.", "yellow", indent=2)
        self._note(visit)

    def _note(self, visit: Visit) -> None:
        for change in visit.changes:
            if change.removed:
                self.captured.pop((change.scope, change.key), None)
            else:
                self.captured[change.scope, change.key] = None
        if self.document is not None:
            self.document.visit(visit, self._place(visit.located))

    # -- what the person sees and says

    def _introduce(self, stop: Stop) -> None:
        shown = self._facts.masked_located(stop.located)
        path: list[str] = []
        for folder, visible in zip(stop.located.parents[1:], shown.parents[1:], strict=True):
            path.append(visible.name)
            if id(folder) not in self._introduced:
                self._introduced.add(id(folder))
                self._view.folder(visible, path)
        self._view.heading(shown, self._place(stop.located), stop.step)

    def _place(self, located: Located) -> str:
        number = self._numbers.get(id(located.item))
        return f"{number} of {self._total}" if number is not None else ""


def in_sequence(steps: Sequence[BoundStep]) -> tuple[BoundStep, ...]:
    """The steps with branches that come one after another: nobody can be asked about several requests at once."""
    made = []
    for step in steps:
        inner = in_sequence((*step.steps, *step.branches))
        made.append(replace(step, steps=inner, branches=()))
    return tuple(made)

"""Watches a run: what is sent, each item that ends, and what reports are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import Any

from runner.engine import events as ev
from runner.engine.draft import Draft
from runner.engine.iteration import ItemRunner
from runner.engine.session import Session
from runner.journal.bodies import Bodies
from runner.journal.codec import dumps
from runner.journal.keys import Addresses, Key, Occurrences, clean
from runner.journal.resuming import Past, replay_of
from runner.journal.rows import Row
from runner.journal.sealing import Sealer
from runner.journal.state import State, current, difference, restore
from runner.journal.watched import Watched
from runner.journal.writer import Writer
from runner.model.collection import Located, Variable
from runner.model.exchange import Request
from runner.model.records import dataclass, field
from runner.reporters.masking import Masker
from runner.transport.cookies import CookieJar
from runner.transport.interface import SendOptions

#: The code of a request that the time limit of the run has ended.
DEADLINE = "EDEADLINE"

MakeMasker = Callable[[], Masker]


@dataclass(frozen=True, slots=True)
class _Ended:
    """An item that has ended and that reports are not told of yet."""

    key: Key
    draft: Draft
    replay: str
    state: str | None


@dataclass(slots=True)
class _Here(threading.local):
    """Where the session of a thread stands."""

    session: Session | None = None
    state: State = field(default_factory=State)


@dataclass(slots=True)
class _Input:
    addresses: Addresses
    session: Session
    base: State


class Recorder:
    """Keeps the journal of one run. It is one of the listeners of the run; besides it stands around the way in which
    items are run (``wrap``) and around the network.

    Args:
        masker: the one whose events it is told; None if it is told everything.
        make_masker: makes another one that knows as much at the start.
        past: what an earlier process has left of this run.
        side_by_side: inputs are run at the same time, so that it is told later of what happens in them.
    """

    def __init__(
        self,
        writer: Writer,
        sealer: Sealer,
        masker: Masker | None,
        make_masker: MakeMasker,
        past: Past | None = None,
        *,
        side_by_side: bool = False,
    ) -> None:
        self._writer, self._sealer, self._past = writer, sealer, past
        self._side_by_side = side_by_side
        self._masker, self._make_masker = masker, make_masker
        self._own = make_masker() if masker is None else None  # of what it is told
        self._aside: dict[int, Masker] = {}  # of items that others run, which nobody was told of yet; by input
        self._lock = threading.Lock()
        self._inputs: list[_Input] = []
        self._occurrences = Occurrences()
        self._sending: dict[int, Key] = {}  # by id() of the jar of a session
        self._here = _Here()
        self._ended: dict[str, _Ended] = {}  # by the ref of a cursor
        self._written: dict[str, int] = {}
        self._lost: dict[str, Key] = {}  # items of which nobody knows how they would have ended
        self._bodies = Bodies()
        self._open: list[tuple[ev.Event, float]] = []
        self._depth = 0
        self._input = -1

    # -- around the run

    def attach(self, session: Session) -> Callable[[ItemRunner], ItemRunner]:
        """Takes over a session before its run begins. Returns what is to be put around the way in which its items
        are run, outermost."""
        number = len(self._inputs)
        if self._past is not None:
            self._past.begin(number, session)
        one = _Input(Addresses(session.collection), session, current(session))
        self._inputs.append(one)
        session.transport = Watched(session.transport, self.sends)

        def wrap(run_item: ItemRunner) -> ItemRunner:
            def run(located: Located, cursor: Any, session: Session) -> Generator[ev.Event, None, Draft]:
                return (yield from self._run(number, run_item, located, cursor, session))

            return run

        return wrap

    def _run(
        self, number: int, run_item: ItemRunner, located: Located, cursor: Any, session: Session
    ) -> Generator[ev.Event, None, Draft]:
        one = self._inputs[number]
        key = self._occurrences.next(number, cursor.iteration, cursor.step, one.addresses.of(located))
        here = self._here
        if here.session is not session:
            here.session, here.state = session, one.base
        if self._past is not None:
            found = self._past.find(key)
            if found is not None:
                again, here.state = yield from self._past.again(
                    found, here.state, located, cursor, session, one.addresses
                )
                restore(session, here.state)
                self._written[cursor.ref] = found
                return again
            if (unknown := self._past.unknown(key)) is not None:
                self._lost[cursor.ref] = key
                return (yield from unknown.told(located, cursor, session))
        self._sending[id(session.jar)] = key
        forked = self._side_by_side or session is not one.session
        kept: list[tuple[ev.Event, float]] = []
        nested: list[str] = []
        unresolved = len(session.unresolved)
        draft: Draft
        stream = run_item(located, cursor, session)
        try:
            while True:
                try:
                    event = next(stream)
                except StopIteration as stop:
                    draft = stop.value
                    break
                if isinstance(event, ev.ItemStarted) and event.cursor.ref != cursor.ref:
                    nested.append(one.addresses.of(event.located))
                if forked:
                    kept.append((event, time.time()))
                yield event
        finally:
            stream.close()
        if any(one.error is not None and one.error.code == DEADLINE for one in draft.exchanges):
            self._writer.cut = True  # to resume, it is as if the process had been killed
            self._lost[cursor.ref] = key
            return draft
        after = current(session)
        replay = replay_of(draft, nested, session, unresolved)
        if not forked:
            self._ended[cursor.ref] = _Ended(key, draft, replay, self._changes(here, after))
            return draft
        kept.append((ev.ItemFinished(draft.result()), time.time()))
        with self._lock:
            events = self._masked_aside(number, session, cursor, kept)  # first, since it learns what is secret
            self._write(cursor.ref, _Ended(key, draft, replay, self._changes(here, after)), events, told=False)
        return draft

    def _changes(self, here: _Here, after: State) -> str | None:
        before, here.state = here.state, after
        return difference(before, after, self._writer.encoder, self._sealer, self._is_secret)

    def sends(self, request: Request, options: SendOptions, jar: CookieJar) -> None:
        """A request is about to be sent."""
        key = self._sending.get(id(jar))
        if key is not None:
            url = request.url.partition("?")[0].partition("#")[0]
            scheme, _, rest = url.partition("://")
            host, slash, path = rest.partition("/")
            shown = f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
            self._writer.wire(key, options.origin, request.method, clean(self._any_masker().secrets.text(shown)))

    # -- as a listener

    def handle(self, event: ev.Event) -> None:
        for one in (event,) if self._own is None else self._own.take(event):
            self._handle(one)

    def _handle(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted():
                base = [
                    difference(State(), State(one.base.scopes), self._writer.encoder, None, self._is_secret)
                    for one in self._inputs
                ]
                length = event.length * event.iterations
                self._writer.start(event.started, clean(event.collection.name), length, dumps(base))
                self._writer.note(event, self._input)
                return
            case ev.InputStarted():
                self._input += 1
            case ev.ItemStarted():
                self._depth += 1
            case ev.IterationStarted() | ev.IterationFinished() | ev.InputFinished() | ev.RunFinished():
                self._broken_off()
            case _:
                pass
        if self._depth:
            self._open.append((event, time.time()))
        else:
            self._writer.note(event, self._input)
        if isinstance(event, ev.ItemFinished):
            self._depth -= 1
            if not self._depth:
                opened, self._open = self._open, []
                self._item(event, opened)
        elif isinstance(event, ev.RunFinished):
            self._writer.finish(event.result)

    def close(self) -> None:
        self._writer.close()

    def _item(self, event: ev.ItemFinished, events: list[tuple[ev.Event, float]]) -> None:
        result = event.result
        ref = result.cursor.ref
        written = self._written.pop(ref, None)
        if written is not None:
            self._writer.told(written)
            return
        ended = self._ended.pop(ref, None)
        if ended is not None:
            self._write(ref, ended, events, told=True)
            return
        unknown = any(failure.error.name == "UnknownOutcome" for failure in result.failures)
        outcome = "unknown" if unknown else "failed" if result.failures else "skipped"
        lost = self._lost.pop(ref, None)
        path = lost.path if lost is not None else clean("/".join((*result.located.folders, result.item.name)))
        number = lost.input if lost is not None else max(0, self._input)
        self._writer.item(Row(None, number, path, result, events, outcome), told=True)

    def _broken_off(self) -> None:
        """What an item did that never ended stays among what happens between items."""
        for event, _ in self._open:
            self._writer.note(event, self._input)
        self._open.clear()
        self._depth = 0

    def _write(self, ref: str, ended: _Ended, events: Sequence[tuple[ev.Event, float]], *, told: bool) -> None:
        finished = events[-1][0]
        assert isinstance(finished, ev.ItemFinished)
        result = finished.result
        exchange = ended.draft.exchange
        body = self._bodies.facts(exchange.response) if exchange is not None and exchange.response is not None else None
        outcome = "failed" if result.failures else "skipped" if result.skipped else "passed"
        number = self._writer.item(
            Row(ended.key, ended.key.input, ended.key.path, result, events, outcome, body, ended.replay, ended.state),
            told=told,
        )
        if not told and number is not None:
            self._written[ref] = number

    # -- secrets

    def _any_masker(self) -> Masker:
        masker = self._masker or self._own
        assert masker is not None
        return masker

    def _is_secret(self, row: Variable) -> bool:
        maskers = (self._any_masker(), *self._aside.values())
        if row.type == "secret" or any(one.is_secret(row.key) for one in maskers):
            return True
        value = row.value
        if value is None or isinstance(value, (bool, float)):
            return False
        text = value if isinstance(value, str) else str(value)
        return any(one.secrets.text(text) is not text for one in maskers)

    def _masked_aside(
        self, number: int, session: Session, cursor: Any, events: Sequence[tuple[ev.Event, float]]
    ) -> list[tuple[ev.Event, float]]:
        """The events of a whole item without secrets."""
        masker = self._aside.get(number)
        if masker is None:
            masker = self._make_masker()
            scopes = session.scopes
            masker.take(
                ev.RunStarted(
                    session.collection,
                    scopes.environment.snapshot(),
                    scopes.globals.snapshot(),
                    cursor.cycles,
                    cursor.length,
                    0.0,
                )
            )
            self._aside[number] = masker
        masker.take(ev.IterationStarted(cursor))
        found: list[tuple[ev.Event, float]] = []
        times = iter([at for _, at in events])
        for event, _ in events:
            found += [(one, next(times)) for one in masker.take(event)]
        return found

"""Taking a run up again: what the journal knows to be over is told once more, not done once more.

The same engine runs the same items in the same order; for an item that has ended in an earlier process its events come
from the journal, and variables and cookies become what they were after it. So whatever decides about order (data,
jumps, branches, conditions, bailing out) decides as it did. A request that may have arrived and must not be sent twice
is not sent: its item fails, and says so.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Generator
from typing import Any

from runner.engine import events as ev
from runner.engine.draft import Draft
from runner.engine.session import Session
from runner.journal.codec import Decoder, dumps
from runner.journal.keys import Addresses, Key
from runner.journal.relocating import Relocated
from runner.journal.rows import IDEMPOTENT
from runner.journal.schema import Database, span
from runner.journal.sealing import Sealer
from runner.journal.state import Missing, State, changed, current, restore
from runner.model.collection import Json, Located
from runner.model.exchange import Exchange, NetworkError, Request
from runner.model.records import dataclass
from runner.model.result import Cursor, ErrorInfo

UNKNOWN = "UnknownOutcome"
#: What a journal has of a run that is being taken up; the rest is made anew.
_KEYS = "input, iteration, step, path, occurrence"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request of an item that has not ended."""

    method: str
    url: str
    origin: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An item of which nobody knows how it ended. ``sent`` are its requests that must not be sent again."""

    sent: tuple[Sent, ...]

    def told(self, located: Located, cursor: Cursor, session: Session) -> Generator[ev.Event, None, Draft]:
        """Its events in place of those that it would have if it ran."""
        request = located.item.request
        draft = Draft(located, cursor, session.inherited(located), request)
        first = self.sent[0]
        more = f" (and {len(self.sent) - 1} more)" if len(self.sent) > 1 else ""
        message = (
            f"unknown: {first.method} {first.url}{more} was sent, or being sent, when the run ended, and how that went "
            "is not known; it was not sent again (--repeat-unknown sends it)"
        )
        yield ev.ItemStarted(located, cursor)
        yield ev.RequestStarted(request, located)
        sent = Request(first.method, first.url, (), None, request)
        exchange = Exchange(str(uuid.uuid4()), sent, None, NetworkError(message))
        failure = draft.fail("request", ErrorInfo(UNKNOWN, message), "request")
        draft.exchange = exchange
        draft.exchanges.append(exchange)
        yield ev.ExchangeFinished(exchange, located, cursor, failure)
        return draft


class Past:
    """What earlier processes have left of a run. Thread-safe once it is made.

    Args:
        given: values that the user gives for secrets which cannot be decrypted.
        repeat: send again what may have arrived, also if it may not be sent twice.
        base: JSON, as in ``runs.base``.
    """

    def __init__(
        self,
        database: Database,
        run: int,
        base: str | None,
        sealer: Sealer,
        given: dict[str, Json],
        repeat: bool,
    ) -> None:
        self._database, self._run, self._sealer, self._given = database, run, sealer, given
        self._repeat = repeat
        self._lock = threading.Lock()
        of_run = span(run)
        self._bases: list[str | None] = json.loads(base) if base else []
        self.decoder = Decoder()
        for (definitions,) in database.each("SELECT data FROM shared WHERE id BETWEEN ? AND ? ORDER BY id", of_run):
            self.decoder.learn(definitions)
        self._finished: dict[Key, int] = {}
        for number, *key in database.each(
            f"SELECT id, {_KEYS} FROM items WHERE id BETWEEN ? AND ? AND occurrence IS NOT NULL"
            " AND outcome <> 'unknown'",
            of_run,
        ):
            self._finished[Key(*key)] = number
        self._sent: dict[Key, list[Sent]] = {}
        for method, url, origin, *values in database.each(
            f"SELECT method, url, origin, {_KEYS} FROM wire WHERE id BETWEEN ? AND ? ORDER BY id", of_run
        ):
            key = Key(*values)
            if key not in self._finished:
                self._sent.setdefault(key, []).append(Sent(method, url, origin))

    @property
    def count(self) -> int:
        """How many items have ended."""
        return len(self._finished)

    def secrets(self) -> dict[str, list[Json]]:
        """The secret values that the run had found by then, by variable: nobody may be shown them.

        Raises:
            Missing: some can be neither decrypted nor are they given.
        """
        found: dict[str, list[Json]] = {}
        missing: set[str] = set()
        cookies = False
        for (state,) in self._database.each(
            "SELECT state FROM items WHERE id BETWEEN ? AND ? AND state LIKE '%\"sealed\"%'", span(self._run)
        ):
            try:
                _, secrets = changed(State(), state, self.decoder, self._sealer, self._known)
            except Missing as error:
                missing |= error.names
                cookies = cookies or error.cookies
                continue
            for name, value in secrets.items():
                values = found.setdefault(name, [])
                if value not in values:
                    values.append(value)
        if missing or cookies:
            raise Missing(missing, cookies)
        return found

    def begin(self, number: int, session: Session) -> None:
        """Gives a session the variables that the run began with; secrets are those that it has."""

        def known(scope: str, name: str) -> tuple[Any] | None:
            row = getattr(session.scopes, scope).find(name)
            return self._known(scope, name) if row is None else (row.value,)

        if number < len(self._bases) and self._bases[number] is not None:
            state, _ = changed(State(), self._bases[number], self.decoder, self._sealer, known)
            state.cookies = current(session).cookies
            restore(session, state)

    def find(self, key: Key) -> int | None:
        """The number in the journal of an item that has ended."""
        return self._finished.get(key)

    def unknown(self, key: Key) -> Unknown | None:
        """The requests that must not be sent again, if there are any."""
        sent = self._sent.get(key)
        if not sent or self._repeat:
            return None
        lasting = [one for one in sent if one.method.upper() not in IDEMPOTENT]
        return Unknown(tuple(lasting)) if lasting else None

    def again(
        self, number: int, state: State, located: Located, cursor: Cursor, session: Session, addresses: Addresses
    ) -> Generator[ev.Event, None, tuple[Draft, State]]:
        """The events of an item that has ended, but for ``ItemFinished``; returns what the engine makes that of, and
        the state after it.

        Args:
            state: before it.
        """
        ((data, replay, difference),) = self._database.rows(
            "SELECT events.data, items.replay, items.state FROM items JOIN events USING (id) WHERE items.id = ?",
            (number,),
        )
        with self._lock:
            events = [event for event, _ in self.decoder.events(data)]
        known = json.loads(replay)
        after, _ = changed(state, difference, self.decoder, self._sealer, self._known)
        moved = Relocated(located, cursor, [addresses.find(one) for one in known.get("nested", ())])
        told = [moved.event(event) for event in events]
        yield from told[:-1]
        finished = told[-1]
        assert isinstance(finished, ev.ItemFinished)
        for name, path in known.get("unresolved", {}).items():
            session.unresolved.setdefault(name, path)
        return _draft(finished, known, located, cursor, session), after

    def _known(self, scope: str, name: str) -> tuple[Any] | None:
        return (self._given[name],) if name in self._given else None


def replay_of(draft: Draft, nested: list[str], session: Session, unresolved: int) -> str:
    """What the engine has to be told when the item is not run again."""
    known: dict[str, Json] = {"failures": len(draft.failures)}
    if draft.fatal is not None:
        at = next((at for at, one in enumerate(draft.failures) if one.error is draft.fatal), None)
        known["fatal"] = at
    if draft.next_request_set:
        known["next"] = [draft.next_request]
    if nested:
        known["nested"] = nested
    if len(session.unresolved) > unresolved:
        known["unresolved"] = dict(list(session.unresolved.items())[unresolved:])
    return dumps(known)


def _draft(
    finished: ev.ItemFinished, known: dict[str, Any], located: Located, cursor: Cursor, session: Session
) -> Draft:
    result = finished.result
    draft = Draft(located, cursor, session.inherited(located), result.request or located.item.request)
    draft.exchange = result.exchange
    draft.exchanges += result.exchanges
    draft.scripts += result.scripts
    # What the engine has added after the item had ended, it adds again.
    draft.failures += result.failures[: known["failures"]]
    draft.checks += result.checks
    draft.skipped, draft.skip_reason, draft.attempts = result.skipped, result.skip_reason, result.attempts
    if "next" in known:
        draft.next_request, draft.next_request_set = known["next"][0], True
    if known.get("fatal") is not None:
        draft.fatal = draft.failures[known["fatal"]].error
    return draft

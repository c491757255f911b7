"""The events of a run out of the journal, as its reports were told of them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from runner.engine import events as ev
from runner.engine.frame import MAX_FAILURES
from runner.engine.several import Relocated
from runner.engine.tally import Tally
from runner.journal.codec import Decoder
from runner.journal.schema import Database, span
from runner.model.records import dataclass
from runner.model.result import Failure, RunResult


@dataclass(frozen=True, slots=True)
class Told:
    """An event and when it happened."""

    event: ev.Event
    at: float  #: epoch seconds


def events(database: Database, run: int) -> Generator[Told, None, None]:
    """All events of a run. If it has no end, because it goes on or was killed, one is added that says so."""
    decoder, tally = Decoder(), Tally()
    for (definitions,) in database.rows("SELECT data FROM shared WHERE id BETWEEN ? AND ? ORDER BY id", span(run)):
        decoder.learn(definitions)
    failures: list[Failure] = []
    at = started = 0.0
    whole: Any = None
    places: list[Relocated] = []  # of inputs
    # Items that nobody was told of when the process was killed come last, in the order in which they have ended.
    rows = database.rows("SELECT id FROM events WHERE id BETWEEN ? AND ? ORDER BY told IS NULL, told, id", span(run))
    for (number,) in rows:
        ((input, data),) = database.rows("SELECT input, data FROM events WHERE id = ?", (number,))
        found = decoder.events(data)
        place = places[input] if 0 <= input < len(places) else None
        if place is not None and _is_placed(found[0][0], whole):
            place = None
        for event, at in found:
            if isinstance(event, ev.RunStarted):
                started, whole = event.started, event.collection
            elif isinstance(event, ev.InputStarted):
                places.append(Relocated((whole, event.collection)))
            elif place is not None:
                event = place.event(event)
            tally.handle(event)
            if isinstance(event, ev.ItemFinished):
                failures.extend(event.result.failures[: MAX_FAILURES - len(failures)])
            yield Told(event, at)
            if isinstance(event, ev.RunFinished):
                return
    counts: dict[str, Any] = {**tally.counts()}
    result = RunResult(started, max(at, started), failures=tuple(failures), interrupted=True, **counts)
    yield Told(ev.RunFinished(result), at)


def _is_placed(event: ev.Event, whole: object) -> bool:
    """Whether the item of an event stands where it does in a run of several inputs: it was written when reports were
    told of it."""
    return not isinstance(event, ev.ItemStarted) or event.located.parents[0] is whole

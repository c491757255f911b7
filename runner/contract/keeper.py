"""Stands around the way in which items are run, and looks at every response: does it look as it was kept?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Generator
from pathlib import Path

from runner.contract.differences import differences, updated
from runner.contract.lines import typed
from runner.contract.responses import Kind, look
from runner.contract.shapes import Shape, generalised, merged_if
from runner.contract.store import Entry, read, write
from runner.engine.draft import Draft
from runner.engine.events import Event
from runner.engine.iteration import ItemRunner
from runner.engine.session import Session
from runner.model.collection import Located
from runner.model.exchange import Response
from runner.model.records import dataclass, field
from runner.model.result import Cursor
from runner.workflow.attempts import check

CHECK = "matches its snapshot"
#: Differences that a failure tells of.
_SHOWN = 50
_KEPT_BY = "run once where CI is not set (or `htrun run` with --no-snapshot-ci)"


@dataclass(slots=True)
class Tally:
    """What became of the snapshots in a run; names of requests.

    Attributes:
        news: places that are there beyond what is kept, by name.
        left: new ones that were not kept, because something in them failed.
        stale: kept, but the collection has no such request any more.
        wrote: the file is another one now.
    """

    matched: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    new: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    news: dict[str, dict[str, None]] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    wrote: bool = False


class Keeper:
    """The snapshots of one input. Thread-safe.

    Args:
        path: of the file, which need not be there.
        address: what a request is called.
        update: nothing fails, and what is seen is kept.
        strict: a response that nothing is kept of fails, and nothing is kept.

    Raises:
        InputError: the file cannot be read.
    """

    def __init__(
        self, path: Path, address: Callable[[Located], str], *, update: bool = False, strict: bool = False
    ) -> None:
        self.path, self.tally = path, Tally()
        self._kept: dict[str, Entry] = read(path)
        self._address, self._update, self._strict = address, update, strict
        self._seen: dict[str, dict[Kind, Shape | None]] = {}
        self._lock = threading.Lock()

    def around(self, run_item: ItemRunner) -> ItemRunner:
        """``run_item``, after which its response is looked at."""

        def run(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
            draft = yield from run_item(located, cursor, session)
            exchange = draft.exchange
            if exchange is not None and exchange.response is not None:
                name = name_of(self._address(located), cursor.step)
                verdict = self._look(name, exchange.response, failed=bool(draft.failures))
                if verdict is not None:
                    yield check(draft, CHECK, verdict or None, str(self.path))
            return draft

        return run

    def _look(self, name: str, response: Response, *, failed: bool) -> str | None:
        """What is wrong with a response; empty if nothing is, None if nothing is kept of it."""
        kind, shape = look(response)
        with self._lock:
            kept = self._kept.get(name)
            if self._update or (kept is None and not self._strict):
                if failed:
                    self.tally.left.add(name)
                else:
                    seen = self._seen.setdefault(name, {})
                    seen[kind] = merged_if(seen.get(kind), shape)
                return None
            problem = self._problem(name, kept, kind, shape)
            (self.tally.broken if problem else self.tally.matched).add(name)
            return problem

    def _problem(self, name: str, kept: Entry | None, kind: Kind, shape: Shape | None) -> str:
        if kept is None:
            return f"there is none in {self.path.name}: {_KEPT_BY}, and commit the file"
        if kind not in kept:
            return _other_kind(kept, kind)
        before = kept[kind]
        if before is None or shape is None:
            return "" if before is None else f"$: {typed(before)} -> nothing that could be read as {kind.media_type}"
        found = list(differences(before, shape))
        broken = [str(one) for one in found if one.breaks]
        if news := dict.fromkeys(str(one) for one in found if not one.breaks):
            self.tally.news.setdefault(name, {}).update(news)
        more = [f"and {len(broken) - _SHOWN} more"] if len(broken) > _SHOWN else []
        return "\n".join([*broken[:_SHOWN], *more])

    def finish(self, known: Collection[str] | None, hide: Callable[[str], str], *, whole: bool) -> Tally:
        """Writes the file if there is something new to keep.

        Args:
            known: the names of all requests that there are, for the stale ones; None: not known.
            hide: gives a text without secrets; names in bodies that are secrets are not kept.
            whole: the run got to its end; otherwise nothing is kept.

        Raises:
            SetupError: it cannot be written.
        """
        tally, entries = self.tally, dict(self._kept)
        if known is not None:
            tally.stale = set(entries) - set(known)
        if not whole:
            return tally
        for name, found in self._seen.items():
            seen = {
                kind: shape and generalised(shape, lambda name: hide(name) != name) for kind, shape in found.items()
            }
            kept = self._kept.get(name)
            if kept is None:
                tally.new.add(name)
                entries[name] = seen
                continue
            entries[name] = _updated(kept, seen)
            (tally.matched if entries[name] == kept else tally.changed).add(name)
        if self._update:
            for name in tally.stale:
                del entries[name]
        if entries != self._kept:
            write(self.path, entries)
            tally.wrote = True
        return tally


def name_of(address: str, step: str | None) -> str:
    """What a response is kept under: the address of its request, after the step of a workflow that sends it."""
    return address if step is None else f"{step}: {address}"


def _other_kind(kept: Entry, kind: Kind) -> str:
    same = [one for one in kept if one.status == kind.status]
    if not same:
        statuses = " or ".join(str(one) for one in sorted({one.status for one in kept}))
        return f"status: {statuses} -> {kind.status}"
    types = " or ".join(sorted(one.media_type or "no body" for one in same))
    return f"content type: {types} -> {kind.media_type or 'no body'}"


def _updated(kept: Entry, seen: Entry) -> Entry:
    """What is kept from now on. A response of another kind takes the place of those that were not seen."""
    found: dict[Kind, Shape | None] = {} if seen.keys() - kept.keys() else dict(kept)
    for kind, shape in seen.items():
        before = kept.get(kind)
        found[kind] = updated(before, shape) if before is not None and shape is not None else shape
    return found

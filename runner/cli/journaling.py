"""The journal of ``htrun run``: from options to somebody who keeps it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli.options import assignments, environment_assignments
from runner.cli.reporting import warn
from runner.errors import InputError
from runner.model.collection import Json
from runner.model.records import dataclass
from runner.parse.remote import shown_location
from runner.reporters.masking import Masker

if TYPE_CHECKING:
    from runner.engine.iteration import ItemRunner
    from runner.engine.session import Session
    from runner.journal.alive import Hold
    from runner.journal.place import Location
    from runner.journal.recording import Recorder
    from runner.journal.resuming import Past
    from runner.journal.schema import Database
    from runner.journal.writer import Writer

RESUME = "resume"  #: where in ``Context.meta`` it stands that a run is taken up again
OFF = "off"  #: in place of the name of a journal: there is to be none

Seen = Callable[[str | Path], None]


class Reading:
    """Notes the files that are read before a run begins."""

    def __init__(self, also: Seen | None) -> None:
        self.paths: list[str] = []
        self.open = True
        self._also = also

    def __call__(self, location: str | Path) -> None:
        if self.open:
            self.paths.append(str(location))
        if self._also is not None:
            self._also(location)


@dataclass(frozen=True, slots=True)
class Resumption:
    """A run that is taken up again.

    Attributes:
        run: its number.
        token: what its secrets are sealed for.
        secrets: those that it had found out, by variable.
    """

    database: Database
    run: int
    token: str
    hold: Hold
    past: Past
    secrets: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Journal:
    """Who keeps the journal of this run. ``around``: what to put around the way in which items are run, for each
    input."""

    recorder: Recorder
    around: tuple[Callable[[ItemRunner], ItemRunner], ...]


def is_off(given: Mapping[str, Any]) -> bool:
    return bool(given["no_journal"]) or (given["journal"] or "").lower() == OFF


def journaled(
    ctx: click.Context,
    given: Mapping[str, Any],
    locations: Sequence[str],
    sessions: Sequence[Session],
    reading: Reading,
    masker: Masker | None,
    *,
    side_by_side: bool = False,
) -> Journal | None:
    """Begins the journal of a run; None if there is to be none.

    Args:
        masker: hides secrets from those who listen; None if they see them.
        side_by_side: the inputs are run at the same time.

    Raises:
        InputError: the journal that the user has named cannot be written.
    """
    reading.open = False
    resumed: Resumption | None = ctx.meta.get(RESUME)
    if resumed is None and is_off(given):
        return None
    from runner.journal.place import location
    from runner.journal.sealing import Sealer

    place = location(given["journal"])
    try:
        database = resumed.database if resumed is not None else opened_journal(place)
    except InputError as error:
        if place.chosen:
            raise
        warn(f"{error}; this run is in no journal")
        return None
    from runner.journal.recording import Recorder

    writer, past = _writer(ctx, locations, reading, database), None
    if resumed is not None:
        past = resumed.past
        writer.go_on(resumed.run, resumed.hold, past.decoder.highest)
    secret = {**assignments(given["secret"], "--secret", hidden=True), **(resumed.secrets if resumed else {})}

    def make_masker() -> Masker:
        return new_masker(secret, sessions)

    recorder = Recorder(
        writer, Sealer(writer.header.token, create=True), masker, make_masker, past, side_by_side=side_by_side
    )
    return Journal(recorder, tuple(recorder.attach(session) for session in sessions))


#: Journals stay open to the end of the process, which is quicker than closing them; --watch uses one again and again.
_open: dict[str, Database] = {}


def opened_journal(place: Location, *, create: bool = True) -> Database:
    """The journal at a place.

    Raises:
        InputError: it cannot be opened.
    """
    try:
        from runner.journal.schema import Database
    except ImportError:  # some builds of Python have no SQLite
        raise InputError("cannot be used: this Python has no sqlite3", path=str(place.path)) from None

    path = os.path.abspath(place.path)
    if path not in _open or not os.path.exists(path):
        _open[path] = Database(place, create=create)
    return _open[path]


def new_masker(secret: Mapping[str, Json], sessions: Sequence[Session]) -> Masker:
    """Hides what the user says is secret, and what it finds out.

    Args:
        sessions: of the inputs of the run.
    """
    variables = [row for one in sessions for row in one.scopes.collection.snapshot().values]
    return Masker(secret, variables, sessions[0].options.data)


def _writer(ctx: click.Context, locations: Sequence[str], reading: Reading, database: Database) -> Writer:
    from runner.journal.codec import dumps
    from runner.journal.command import kept
    from runner.journal.files import prints
    from runner.journal.prune import tidy
    from runner.journal.queries import input_name
    from runner.journal.rows import Header, new_token
    from runner.journal.sealing import Sealer
    from runner.journal.writer import Writer

    token = new_token()
    resumed: Resumption | None = ctx.meta.get(RESUME)
    if resumed is not None:
        token = resumed.token
    header = Header(
        inputs=tuple(input_name(one, shown_location(one)) for one in locations),
        folder=os.getcwd(),
        command="" if resumed else kept(ctx.meta["arguments"], environment_assignments(), Sealer(token, create=True)),
        files="" if resumed else dumps(prints(reading.paths)),
        token=token,
    )
    return Writer(database, header, warn, tidy)

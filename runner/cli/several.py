"""``htrun run`` with several inputs: one run, one exit code, one report of each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click

from runner.cli import early
from runner.cli.before import before_of
from runner.cli.journaling import Reading, journaled
from runner.cli.opening import asked_of, require_fitting
from runner.cli.reporting import exit_code, listen
from runner.cli.run import listeners, masker_of, shown_by, warn_of
from runner.cli.selecting_several import Read, chosen_inputs
from runner.engine.events import RunFinished
from runner.engine.inherit import script_sources
from runner.engine.session import Session
from runner.engine.several import Input, several
from runner.errors import HtrunError, InputError, UsageError
from runner.export import Exports
from runner.model.records import replace
from runner.model.result import RunResult
from runner.opening.events import Around, advised, events_of
from runner.opening.ground import Ground, Opened, with_dependencies
from runner.parse.remote import shown_location

Seen: TypeAlias = Callable[[str | Path], None] | None
T = TypeVar("T")

#: Options that name one thing to write, of which several inputs have one each.
_OF_ONE = ("export_environment", "export_collection", "export_cookie_jar")


def run_several(ctx: click.Context, locations: Sequence[str], given: dict[str, Any]) -> int:
    """Runs them one after another, or side by side with --parallel, and returns the exit code.

    Raises:
        HtrunError: one of them cannot be run; before the first request.
    """
    for name in (*_OF_ONE, *(() if given["share_globals"] else ("export_globals",))):
        if given[name]:
            more = " (or share them: --share-globals)" if name == "export_globals" else ""
            raise UsageError(f"--{name.replace('_', '-')} is for one input: several have one each{more}")
    if given["share_globals"] and given["parallel"] > 1:
        raise UsageError(
            "--share-globals hands globals from one input to the next, and --parallel runs them at once: "
            "give one of both"
        )
    reading = Reading(ctx.obj)
    with ExitStack() as stack:
        inputs = open_all(locations, given, reading, stack)
        width = _share_out(given["parallel"], [one.session for _, one in inputs])
        names = _names(inputs)
        sessions = [one.session for _, one in inputs]
        masker = masker_of(given, sessions, ctx)
        read = [location for location, _ in inputs]
        journal = journaled(ctx, given, read, sessions, reading, masker, side_by_side=width > 1)
        before = before_of(ctx, given, inputs, journal)
        parts = _all_or_none(
            [
                (location, partial(_part, name, location, one, given, wrap))
                for name, (location, one), wrap in zip(names, inputs, before.around, strict=True)
            ]
        )
        reporters = listeners(ctx, given, journal)
        exports = Exports(None, given["export_globals"], None, None)
        exports.check()
        for _, one in inputs:
            warn_of(one.collection, given)
        early.started()
        first = sessions[0]

        def export(result: RunResult) -> None:
            if result.error is None:
                exports.write(
                    environment=first.scopes.environment.snapshot(),
                    globals=first.scopes.globals.snapshot(),
                    collection=first.collection,
                    cookies=None,
                )

        result = listen(
            several(parts, bail=first.options.bail or first.options.bail_on_error, width=width),
            reporters,
            before.complete,
            shown_by(masker),
            export,
        )
        before.finish(result, masker)
    return exit_code(result, given["suppress_exit_code"])


def open_all(locations: Sequence[str], given: dict[str, Any], seen: Seen, stack: ExitStack) -> list[tuple[str, Opened]]:
    """Every input with the requests that were chosen; those that have none of them are left out.

    Args:
        seen: told about each file that is about to be read.

    Raises:
        HtrunError: one of them cannot be run.
    """
    asked = asked_of(given, seen)
    ground = Ground(asked, stack)
    # what is chosen may be in some of the inputs only
    whole = {**given, "folder": (), "shard": None}

    def reading(location: str) -> Read:
        require_fitting(location, whole)
        return ground.read(location, ())

    read = _all_or_none([(location, partial(reading, location)) for location in locations])
    inputs = chosen_inputs(
        asked.options.select, asked.selection, ground.source, list(zip(locations, read, strict=True))
    )
    opened: list[tuple[str, Opened]] = []
    engine = None
    for location, loaded, workflow, items in inputs:
        if engine is None:  # the others start theirs when needed: scripts leave things behind for those after them
            engine = early.take(script_sources(loaded))
            session = ground.session(loaded, engine)
        else:
            session = ground.session(loaded, None)
        if given["share_globals"] and opened:
            session.scopes.globals = opened[0][1].session.scopes.globals
        if given["with_deps"] and workflow is None:
            items = with_dependencies(asked, session, items)
        opened.append((location, Opened(session, loaded, workflow, items, ground.variables)))
    return opened


def _part(name: str, location: str, one: Opened, given: dict[str, Any], wrap: Around | None) -> Input:
    events = events_of(one, given["capture"], wrap=wrap)
    return Input(name, shown_location(location), one.session, events, partial(_completed, one))


def _share_out(places: int, sessions: Sequence[Session]) -> int:
    """How many inputs run side by side; what is left of the places is for the iterations of each."""
    width = min(places, len(sessions))
    if width > 1:
        for session in sessions:
            session.options = replace(session.options, parallel=places // width, apart=True)
    return width


def _completed(one: Opened, result: RunResult) -> RunResult:
    event = advised(RunFinished(result), one)
    assert isinstance(event, RunFinished)
    return event.result


def _names(inputs: Sequence[tuple[str, Opened]]) -> list[str]:
    """The names of the collections and workflows, with the input where two have the same."""
    names = [
        (one.workflow.workflow.name if one.workflow else one.collection.name) or shown_location(location)
        for location, one in inputs
    ]
    return [
        f"{name} ({shown_location(location)})" if names.count(name) > 1 else name
        for name, (location, _) in zip(names, inputs, strict=True)
    ]


def _all_or_none(made: Sequence[tuple[str, Callable[[], T]]]) -> list[T]:
    """The results; if something is wrong with some of the inputs, all of that is told.

    Raises:
        HtrunError: that of the first.
    """
    results: list[T] = []
    wrong: list[HtrunError] = []
    for location, make in made:
        try:
            results.append(make())
        except HtrunError as error:
            if not isinstance(error, InputError):
                error.args = (f"{shown_location(location)}: {error}",)
            wrong.append(error)
    if not wrong:
        return results
    wrong[0].args = ("\nhtrun: error: ".join(str(one) for one in wrong),)  # in the order of the inputs
    raise wrong[0]

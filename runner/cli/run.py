"""``htrun run``: from options to a session, and from its events to reporters."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from runner.cli import early
from runner.cli.before import before_of
from runner.cli.command import PATH, Command
from runner.cli.config import load_config
from runner.cli.journaling import RESUME, Journal, Reading, journaled, new_masker
from runner.cli.opening import opened
from runner.cli.options import assignments, run_options, split_reporter_arguments
from runner.cli.reporting import exit_code, listen, make_reporters, split_names, warn
from runner.engine.events import Event
from runner.engine.needs import preflight
from runner.engine.run import ItemRunner
from runner.engine.session import Session
from runner.export import Exports
from runner.model.collection import Collection, Json, Located
from runner.model.result import RunResult
from runner.opening.events import advised, events_of
from runner.reporters.interface import Reporter
from runner.reporters.masking import Masker


class RunCommand(Command):
    """Reads the configuration files first, and lets ``--reporter-<name>-<option>`` through, which
    click cannot know."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        config = load_config(self)
        ctx.default_map = dict(config.defaults)
        rest, found = split_reporter_arguments(args)
        ctx.meta["reporter_options"] = (config, found)
        ctx.meta["arguments"] = tuple(args)
        return super().parse_args(ctx, rest)


@click.command("run", cls=RunCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("collection", type=PATH, nargs=-1, required=True)
@run_options
@click.option("--watch", is_flag=True, help="Run again whenever a file changes that was read, until Ctrl-C.")
@click.option("--share-globals", is_flag=True, help="With several inputs: what one sets as global, the next one has.")
@click.option("--list", "list_", is_flag=True, help="Show what would run, in its order, and send nothing.")
@click.option("--list-format", type=click.Choice(["text", "json"]), default="text", help="How it is shown.")
@click.pass_context
def command(ctx: click.Context, /, collection: Sequence[str], watch: bool, list_: bool, **given: Any) -> int:
    """Run Postman collections, or workflow files (*.workflow.yaml) over collections: files, folders, globs, URLs.

    Exit codes: 0 all passed, 1 something failed, 2 wrong options, 3 unreadable or missing input, 130 Ctrl-C.
    """
    if watch and ctx.obj is None:
        from runner.cli.watching import keep_running

        return keep_running(ctx, ctx.meta["arguments"], silent=given["silent"])
    if len(collection) > 1 or list_ or not is_plain(collection[0]):
        from runner.cli.expand import expanded

        collection = expanded(collection, given["postman_api_key"])
        if list_:
            from runner.cli.listing import show

            return show(collection, given, ctx.obj)
        if len(collection) > 1:
            from runner.cli.several import run_several

            return run_several(ctx, collection, given)
    return execute(ctx, collection[0], given)


def is_plain(argument: str) -> bool:
    """Whether an argument is one input at first sight."""
    return not any(sign in argument for sign in "*?[") and not os.path.isdir(argument)


def execute(
    ctx: click.Context,
    collection: str,
    given: dict[str, Any],
    make_runner: Callable[[Session, Sequence[Located]], ItemRunner | None] | None = None,
) -> int:
    """Runs a collection or workflow file with the options of a command, and returns the exit code.

    Args:
        make_runner: how to run the items of a collection, if not as ever; if it gives None nothing is run.
    """
    reading = Reading(ctx.obj)
    with opened(collection, given, reading) as run_of:
        session = run_of.session
        runner = None
        if make_runner is not None:
            runner = make_runner(session, run_of.items)
            if runner is None:
                return 0
        masker = masker_of(given, [session], ctx)
        journal = journaled(ctx, given, [collection], [session], reading, masker)
        before = before_of(ctx, given, [(collection, run_of)], journal)
        events = events_of(run_of, given["capture"], runner, before.around[0])
        reporters = listeners(ctx, given, journal)
        exports = Exports(*(given[f"export_{name}"] for name in ("environment", "globals", "collection", "cookie_jar")))
        exports.check()
        warn_of(run_of.collection, given)
        early.started()

        def export(result: RunResult) -> None:
            if result.error is None:  # as in Newman: an aborted run leaves what earlier ones exported
                exports.write(
                    environment=session.scopes.environment.snapshot(),
                    globals=session.scopes.globals.snapshot(),
                    collection=run_of.collection,
                    cookies=session.jar.to_json(),
                )

        result = listen(
            events, reporters, lambda event: before.complete(advised(event, run_of)), shown_by(masker), export
        )
        before.finish(result, masker)
    return exit_code(result, given["suppress_exit_code"])


def warn_of(collection: Collection, given: Mapping[str, Any]) -> None:
    """Says what is certainly wrong with a collection, now that all else is ready."""
    if not given["silent"]:
        for text in preflight(collection):
            warn(text)


def listeners(ctx: click.Context, given: dict[str, Any], journal: Journal | None) -> list[Reporter]:
    """Everybody who is told of the run: its reporters, its record, its journal."""
    reporters = make_reporters(split_names(given["reporters"]), given, *ctx.meta["reporter_options"])
    if given["record"]:
        from runner.reporters.record.write import RecordWriter

        record = RecordWriter(Path(given["record"]), bodies=given["record_bodies"], masked=not given["show_secrets"])
        reporters.append(record)
    if journal is not None:
        reporters.append(journal.recorder)
    return reporters


def shower(
    given: dict[str, Any], session: Session, more: Mapping[str, Json] | None = None
) -> Callable[[Event], Sequence[Event]]:
    """What of an event listeners are told: all but the secrets.

    Args:
        more: further variables of which the user says that they are secret.
    """
    return shown_by(None if given["show_secrets"] else new_masker({**_secrets(given), **(more or {})}, [session]))


def shown_by(masker: Masker | None) -> Callable[[Event], Sequence[Event]]:
    return (lambda event: (event,)) if masker is None else masker.take


def masker_of(given: dict[str, Any], sessions: Sequence[Session], ctx: click.Context) -> Masker | None:
    """Who hides secrets in a run of these inputs; None if nobody is to."""
    if given["show_secrets"]:
        return None
    resumed = ctx.meta.get(RESUME)
    return new_masker({**_secrets(given), **(resumed.secrets if resumed else {})}, sessions)


def _secrets(given: dict[str, Any]) -> dict[str, Json]:
    return assignments(given["secret"], "--secret", hidden=True)

"""``htrun runs``: the runs in the journal."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator
from typing import Any

import click

from runner.cli.command import PATH, Command
from runner.cli.journaling import OFF, opened_journal
from runner.cli.report import Clock, ReportCommand
from runner.cli.report import command as report_command
from runner.cli.reporting import exit_code, listen, make_reporters, split_names
from runner.engine.events import Event
from runner.errors import UsageError
from runner.journal.command import shown
from runner.journal.place import location
from runner.journal.prune import removable, remove
from runner.journal.queries import Item, Run, find_run, in_flight, items, progress, runs
from runner.journal.reading import events
from runner.journal.schema import Database
from runner.reporters.text import clean_line

_HELP = {"help_option_names": ["-h", "--help"]}
_AGE = re.compile(r"(\d+)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_MARKS = {"passed": "ok", "failed": "FAILED", "skipped": "skipped", "unknown": "UNKNOWN"}

_JOURNAL: dict[str, Any] = {"type": PATH, "metavar": "FILE", "help": "The journal; .htrun/runs.db by default."}
_journal = click.option("--journal", envvar="HTRUN_JOURNAL", **_JOURNAL)


def _named(ctx: click.Context, param: click.Parameter, journal: str | None) -> None:
    if journal is not None:
        ctx.obj = journal


_journal_too = click.option("--journal", expose_value=False, callback=_named, **_JOURNAL)


class RunsGroup(click.Group, Command):
    """Shows its commands after its options."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] == "last" or args[0].isdecimal():
            raise UsageError(f"htrun runs has no command {args[0]}: `htrun runs show {args[0]}` shows that run")
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


@click.group("runs", cls=RunsGroup, invoke_without_command=True, context_settings=_HELP)
@_journal
@click.option("--limit", type=click.IntRange(min=1), default=20, metavar="N", help="Show no more than N; 20.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How they are shown.")
@click.pass_context
def command(ctx: click.Context, /, journal: str | None, limit: int, format_: str) -> int:
    """The runs in the journal, the newest first; and what to do with them.

    Exit codes: 0, 2 wrong options or no such run, 3 no journal.
    """
    ctx.obj = journal
    if ctx.invoked_subcommand is not None:
        return 0
    found = runs(_database(journal))[:limit]
    if format_ == "json":
        click.echo(json.dumps([_json(run) for run in found], indent=2))
    else:
        for line in _table([_HEADS, *map(_row, found)]):
            click.echo(line)
    return 0


@command.command("show", cls=ReportCommand, context_settings=_HELP)
@click.argument("run", metavar="ID|last")
@click.option(
    "--as",
    "reporters",
    metavar="LIST",
    help="Make reports of it: cli, json, junit, html, ... Each takes --reporter-<name>-<option> [VALUE].",
)
@_journal_too
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How it is shown.")
@click.pass_context
def show(ctx: click.Context, /, run: str, reporters: str | None, format_: str, **given: Any) -> int:
    """A run: how it went, each of its requests, and what was being sent when it was killed.

    Exit codes: 0; with --as those of the run: 0 all passed, 1 something failed, 130 it was interrupted or killed.
    """
    database = _database(ctx.obj)
    found = find_run(database, run)
    if reporters is not None:
        clock = Clock()
        made = make_reporters(split_names(reporters), given, *ctx.meta["reporter_options"], clock=clock)
        result = listen(_told(database, found, clock), made, lambda event: event, lambda event: (event,))
        return exit_code(result, given["suppress_exit_code"])
    if format_ == "json":
        every = [_item_json(item) for item in items(database, found.id)]
        flying = [{"path": one.path, "method": one.method, "url": one.url} for one in in_flight(database, found.id)]
        click.echo(json.dumps({**_json(found), "requests": every, "in_flight": flying}, indent=2))
        return 0
    for line in _described(found):
        click.echo(line)
    click.echo()
    repeated = found.length > 1 and any(item.iteration for item in items(database, found.id))
    for line in _table([_item_row(item, repeated) for item in items(database, found.id)]):
        click.echo(line)
    if not found.over:
        for one in in_flight(database, found.id):
            click.echo(clean_line(f"{one.path}: {one.method} {one.url} was being sent"))
    return 0


@command.command("prune", cls=Command, context_settings=_HELP)
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the newest N runs.")
@_journal_too
@click.option("--older-than", metavar="AGE", help="Remove those that began before that: 12h, 30d, 4w.")
@click.pass_context
def prune(ctx: click.Context, /, keep: int | None, older_than: str | None) -> int:
    """Remove runs from the journal, but none that go on.

    The newest 200 are kept anyway, and no more than 256 MB of them.

    Exit codes: 0, 2 wrong options, 3 no journal.
    """
    if keep is None and older_than is None:
        raise UsageError("say what is to go: --keep N or --older-than AGE")
    before = None if older_than is None else time.time() - _age(older_than)
    database = _database(ctx.obj)
    gone = removable(database, keep, before)
    remove(database, gone)
    click.echo(f"{len(gone)} run{'' if len(gone) == 1 else 's'} removed")
    return 0


@command.command("compare", cls=Command, context_settings=_HELP)
@click.argument("before", metavar="ID")
@click.argument("after", metavar="ID|last")
@_journal_too
@click.option(
    "--fail-on", metavar="LIST", help="Exit with 1 for these: missing, status, checks, shape, slower; any: all of them."
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How it is shown.")
@click.pass_context
def compare(ctx: click.Context, /, before: str, after: str, fail_on: str | None, format_: str) -> int:
    """What is different between two runs: requests, status, checks, the shape of JSON, response times.

    Response times are compared by a rank test (Mann-Whitney U, with Holm's correction) of requests that were answered
    at least five times in both runs, as with -n 5.

    Exit codes: 0, 1 there is something that --fail-on names, 2 wrong options or no such run, 3 no journal.
    """
    from runner.cli.comparing import comparison_json, comparison_lines, worse
    from runner.comparing.runs import compare as compared

    database = _database(ctx.obj)
    found = compared(database, find_run(database, before), find_run(database, after))
    code = int(worse(found, fail_on))
    if format_ == "json":
        click.echo(json.dumps(comparison_json(found), indent=2))
    else:
        for line in comparison_lines(found):
            click.echo(line)
    return code


@command.command("flaky", cls=Command, context_settings=_HELP)
@_journal_too
@click.option("-n", "--runs", "number", type=click.IntRange(min=2), default=20, metavar="N", help="Of the last N; 20.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How it is shown.")
@click.pass_context
def flaky(ctx: click.Context, /, number: int, format_: str) -> int:
    """Requests and checks that have passed in one run and failed in another one of the same files.

    Exit codes: 0, 2 wrong options, 3 no journal.
    """
    from runner.cli.comparing import flaky_json, flaky_lines
    from runner.comparing.flaky import flaky as unsteady

    database = _database(ctx.obj)
    looked_at = runs(database)[:number]
    found = unsteady(database, looked_at)
    if format_ == "json":
        click.echo(json.dumps(flaky_json(found), indent=2))
    else:
        for line in flaky_lines(found, len(looked_at)):
            click.echo(line)
    return 0


_HEADS = ("id", "began", "what", "result", "requests", "failed", "took")


def _database(journal: str | None) -> Database:
    if (journal or "").lower() == OFF:
        raise UsageError("HTRUN_JOURNAL is off: name a journal with --journal FILE")
    return opened_journal(location(journal), create=False)


def _told(database: Database, run: Run, clock: Clock) -> Generator[Event, None, None]:
    for told in events(database, run.id):
        clock.now = told.at
        yield told.event


def _age(text: str) -> float:
    match = _AGE.fullmatch(text)
    if match is None:
        raise UsageError(f"--older-than takes a number and s, m, h, d or w, such as 30d, not {text!r}")
    return int(match[1]) * _SECONDS[match[2]]


def _row(run: Run) -> tuple[str, ...]:
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.started))
    done = str(run.items) if run.items == run.length or run.over else progress(run.items, run.length)
    took = _duration(run.ended - run.started) if run.ended is not None else ""
    return (str(run.id), began, clean_line(run.name), _status(run), done, str(run.items_failed or ""), took)


def _status(run: Run) -> str:
    return f"{run.status}, resumed" if run.resumed else run.status


def _described(run: Run) -> list[str]:
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.started))
    took = f", took {_duration(run.ended - run.started)}" if run.ended is not None else ""
    lines = [
        f"Run {run.id}: {clean_line(run.name)}: {_status(run)}",
        f"  htrun run {' '.join(map(clean_line, shown(run.command)))}",
        f"  in {clean_line(run.folder)}",
        f"  began {began}{took}; {progress(run.items, run.length)} requests, {run.items_failed} failed",
    ]
    if run.error:
        lines.append(f"  {clean_line(run.error)}")
    if not run.whole:
        lines.append("  not all of it could be written into the journal")
    elif run.status in ("killed", "interrupted", "stopped") and _is_simulated(run):
        lines.append("  it cannot be resumed: what it had made in the simulated API ended with it")
    elif run.status in ("killed", "interrupted", "stopped"):
        lines.append(f"  htrun resume {run.id} goes on with it")
    return lines


def _is_simulated(run: Run) -> bool:
    return any(word.partition("=")[0] == "--simulate" for word in shown(run.command))


def _item_row(item: Item, repeated: bool) -> tuple[str, ...]:
    number = f"[{item.iteration + 1}] " if repeated else ""
    passed = sum(1 for _, ok in item.checks if ok)
    checks = f"{passed}/{len(item.checks)} checks" if item.checks else ""
    return (
        _MARKS[item.outcome],
        f"{number}{clean_line(item.path)}",
        clean_line(item.method or ""),
        str(item.status or ""),
        f"{item.latency:.0f} ms" if item.latency is not None else "",
        checks,
        clean_line(item.failure or "")[:120],
    )


def _json(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "inputs": list(run.inputs),
        "status": run.status,
        "started": run.started,
        "ended": run.ended,
        "length": run.length,
        "items": run.items,
        "failed": run.items_failed,
        "checks": run.checks,
        "checks_failed": run.checks_failed,
        "error": run.error,
        "resumed": run.resumed,
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "path": item.path,
        "iteration": item.iteration,
        "step": item.step,
        "method": item.method,
        "status": item.status,
        "latency": item.latency,
        "outcome": item.outcome,
        "failure": item.failure,
        "checks": [{"name": name, "passed": passed} for name, passed in item.checks],
        "size": item.size,
        "hash": item.hash,
        "shape": item.shape,
    }


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


show.params += [option for option in report_command.params if option.name not in ("record", "reporters")]

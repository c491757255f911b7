"""``htrun report``: reports of a run that is over, from its record."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import click

from runner.cli.command import PATH, Command
from runner.cli.config import load_config
from runner.cli.options import split_reporter_arguments
from runner.cli.reporting import exit_code, listen, make_reporters, split_names
from runner.cli.run import command as run_command
from runner.engine.events import Event
from runner.reporters.record.read import Record

#: Options of ``htrun run`` that reports understand.
_SHARED = ("suppress_exit_code", "color", "disable_unicode", "silent", "verbose", "curl")


class ReportCommand(Command):
    """Takes what the configuration files say about reports of ``htrun run``, and lets
    ``--reporter-<name>-<option>`` through."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        config = load_config(run_command)
        ctx.default_map = {name: value for name, value in config.defaults.items() if name in _SHARED}
        rest, found = split_reporter_arguments(args)
        ctx.meta["reporter_options"] = (config, found)
        return super().parse_args(ctx, rest)


@click.command("report", cls=ReportCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("record", type=PATH, metavar="RECORD")
@click.option(
    "--as",
    "reporters",
    default="cli",
    metavar="LIST",
    help="Comma-separated: cli, json, junit, html, ... Each takes --reporter-<name>-<option> [VALUE].",
)
@click.pass_context
def command(ctx: click.Context, /, record: str, reporters: str, **given: Any) -> int:
    """Make reports of a run again, from the file that `htrun run --record FILE` wrote.

    Exit codes are those of the run: 0 all passed, 1 something failed, 130 it was interrupted (or killed, so that its
    record has no end); 2 wrong options, 3 no record.
    """
    with Record(Path(record)) as recorded:
        clock = Clock()
        made = make_reporters(split_names(reporters), given, *ctx.meta["reporter_options"], clock=clock)
        result = listen(_events(recorded, clock), made, lambda event: event, lambda event: (event,))
    return exit_code(result, given["suppress_exit_code"])


class Clock:
    """The time at which the event that is being reported happened: epoch seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _events(record: Record, clock: Clock) -> Generator[Event, None, None]:
    for line in record.lines():
        clock.now = line.at
        yield line.event


command.params += [option for option in run_command.params if option.name in _SHARED]

"""``htrun help``: the ``--help`` of a command."""

from __future__ import annotations

import click

from runner.cli import COMMANDS
from runner.cli.command import Command


@click.command("help", cls=Command)
@click.argument("command", type=click.Choice(COMMANDS), required=False, metavar="[COMMAND]")
@click.pass_context
def command(ctx: click.Context, command: str | None) -> None:
    """Show what a command does, and its options; without one, all commands."""
    group = ctx.parent
    assert group is not None
    assert isinstance(group.command, click.Group)
    asked = group.command.get_command(group, command) if command else None
    shown = click.Context(asked, info_name=command, parent=group) if asked else group
    click.echo(shown.get_help())

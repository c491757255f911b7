"""``htrun completion``: what makes a shell complete the words of ``htrun``."""

from __future__ import annotations

import click

from runner.cli.command import Command


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a script that makes a shell complete commands, options, files, reporters and names of requests.

    Save it where the shell reads it at its start, as docs/completion.md says.
    """
    from click.shell_completion import get_completion_class

    from runner.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "htrun", "_HTRUN_COMPLETE").source())

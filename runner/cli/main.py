"""The commands, and what their errors look like."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from errno import ENOSPC
from typing import TYPE_CHECKING

import click

from runner import __version__
from runner.cli import COMMANDS, EXIT_INTERRUPTED
from runner.cli.process import give_up_output
from runner.errors import HtrunError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Of commands whose name is a word of Python.
_MODULES = {"import": "importing", "help": "helping"}


class _Commands(click.Group):
    """Imports a command's module when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"runner.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            if not ctx.resilient_parsing:
                from difflib import get_close_matches

                near = get_close_matches(args[0], COMMANDS, 1)
                told = f'did you mean "{near[0]}"?' if near else "`htrun --help` lists the commands"
                raise click.UsageError(f'there is no command and no file "{args[0]}"; {told}', ctx)
            args = ["run", *args]  # a shell asks what can follow, and ``run`` may be left out
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """With their whole first sentence."""
        rows = []
        for name in COMMANDS:
            command = self.get_command(ctx, name)
            assert command is not None
            rows.append((name, " ".join((command.help or "").split("\n\n")[0].split()).partition(". ")[0].rstrip(".")))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from runner.cli.completing import first_words

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return first_words(COMMANDS, incomplete)


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-v", "--version", message="%(version)s")
def cli() -> None:
    """Runs Postman collections without Node. `htrun FILE` is short for `htrun run FILE`.

    `htrun help COMMAND` or `htrun COMMAND --help` says more about each.
    """


def invoke(arguments: Sequence[str]) -> int:
    """Runs a command line and returns its exit code (see ``runner.errors``)."""
    try:
        code = cli.main(list(arguments), prog_name="htrun", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return UsageError.exit_code
    except click.UsageError as error:
        place = error.ctx.command_path if error.ctx else "htrun"
        told = error.format_message().rstrip(".")
        _complain(f"{told}{'' if told.endswith('?') else '.'} See `{place} --help`.")
        return UsageError.exit_code
    except click.Abort:
        return EXIT_INTERRUPTED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except HtrunError as error:
        _complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return HtrunError.exit_code
    except OSError as error:
        if error.errno != ENOSPC or error.filename:
            raise
        lost = give_up_output(error)
        _complain(str(lost))
        return HtrunError.exit_code


def _complain(text: str) -> None:
    from runner.cli.saying import say

    say(f"htrun: error: {text}")

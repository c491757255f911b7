"""What all commands have in common: a ``--help`` like a manual page, and file names that a shell can complete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Commands with more options than this show them in groups.
_FEW = 16
_EXIT_CODES = "Exit codes"


class Command(click.Command):
    """Shows its options in groups, and examples, environment variables and exit codes after them.

    A paragraph of the docstring that begins with ``Exit codes`` is what it says.
    """

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            for number, paragraph in enumerate(described(self)):
                if number:
                    formatter.write_paragraph()
                formatter.write_text(paragraph)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, options in grouped(self, ctx):
            with formatter.section(title):
                formatter.write_dl([row for one in options if (row := one.get_help_record(ctx))])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from runner.cli.manual import environment_of, examples_of

        name = ctx.info_name or ""
        if examples := examples_of(name):
            with formatter.section("Examples"):
                for line, purpose in examples:
                    formatter.write(f"{' ' * formatter.current_indent}{line}\n")
                    with formatter.indentation(), formatter.indentation():
                        formatter.write_text(f"{purpose[0].upper()}{purpose[1:]}.")
        if variables := environment_of(name):
            with formatter.section("Environment"):
                formatter.write_dl(list(variables))
        if codes := exit_codes(self):
            with formatter.section(_EXIT_CODES):
                formatter.write_text(codes)


class Place(click.types.StringParamType):
    """A file, folder or URL, as it was given; shells complete it as a file."""

    name = "path"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


PATH = Place()


def described(command: click.Command) -> list[str]:
    """The paragraphs that say what a command does."""
    return [part for part in _paragraphs(command) if not part.startswith(_EXIT_CODES)]


def exit_codes(command: click.Command) -> str:
    """What a command's exit codes mean: ``0 all passed, 1 something failed ...``."""
    found = [part for part in _paragraphs(command) if part.startswith(_EXIT_CODES)]
    told = " ".join(found).removeprefix(_EXIT_CODES).removeprefix(":").strip()
    return f"They {told}" if told.startswith("are ") else told


def grouped(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, Sequence[click.Option]]]:
    """The options in the order of a manual: titles, and what is shown below each."""
    from runner.cli.manual import GROUPS, OTHERS

    options = [one for one in command.get_params(ctx) if isinstance(one, click.Option) and not one.hidden]
    if len(options) <= _FEW:
        yield "Options", options
        return
    title_of = {name: title for title, names in GROUPS.items() for name in names.split()}
    for title in (*GROUPS, OTHERS):
        if found := [one for one in options if title_of.get(one.name or "", OTHERS) == title]:
            yield title, found


def _paragraphs(command: click.Command) -> list[str]:
    return [" ".join(part.split()) for part in (command.help or "").split("\n\n") if part.strip()]

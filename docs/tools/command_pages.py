"""The commands and their options as pages of the site, from click."""

from __future__ import annotations

import re

import click

from runner.cli import COMMANDS
from runner.cli.command import described, exit_codes, grouped
from runner.cli.main import cli
from runner.cli.manual import environment_of, examples_of


def command_pages() -> dict[str, str]:
    """Markdown by the name of the command."""
    context = click.Context(cli, info_name="htrun", **cli.context_settings)
    pages = {}
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        pages[name] = _page(command, click.Context(command, info_name=name, parent=context))
    return pages


def _page(command: click.Command, context: click.Context) -> str:
    name = context.info_name or ""
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        f"# {context.command_path}",
        f"```text\n{context.command_path} {usage}\n```",
        *map(_text, described(command)),
    ]
    if examples := examples_of(name):
        lines = "\n".join(f"# {purpose}\n{line}" for line, purpose in examples)
        parts += ["## Examples", f"```sh\n{lines}\n```"]
    for title, options in grouped(command, context):
        rows = [row for one in options if (row := one.get_help_record(context))]
        parts += [f"## {title}", _table("option", rows)]
    if variables := environment_of(name):
        parts += ["## Environment", _table("variable", list(variables))]
    if codes := exit_codes(command):
        parts += ["## Exit codes", _text(codes)]
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            inner = command.get_command(context, part)
            assert inner is not None
            page = _page(inner, click.Context(inner, info_name=part, parent=context))
            parts.append(re.sub(r"^#", "##", page, flags=re.M))
    return "\n\n".join(parts) + "\n"


def _table(what: str, rows: list[tuple[str, str]]) -> str:
    return f"| {what} | |\n|---|---|\n" + "\n".join(f"| {_option(names)} | {_text(told)} |" for names, told in rows)


def _option(names: str) -> str:
    return f"`{names}`"


def _text(text: str) -> str:
    """What stands between backticks is code; the rest is text, and no Markdown."""
    pieces = re.split(r"(`[^`]*`)", " ".join(text.split()))
    plain = [re.sub(r"([*_<>\[\]|\\])", r"\\\1", piece) if i % 2 == 0 else piece for i, piece in enumerate(pieces)]
    return "".join(plain).replace("\\<", "&lt;").replace("\\>", "&gt;")

"""The commands and their options as pages of the site, from click."""

from __future__ import annotations

import re

import click

from runner.cli import COMMANDS
from runner.cli.main import cli


def command_pages() -> dict[str, str]:
    """Markdown by the name of the command."""
    context = click.Context(cli, info_name="htrun")
    pages = {}
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        pages[name] = _page(command, click.Context(command, info_name=name, parent=context))
    return pages


def _page(command: click.Command, context: click.Context) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [f"# htrun {context.info_name}", f"```text\n{context.command_path} {usage}\n```"]
    parts += [_text(part) for part in (command.help or "").split("\n\n")]
    rows = [row for one in command.get_params(context) if (row := one.get_help_record(context))]
    parts.append(
        "| option | |\n|---|---|\n" + "\n".join(f"| {_option(names)} | {_text(told)} |" for names, told in rows)
    )
    return "\n\n".join(parts) + "\n"


def _option(names: str) -> str:
    return f"`{names}`".replace("|", "\\|")


def _text(text: str) -> str:
    """What stands between backticks is code; the rest is text, and no Markdown."""
    pieces = re.split(r"(`[^`]*`)", " ".join(text.split()))
    plain = [re.sub(r"([*_<>\[\]|\\])", r"\\\1", piece) if i % 2 == 0 else piece for i, piece in enumerate(pieces)]
    return "".join(plain).replace("\\<", "&lt;").replace("\\>", "&gt;")

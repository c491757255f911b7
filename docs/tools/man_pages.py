"""Manual pages, from what ``--help`` knows: ``python docs/tools/man_pages.py FOLDER`` writes htrun.1 and one for each
command."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[2]))

from runner import __version__
from runner.cli import COMMANDS
from runner.cli.command import described, exit_codes, grouped
from runner.cli.main import cli
from runner.cli.manual import environment_of, examples_of

_OPTION = re.compile(r"^((?:-\w, )?--?[\w-]+|-\w)(.*)$")


def man_pages() -> dict[str, str]:
    """The pages in man(7) by their file names."""
    context = click.Context(cli, info_name="htrun", **cli.context_settings)
    assert isinstance(cli, click.Group)
    pages = {"htrun.1": "\n".join(_overview(context)) + "\n"}
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        page = _page(command, click.Context(command, info_name=name, parent=context))
        pages[f"htrun-{name}.1"] = "\n".join(page) + "\n"
    return pages


def _overview(context: click.Context) -> Iterator[str]:
    yield from _head("htrun", "runs Postman collections without Node")
    yield from (".B htrun", r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGUMENTS\fR]")
    yield ".SH DESCRIPTION"
    for number, paragraph in enumerate(described(cli)):
        yield from ([".PP"] if number else [])
        yield _text(paragraph)
    yield ".SH COMMANDS"
    assert isinstance(cli, click.Group)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from (".TP", rf"\fBhtrun-{name}\fR(1)".replace("-", r"\-"), _text(_summary(command)))
    yield ".SH OPTIONS"
    for one in cli.get_params(context):
        yield from _entry(one.get_help_record(context))


def _page(command: click.Command, context: click.Context) -> Iterator[str]:
    name = context.info_name or ""
    summary = _summary(command)
    yield from _head(f"htrun-{name}", summary[0].lower() + summary[1:])
    yield rf"\fBhtrun {name}\fR {_text(' '.join(command.collect_usage_pieces(context)))}"
    yield ".SH DESCRIPTION"
    for number, paragraph in enumerate(described(command)):
        yield from ([".PP"] if number else [])
        yield _text(paragraph)
    yield ".SH OPTIONS"
    groups = list(grouped(command, context))
    for title, options in groups:
        yield from ([f".SS {_text(title)}"] if len(groups) > 1 else [])
        for one in options:
            yield from _entry(one.get_help_record(context))
    if isinstance(command, click.Group):
        yield ".SH COMMANDS"
        for part in command.list_commands(context):
            inner = command.get_command(context, part)
            assert inner is not None
            yield from _part(inner, click.Context(inner, info_name=part, parent=context))
    yield from _list("ENVIRONMENT", environment_of(name))
    if codes := exit_codes(command):
        yield from (".SH EXIT STATUS", _text(codes))
    if examples := examples_of(name):
        yield ".SH EXAMPLES"
        for line, purpose in examples:
            yield from (
                ".PP",
                f"{_text(purpose[0].upper() + purpose[1:])}:",
                ".PP",
                ".RS 4",
                ".EX",
                _text(line),
                ".EE",
                ".RE",
            )
    yield from (".SH SEE ALSO", r"\fBhtrun\fR(1)")


def _part(command: click.Command, context: click.Context) -> Iterator[str]:
    """A command below another one."""
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (f".SS {_text(context.command_path)} {_text(usage)}", *map(_text, described(command)))
    for _, options in grouped(command, context):
        for one in options:
            yield from _entry(one.get_help_record(context))


def _head(name: str, summary: str) -> Iterator[str]:
    yield f'.TH {name.upper()} 1 "" "htrun {__version__}" "htrun"'
    yield from (".SH NAME", f"{_text(name)} \\- {_text(summary)}", ".SH SYNOPSIS")


def _list(title: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield from ([f".SH {title}"] if rows else [])
    for row in rows:
        yield from _entry(row)


def _entry(row: tuple[str, str] | None) -> Iterator[str]:
    if row is None:
        return
    names, told = row
    found = _OPTION.match(names)
    shown = rf"\fB{_text(found[1])}\fR {_text(found[2])}".rstrip() if found else rf"\fB{_text(names)}\fR"
    yield from (".TP", shown, _text(told))


def _summary(command: click.Command) -> str:
    return described(command)[0].partition(". ")[0].rstrip(".")


def _text(text: str) -> str:
    """A line in which nothing is a request or an escape."""
    line = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", "")
    return rf"\&{line}" if line.startswith((".", "'")) else line


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file, page in man_pages().items():
        (folder / file).write_text(page, encoding="utf-8")

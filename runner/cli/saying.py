"""What a command says beside its reports. Names and values of collections, files and servers are part of it: none of
them gets to a terminal as a control sequence."""

from __future__ import annotations

import click

from runner.reporters.text import clean, clean_json


def say(text: str, *, err: bool = True) -> None:
    """One or more lines, to the standard error output by default."""
    click.echo(clean(text), err=err)


def print_json(text: str) -> None:
    """A JSON document, to the standard output."""
    click.echo(clean_json(text).rstrip("\n"))

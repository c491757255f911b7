"""What a shell may write in place of a word that is not finished. Nothing here fails or asks the network: where there
is nothing to say, nothing is said."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_BASH_SPECIAL = re.compile(r"([^\w@%+=:,./-])")
#: Endings of files that are offered before others.
_INPUTS = (".postman_collection.json", ".workflow.yaml", ".workflow.yml")


def request_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For --select and the like: paths of folders and requests of the collections that the line names."""
    return _items(incomplete, _paths(ctx))


def folder_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For --folder: names of folders and requests, as Newman takes them."""
    return _items(incomplete, (path.rpartition("/")[2] for path in _paths(ctx)))


def reporter_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For a list of reporters: what can stand after its last comma."""
    from runner.reporters.auto import AUTO
    from runner.reporters.registry import REPORTERS

    before, comma, _ = incomplete.rpartition(",")
    there = before.split(",")
    return _items(incomplete, (f"{before}{comma}{name}" for name in (*REPORTERS, AUTO) if name not in there))


def simulator_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from runner.simulator import SIMULATORS

    return _items(incomplete, SIMULATORS)


def first_words(commands: Sequence[str], incomplete: str) -> list[CompletionItem]:
    """A command, or a file that ``htrun`` alone runs."""
    from click.shell_completion import CompletionItem

    here = [name for name in sorted(os.listdir(".")) if name.endswith(_INPUTS)] if "/" not in incomplete else []
    return _items(incomplete, [*commands, *here]) or [CompletionItem(incomplete, type="file")]


def _paths(ctx: click.Context) -> Iterator[str]:
    # an option that still has no value keeps click from telling what the other words are
    named = ctx.params.get("collection") or ctx.args
    for location in (named,) if isinstance(named, str) else named:
        if os.path.isfile(location) and location.endswith(".json"):
            with suppress(Exception):  # a shell is no place for an error
                yield from _paths_of(location)


def _paths_of(location: str) -> Iterator[str]:
    from runner.parse.collection import load_collection

    waiting = [("", load_collection(location).children)]
    while waiting:
        before, children = waiting.pop(0)
        for child in children:
            path = f"{before}{child.name}"
            yield path
            waiting.append((f"{path}/", getattr(child, "children", ())))


def _items(incomplete: str, values: Iterable[str]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(_typed(value)) for value in dict.fromkeys(values) if value.startswith(incomplete)]


def _typed(value: str) -> str:
    """As it has to stand on the line: bash, alone among the shells, puts it there as it is (and click's script for it
    reads one backslash away)."""
    if os.environ.get("_HTRUN_COMPLETE") != "bash_complete":
        return value
    word = os.environ.get("COMP_WORDS", "").rpartition("\n")[2]
    return value if word.startswith(("'", '"')) else _BASH_SPECIAL.sub(r"\\\\\1", value)

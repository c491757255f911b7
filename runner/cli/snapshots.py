"""``--snapshot``: from options to those who keep the shapes of responses, and what is said of it at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.errors import UsageError
from runner.model.records import dataclass
from runner.model.result import RunResult
from runner.opening.events import Around
from runner.opening.ground import Opened
from runner.parse.remote import shown_location

if TYPE_CHECKING:
    from runner.contract.keeper import Keeper, Tally

_SHOWN = 10  #: lines of news for each input


@dataclass(frozen=True, slots=True)
class _One:
    keeper: Keeper
    opened: Opened


class Snapshots:
    """The snapshots of all inputs of a run.

    Raises:
        InputError: a file of snapshots cannot be read.
        UsageError: nobody knows where it should be, or the options exclude each other.
    """

    def __init__(self, given: Mapping[str, Any], inputs: Sequence[tuple[str, Opened]]) -> None:
        from runner.contract.keeper import Keeper
        from runner.journal.keys import Addresses

        self._given = given
        strict = _is_ci() if given["snapshot_ci"] is None else given["snapshot_ci"]
        paths = [file_of(location, given["snapshot_dir"]) for location, _ in inputs]
        for path in paths:
            if paths.count(path) > 1:
                raise UsageError(f"--snapshot-dir: several inputs would be kept in {path}: leave the option out")
        self._all = [
            _One(
                Keeper(
                    path,
                    Addresses(one.session.collection).of,
                    update=given["update_snapshots"],
                    strict=strict and not given["update_snapshots"],
                ),
                one,
            )
            for path, (_, one) in zip(paths, inputs, strict=True)
        ]

    @property
    def around(self) -> tuple[Around, ...]:
        """What to put around the way in which items are run, for each input."""
        return tuple(one.keeper.around for one in self._all)

    def finish(self, result: RunResult, hide: Callable[[str], str]) -> None:
        """Keeps what is new, and says what became of the snapshots.

        Args:
            hide: gives a text without secrets.

        Raises:
            SetupError: a file cannot be written.
        """
        whole = result.error is None and not result.interrupted
        for one in self._all:
            known = None if self._given["folder"] and one.opened.workflow else set(_names(one.opened))
            tally = one.keeper.finish(known, hide, whole=whole)
            if not self._given["silent"]:
                for line in _told(one.keeper, tally, update=self._given["update_snapshots"]):
                    click.echo(hide(line), err=True)


def file_of(location: str, folder: str | None) -> Path:
    """Where the snapshots of an input are: beside it, under its name.

    Raises:
        UsageError: it is no file, and there is no ``folder``.
    """
    from runner.contract.store import ENDING

    if folder is None and not os.path.exists(location):
        raise UsageError(f"--snapshot: {shown_location(location)} is no file: give --snapshot-dir, to keep them there")
    if os.path.isdir(location):
        whole = os.path.relpath(os.path.abspath(location))
        beside, stem = os.path.split(os.path.abspath(location) if whole in (".", "..") else whole)
    else:
        beside, name = os.path.split(location.partition("?")[0].rstrip("/"))
        stem = os.path.splitext(name)[0] or "collection"
    return Path(beside if folder is None else folder) / f"{stem}{ENDING}"


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _names(opened: Opened) -> Iterator[str]:
    from runner.contract.keeper import name_of
    from runner.journal.keys import Addresses
    from runner.model.collection import walk

    addresses = Addresses(opened.session.collection)
    if opened.workflow is None:
        for located in walk(opened.session.collection):
            yield addresses.of(located)
        return

    steps = [*opened.workflow.steps, *opened.workflow.always]
    while steps:
        step = steps.pop()
        yield from (name_of(addresses.of(located), step.step.title) for located in step.items)
        steps += [*step.steps, *step.branches]


def _told(keeper: Keeper, tally: Tally, *, update: bool) -> Iterator[str]:
    from runner.reporters.text import clean_line

    parts = [
        f"{len(names)} {what}"
        for names, what in (
            (tally.matched, "match"),
            (tally.broken, "changed"),
            (tally.changed, "updated"),
            (tally.new, "new"),
            (tally.left, "not kept, because they failed"),
            (tally.stale, "stale and removed" if update and tally.wrote else "stale"),
        )
        if names
    ]
    yield f"htrun: snapshots in {keeper.path}: {', '.join(parts) or 'none'}"
    news = [f"{name}: {text}" for name, texts in tally.news.items() for text in texts]
    news += [f"{name}: stale, there is no such request" for name in sorted(tally.stale) if not (update and tally.wrote)]
    for line in news[:_SHOWN]:
        yield f"  {clean_line(line)}"
    if len(news) > _SHOWN:
        yield f"  and {len(news) - _SHOWN} more"
    if (news or tally.broken) and not update:
        yield "  --update-snapshots keeps them as they are now"

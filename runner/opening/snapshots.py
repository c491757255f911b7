"""The shapes of responses that are kept from run to run: what stands around the items of a run, and what is said of it
at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from runner.contract.keeper import Keeper, Tally, name_of
from runner.contract.store import ENDING
from runner.errors import UsageError
from runner.journal.keys import Addresses
from runner.model.collection import walk
from runner.model.result import RunResult
from runner.opening.events import Around
from runner.opening.ground import Opened
from runner.parse.remote import is_folder, is_url, shown_location
from runner.parse.v3 import folder_of

_SHOWN = 10  #: lines of news for each input


class Snapshots:
    """The snapshots of one input.

    Args:
        path: of the file, which need not be there.
        opened: what runs; of a workflow file that runs in part, with all of its steps, if they are known.
        update: nothing fails, and what is seen is kept.
        strict: a response that nothing is kept of fails, and nothing is kept; None: if the variable ``CI`` is set.
        update_by: how the user asks for ``update``.

    Raises:
        InputError: the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        opened: Opened,
        *,
        update: bool = False,
        strict: bool | None = None,
        update_by: str = "--update-snapshots",
    ) -> None:
        strict = _is_ci() if strict is None else strict
        addresses = Addresses(opened.session.collection)
        self._keeper = Keeper(path, addresses.of, update=update, strict=strict and not update)
        self._opened, self._addresses = opened, addresses
        self._update, self._update_by = update, update_by

    @property
    def around(self) -> Around:
        """What to put around the way in which items are run."""
        return self._keeper.around

    def finish(self, result: RunResult, hide: Callable[[str], str]) -> list[str]:
        """Keeps what is new.

        Args:
            hide: gives a text without secrets.

        Returns:
            What became of the snapshots, in lines without secrets.

        Raises:
            SetupError: the file cannot be written.
        """
        in_part = self._opened.workflow is not None and self._opened.session.options.select
        known = None if in_part else set(self._names())
        tally = self._keeper.finish(known, hide, whole=result.error is None and not result.interrupted)
        return [hide(line) for line in self._told(tally)]

    def _names(self) -> Iterator[str]:
        """What the responses to all requests are kept under."""
        workflow = self._opened.workflow
        if workflow is None:
            for located in walk(self._opened.session.collection):
                yield self._addresses.of(located)
            return
        steps = [*workflow.steps, *workflow.always]
        while steps:
            step = steps.pop()
            yield from (name_of(self._addresses.of(located), step.step.title) for located in step.items)
            steps += [*step.steps, *step.branches]

    def _told(self, tally: Tally) -> Iterator[str]:
        from runner.reporters.text import clean_line

        update = self._update
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
        yield f"snapshots in {self._keeper.path}: {', '.join(parts) or 'none'}"
        news = [f"{name}: {text}" for name, texts in tally.news.items() for text in texts]
        if not (update and tally.wrote):
            news += [f"{name}: stale, there is no such request" for name in sorted(tally.stale)]
        for line in news[:_SHOWN]:
            yield f"  {clean_line(line)}"
        if len(news) > _SHOWN:
            yield f"  and {len(news) - _SHOWN} more"
        if (news or tally.broken) and not update:
            yield f"  {self._update_by} keeps them as they are now"


def file_of(
    location: str,
    folder: str | None = None,
    *,
    option: str = "--snapshot",
    otherwise: str = "give --snapshot-dir, to keep them there",
) -> Path:
    """Where the snapshots of an input are: beside it, under its name.

    Args:
        folder: in place of the one that the input is in.
        option: what asks for snapshots, and ``otherwise`` how a place for them is named; for the error.

    Raises:
        UsageError: it is no file, and there is no ``folder``.
    """
    if folder is None and not os.path.exists(location):
        raise UsageError(f"{option}: {shown_location(location)} is no file: {otherwise}")
    if not is_url(location) and is_folder(location):
        location = folder_of(location)
        whole = os.path.relpath(os.path.abspath(location))
        beside, stem = os.path.split(os.path.abspath(location) if whole in (".", "..") else whole)
    else:
        beside, name = os.path.split(location.partition("?")[0].rstrip("/"))
        stem = os.path.splitext(name)[0] or "collection"
    return Path(beside if folder is None else folder) / f"{stem}{ENDING}"


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")

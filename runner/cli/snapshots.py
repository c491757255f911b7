"""``--snapshot``: from options to those who keep the shapes of responses, and what is said of it at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from runner.errors import UsageError
from runner.model.result import RunResult
from runner.opening.events import Around
from runner.opening.ground import Opened

if TYPE_CHECKING:
    from runner.opening.snapshots import Snapshots


class AllSnapshots:
    """The snapshots of all inputs of a run.

    Raises:
        InputError: a file of snapshots cannot be read.
        UsageError: nobody knows where it should be, or the options exclude each other.
    """

    def __init__(self, given: Mapping[str, Any], inputs: Sequence[tuple[str, Opened]]) -> None:
        from runner.opening.snapshots import Snapshots, file_of

        self._silent = given["silent"]
        paths = [file_of(location, given["snapshot_dir"]) for location, _ in inputs]
        for path in paths:
            if paths.count(path) > 1:
                raise UsageError(f"--snapshot-dir: several inputs would be kept in {path}: leave the option out")
        self._all: list[Snapshots] = [
            Snapshots(path, one, update=given["update_snapshots"], strict=given["snapshot_ci"])
            for path, (_, one) in zip(paths, inputs, strict=True)
        ]

    @property
    def around(self) -> tuple[Around, ...]:
        """What to put around the way in which items are run, for each input."""
        return tuple(one.around for one in self._all)

    def finish(self, result: RunResult, hide: Callable[[str], str]) -> None:
        """Keeps what is new, and says what became of the snapshots.

        Args:
            hide: gives a text without secrets.

        Raises:
            SetupError: a file cannot be written.
        """
        for one in self._all:
            first, *more = one.finish(result, hide)
            if not self._silent:
                for line in (f"htrun: {first}", *more):
                    click.echo(line, err=True)

"""What a run is compared with: shapes that were kept (``--snapshot``), an earlier run (``--baseline``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from runner.cli.journaling import RESUME, Journal
from runner.engine.events import Event
from runner.model.records import dataclass
from runner.model.result import RunResult
from runner.opening.events import Around, both
from runner.opening.ground import Opened
from runner.reporters.masking import Masker

if TYPE_CHECKING:
    from runner.cli.comparing import Compared
    from runner.cli.snapshots import AllSnapshots


@dataclass(frozen=True, slots=True)
class Before:
    """``around``: what to put around the way in which items are run, for each input."""

    around: tuple[Around | None, ...]
    snapshots: AllSnapshots | None = None
    earlier: Compared | None = None

    def complete(self, event: Event) -> Event:
        """The same event; the last one has the failures of the run as a whole."""
        return event if self.earlier is None else self.earlier.complete(event)

    def finish(self, result: RunResult, masker: Masker | None) -> None:
        """Keeps what is to be kept, and says what became of it.

        Args:
            masker: knows the secrets of the run; None if they may be shown.

        Raises:
            SetupError: it cannot be written.
        """
        if self.snapshots is not None:
            self.snapshots.finish(result, masker.secrets.text if masker is not None else str)
        if self.earlier is not None:
            self.earlier.tell()


def before_of(
    ctx: click.Context, given: Mapping[str, Any], inputs: Sequence[tuple[str, Opened]], journal: Journal | None
) -> Before:
    """What the options say that a run is compared with.

    Raises:
        HtrunError: there is no such run, what was kept cannot be read, or the options make no sense.
    """
    around: Sequence[Around | None] = journal.around if journal is not None else (None,) * len(inputs)
    snapshots, earlier = None, None
    if any(given.get(name) for name in ("snapshot", "update_snapshots", "snapshot_dir")):
        from runner.cli.snapshots import AllSnapshots

        snapshots = AllSnapshots(given, inputs)
        around = [both(outer, inner) for outer, inner in zip(around, snapshots.around, strict=True)]
    if given.get("baseline") is not None or given.get("fail_if_slower") is not None:
        from runner.cli.comparing import compared_of

        resumed = ctx.meta.get(RESUME)
        sessions = [one.session for _, one in inputs]
        earlier = compared_of(given, [name for name, _ in inputs], sessions, resumed.run if resumed else None)
        around = [both(outer, inner) for outer, inner in zip(earlier.around, around, strict=True)]
    return Before(tuple(around), snapshots, earlier)

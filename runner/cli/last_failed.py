"""``--last-failed``: what failed in the last run of a collection, out of the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from runner.cli.journaling import RESUME, is_off, opened_journal
from runner.cli.reporting import warn
from runner.contract.keeper import CHECK
from runner.errors import SelectionError, UsageError
from runner.journal.place import location
from runner.journal.queries import Run, failed_in, fails_of, input_name, last_of
from runner.model.collection import Collection
from runner.parse.remote import shown_location


def failed_before(given: Mapping[str, Any]) -> Callable[[Collection], frozenset[str]]:
    """What finds the addresses of the items that failed.

    Raises:
        UsageError: there is to be no journal.
        InputError: there is none.
    """
    if is_off(given):
        raise UsageError("--last-failed looks into the journal, which is off")
    database = opened_journal(location(given["journal"]), create=False)
    context = click.get_current_context(silent=True)
    resumed = context.meta.get(RESUME) if context is not None else None

    def failed(collection: Collection) -> frozenset[str]:
        path = collection.path or ""
        # what is resumed runs what was chosen when it began
        found = last_of(database, input_name(path, shown_location(path)), resumed.run if resumed else None)
        if found is None:
            raise SelectionError(f"--last-failed: there is no run of {shown_location(path)} in {database.path}")
        run, number = found
        if resumed is None:
            _warn_of_the_rest(run)
            if not (given.get("snapshot") or given.get("update_snapshots")) and fails_of(database, run.id, CHECK):
                warn(
                    f"--last-failed: in run {run.id} responses did not match their snapshots, which are looked at only"
                    " with --snapshot"
                )
        return failed_in(database, run.id, number)

    return failed


def _warn_of_the_rest(run: Run) -> None:
    if not run.whole:
        warn(f"--last-failed: run {run.id} is not whole in the journal: what else failed in it is not known")
    elif not run.over:
        warn(
            f"--last-failed: run {run.id} did not get to its end ({run.status}): what would have failed after that"
            f" is not known; `htrun resume {run.id}` goes on with it"
        )

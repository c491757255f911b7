"""Runs beside each other, as text and JSON; ``--baseline``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from runner.cli.reporting import warn
from runner.errors import UsageError
from runner.opening.events import Around
from runner.parse.remote import shown_location
from runner.reporters.text import clean_line

if TYPE_CHECKING:
    from runner.comparing.baseline import Baseline
    from runner.comparing.flaky import Flaky
    from runner.comparing.latency import Latency
    from runner.comparing.runs import Change, Comparison
    from runner.engine.events import Event
    from runner.engine.session import Session
    from runner.journal.queries import Run
    from runner.journal.schema import Database

#: What a comparison can fail on: what is worse.
WORSE = ("missing", "status", "checks", "shape", "slower")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def comparison_lines(found: Comparison) -> Iterator[str]:
    """What is different between two runs, for people."""
    before, after = found.before, found.after
    yield f"Run {before.id} ({before.status}) -> run {after.id} ({after.status}): {clean_line(after.name)}"
    for one in found.changes:
        yield f"  {one.kind:<7}  {clean_line(one.request)}: {clean_line(one.text)}"
    yield f"{_count(found.compared, 'request')} compared, {_count(len(found.changes), 'difference')}"
    if found.untested:
        of = "all" if found.untested == found.compared else str(found.untested)
        yield f"Response times of {of} of them were not compared: that takes five responses in each run, as with -n 5"


def comparison_json(found: Comparison) -> dict[str, Any]:
    return {
        "before": {"id": found.before.id, "status": found.before.status},
        "after": {"id": found.after.id, "status": found.after.status},
        "compared": found.compared,
        "untested": found.untested,
        "changes": [_change(one) for one in found.changes],
    }


def worse(found: Comparison, fail_on: str | None) -> bool:
    """Whether there is one of the differences that are not to be.

    Args:
        fail_on: comma-separated, of ``WORSE``; ``any`` for all.

    Raises:
        UsageError: there is no such difference.
    """
    kinds = {name.strip() for name in (fail_on or "").split(",") if name.strip()}
    if unknown := kinds - {*WORSE, "any"}:
        raise UsageError(f"--fail-on takes {', '.join(WORSE)} or any, not {sorted(unknown)[0]!r}")
    wanted = set(WORSE) if "any" in kinds else kinds
    return any(one.kind in wanted for one in found.changes)


def flaky_lines(found: Sequence[Flaky], runs: int) -> Iterator[str]:
    """What is not always the same, for people."""
    for one in found:
        what = clean_line(one.request if one.check is None else f"{one.request}: {one.check}")
        turned = "once" if one.turns == 1 else f"{one.turns} times"
        yield (
            f"{clean_line(one.name)}: {what}: failed in {one.failed} of {one.runs} runs, "
            f"last in run {one.last_failed}, turned {turned}"
        )
    if not found:
        yield f"Nothing has passed and failed with the same files in {_count(runs, 'run')}"


def flaky_json(found: Sequence[Flaky]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "request": one.request,
            "check": one.check,
            "runs": one.runs,
            "failed": one.failed,
            "turns": one.turns,
            "last_failed": one.last_failed,
        }
        for one in found
    ]


def _change(one: Change) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": one.kind, "request": one.request, "text": one.text}
    if one.latency is not None:
        found["latency"] = _latency(one.latency)
    return found


def _latency(one: Latency) -> dict[str, Any]:
    return {
        "before": {"median": one.before, "responses": one.count_before},
        "after": {"median": one.after, "responses": one.count_after},
        "p": one.p,
        "slower": one.slower,
    }


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


class Compared:
    """A run that is compared with an earlier one while it goes on (``--baseline``)."""

    def __init__(self, baseline: Baseline, around: tuple[Around, ...], given: Mapping[str, Any]) -> None:
        self._baseline, self.around, self._given = baseline, around, given

    def complete(self, event: Event) -> Event:
        """The same event; the last one has the failures."""
        return self._baseline.complete(event, fail=self._given["fail_if_slower"] is not None)

    def tell(self) -> None:
        """Says what is slower, where that is no failure, which reports have; and where nothing could be compared."""
        for run in self._baseline.strange:
            warn(f"--baseline: no request of this run has an answer in run {run}: nothing was compared with it")
        if self._given["fail_if_slower"] is None and not self._given["silent"]:
            for one in self._baseline.slower:
                click.echo(f"htrun: {clean_line(str(one))}", err=True)


def compared_of(
    given: Mapping[str, Any], locations: Sequence[str], sessions: Sequence[Session], resumed: int | None
) -> Compared:
    """What compares a run with an earlier one.

    Args:
        resumed: the number of the run, if it is taken up again.

    Raises:
        UsageError: there is no such run, or the options make no sense.
        InputError: there is no journal.
    """
    name, tolerance = given["baseline"], given["fail_if_slower"]
    if name is None:
        raise UsageError("--fail-if-slower compares with an earlier run: say which, --baseline ID or last")
    match = _PERCENT.fullmatch(tolerance if tolerance is not None else "0%")
    if match is None:
        raise UsageError(f"--fail-if-slower takes a share such as 20%, not {tolerance!r}")
    from runner.cli.journaling import is_off, opened_journal
    from runner.comparing.baseline import Baseline
    from runner.journal.place import location

    if is_off(given):
        raise UsageError("--baseline looks into the journal, which is off")
    database = opened_journal(location(given["journal"]), create=False)
    earlier = [_earlier(database, name, one, at, len(locations), resumed) for at, one in enumerate(locations)]
    baseline = Baseline(database, earlier, float(match[1]) / 100)
    return Compared(baseline, tuple(baseline.around(at, session) for at, session in enumerate(sessions)), given)


def _earlier(
    database: Database, name: str, location: str, number: int, count: int, resumed: int | None
) -> tuple[Run, int]:
    """The run with which an input is compared, and the number that the input has in it."""
    from runner.journal.queries import LAST, find_run, input_name, last_of

    input = input_name(location, shown_location(location))
    if name == LAST:
        found = last_of(database, input, resumed)
        if found is None:
            raise UsageError(f"--baseline: there is no run of {shown_location(location)} in {database.path}")
        return found
    run = find_run(database, name)
    if input in run.inputs:
        return run, run.inputs.index(input)
    if len(run.inputs) == count:
        return run, number
    raise UsageError(f"--baseline: run {run.id} is one of {', '.join(map(os.path.basename, run.inputs))}")

"""What a run comes to, test case by test case: the one place where reports for CI systems learn what passed, what
failed and what was skipped, and why.

An item gives one case for each of its checks, one for each error of its scripts and its request, and, if it has
neither, one for the request itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from runner.engine import events as ev
from runner.engine.tally import response_time
from runner.model.collection import Located
from runner.model.records import dataclass, field
from runner.model.result import Cursor, ErrorInfo, Failure, ItemResult, RunResult, VariableChange
from runner.reporters.nesting import OpenItems

#: ``failed``: a check that does not hold; ``error``: a script or request that did not work.
Status: TypeAlias = Literal["passed", "failed", "error", "skipped"]

_MAX_CHANGES = 100

STATUSES: tuple[Status, ...] = ("passed", "failed", "error", "skipped")


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that passed, failed or was skipped."""

    name: str
    status: Status = "passed"
    reason: str | None = None  #: why it was skipped, if somebody said
    error: ErrorInfo | None = None  #: of what did not pass
    failure: Failure | None = None  #: the same with its place; None for what ended the run

    @property
    def bad(self) -> bool:
        return self.error is not None


@dataclass(frozen=True, slots=True)
class Finished:
    """One item that is done, or one attempt at it."""

    result: ItemResult
    cases: tuple[Case, ...]
    began: float  #: epoch seconds
    depth: int = 0  #: how many items it is inside of (``pm.execution.runRequest``)
    parent: Located | None = None  #: the item whose script has run it, if one did
    retries: tuple[str, ...] = ()  #: why each attempt before it did not count
    retried: bool = False  #: it is such an attempt itself
    changes: tuple[VariableChange, ...] = ()  #: what scripts and captures wrote, in order; the first hundred

    @property
    def name(self) -> str:
        """``Folder / Request``, in a run of several iterations with ``[iteration 2]``."""
        return title(self.result)

    @property
    def seconds(self) -> float:
        return seconds(self.result)

    @property
    def status(self) -> Status:
        """The worst of its cases; skipped only if there is nothing else."""
        found = {case.status for case in self.cases}
        return next((status for status in ("error", "failed", "passed") if status in found), "skipped")


@dataclass(slots=True)
class Cases:
    """Turns events into ``Finished``; remembers only the items that are going on."""

    _items: OpenItems = field(default_factory=OpenItems)
    # Of the items that are going on, by their depth:
    _retries: dict[int, list[str]] = field(default_factory=dict)
    _changes: dict[int, list[VariableChange]] = field(default_factory=dict)
    _now: float = 0.0  # epoch seconds: the end of what was seen last

    def new(self, event: ev.Event) -> Finished | None:
        """What the event finishes, if it does."""
        depth = max(self._items.depth - 1, 0)
        parent = self._items.handle(event)
        match event:
            case ev.RunStarted():
                self._now = event.started
            case ev.IterationStarted():
                self._retries.clear()  # an item that was cut short never finished
                self._changes.clear()
            case ev.VariableChanged():
                changes = self._changes.setdefault(depth, [])
                if len(changes) < _MAX_CHANGES:
                    changes.append(event.change)
            case ev.ItemRetried():
                reasons = self._retries.setdefault(depth, [])
                tried = self._finished(event.result, depth, retries=tuple(reasons), retried=True)
                reasons.append(event.reason)
                return tried
            case ev.ItemFinished():
                retries = tuple(self._retries.pop(depth, ()))
                return self._finished(event.result, depth, parent=parent, retries=retries)
            case _:
                pass
        return None

    def _finished(self, result: ItemResult, depth: int, **more: Any) -> Finished:
        starts = [exchange.timings.started for exchange in result.exchanges if exchange.timings.started]
        began = min(starts, default=self._now)
        self._now = max(self._now, began + seconds(result))
        changes = tuple(self._changes.pop(depth, ()))
        return Finished(result, tuple(item_cases(result)), began, depth, changes=changes, **more)


def title(result: ItemResult) -> str:
    """``Folder / Request``, in a run of several iterations with ``[iteration 2]``."""
    return path(result) + iteration_mark(result.cursor)


def path(result: ItemResult) -> str:
    """``Folder / Request``, or the item's id if it has no name."""
    return " / ".join((*result.located.folders, result.item.name)) or result.item.id


def iteration_mark(cursor: Cursor) -> str:
    """What is added to a name so that no iteration hides another: nothing in a run of one."""
    return f" [iteration {cursor.iteration + 1}]" if cursor.cycles > 1 else ""


def seconds(result: ItemResult) -> float:
    """How long the item waited for answers."""
    return sum(response_time(e) for e in result.exchanges if e.origin != "redirect") / 1000


def item_cases(result: ItemResult) -> Iterator[Case]:
    """The cases of an item: its checks in order, then what else failed."""
    checks = result.assertions
    failed = {failure.assertion: failure for failure in result.failures if failure.assertion is not None}
    for check in checks:
        failure = failed.get(check)
        error = failure.error if failure is not None else check.error
        if check.skipped:
            yield Case(check.name, "skipped")
        elif error is not None:
            yield Case(check.name, "failed", error=error, failure=failure)
        else:
            yield Case(check.name)
    for failure in result.failures:
        if failure.assertion is None or failure.assertion not in checks:
            yield _failure_case(failure)
    if result.skipped:
        yield Case("request", "skipped", result.skip_reason or "the request was not sent")
    elif not checks and not result.failures:
        yield Case("request")


def run_cases(result: RunResult) -> list[Case]:
    """What went wrong with the run itself; nothing if it came to its end."""
    cases = [_failure_case(failure) for failure in result.failures if failure.item is None]
    if result.error and not cases:
        cases.append(Case("run", "error", error=ErrorInfo("RunError", result.error)))
    if result.interrupted:
        cases.append(Case("run", "error", error=ErrorInfo("Interrupted", "the run was interrupted")))
    return cases


def _failure_case(failure: Failure) -> Case:
    if failure.kind == "assertion":
        name = failure.assertion.name if failure.assertion else failure.error.message
        return Case(name, "failed", error=failure.error, failure=failure)
    return Case(failure.at or failure.kind, "error", error=failure.error, failure=failure)

"""What passed in one run and failed in another one, though nothing had changed but the world."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from runner.comparing.groups import grouped
from runner.journal.queries import Item, Run
from runner.journal.schema import Database
from runner.model.records import dataclass


@dataclass(frozen=True, slots=True)
class Flaky:
    """A request or one of its checks.

    Attributes:
        check: its name; None: the request itself failed, and no check of it.
        runs: how often it was there; ``failed`` of these.
        turns: how often it was otherwise than in the run before. Once is perhaps no chance: it broke, or was repaired.
        last_failed: number of the newest run in which it failed.
    """

    name: str  #: of the collection or workflow
    request: str
    check: str | None
    runs: int
    failed: int
    turns: int
    last_failed: int


def flaky(database: Database, runs: Sequence[Run]) -> list[Flaky]:
    """What was not always the same in runs of the same files, the most unsteady first.

    Args:
        runs: the newest first.
    """
    history: dict[_Case, list[tuple[int, bool]]] = {}
    for run in reversed(runs):
        files = (*run.inputs, "", *_content(run.files))
        for key, found in grouped(database, run).items():
            times: Counter[int] = Counter()
            for item in found:
                times[item.iteration] += 1
                for check, passed in _outcomes(item):
                    case = _Case(files, run.name, key.shown(run), item.iteration, times[item.iteration], check)
                    history.setdefault(case, []).append((run.id, passed))
    unsteady: dict[tuple[str, str, str | None], Flaky] = {}
    for case, results in history.items():
        outcomes = [passed for _, passed in results]
        if len(set(outcomes)) < 2:
            continue
        turns = sum(1 for one, other in pairwise(outcomes) if one is not other)
        last = max(number for number, passed in results if not passed)
        name = (case.name, case.request, case.check)
        before = unsteady.get(name)
        # of several iterations, rows or versions, the most unsteady
        if before is None or turns > before.turns:
            unsteady[name] = Flaky(*name, len(outcomes), outcomes.count(False), turns, last)
    return sorted(unsteady.values(), key=lambda one: (-one.turns, -one.failed / one.runs, one.name, one.request))


@dataclass(frozen=True, slots=True)
class _Case:
    """What should be the same in every run."""

    files: tuple[str, ...]
    name: str
    request: str
    iteration: int
    time: int
    check: str | None


def _outcomes(item: Item) -> Iterator[tuple[str | None, bool]]:
    if item.outcome == "skipped":
        return
    checks = [(name, passed) for name, passed in item.checks if passed is not None]
    yield from checks
    yield None, item.outcome == "passed" or not all(passed for _, passed in checks)


def _content(files: str) -> tuple[str, ...]:
    """What the files of a run were, wherever they are."""
    return tuple(sorted(json.dumps(one[2] or one) if one else "" for one in json.loads(files or "{}").values()))

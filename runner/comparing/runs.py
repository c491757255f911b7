"""What is different between two runs, request by request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from runner.comparing.groups import grouped, latencies
from runner.comparing.latency import Latency, compared, significant
from runner.contract.differences import differences
from runner.contract.lines import shape_from
from runner.contract.shapes import Shape, generalised, merged_if
from runner.journal.queries import Item, Run, shape_of
from runner.journal.schema import Database
from runner.model.records import dataclass

#: What can be different. ``checks`` are those that fail and did not, ``fixed`` the other way round.
KINDS = ("missing", "new", "status", "checks", "fixed", "shape", "added", "slower", "faster")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``kind`` is one of ``KINDS``."""

    kind: str
    request: str
    text: str
    latency: Latency | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs. ``compared`` are the requests of both, ``untested`` those of them of which there are too few response
    times."""

    before: Run
    after: Run
    changes: tuple[Change, ...]
    compared: int
    untested: int


def compare(database: Database, before: Run, after: Run) -> Comparison:
    """Everything that is different, in the order of the requests."""
    old, new = grouped(database, before), grouped(database, after)
    both = [key for key in old if key in new]
    times = {key: found for key in both if (found := compared(latencies(old[key]), latencies(new[key])))}
    telling = {key for key, yes in zip(times, significant([*times.values()]), strict=True) if yes}
    shapes = _Shapes(database)
    changes: list[Change] = []
    for key in old:
        name = key.shown(before)
        if key not in new:
            changes.append(Change("missing", name, f"not in run {after.id}"))
            continue
        changes += (Change(kind, name, text) for kind, text in _differences(old[key], new[key], shapes))
        if key in telling:
            kind = "slower" if times[key].slower > 0.5 else "faster"
            changes.append(Change(kind, name, str(times[key]), times[key]))
    changes += (Change("new", key.shown(after), f"not in run {before.id}") for key in new if key not in old)
    untested = sum(1 for one in times.values() if one.p is None)
    return Comparison(before, after, tuple(changes), len(both), untested)


def _differences(old: Sequence[Item], new: Sequence[Item], shapes: _Shapes) -> Iterator[tuple[str, str]]:
    before, after = (Counter(str(one.status or "no response") for one in side) for side in (old, new))
    if before.keys() != after.keys():
        yield "status", f"{_listed(before)} -> {_listed(after)}"
    yield from _checks(_outcomes(old), _outcomes(new))
    for status in sorted(before.keys() & after.keys()):
        one, other = (shapes.of([item for item in side if str(item.status) == status]) for side in (old, new))
        if one is not None and other is not None:
            for found in differences(one, other):
                yield "shape" if found.breaks else "added", str(found)


def _outcomes(found: Sequence[Item]) -> dict[str, tuple[int, int]]:
    """How often each check passed and failed; the request itself, if something else than a check failed."""
    counts: dict[str, tuple[int, int]] = {}

    def add(name: str, passed: bool) -> None:
        good, bad = counts.get(name, (0, 0))
        counts[name] = (good + passed, bad + (not passed))

    for item in found:
        for name, passed in item.checks:
            if passed is not None:
                add(name, passed)
        failed = item.outcome in ("failed", "unknown") and all(passed is not False for _, passed in item.checks)
        add("", not failed)
    return counts


def _checks(old: Mapping[str, tuple[int, int]], new: Mapping[str, tuple[int, int]]) -> Iterator[tuple[str, str]]:
    for name in {**old, **new}:
        shown = f'"{name}"' if name else "the request"
        if name not in new or name not in old:
            if name in new and new[name][1]:
                yield "checks", f"{shown}: {_failed(new[name])}, and is new"
            continue
        before, after = old[name][1] / sum(old[name]), new[name][1] / sum(new[name])
        if before != after:
            yield "checks" if after > before else "fixed", f"{shown}: {_failed(old[name])} -> {_failed(new[name])}"


def _failed(counts: tuple[int, int]) -> str:
    passed, failed = counts
    if not failed:
        return "passed"
    return f"failed {failed} of {passed + failed}" if passed + failed > 1 else "failed"


def _listed(found: Mapping[str, int]) -> str:
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{value} ({count})" for value, count in sorted(found.items()))


class _Shapes:
    """The shapes of bodies that the journal has."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, Shape | None] = {}

    def of(self, found: Sequence[Item]) -> Shape | None:
        whole: Shape | None = None
        for hash in dict.fromkeys(item.shape for item in found if item.shape is not None):
            if hash not in self._known:
                self._known[hash] = self._read(hash)
            whole = merged_if(whole, self._known[hash])
        return whole

    def _read(self, hash: str) -> Shape | None:
        lines = [line.rpartition(" ") for line in (shape_of(self._database, hash) or "").splitlines()]
        try:
            return generalised(shape_from((place, types.replace("|", " | ")) for place, _, types in lines))
        except ValueError:
            return None

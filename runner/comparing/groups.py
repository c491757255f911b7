"""The items of a run, those of one request together."""

from __future__ import annotations

from collections.abc import Iterable

from runner.journal.queries import Item, Run, items
from runner.journal.schema import Database
from runner.model.records import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """A request in all runs of the same inputs."""

    input: int
    step: str | None
    path: str

    def shown(self, run: Run) -> str:
        """What it is called in a run."""
        name = self.path if self.step is None else f"{self.step}: {self.path}"
        return f"{run.inputs[self.input].rpartition('/')[2]}: {name}" if len(run.inputs) > 1 else name


def grouped(database: Database, run: Run) -> dict[Key, list[Item]]:
    """In the order in which they first ran."""
    found: dict[Key, list[Item]] = {}
    for item in items(database, run.id):
        found.setdefault(Key(item.input, item.step, item.path), []).append(item)
    return found


def latencies(found: Iterable[Item]) -> list[float]:
    """Times of the requests that were answered, in ms."""
    return [one.latency for one in found if one.latency is not None and one.status is not None]

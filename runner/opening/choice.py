"""What chooses requests, applied to one collection or to several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from runner.engine.addresses import places
from runner.engine.changes import changed_items
from runner.engine.selection import select
from runner.engine.selectors import Only, Selectors, selected
from runner.engine.session import Session
from runner.engine.shards import parse_shard, shard_of
from runner.errors import EmptySelectionError, UsageError
from runner.model.collection import Collection, Located, walk
from runner.model.records import replace
from runner.opening.asked import Selection
from runner.opening.source import Source
from runner.parse.git import collection_at
from runner.parse.remote import is_remote, shown_location
from runner.reporters.outcomes import Outcome, read_outcomes, same_request

_SHOWN = 5  #: names in a warning


def items_of_one(asked: Selection, session: Session, source: Source) -> tuple[Located, ...]:
    """What was asked for of one collection.

    Raises:
        SelectionError, UsageError, InputError: see ``runner.engine.selectors``.
    """
    choice = Choice(asked, source)
    collection = session.collection
    items = choice.items(collection, select(collection, session.options.select))
    for text in choice.lost(collection):
        source.warn(text)
    if choice.shard is None:
        return items
    numbers = choice.shards([(collection, (one,)) for one in items])
    return choice.kept(items, numbers)


class Choice:
    """What was asked for; files that it names are read once, when they are needed."""

    def __init__(self, asked: Selection, source: Source) -> None:
        self._asked = asked
        self._quiet = replace(source, seen=lambda location: None)
        self.asked = asked.selectors or Selectors()
        self.shard = parse_shard(asked.shard) if asked.shard else None
        if asked.shard_times and self.shard is None:
            raise UsageError("--shard-times says how shares are cut, and --shard which one is to be run: give both")

    def items(
        self, collection: Collection, base: Sequence[Located], asked: Selectors | None = None
    ) -> tuple[Located, ...]:
        """The requests of a collection that were asked for, before they are shared out.

        Args:
            base: what may run at all.
            asked: in place of what the options say.
        """
        return selected(collection, base, asked or self.asked, self._only(collection, base))

    def _only(self, collection: Collection, base: Sequence[Located]) -> Iterator[Only]:
        if report := self._asked.only_failed:
            failed = [one for outcome in self._failed for one in same_request(outcome, base, collection.name)]
            none = f"none of what failed in {report} is among the requests of {_named(collection)}"
            why = none if self._failed else f"no request failed in {report}"
            yield Only(frozenset(id(one.item) for one in failed), why)
        if self._asked.failed_before is not None:
            paths = self._asked.failed_before(collection)
            items = tuple(walk(collection))
            found = {
                id(items[place.items.start].item)
                for place in places(collection)
                if not place.is_folder and place.address in paths
            }
            none = f"none of what failed in the last run of {_named(collection)} is among its requests"
            yield Only(
                frozenset(found), none if paths else f"no request failed in the last run of {_named(collection)}"
            )
        if ref := self._asked.changed_since:
            changed = changed_items(collection, self._then(collection, ref))
            yield Only(
                frozenset(id(one.item) for one in changed), f"no request of {_named(collection)} changed since {ref}"
            )

    def lost(self, collection: Collection) -> Iterator[str]:
        """A sentence about requests that failed and that the collection has no more, under neither name nor id."""
        everything = tuple(walk(collection))
        gone = [one.name for one in self._failed if not same_request(one, everything, collection.name)]
        names = list(dict.fromkeys(filter(None, gone)))
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            listed = ", ".join(f'"{name}"' for name in names[:_SHOWN])
            yield f"what failed in {self._asked.only_failed} is not in {_named(collection)}: {listed}{more}"

    def _then(self, collection: Collection, ref: str) -> Collection | None:
        if not collection.path or is_remote("collection", collection.path, self._quiet.api_key):
            raise UsageError(f"--changed-since is for collections in files, and {_named(collection)} is in none")
        return collection_at(ref, collection.path, self._quiet.collection)

    @staticmethod
    def _outcomes_of(report: str | None) -> Sequence[Outcome]:
        return read_outcomes(report) if report else ()

    @cached_property
    def _failed(self) -> Sequence[Outcome]:
        return [one for one in self._outcomes_of(self._asked.only_failed) if one.failed]

    @cached_property
    def _times(self) -> Sequence[Outcome]:
        return self._outcomes_of(self._asked.shard_times)

    def shards(self, units: Sequence[tuple[Collection, Sequence[Located]]]) -> Sequence[int]:
        """The shard of each unit: of what must stay together, in order."""
        assert self.shard is not None
        weights = [len(items) for _, items in units]
        if self._asked.shard_times:
            weights = self._weights(units)
        return shard_of(weights, self.shard.count)

    def _weights(self, units: Sequence[tuple[Collection, Sequence[Located]]]) -> list[int]:
        """The recorded times in microseconds; what was not recorded counts like the average."""
        times: dict[int, float] = {}
        of: dict[int, list[Located]] = {}
        names: dict[int, str] = {}
        for collection, items in units:
            of.setdefault(id(collection), []).extend(items)
            names[id(collection)] = collection.name
        for outcome in self._times:
            for key, items in of.items():
                for one in same_request(outcome, items, names[key]):
                    times[id(one.item)] = times.get(id(one.item), 0.0) + outcome.duration
        if not times:
            raise UsageError(f"--shard-times: {self._asked.shard_times} has no times of these requests")
        average = sum(times.values()) / len(times)
        return [round(1000 * sum(times.get(id(one.item), average) for one in items)) for _, items in units]

    def kept(self, units: Sequence[Any], numbers: Sequence[int]) -> tuple[Any, ...]:
        """The units of this shard.

        Raises:
            EmptySelectionError: there are none.
        """
        assert self.shard is not None
        kept = tuple(unit for unit, number in zip(units, numbers, strict=True) if number == self.shard.number)
        if not kept:
            count = "1 request is" if len(units) == 1 else f"{len(units)} requests are"
            raise EmptySelectionError(f"--shard {self.shard} is empty: only {count} selected")
        return kept


def _named(collection: Collection) -> str:
    return shown_location(collection.path or "") or f'"{collection.name}"'

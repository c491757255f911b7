"""The data-flow graph of a collection: which item defines and which item uses each variable.

Templates are read, scripts are analysed (``runner.scripting.analysis``); nothing runs and nothing is sent.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from runner.engine.assemble import Given, new_scopes
from runner.model.collection import Collection, Located, walk
from runner.model.records import dataclass, field
from runner.variables import Scopes
from runner.workflow.itemflow import Define, ItemFlow, item_flows
from runner.workflow.templates import Use, template_uses

__all__ = ["Define", "Flow", "ItemFlow", "Link", "Use", "flow_of", "template_uses"]

#: Where a value comes from: an earlier item of the run; the start (collection, environment, globals, data, command
#: line); the start, where it is empty; only an item that runs later; nowhere.
Status: TypeAlias = Literal["set", "given", "empty", "late", "missing"]


@dataclass(frozen=True, slots=True)
class Link:
    """One use and its source. ``producer`` is there for ``set`` and ``late``."""

    use: Use
    consumer: ItemFlow
    status: Status
    producer: ItemFlow | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """All items in their order, and the variables that have a value before the first one runs.

    Attributes:
        initial: name -> the scopes that have it, of those with a value that is not empty.
        empty: names that are declared without a value: somebody is to fill them in.
    """

    items: tuple[ItemFlow, ...]
    initial: Mapping[str, frozenset[str]]
    empty: frozenset[str]
    _producers: Mapping[str, Sequence[int]] = field(repr=False, compare=False)
    _places: Mapping[int, int] = field(repr=False, compare=False)

    def position(self, located: Located) -> int | None:
        """Where an item stands; None if it is not part of this flow."""
        return self._places.get(id(located.item))

    def producers(self, name: str) -> tuple[ItemFlow, ...]:
        """The items that set the variable, in order."""
        return tuple(self.items[position] for position in self._producers.get(name, ()))

    def consumers(self, name: str) -> tuple[ItemFlow, ...]:
        """The items that use the variable, in order."""
        return tuple(item for item in self.items if any(use.name == name for use in item.uses))

    def before(self, use: Use, position: int) -> Iterator[ItemFlow]:
        """The items before ``position`` that set what is used, the nearest first."""
        places = self._producers.get(use.name, [])
        for place in reversed(places[: bisect_left(places, position)]):
            if self.items[place].sets(use):
                yield self.items[place]

    def after(self, use: Use, position: int) -> Iterator[ItemFlow]:
        """The items behind ``position`` that set what is used, the nearest first."""
        places = self._producers.get(use.name, [])
        for place in places[bisect_left(places, position + 1) :]:
            if self.items[place].sets(use):
                yield self.items[place]

    def given(self, use: Use) -> bool:
        """Whether there is a value before the first item runs."""
        scopes = self.initial.get(use.name, frozenset())
        return bool(scopes) if use.scope is None else use.scope in scopes

    def links(self) -> tuple[Link, ...]:
        """For each variable that an item does not set itself: where its value comes from. The places in
        one item where the same variable is used are one link."""
        found = []
        for position, item in enumerate(self.items):
            first: dict[tuple[str, str | None], Use] = {}
            for use in item.needs:
                first.setdefault((use.name, use.scope), use)
            found += [self._link(use, item, position) for use in first.values()]
        return tuple(found)

    def _link(self, use: Use, item: ItemFlow, position: int) -> Link:
        producer = next(self.before(use, position), None)
        if producer is not None:
            return Link(use, item, "set", producer)
        if self.given(use):
            return Link(use, item, "given")
        producer = next(self.after(use, position), None)
        if producer is not None:
            return Link(use, item, "late", producer)
        return Link(use, item, "empty" if use.name in self.empty else "missing")


def flow_of(
    collection: Collection,
    items: Sequence[Located] | None = None,
    *,
    scopes: Scopes | None = None,
    data: Iterable[str] = (),
    captures: Mapping[int, Sequence[Define]] | None = None,
    recorded: Mapping[int, Sequence[Define]] | None = None,
) -> Flow:
    """Works out the flow. It analyses scripts, so V8 is started if there are any.

    Args:
        items: what runs, in this order; None: the whole collection.
        scopes: the variables at the start of the run; None: those of the collection.
        data: names of the columns of the iteration data.
        captures: by ``id()`` of an item, variables that are set from its response.
        recorded: by ``id()`` of an item, what it set in an earlier run; see ``runner.workflow.recorded``.

    Raises:
        ScriptEngineError: V8 cannot be started.
    """
    chosen = tuple(walk(collection)) if items is None else tuple(items)
    start = scopes or new_scopes(collection, Given())
    initial, empty = _initial(start, data)
    flows = item_flows(collection, chosen, start.text, captures or {}, recorded or {})
    producers: dict[str, list[int]] = {}
    places: dict[int, int] = {}
    for position, item in enumerate(flows):
        places.setdefault(id(item.located.item), position)
        for name in dict.fromkeys(define.name for define in item.defines):
            producers.setdefault(name, []).append(position)
    return Flow(flows, initial, empty, producers, places)


def _initial(scopes: Scopes, data: Iterable[str]) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    full: dict[str, set[str]] = {name: {"data"} for name in data}
    empty: set[str] = set()
    for scope in ("globals", "environment", "collection", "local"):
        for row in getattr(scopes, scope).snapshot().values:
            if row.enabled:
                if scopes.text(row.key) in (None, "", "null"):
                    empty.add(row.key)
                else:
                    full.setdefault(row.key, set()).add(scope)
    return {name: frozenset(found) for name, found in full.items()}, frozenset(empty - full.keys())

"""``--with-deps``: the earlier requests whose values the selected ones need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from runner.model.collection import Located
from runner.model.records import dataclass
from runner.workflow.dataflow import Flow, Use

#: By ``id()`` of an item and name of a variable: the requests whose answers could give it the value.
Offers: TypeAlias = Mapping[tuple[int, str], Sequence[Located]]


@dataclass(frozen=True, slots=True)
class Added:
    """A request that was added: it sets ``names``, which ``wanted_by`` (paths) need."""

    located: Located
    names: tuple[str, ...]
    wanted_by: tuple[str, ...]

    def __str__(self) -> str:
        more = f" and {len(self.wanted_by) - 1} more" if len(self.wanted_by) > 1 else ""
        return f"{self.located.path} sets {', '.join(self.names)} for {self.wanted_by[0]}{more}"


@dataclass(frozen=True, slots=True)
class Unmet:
    """A variable that no earlier request sets. ``later``: path of one that does, but only afterwards."""

    name: str
    wanted_by: str
    later: str | None = None

    def __str__(self) -> str:
        setter = f"only {self.later} sets it, which comes later" if self.later else "no request sets it"
        return f"{self.wanted_by} needs {self.name}: {setter}"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """``items``: all that runs, in its order."""

    items: tuple[Located, ...]
    added: tuple[Added, ...]
    unmet: tuple[Unmet, ...]


@dataclass(frozen=True, slots=True)
class _Reason:
    names: set[str]
    wanted_by: set[int]


def with_dependencies(flow: Flow, selected: Sequence[Located], offers: Offers | None = None) -> Dependencies:
    """Adds, transitively, the requests that set what the selected ones need and have not got from the start or
    from each other. Of several the nearest earlier one is taken that creates something (POST), else the
    nearest. What is added runs first, in collection order; only what itself needs a selected request runs
    right before the first that needs it.

    Args:
        flow: of the whole collection, in its order.
        selected: in the order in which they run.
        offers: sources that the flow does not know; they count like those that it knows.
    """
    closure = _Closure(flow, selected, offers or {})
    for position in closure.selected:
        closure.visit(position)
    after_selected = closure.bound_to_selection()
    order = [position for position in sorted(closure.reasons) if position not in after_selected]
    for position in closure.selected:
        if after_selected:
            order += [one for one in closure.chain(position) if one in after_selected and one not in order]
        order.append(position)
    added = tuple(
        _added(flow, position, closure.reasons[position]) for position in order if position in closure.reasons
    )
    items = tuple(flow.items[position].located for position in order)
    return Dependencies(items, added, tuple(closure.unmet.values()))


def _added(flow: Flow, position: int, reason: _Reason) -> Added:
    item = flow.items[position]
    names = dict.fromkeys(define.name for define in item.defines if define.name in reason.names)
    names |= dict.fromkeys(sorted(reason.names))
    wanted_by = (flow.items[consumer].located.path for consumer in sorted(reason.wanted_by))
    return Added(item.located, tuple(names), tuple(wanted_by))


class _Closure:
    """The search. Positions are those of the collection; producers stand before their consumers."""

    def __init__(self, flow: Flow, selected: Iterable[Located], offers: Offers) -> None:
        self.flow = flow
        self._offered: dict[int, dict[str, list[int]]] = {}
        for (item, name), sources in offers.items():
            places = (flow.position(located) for located in sources)
            self._offered.setdefault(item, {})[name] = [place for place in places if place is not None]
        found = (flow.position(located) for located in selected)
        self.selected = [position for position in found if position is not None]
        self._members = frozenset(self.selected)
        self.reasons: dict[int, _Reason] = {}
        self.unmet: dict[str, Unmet] = {}
        self._sources: dict[int, list[int]] = {}

    def visit(self, position: int) -> None:
        """Takes in what the item needs, and what that needs."""
        waiting = [position]
        while waiting:
            at = waiting.pop()
            if at in self._sources:
                continue
            self._sources[at] = sources = []
            for use in self._needs(at):
                source = self._source(use, at)
                if source is None:
                    continue
                sources.append(source)
                if source not in self._members:
                    reason = self.reasons.setdefault(source, _Reason(set(), set()))
                    reason.names.add(use.name)
                    reason.wanted_by.add(at)
                waiting.append(source)

    def _source(self, use: Use, position: int) -> int | None:
        """Who gives the value: a selected request before any other; None if it is there from the start."""
        if self.flow.given(use):
            return None
        item = self.flow.items[position].located.item
        offered = self._offered.get(id(item), {}).get(use.name, ())
        known = (self.flow.position(found.located) for found in self.flow.before(use, position))
        places: set[int] = {place for place in (*known, *offered) if place is not None and place < position}
        earlier = sorted(places, reverse=True)
        for one in earlier:
            if one in self._members:
                return one
        creating = (one for one in earlier if self._creates(one))
        source = next(creating, earlier[0] if earlier else None)
        if source is None and use.name not in self.unmet:
            later = next(self.flow.after(use, position), None)
            path = later.located.path if later else None
            self.unmet[use.name] = Unmet(use.name, self.flow.items[position].located.path, path)
        return source

    def _needs(self, position: int) -> tuple[Use, ...]:
        """What an item needs: also what only an offer speaks of (a placeholder that is no template)."""
        item = self.flow.items[position]
        known = {use.name for use in item.needs}
        offered = self._offered.get(id(item.located.item), {})
        return (*item.needs, *(Use(name, "request") for name in offered if name not in known))

    def _creates(self, position: int) -> bool:
        return self.flow.items[position].located.item.request.method.upper() == "POST"

    def bound_to_selection(self) -> frozenset[int]:
        """The added requests that need a selected one: they cannot run first."""
        bound: set[int] = set()
        for position in sorted(self.reasons):  # sources stand before
            if any(source in self._members or source in bound for source in self._sources[position]):
                bound.add(position)
        return frozenset(bound)

    def chain(self, position: int) -> Iterator[int]:
        """The added requests that one needs, those that they need before them."""
        found: set[int] = set()
        waiting = list(self._sources.get(position, ()))
        while waiting:
            at = waiting.pop()
            if at not in found and at not in self._members:
                found.add(at)
                waiting += self._sources[at]
        yield from sorted(found)

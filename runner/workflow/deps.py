"""``--with-deps``: the earlier requests whose values the selected ones need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from runner.model.collection import Located
from runner.model.records import dataclass
from runner.workflow.dataflow import Flow, ItemFlow, Use


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


def with_dependencies(flow: Flow, selected: Sequence[Located]) -> Dependencies:
    """Adds, transitively, the requests that set what the selected ones need and have not got from the start or
    from each other. Of several the nearest earlier one is taken that creates something (POST), else the
    nearest. What is added runs first, in collection order; only what itself needs a selected request runs
    right before the first that needs it.

    Args:
        flow: of the whole collection, in its order.
        selected: in the order in which they run.
    """
    closure = _Closure(flow, selected)
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
    wanted_by = (flow.items[consumer].located.path for consumer in sorted(reason.wanted_by))
    return Added(item.located, tuple(names), tuple(wanted_by))


class _Closure:
    """The search. Positions are those of the collection; producers stand before their consumers."""

    def __init__(self, flow: Flow, selected: Iterable[Located]) -> None:
        self.flow = flow
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
            item = self.flow.items[at]
            for use in item.needs:
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
        earlier = [self._place(item) for item in self.flow.before(use, position)]
        for one in earlier:
            if one in self._members:
                return one
        creating = (one for one in earlier if self.flow.items[one].located.item.request.method.upper() == "POST")
        source = next(creating, earlier[0] if earlier else None)
        if source is None and use.name not in self.unmet:
            later = next(self.flow.after(use, position), None)
            path = later.located.path if later else None
            self.unmet[use.name] = Unmet(use.name, self.flow.items[position].located.path, path)
        return source

    def _place(self, item: ItemFlow) -> int:
        position = self.flow.position(item.located)
        assert position is not None  # it came out of this flow
        return position

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

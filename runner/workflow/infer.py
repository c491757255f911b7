"""What a run may infer, worked out before it from names, paths and folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.model.collection import Located
from runner.model.records import dataclass, field, replace
from runner.workflow.infer_calls import Call, call_of
from runner.workflow.infer_needs import Need, Rewritten, is_handle, needs_of, resource_of
from runner.workflow.infer_origins import CREATED, Origin, View, goes_by_name, origins_of
from runner.workflow.infer_words import is_id


@dataclass(frozen=True, slots=True)
class Binding:
    """A variable, the requests that need it, and those that may give it."""

    variable: str
    needs: tuple[Need, ...]
    origins: tuple[Origin, ...]
    #: the requests that could each give it, if there is no saying which one should
    ambiguous: tuple[Call, ...] = ()
    #: requests before this position may give it by a field with its name
    named_until: int = 0

    def by_name(self, need: Need) -> bool:
        """Whether an answer before this need may give the value by a field with its name."""
        return 0 < need.position <= self.named_until


@dataclass(slots=True)
class Plan:
    """What a run may infer. Items are known by ``id()``; the plan keeps those alive that it made."""

    calls: tuple[Call, ...] = ()
    bindings: list[Binding] = field(default_factory=list)
    rewritten: dict[int, Rewritten] = field(default_factory=dict)
    #: variables that mean different things in different requests: name there -> variable of ours
    local: dict[int, dict[str, str]] = field(default_factory=dict)


def plan(items: Sequence[Located], is_given: Callable[[str, bool], bool]) -> Plan:
    """Works out what each request needs and who may give it.

    Args:
        items: the requests in the order of the run.
        is_given: whether a variable has a value, or gets one from a script or a written capture; the second
            argument says whether an empty value counts as none.
    """
    made = Plan()
    needs: dict[str, list[Need]] = {}
    for position, located in enumerate(items):
        rewritten, wanted = needs_of(located, position, is_given)
        if rewritten:
            made.rewritten[id(located.item)] = rewritten
        for need in wanted:
            needs.setdefault(need.name, []).append(need)
    made.calls = tuple(call_of(located) for located in items)
    view = View(made.calls, needs)
    taken = set(needs)
    for name, wanted_by in needs.items():
        _bind(made, name, wanted_by, view, taken)
    _keep_literals(made)
    return made


def givers(need: Need, items: Sequence[Located]) -> tuple[Located, ...]:
    """The requests of a collection that could give the value, wherever they stand: for hints."""
    calls = [call_of(located) for located in items]
    view = View(calls, {need.name: [need]})
    origins, ambiguous = origins_of(replace(need, position=len(items)), view, spare=False)
    found = [call.located for call in ambiguous] or [origin.call.located for origin in origins]
    return tuple(located for located in found if located.item is not need.located.item)


def _bind(made: Plan, name: str, needs: Sequence[Need], view: View, taken: set[str]) -> None:
    """One binding, or several if the name means different things to different requests."""
    generic = len(needs[0].words) == 1 and (is_id(needs[0].words) or is_handle(needs[0].words))
    groups: dict[tuple[str, ...], list[tuple[Need, tuple[Origin, ...]]]] = {}
    for need in needs:
        origins, ambiguous = origins_of(need, view)
        if ambiguous:
            made.bindings.append(Binding(name, (need,), (), ambiguous))
            continue
        best = max((origin.rank for origin in origins), default=0)
        routes = [one.call.route for one in origins if one.rank == best and one.how in ("id", "member")]
        groups.setdefault(routes[0] if routes and generic else (), []).append((need, origins))
    for route, members in groups.items():
        variable = name
        if len(groups) > 1:
            variable = _alias(members[0][0], route, taken)
            for need, _ in members:
                made.local.setdefault(id(need.located.item), {})[name] = variable
        origins_once = {(origin.position, origin.how, origin.words): origin for _, found in members for origin in found}
        ordered = sorted(origins_once.values(), key=lambda origin: origin.position)
        named = [need.position for need, found in members if variable == name and goes_by_name(need, found)]
        found_by = tuple(need for need, _ in members)
        made.bindings.append(Binding(variable, found_by, tuple(ordered), named_until=max(named, default=0)))


def _alias(need: Need, route: tuple[str, ...], taken: set[str]) -> str:
    noun = "_".join(resource_of(need)) or "_".join(part for part in route if part != "{}") or "some"
    name = f"{noun}_{need.words[-1]}"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _keep_literals(made: Plan) -> None:
    """An id that stands in a URL as it is stays, unless a request of this run makes such objects."""
    kept = []
    for binding in made.bindings:
        sure = any(origin.rank > CREATED + 2 and origin.how == "id" for origin in binding.origins)
        if not sure:
            for need in binding.needs:
                if need.literal:
                    made.rewritten.pop(id(need.located.item), None)
            if all(need.literal for need in binding.needs):
                continue
        kept.append(binding)
    made.bindings[:] = kept

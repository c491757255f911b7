"""What one item does with variables: its scripts and its request, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from runner.engine.inherit import OwnedScript, inherit
from runner.engine.selection import find
from runner.model.collection import Collection, Located
from runner.model.records import dataclass, field
from runner.scripting.analysis import ScriptFacts, analyse
from runner.workflow.templates import Lookup, Use, names_used, template_uses

_DEPTH = 3  # requests that run requests that run requests


@dataclass(frozen=True, slots=True)
class Define:
    """An item sets a variable. ``scope``: globals, environment, collection, local, or unknown."""

    name: str
    scope: str
    where: str


@dataclass(frozen=True, slots=True)
class Computed:
    """An item sets variables whose names only a run can tell. ``pattern``: what is known of the name, ``*`` for the
    rest; ``reason``: why, for people."""

    pattern: str
    scope: str | None
    where: str
    reason: str


@dataclass(slots=True)
class ItemFlow:
    """One item. All in the order in which it happens.

    Attributes:
        needs: the uses of what the item has not set itself before.
        removes: variables that it unsets, ``*`` for all of a scope.
        computed: what it sets without a name that is known.
        next: names of requests that its scripts jump to.
    """

    located: Located
    uses: tuple[Use, ...] = ()
    defines: tuple[Define, ...] = ()
    needs: tuple[Use, ...] = ()
    removes: tuple[Define, ...] = ()
    computed: tuple[Computed, ...] = ()
    next: tuple[str, ...] = ()

    def sets(self, use: Use) -> bool:
        """Whether this use may find what the item sets."""
        return any(matches(define, use) for define in self.defines)


def matches(define: Define, use: Use) -> bool:
    """Whether a use asks the scope that was written to."""
    return define.name == use.name and (use.scope is None or define.scope in (use.scope, "unknown"))


@dataclass(slots=True)
class _Draft:
    """An ItemFlow in the making; dicts for their order and against duplicates."""

    uses: dict[Use, None] = field(default_factory=dict)
    defines: dict[Define, None] = field(default_factory=dict)
    needs: dict[Use, None] = field(default_factory=dict)
    removes: dict[Define, None] = field(default_factory=dict)
    computed: dict[Computed, None] = field(default_factory=dict)
    next: dict[str, None] = field(default_factory=dict)

    def use(self, use: Use) -> None:
        self.uses.setdefault(use)
        if not any(matches(define, use) for define in self.defines):
            self.needs.setdefault(use)

    def learn(self, recorded: Sequence[Define]) -> None:
        """Adds what a run has shown, which is also what computed names were."""
        known = {(define.name, define.scope) for define in self.defines}
        shown = [define for define in recorded if (define.name, define.scope) not in known]
        self.defines.update(dict.fromkeys(shown))
        for computed in list(self.computed):
            if any(fnmatchcase(define.name, computed.pattern) for define in shown):
                del self.computed[computed]

    def done(self, located: Located) -> ItemFlow:
        return ItemFlow(
            located,
            tuple(self.uses),
            tuple(self.defines),
            tuple(self.needs),
            tuple(self.removes),
            tuple(self.computed),
            tuple(self.next),
        )


def item_flows(
    collection: Collection,
    items: Sequence[Located],
    lookup: Lookup,
    captures: Mapping[int, Sequence[Define]],
    recorded: Mapping[int, Sequence[Define]],
) -> tuple[ItemFlow, ...]:
    """The flow of each item; see ``runner.workflow.dataflow.flow_of``."""
    scripts = _analysed(items, lookup)

    def fill(draft: _Draft, located: Located, depth: int) -> None:
        inherited = inherit(located)
        for script in inherited.prerequest:
            _script(draft, script, located, scripts, lookup, lambda name: run(draft, name, depth))
        for use in template_uses(located, lookup):
            draft.use(use)
        for script in inherited.test:
            _script(draft, script, located, scripts, lookup, lambda name: run(draft, name, depth))
        for define in captures.get(id(located.item), ()):
            draft.defines.setdefault(define)

    def run(draft: _Draft, name: str, depth: int) -> None:
        inner = find(collection, name)
        if inner is not None and depth < _DEPTH:
            if any(script.script.source not in scripts for script in _scripts_of(inner)):
                scripts.update(_analysed((inner,), lookup))
            fill(draft, inner, depth + 1)

    flows = []
    for located in items:
        draft = _Draft()
        fill(draft, located, 0)
        draft.learn(recorded.get(id(located.item), ()))
        flows.append(draft.done(located))
    return tuple(flows)


def _scripts_of(located: Located) -> Iterator[OwnedScript]:
    inherited = inherit(located)
    yield from inherited.prerequest
    yield from inherited.test


def _analysed(items: Iterable[Located], lookup: Lookup) -> dict[str, ScriptFacts]:
    """Facts by source. All scripts are analysed together, in the order in which they run first."""
    sources = dict.fromkeys(owned.script.source for located in items for owned in _scripts_of(located))
    return dict(zip(sources, analyse(tuple(sources), lookup), strict=True))


def _script(
    draft: _Draft,
    owned: OwnedScript,
    located: Located,
    scripts: Mapping[str, ScriptFacts],
    lookup: Lookup,
    run: Callable[[str], None],
) -> None:
    name = f"{owned.script.listen} script"
    if owned.owner != located.item.name:
        name += f" of {owned.owner}"
    found = scripts[owned.script.source]
    for fact in found.facts:
        where = f"{name}, line {fact.line}"
        match fact.kind:
            case "define":
                draft.defines.setdefault(Define(fact.name, fact.scope or "unknown", where))
            case "use":
                draft.use(Use(fact.name, where, fact.scope))
                for inner in names_used((lookup(fact.name) or "",), lookup):
                    draft.use(Use(inner, f"{where}, in the value of {fact.name}"))
            case "remove" | "clear":
                draft.removes.setdefault(Define(fact.name, fact.scope or "unknown", where))
            case "computed":
                reason = "the name is computed" + (f": {fact.code}" if fact.code else "")
                draft.computed.setdefault(Computed(fact.name, fact.scope, where, reason))
            case "eval":
                source = f"the variable {fact.name}" if fact.name != "*" else "a string"
                draft.computed.setdefault(Computed("*", None, where, f"code from {source} is run"))
            case "next":
                draft.next.setdefault(fact.name)
            case "run":
                run(fact.name)
    if found.error is not None:
        draft.computed.setdefault(Computed("*", None, f"{name}, line {found.error.line}", "it is no valid JavaScript"))
    elif not found.complete:
        draft.computed.setdefault(Computed("*", None, name, "it is too large to be analysed"))

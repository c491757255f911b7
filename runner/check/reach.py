"""Which request may run after which one: the order of the collection, and setNextRequest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from runner.engine.iteration import Targets
from runner.model.collection import Located
from runner.model.records import dataclass
from runner.scripting.mentions import Mention, ScriptMentions

Said: TypeAlias = Callable[[Located], Iterable[ScriptMentions]]

_NEXT = (("pm", "execution", "setNextRequest"), ("postman", "setNextRequest"))
_RUN = (("pm", "execution", "runRequest"),)
#: with these in hand a script may jump in ways that its text does not show
_HOLDERS = (*_NEXT, ("pm",), ("postman",), ("pm", "execution"))


@dataclass(frozen=True, slots=True)
class Reach:
    """Attributes:
    steps: the positions that may follow each position.
    run: positions of requests that scripts run.
    unknown: a script jumps to where only a run can tell.
    """

    steps: tuple[frozenset[int], ...] = ()
    run: frozenset[int] = frozenset()
    unknown: bool = False

    def after(self, position: int) -> frozenset[int]:
        """All positions that may run after this one."""
        return self._from(self.steps[position])

    def all(self) -> frozenset[int]:
        """All positions that a run gets to."""
        return self._from((0, *self.run))

    def _from(self, starts: Iterable[int]) -> frozenset[int]:
        seen: set[int] = set()
        waiting = [at for at in starts if at < len(self.steps)]
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                waiting += self.steps[at]
        return frozenset(seen)


def jumps(said: ScriptMentions) -> Iterator[Mention]:
    """The calls of setNextRequest."""
    return _calls(said, _NEXT)


def reach_of(items: Sequence[Located], said: Said) -> Reach:
    """What may follow what in a run of all items.

    Args:
        said: what the scripts in effect for an item say.
    """
    targets = Targets(items)
    steps: list[frozenset[int]] = []
    run: set[int] = set()
    unknown = False
    for position, located in enumerate(items):
        follow: set[int] = set()
        goes_on = position + 1 < len(items)
        for script in said(located):
            unknown = unknown or _may_jump_unseen(script)
            for mention in jumps(script):
                argument = mention.argument
                if argument is not None and argument.kind == "text":
                    follow |= _found(targets, argument.value)
                elif argument is None or argument.kind == "other":
                    unknown = True
                if mention.always and argument is not None and argument.kind in ("null", "text"):
                    goes_on = False
            for mention in _calls(script, _RUN):
                run |= _found(targets, mention.argument.value if mention.argument else None)
        steps.append(frozenset(follow | {position + 1} if goes_on else follow))
    return Reach(tuple(steps), frozenset(run), unknown)


def _found(targets: Targets, name: str | None) -> set[int]:
    position = targets.position(name) if name else None
    return set() if position is None else {position}


def _may_jump_unseen(said: ScriptMentions) -> bool:
    if said.error is not None or not said.complete:
        return True
    return any(
        mention.path in _HOLDERS
        or mention.path[0] in ("eval", "Function")
        or (mention.path[0] in ("pm", "postman") and None in mention.path[:3])
        for mention in said.mentions
    )


def _calls(said: ScriptMentions, names: Sequence[tuple[str, ...]]) -> Iterator[Mention]:
    for mention in said.mentions:
        if mention.path[-1:] == ("()",) and mention.path[:-1] in names:
            yield mention

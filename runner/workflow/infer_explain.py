"""Why a variable has no value, and what would give it one, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runner.model.collection import Collection, Located, walk
from runner.workflow.infer import Binding, givers
from runner.workflow.infer_needs import Need, resource_of
from runner.workflow.infer_origins import deletes
from runner.workflow.infer_words import is_token

if TYPE_CHECKING:
    from runner.workflow.inferring import Memory

_SHOWN = 3


def explain(binding: Binding, need: Need, memory: Memory, collection: Collection, items: Sequence[Located]) -> str:
    """For example: ``{{user_id}} (URL) has no value: it would come from Users/Create user, which answered 400``."""
    head = f"{{{{{need.name}}}}} ({need.where}) has no value"
    if binding.ambiguous:
        paths = " or ".join(call.located.path for call in binding.ambiguous[:_SHOWN])
        first = binding.ambiguous[0].located.path
        return f"{head}: it could come from {paths}; say which with --capture '{need.name}=$.id @ {first}'"
    misses = memory.misses.get(binding.variable)
    if misses:
        path, why = misses[-1]
        return f"{head}: it would come from {path}, {why.reason}"
    surest = max((origin.rank for origin in binding.origins), default=0)
    expected = [origin for origin in binding.origins if origin.rank == surest and origin.how != "name"]
    idle = [
        o.call.located for o in expected if id(o.call.located.item) not in memory.ran and o.position < need.position
    ]
    if idle:
        return f"{head}: it would come from {idle[-1].path}, which was not sent"
    others = givers(need, tuple(walk(collection)))
    selected = {id(located.item) for located in items}
    listed = [located for located in others if id(located.item) in memory.ran]
    if listed and deletes(need):
        return (
            f"{head}: only the list {listed[0].path} would give it, and nothing is deleted because it comes first "
            f"in a list; say so with --capture '{need.name}=$[0].id @ {listed[0].path}' if that is meant"
        )
    if others:
        later = [located for located in others if id(located.item) in selected]
        if later:
            return f"{head}: {_nothing(need)}; {later[0].path} would, and runs later"
        return f"{head}: {_nothing(need)}; {others[0].path} would, and is not part of this run"
    return (
        f"{head}, and no request of this run gives it; set it with --var {need.name}=... "
        f"or say where it comes from with --capture '{need.name}=$.id @ REQUEST'"
    )


def _nothing(need: Need) -> str:
    resource = " ".join(resource_of(need))
    if is_token(need.words):
        return "no request before it logs in"
    return f"no request before it creates or lists {_plural(resource)}" if resource else "no request before it gives it"


def _plural(noun: str) -> str:
    if noun.endswith("s"):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"

"""What scripts do with variables, found in their syntax trees, without running them.

The walk is JavaScript (js/src/analyse.js), in a V8 of its own that is closed again; only facts come back. It
follows values through variables, helper functions, loops over known lists and destructuring, as far as they are known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from runner.model.records import dataclass
from runner.scripting.assets import analyser
from runner.scripting.isolate import Stopped

#: What a fact says: the variable ``name`` is set, read, unset; a whole scope is cleared; a variable is set whose
#: name is only known in parts (``name`` is a pattern with ``*``); code is run that is a string (``name``: the variable
#: that it came from); the next request is chosen; another request is run.
Kind: TypeAlias = Literal["define", "use", "remove", "clear", "computed", "eval", "next", "run"]

#: seconds for all scripts of a collection, and bytes: both far beyond what real ones need
_LIMIT = 60.0
_MEMORY = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ScriptFact:
    """One thing that a script does. ``scope``: globals, environment, collection, local, data, unknown; None for reads
    that ask all scopes. ``line`` counts from 1. ``code``: what stands in the place of a name that is not known."""

    kind: Kind
    name: str
    scope: str | None
    line: int
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Where a script stops being JavaScript; ``line`` and ``column`` count from 1."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """What one script does, in the order in which it does it.

    Attributes:
        complete: the walk came to its end; False for scripts that are too large for it, or too strange.
    """

    facts: tuple[ScriptFact, ...] = ()
    error: SyntaxProblem | None = None
    complete: bool = True


def analyse(sources: Sequence[str], lookup: Callable[[str], str | None] | None = None) -> tuple[ScriptFacts, ...]:
    """The facts of each script. What one script leaves in global names (a helper function of the collection's
    prerequest script) or, as text, in variables is known to the others.

    Args:
        lookup: values of variables before anything runs; asked for those that hold code which a script runs.

    Raises:
        ScriptEngineError: V8 cannot be started.
    """
    if not sources:
        return ()
    from runner.scripting.v8 import open_isolate

    isolate = open_isolate(analyser(), _MEMORY)
    values: dict[str, str] = {}
    try:
        found = json.loads(isolate.call("S" + json.dumps([sources]), _LIMIT))
        for name in {fact["name"] for one in found for fact in one["facts"] if fact["kind"] == "eval"}:
            value = lookup(name) if lookup else None
            if value:
                values[name] = value
        if values:
            found = json.loads(isolate.call("S" + json.dumps([sources, values]), _LIMIT))
    except Stopped:
        return tuple(ScriptFacts(complete=False) for _ in sources)
    finally:
        isolate.close()
    return tuple(_facts(one) for one in found)


def _facts(found: Mapping[str, Any]) -> ScriptFacts:
    return ScriptFacts(
        tuple(ScriptFact(**fact) for fact in found["facts"]),
        SyntaxProblem(**found["error"]) if found["error"] else None,
        found["complete"],
    )

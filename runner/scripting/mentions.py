"""What scripts say, read off their syntax trees: which parts of Postman's API they name and where.

Unlike ``runner.scripting.analysis`` no value is followed, so that what is found is certain. The walk is JavaScript
(js/src/analysis/mentions.js).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from runner.model.records import dataclass
from runner.scripting.analysis import SyntaxProblem
from runner.scripting.assets import analyser
from runner.scripting.isolate import Stopped

#: seconds for all scripts of a collection, and bytes
_LIMIT = 60.0
_MEMORY = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a script; both count from 1, columns in UTF-16 units as JavaScript counts them."""

    line: int
    column: int = 1


@dataclass(frozen=True, slots=True)
class Argument:
    """The first argument of a call: ``value`` is there for a text that is written down."""

    kind: Literal["none", "null", "text", "other"]
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A chain of names that begins with one of Postman's.

    Attributes:
        path: ``("pm", "expect", "()", "to", "eql", "()")``; None for a name that is computed.
        spots: where each of them stands.
        argument: of the last call.
        guarded: the script asks whether it is there (``typeof``, ``if``, ``?.``), or catches what it throws.
        statement: it is a statement of its own, and its value is dropped.
        inside: it stands in a function, which may run at another time.
        always: it runs whenever the script does.
    """

    path: tuple[str | None, ...]
    spots: tuple[Spot, ...]
    argument: Argument | None
    guarded: bool
    statement: bool
    inside: bool
    always: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A string that is written down in a script."""

    text: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class ScriptMentions:
    """What one script names.

    Attributes:
        assigned: paths below Postman's names that the script assigns to.
        free: names that neither the script nor Postman defines: another script must have left them.
        hidden: Postman's names that the script gives to something of its own.
        error: why the script is no JavaScript; then all else is empty.
        complete: False if it could not be looked at.
    """

    mentions: tuple[Mention, ...] = ()
    assigned: tuple[tuple[str | None, ...], ...] = ()
    free: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    strings: tuple[Written, ...] = ()
    error: SyntaxProblem | None = None
    complete: bool = True


def mentions(sources: Sequence[str]) -> tuple[ScriptMentions, ...]:
    """What each script names.

    Raises:
        ScriptEngineError: V8 cannot be started.
    """
    if not sources:
        return ()
    from runner.scripting.v8 import open_isolate

    isolate = open_isolate(analyser(), _MEMORY)
    try:
        found = json.loads(isolate.call("M" + json.dumps([sources]), _LIMIT))
    except Stopped:
        return tuple(ScriptMentions(complete=False) for _ in sources)
    finally:
        isolate.close()
    return tuple(_script(one) for one in found)


def _script(found: Mapping[str, Any]) -> ScriptMentions:
    return ScriptMentions(
        tuple(_mention(one) for one in found["mentions"]),
        tuple(tuple(path) for path in found["assigned"]),
        frozenset(found["free"]),
        frozenset(found["hidden"]),
        tuple(Written(text, Spot(line, column)) for text, line, column in found["strings"]),
        SyntaxProblem(**found["error"]) if found["error"] else None,
    )


def _mention(found: Mapping[str, Any]) -> Mention:
    argument = found["argument"]
    return Mention(
        tuple(found["path"]),
        tuple(Spot(line, column) for line, column in found["at"]),
        Argument(argument["kind"], argument.get("value")) if argument else None,
        found["guarded"],
        found["statement"],
        found["inside"],
        found["always"],
    )

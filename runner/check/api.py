"""Postman's API by name: what a chain of names leads to.

postman_api.json holds the names as the sandbox has them; a test (tests/check/test_api.py) reads them off it anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from runner.check.names import near
from runner.model.collection import Listen
from runner.model.records import dataclass

#: What every object and function has.
_EVERYWHERE = frozenset({
    "apply", "bind", "call", "constructor", "hasOwnProperty", "isPrototypeOf", "length", "name",
    "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
})  # fmt: skip
#: Objects whose members depend on the request: only calls of what no request has are wrong, so nothing is said of them.
_OPEN = {("pm", "request", "body"), ("pm", "request", "auth"), ("pm", "request", "url")}
#: Words of an assertion that check nothing by themselves (https://www.chaijs.com/api/bdd/).
_FILLERS = frozenset({
    "all", "also", "and", "any", "at", "be", "been", "but", "deep", "does", "has", "have", "is", "itself", "nested",
    "not", "of", "ordered", "own", "same", "still", "that", "to", "which", "with",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unknown:
    """The first name of a chain that leads nowhere.

    Attributes:
        index: its place in the chain.
        kind: what it would be: a call, a member that is read, a word of an assertion, or the call of a word of an
            assertion that is no function (``property``).
        meant: the whole path, or the word, that was probably meant.
    """

    index: int
    kind: Literal["call", "member", "assertion", "property"]
    meant: str | None = None


def unknown(path: Sequence[str | None], listen: Listen) -> Unknown | None:
    """What of a chain does not exist in scripts of this kind; None if all does, as far as it is known."""
    if path[0] not in ("pm", "postman"):
        return None
    table = _table()[listen]
    node: Any = table[path[0]]
    for index, name in enumerate(path[1:], 1):
        if name is None or node in ("value", "function") or name in _EVERYWHERE or tuple(path[:index]) in _OPEN:
            return None
        if node == "assertion":
            words = table["assertion"]
            if name == "()" and words.get(path[index - 1]) == "property":
                return Unknown(index, "property")
            if name != "()" and name not in words:
                return Unknown(index, "assertion", near(name, words, 0.6))
            continue
        found = node.get(name)
        if found is None:
            rest = len(path) > index + 1
            meant = None if name == "()" else _meant(path, index, node, table)
            return Unknown(index, "call" if rest or name == "()" else "member", meant)
        node = found
    return None


def unfinished(path: Sequence[str | None], listen: Listen) -> bool:
    """Whether a chain is an assertion that ends before it checks anything: ``pm.expect(a).to.equal`` without a call."""
    table = _table()[listen]
    if tuple(path[:3]) != ("pm", "expect", "()") and not (len(path) > 2 and path[0] == "pm" and path[2] == "to"):
        return False
    last = path[-1]
    if last == "()":
        return len(path) == 3  # pm.expect(a)
    return last in _FILLERS or table["assertion"].get(last) in ("method", "chain")


def _meant(path: Sequence[str | None], index: int, node: Mapping[str, Any], table: Mapping[str, Any]) -> str | None:
    """The path that was probably meant: a name beside, or the same name elsewhere."""
    name = path[index]
    assert name is not None
    before = ".".join(str(one) for one in path[:index])
    for place in ("pm", "pm.execution", "pm.response", "pm.environment"):
        other: Any = table
        for part in place.split("."):
            other = other.get(part, {}) if isinstance(other, Mapping) else {}
        if isinstance(other, Mapping) and name in other and place != before and path[0] != "postman":
            return f"{place}.{name}"
    beside = near(name, [one for one in node if one != "()"], 0.7)
    return f"{before}.{beside}" if beside else None


@cache
def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(Path(__file__).with_name("postman_api.json").read_text("utf-8"))
    return found

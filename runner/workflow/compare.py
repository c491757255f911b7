"""The operators of ``expect``: one table, name -> how it compares and how it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from runner.model.collection import Json
from runner.model.records import dataclass

TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")


@dataclass(frozen=True, slots=True)
class Operator:
    """``holds(actual, operand)`` may raise TypeError or re.error; ``phrase`` stands between the two in a report."""

    phrase: str
    holds: Callable[[Any, Any], bool]


def same(one: Json, other: Json) -> bool:
    """Equality of JSON values: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def type_name(value: Json) -> str:
    """The type as JSON Schema names it."""
    names: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object"}
    if value is None:
        return "null"
    return next((name for kind, name in names.items() if isinstance(value, kind)), "array")


def shown(value: Json) -> str:
    """A value in a report: JSON, not too long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:197] + "..."


def _numbers(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def holds(actual: Any, operand: Any) -> bool:
        text = isinstance(actual, str) and isinstance(operand, str)
        numbers = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (actual, operand))
        if not text and not numbers:
            raise TypeError(f"it is {shown(actual)}, which cannot be compared with {shown(operand)}")
        return compare(actual, operand)

    return holds


def _contains(actual: Any, operand: Any) -> bool:
    if isinstance(actual, str):
        return (operand if isinstance(operand, str) else shown(operand)) in actual
    if isinstance(actual, dict):
        return operand in actual if isinstance(operand, str) else _part(actual, operand)
    if isinstance(actual, list):
        return any(same(element, operand) for element in actual)
    raise TypeError(f"it is {shown(actual)}, which contains nothing")


def _part(actual: Mapping[str, Any], operand: Any) -> bool:
    return isinstance(operand, dict) and all(key in actual and same(actual[key], operand[key]) for key in operand)


def _matches(actual: Any, operand: Any) -> bool:
    return re.search(str(operand), actual if isinstance(actual, str) else shown(actual)) is not None


def _type(actual: Any, operand: Any) -> bool:
    wanted = operand if isinstance(operand, list) else [operand]
    name = type_name(actual)
    return name in wanted or (name == "integer" and "number" in wanted)


def _length(actual: Any, operand: Any) -> bool:
    if not isinstance(actual, (str, list, dict)):
        raise TypeError(f"it is {shown(actual)}, which has no length")
    if isinstance(operand, dict):
        return all(OPERATORS[name].holds(len(actual), bound) for name, bound in operand.items())
    return same(len(actual), operand)


OPERATORS: Mapping[str, Operator] = {
    "equals": Operator("is", same),
    "not": Operator("is not", lambda actual, operand: not same(actual, operand)),
    "gt": Operator("is greater than", _numbers(lambda actual, operand: bool(actual > operand))),
    "gte": Operator("is at least", _numbers(lambda actual, operand: bool(actual >= operand))),
    "lt": Operator("is less than", _numbers(lambda actual, operand: bool(actual < operand))),
    "lte": Operator("is at most", _numbers(lambda actual, operand: bool(actual <= operand))),
    "in": Operator("is one of", lambda actual, operand: any(same(actual, one) for one in operand)),
    "contains": Operator("contains", _contains),
    "not_contains": Operator("does not contain", lambda actual, operand: not _contains(actual, operand)),
    "matches": Operator("matches", _matches),
    "exists": Operator("exists:", lambda actual, operand: bool(operand)),
    "type": Operator("is of type", _type),
    "length": Operator("has the length", _length),
}

"""Variable scopes and the order in which they are asked.

The rules are those of postman-collection (lib/collection/variable.js, variable-scope.js): the last
enabled row of a name wins, types cast on the way in and out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

from runner.model.collection import UNDEFINED, Json, Variable, VariableSet
from runner.model.records import dataclass, field, replace
from runner.model.written import WrittenFloat, WrittenList, WrittenObject

VARIABLE_TYPES = ("string", "boolean", "number", "array", "object", "any")
"""Types with a meaning of their own; Postman writes all others (secret, default, ...) as ``any``."""


class VariableScope:
    """One scope (globals, collection, environment, local): ordered rows, changed in place."""

    def __init__(self, variables: VariableSet) -> None:
        self.id, self.name = variables.id, variables.name
        self._rows = [_normalised(variable) for variable in variables.values]
        self._index: dict[str, Variable] | None = None
        self._json: tuple[dict[str, Json], ...] | None = None

    def find(self, key: str) -> Variable | None:
        """The last enabled row of that name."""
        if self._index is None:
            self._index = {row.key: row for row in self._rows if row.enabled}
        return self._index.get(key)

    def value(self, key: str) -> Json:
        """The value as a script would get it; ``UNDEFINED`` if there is no such row."""
        row = self.find(key)
        return UNDEFINED if row is None else cast_out(row)

    def set(self, key: str, value: Json, type: str | None = None) -> None:
        """Changes the row that `find` returns, or appends one."""
        row = self.find(key)
        kind: str | None
        if row is None:
            kind = type if type in VARIABLE_TYPES else None
            self._rows.append(Variable(key, cast_in(value, kind), kind))
        else:
            kind = type if type in VARIABLE_TYPES else row.type
            at = next(i for i in range(len(self._rows) - 1, -1, -1) if self._rows[i] is row)
            self._rows[at] = replace(row, value=cast_in(value, kind), type=kind)
        self._changed()

    def unset(self, key: str) -> None:
        """Removes every enabled row of that name; disabled ones stay."""
        self._rows = [row for row in self._rows if row.key != key or not row.enabled]
        self._changed()

    def replace_rows(self, rows: Iterable[Variable]) -> None:
        """Takes over a whole list."""
        self._rows = [_normalised(row) for row in rows]
        self._changed()

    def copy(self) -> VariableScope:
        """An independent scope with the same rows."""
        twin = VariableScope(VariableSet(self.id, self.name))
        twin._rows, twin._index, twin._json = list(self._rows), self._index, self._json
        return twin

    def snapshot(self) -> VariableSet:
        """The rows as they are now."""
        return VariableSet(self.id, self.name, tuple(self._rows))

    def to_json(self) -> tuple[dict[str, Json], ...]:
        """Rows as Postman JSON; the same object until something changes."""
        if self._json is None:
            self._json = tuple(_row_json(row) for row in self._rows)
        return self._json

    def _changed(self) -> None:
        self._index = self._json = None


@dataclass(slots=True)
class Scopes:
    """All scopes of a run. Look-up order: local, iteration data, environment, collection, globals
    (postman-runtime, lib/runner/util.js)."""

    globals: VariableScope
    environment: VariableScope
    collection: VariableScope
    local: VariableScope
    data: Mapping[str, Json] = field(default_factory=dict)

    def copy(self) -> Scopes:
        """Independent scopes with the same rows."""
        return Scopes(
            self.globals.copy(), self.environment.copy(), self.collection.copy(), self.local.copy(), self.data
        )

    def find(self, key: str) -> tuple[str, Json] | None:
        """Name of the scope and the value as a script would get it; None if no scope has it."""
        row = self.local.find(key)
        if row is not None:
            return "local", cast_out(row)
        if key in self.data:
            return "data", self.data[key]
        for name in ("environment", "collection", "globals"):
            row = getattr(self, name).find(key)
            if row is not None:
                return name, cast_out(row)
        return None

    def text(self, key: str) -> str | None:
        """The value as a template shows it; None if there is none (a plain null of the iteration
        data counts as none)."""
        found = self.find(key)
        if found is None or (found[0] == "data" and found[1] is None):
            return None
        return to_text(found[1])


def cast_in(value: Json, kind: str | None) -> Json:
    """What is stored when ``value`` is set on a variable of that type."""
    if value is UNDEFINED and kind not in ("string", "boolean", "number"):
        return value
    if kind == "string":
        return to_text(value)
    if kind == "boolean":
        return truthy(value)
    if kind == "number":
        return to_number(value)
    if kind in ("array", "object"):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def cast_out(variable: Variable) -> Json:
    """What a script gets from a variable."""
    if variable.type not in ("array", "object"):
        return cast_in(variable.value, variable.type)
    try:
        value = json.loads(variable.value)
    except (TypeError, ValueError):
        return UNDEFINED
    return value if isinstance(value, list if variable.type == "array" else dict) else UNDEFINED


def to_text(value: Json) -> str:
    """JavaScript's ``String(value)``, or the text that a value brings along."""
    if isinstance(value, str):
        return value
    if isinstance(value, (WrittenFloat, WrittenObject, WrittenList)):
        return value.text
    if value is None:
        return "null"
    if value is UNDEFINED:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if item is None else to_text(item) for item in value)
    return "[object Object]"


def number_text(value: float) -> str:
    """A number as JavaScript prints it (ECMA-262, Number::toString)."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    all_digits = (whole + fraction).lstrip("0")
    digits = all_digits.rstrip("0") or "0"
    # The value is 0.DIGITS * 10**point, as in the standard's text.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(all_digits))
    sign = "-" if value < 0 else ""
    if digits == "0":
        return "0"
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    return f"{sign}{digits[0]}{'.' + digits[1:] if len(digits) > 1 else ''}e{'+' if power > 0 else '-'}{abs(power)}"


def to_number(value: Json) -> Json:
    """JavaScript's ``Number(value)``; integers stay exact."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if value is None:
        return 0
    text = to_text(value).strip()
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return math.nan


def truthy(value: Json) -> bool:
    """JavaScript's ``Boolean(value)``: empty lists and objects are true."""
    if isinstance(value, (list, dict)):
        return True
    return bool(value) and value is not UNDEFINED and not (isinstance(value, float) and math.isnan(value))


def _normalised(variable: Variable) -> Variable:
    kind = variable.type.lower() if variable.type else None
    if kind == "any" or kind not in VARIABLE_TYPES:
        return variable
    return replace(variable, type=kind, value=cast_in(variable.value, kind))


def _row_json(row: Variable) -> dict[str, Json]:
    kind = row.type if row.type in VARIABLE_TYPES else "any"
    data: dict[str, Json] = {"type": kind, "value": row.value, "key": row.key}
    if row.value is UNDEFINED:
        del data["value"]
    if not row.enabled:
        data["disabled"] = True
    return data

"""Parts of records, with and without secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from runner.model.collection import Json, RequestSpec
from runner.model.records import replace
from runner.reporters.masking.named import MASK, is_value

_Record = TypeVar("_Record")
_COOKIE = re.compile(r"([^=;]+)=([^;]*)")


class Lazily(Sequence[Any]):
    """Saved answers, which are parsed only if somebody looks at them; they are masked then."""

    def __init__(self, values: Sequence[Any], rule: Callable[[Any], Any]) -> None:
        self._values, self._rule = values, rule

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        found = self._values[index]
        return tuple(map(self._rule, found)) if isinstance(index, slice) else self._rule(found)


def changed(record: _Record, **values: Any) -> _Record:
    """The record with these values; the same one if it has them already."""
    for name, value in values.items():
        if value is not getattr(record, name):
            other: Any = record
            made: _Record = replace(other, **values)
            return made
    return record


def hidden(value: Json) -> Json:
    """What is shown of a value with a secret name. Its shape stays, and so do values that are no secrets."""
    if isinstance(value, str):
        return MASK if is_value(value) else value
    if isinstance(value, Mapping):
        return {key: hidden(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hidden(inner) for inner in value]
    return MASK if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def is_sent_whole(spec: RequestSpec) -> bool:
    """Whether the request that was made of it has all that is in it."""
    if spec.auth is not None or spec.certificate or spec.proxy or spec.description or spec.url.variables:
        return False
    if spec.body is not None and spec.body.mode not in (None, "raw"):
        return False
    return all(one.enabled for one in spec.headers) and all(one.enabled for one in spec.url.query)


def without_cookies(value: str, *, all_of_them: bool) -> str:
    """``name=value`` pairs without the values; of ``Set-Cookie`` only the first is a cookie."""
    count = 0 if all_of_them else 1
    return _COOKIE.sub(lambda match: f"{match[1]}={MASK}" if match[2] else match[0], value, count=count)

"""``apikey``: a key in a header or in the query. It replaces what has the same name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.auth.interface import AuthContext, Signed
from runner.auth.params import text, unsigned, with_header, with_query, without_query
from runner.model.collection import Param, RequestSpec


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    key, value = text(params, "key"), text(params, "value")
    in_query = text(params, "in") == "query"
    if not (key or value):
        return unsigned(spec, "key", "value")
    if in_query:  # where Postman sends nothing but texts
        row = Param(params.get("key"), params.get("value"))
        texts = [one if isinstance(one, str) else "" for one in (row.key, row.value)]
        return Signed(with_query(without_query(spec, {key}), row), warnings=_empty(*texts))
    if not key:  # a header without a name is never sent
        return unsigned(spec, "key")
    sent = "null" if params.get("value", "") is None else value  # as in Postman
    return Signed(with_header(spec, key, sent), warnings=_empty(key, value))


def _empty(key: str, value: str) -> tuple[str, ...]:
    return () if key and value else (f"the {'value' if key else 'key'} of the API key is empty",)

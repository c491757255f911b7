"""Reading auth parameters and changing requests: what all auth types share."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from runner.auth.interface import AuthContext, Signed
from runner.model.collection import Header, Param, RequestSpec
from runner.model.records import replace

ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def text(params: Mapping[str, Any], name: str, default: str = "") -> str:
    """A parameter as text, as JavaScript would write it; ``default`` if it is missing, null or empty."""
    value = params.get(name)
    if value is None or value == "" or value is False:
        return default
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def flag(params: Mapping[str, Any], name: str) -> bool:
    """A yes/no parameter: ``True``, ``"true"`` and other values that are not empty, but not ``"false"``."""
    value = params.get(name)
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false")
    return bool(value)


def header(spec: RequestSpec, name: str) -> str | None:
    """Value of the last enabled header called ``name`` (any case), or None."""
    wanted = name.lower()
    return next((h.value for h in reversed(spec.headers) if h.enabled and h.key.lower() == wanted), None)


def without_headers(spec: RequestSpec, *names: str) -> RequestSpec:
    """The request without the headers of these names, whatever their case."""
    unwanted = {name.lower() for name in names}
    return replace(spec, headers=tuple(h for h in spec.headers if h.key.lower() not in unwanted))


def with_header(spec: RequestSpec, name: str, value: str) -> RequestSpec:
    """The request with one more header, the last one; those of the same name are taken out."""
    return replace(spec, headers=(*without_headers(spec, name).headers, Header(name, value, system=True)))


def without_query(spec: RequestSpec, names: Collection[str]) -> RequestSpec:
    """The request without the query parameters of these names (exact case)."""
    return replace(spec, url=replace(spec.url, query=tuple(q for q in spec.url.query if q.key not in names)))


def with_query(spec: RequestSpec, *added: Param) -> RequestSpec:
    """The request with more query parameters at the end."""
    return replace(spec, url=replace(spec.url, query=(*spec.url.query, *added)))


def unsigned(spec: RequestSpec, *missing: str) -> Signed:
    """Nothing to sign with. Newman says nothing here; we do."""
    names = " and ".join((", ".join(missing[:-1]), missing[-1])) if len(missing) > 1 else missing[0]
    return Signed(spec, signed=False, warnings=(f"no {names}: the request is not signed",))


def missing(params: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    """Those of the names that have no value."""
    return tuple(name for name in names if not text(params, name))


def signable_body(spec: RequestSpec, context: AuthContext, warnings: list[str]) -> bytes | None:
    """The bytes of the body for a hash, or None if there is no body.

    Postman leaves multipart bodies out of every signature; so do we, with a word in ``warnings``.
    """
    if spec.body is None or not spec.body.enabled:
        return None
    if spec.body.mode == "formdata":
        if spec.body.formdata:
            warnings.append("a multipart body is not part of the signature, as in Postman")
        return None
    return context.body(spec) or None

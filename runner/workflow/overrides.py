"""What one step sends differently from the collection."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from runner.expressions import Lookup, as_text
from runner.model.collection import UNDEFINED, Body, FormParam, Header, Json, Param, RequestSpec, Url
from runner.model.records import replace
from runner.workflow.spec import Overrides
from runner.workflow.texts import filled

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|(\{\{[^{}]*\}\}|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)')
_MARK = "\ue000"  # of the private use area: no text has it
_KEPT = re.compile(f'"{_MARK}([0-9]+){_MARK}"')


def overridden(request: RequestSpec, overrides: Overrides, lookup: Lookup) -> RequestSpec:
    """The request with other headers, another body, and other parts of the URL.

    Raises:
        ExpressionError: a template cannot be evaluated.
    """
    headers = request.headers
    for name, written in overrides.headers.items():
        value = filled(written, lookup)
        headers = tuple(one for one in headers if one.key.lower() != name.lower())
        if value is not None:
            headers = (*headers, Header(name, as_text(value)))
    body = request.body
    if overrides.body is not UNDEFINED:
        body = _body(body, filled(overrides.body, lookup))
    url = _url(request.url, overrides, lookup) if overrides.path or overrides.query else request.url
    return replace(request, headers=headers, body=body, url=url)


def merged(target: Json, patch: Json) -> Json:
    """JSON Merge Patch (RFC 7396): objects are merged, null removes, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def with_members(raw: str | None, patch: Json) -> str:
    """A JSON text with members set (see ``merged``). Templates outside of its strings, ``{"id": {{id}}}``, and
    numbers stay as they are written.

    Raises:
        ValueError: ``raw`` is no JSON object.
    """
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match.group(1) is None:  # a string
            return match.group()
        kept.append(match.group())
        return f'"{_MARK}{len(kept) - 1}{_MARK}"'

    target = json.loads(_TOKENS.sub(keep, raw)) if raw and raw.strip() else None
    if not isinstance(target, (dict, type(None))):
        raise ValueError("it is no JSON object")
    text = json.dumps(merged(target, patch), ensure_ascii=False, indent=2)
    return _KEPT.sub(lambda match: kept[int(match.group(1))], text)


def _url(url: Url, overrides: Overrides, lookup: Lookup) -> Url:
    segments = {name: as_text(filled(value, lookup)) for name, value in overrides.path.items()}
    path = tuple(segments.get(part, part) for part in url.path) if url.path is not None else None
    given = {name: filled(value, lookup) for name, value in overrides.query.items()}
    return replace(url, path=path, query=_fields(url.query, given, Param))


def _body(body: Body | None, given: Any) -> Body | None:
    if given is None:
        return None
    if isinstance(given, dict) and body is not None:
        if body.mode == "urlencoded":
            return replace(body, urlencoded=_fields(body.urlencoded, given, Param))
        if body.mode == "formdata":
            return replace(body, formdata=_fields(body.formdata, given, FormParam))
    if not isinstance(given, (dict, list)):
        options = body.options if body is not None and body.mode == "raw" else {}
        return Body("raw", raw=as_text(given), options=options)
    raw = body.raw if body is not None and body.mode == "raw" and isinstance(given, dict) else None
    return Body("raw", raw=with_members(raw, given), options={"raw": {"language": "json"}})


def _fields(rows: tuple[Any, ...], given: Mapping[str, Json], make: Any) -> tuple[Any, ...]:
    kept = tuple(row for row in rows if row.key not in given)
    return (*kept, *(make(name, as_text(value)) for name, value in given.items() if value is not None))

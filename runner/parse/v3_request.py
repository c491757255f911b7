"""A request of a collection v3 as v2.1 JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

from runner.model.collection import Json, Param, Url
from runner.parse.nodes import Spot
from runner.parse.url import parse_url, render_query, render_url, url_from_json, url_to_json
from runner.parse.v3_parts import Known, auth_to_v21, settings_to_v21

#: Requests with these methods lose their body in v2.1 unless the setting ``disableBodyPruning`` says otherwise. In v3
#: a body that is there is sent (Postman CLI 1.62), and the setting is only needed to have it otherwise.
PRUNED = frozenset({"GET", "COPY", "HEAD", "PURGE", "UNLOCK"})
PRUNING = "disableBodyPruning"


def request_to_v21(
    members: Mapping[str, Spot], extra: Mapping[str, Spot], known: Known, *, graphql: bool = False
) -> tuple[dict[str, Json], dict[str, Json]]:
    """The ``request`` and the ``protocolProfileBehavior`` of an item.

    Args:
        members: of the file.
        extra: what it has that only v2.1 has a place for.
        known: what the folders around say.
        graphql: it is a ``graphql-request``, whose body stands in members of its own.
    """
    method = text_of(members.get("method")) or ("POST" if graphql else "GET")
    request: dict[str, Json] = {"method": method}
    if "headers" in members:
        request["header"] = _headers(members["headers"])
    body = _graphql(members) if graphql else body_to_v21(members.get("body"), extra.get("bodyOptions"))
    behavior = settings_to_v21(members["settings"]) if "settings" in members else {}
    if body is not None:
        request["body"] = body
        if method.upper() in PRUNED and PRUNING not in known.settings:
            behavior.setdefault(PRUNING, True)
            if behavior[PRUNING] is False:  # as in v2.1 without a word
                del behavior[PRUNING]
    request["url"] = url_to_v21(members, extra.get("url"))
    if "auth" in members:
        auth = auth_to_v21(members["auth"], known)
        if auth is not None:
            request["auth"] = auth
    for name in ("body", "proxy", "certificate"):
        if name in extra:
            request.setdefault(name, extra[name].plain())
    return request, behavior


def url_to_v21(members: Mapping[str, Spot], parts: Spot | None = None) -> Json:
    """The URL of a request, or of the request of an example.

    Args:
        parts: the same URL in parts, if the file has them.
    """
    query, variables = members.get("queryParams"), members.get("pathVariables")
    return url_of(
        text_of(members.get("url")),
        None if query is None else _rows(query),
        None if variables is None else _rows(variables),
        None if parts is None else parts.plain(),
    )


def url_of(text: str, query: list[Json] | None, variables: list[Json] | None, parts: Json = None) -> Json:
    """A URL as v2.1 has it.

    Args:
        text: all of it; what ``query`` and ``variables`` do not list is taken from here.
        query: rows of parameters; None if there is no list.
        variables: rows of path variables; None if there is no list.
        parts: the URL in parts, where they cannot be had from the text; not used if the text was changed since.
    """
    if query is None and variables is None and parts is None:
        return text
    url = parse_url(text)
    if parts is not None:
        given = url_from_json(parts)
        if render_url(given, substitute=False) == text:
            url = given
    data = url_to_json(url)
    if query is not None:
        data["query"] = _joined(query, url)
    data["variable"] = [{"key": one.key} for one in url.variables] if variables is None else variables
    return {"raw": text, **data}


def _joined(rows: list[Json], url: Url) -> list[Json]:
    """The parameters that are listed, and those that only the text of the URL has, in their places."""
    listed = {_as_written(row.get("key")) for row in rows}
    joined = list(rows)
    for place, param in enumerate(url.query):
        if _as_written(param.key) not in listed:
            joined.insert(place, _param(param))
    return joined


def _as_written(key: Json) -> str:
    """A key as the text of a URL has it."""
    return render_query((Param(key if isinstance(key, str) else ""),))


def _param(param: Param) -> dict[str, Json]:
    return {"key": param.key, "value": param.value}


def _rows(spot: Spot) -> list[Json]:
    """Rows, as a list or as a mapping of names to values."""
    if not spot.is_list:
        return [{"key": key, "value": _value(member)} for key, member in spot.members().items()]
    rows = []
    for element in spot.elements():
        row = element.plain()
        if not isinstance(row, dict):
            raise element.error(f'{spot.what} needs rows with "key" and "value", not {element.described()}')
        rows.append(row)
    return rows


def _value(spot: Spot) -> Json:
    """A value as it is written: ``1.10`` is a text where texts are meant."""
    value = spot.plain()
    return spot.node.value if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _headers(spot: Spot) -> list[Json]:
    rows = _rows(spot)
    for row in rows:
        value = row.get("value")
        if value is None and "value" in row:
            row["value"] = ""
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            row["value"] = json.dumps(value)
    return rows


def body_to_v21(spot: Spot | None, options: Spot | None = None) -> Json:
    """A body; None for the type ``none``.

    Args:
        options: of v2.1, in place of those that the type says.
    """
    if spot is None:
        return None
    members = spot.members()
    if "type" not in members:
        raise spot.error('body lacks "type"')
    kind, content = members["type"].text(), members.get("content")
    body: dict[str, Json]
    if kind == "none":
        return None
    if kind in ("urlencoded", "formdata"):
        body = {"mode": kind, kind: _rows(content) if content is not None else []}
    elif kind == "file":
        value = content.plain() if content is not None else {}
        body = {"mode": kind, kind: value if isinstance(value, dict) else {"src": value}}
    elif kind == "graphql":
        body = {"mode": kind, kind: content.plain() if content is not None else {}}
    else:
        body = {"mode": "raw", **_raw(kind, content)}
    if options is not None:
        given = options.plain()
        if body["mode"] != "raw" or language_of(given) in (kind, None if kind == "text" else kind):
            body["options"] = given
    return body


def language_of(options: Json) -> Json:
    """The language of a raw body, from the ``options`` of v2.1."""
    raw = options.get("raw") if isinstance(options, Mapping) else None
    return raw.get("language") if isinstance(raw, Mapping) else None


def _raw(kind: str, content: Spot | None) -> dict[str, Json]:
    raw: dict[str, Json] = {}
    if content is not None:
        value = content.plain()
        if isinstance(value, (dict, list)) and kind == "json":
            value = json.dumps(value, ensure_ascii=False, indent=2)  # written as YAML, meant as JSON
        elif not isinstance(value, str):
            value = None if value is None else text_of(content)
        raw["raw"] = value
    if kind != "text":
        raw["options"] = {"raw": {"language": kind}}
    return raw


def _graphql(members: Mapping[str, Spot]) -> dict[str, Json]:
    names = ("query", "variables", "operationName")
    return {"mode": "graphql", "graphql": {name: members[name].plain() for name in names if name in members}}


def text_of(spot: Spot | None) -> str:
    """A text that may be empty or missing; a number as it is written."""
    if spot is None:
        return ""
    if spot.node.id != "scalar":
        raise spot.error(f"{spot.what} must be a text, not {spot.described()}")
    return "" if spot.plain() is None else str(spot.node.value)

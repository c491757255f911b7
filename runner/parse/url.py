"""Postman's way of taking a URL apart and putting it together.

The rules are those of postman-url-encoder (parser/index.js) and postman-collection
(lib/collection/url.js, query-param.js): no percent-encoding happens here, ``{{variables}}`` may hold
any character, and nothing is ever refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runner.model.collection import Json, Param, Url, UrlAuth, Variable
from runner.parse.text import SPACE

_VARIABLE_WITH_RESERVED = re.compile(r"\{\{(?=[^{}.:/?#@&\]]*[.:/?#@&\]])[^{}]*\}\}")
_QUERY_VARIABLE = re.compile(r"\{\{(?=[^{}&#=]*[&#=])[^{}]*\}\}")


def parse_url(text: str) -> Url:
    """Splits a URL string into Postman's parts; path segments like ``:name`` become variables."""
    text = text.lstrip(SPACE)
    if not text:
        return Url()
    mark = next(chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in text)
    hidden = iter(_VARIABLE_WITH_RESERVED.findall(text))
    rest = _VARIABLE_WITH_RESERVED.sub(mark, text)

    rest, hash_sign, fragment = rest.partition("#")
    rest, question_mark, query = rest.partition("?")
    rest = rest.replace("\\", "/")
    protocol: str | None = None
    if "://" in rest:
        protocol, _, rest = rest.partition("://")
        rest = re.sub(r"^/+", "/" if protocol.lower() == "file" else "", rest)
    rest, slash, path = rest.partition("/")
    user_info, at, host_port = rest.rpartition("@")
    host, port = _split_port(host_port)

    def show(part: str) -> str:
        """Puts the hidden variables back; call in the order of the parts in the string."""
        return re.sub(mark, lambda _: next(hidden), part) if mark in part else part

    protocol = show(protocol) if protocol is not None else None
    auth = None
    if at:
        user, colon, password = user_info.partition(":")
        user = show(user)
        auth = UrlAuth(user, show(password) if colon else None)
    hosts = tuple(show(part) for part in host.split(".")) if host else None
    port = show(port) if port is not None else None
    segments = tuple(show(part) for part in path.split("/")) if slash else None
    params = tuple(_parse_params([show(part) for part in query.split("&")])) if question_mark else ()
    return Url(
        protocol=protocol,
        auth=auth,
        host=hosts,
        port=port,
        path=segments,
        query=params,
        hash=show(fragment) if hash_sign else None,
        variables=tuple(Variable(key) for key in _path_variables(segments or ())),
    )


def render_url(url: Url, *, substitute: bool = True) -> str:
    """The URL as one string, disabled parameters left out.

    Args:
        substitute: replace ``:name`` path segments by the values of ``url.variables``.
    """
    text = ""
    if url.protocol:
        text += url.protocol if url.protocol.endswith("://") else url.protocol + "://"
    if url.auth and (url.auth.user is not None or url.auth.password is not None):
        text += url.auth.user or ""
        if url.auth.password is not None:
            text += ":" + url.auth.password
        text += "@"
    if url.host:
        text += ".".join(url.host)
    if url.port is not None:
        text += ":" + url.port
    if url.path is not None:
        text += render_path(url, substitute=substitute)
    query = render_query(url.query)
    if query or any(param.enabled for param in url.query):
        text += "?" + query
    if url.hash is not None:
        text += "#" + url.hash
    return text


def render_path(url: Url, *, substitute: bool = True) -> str:
    """The path with its leading slash."""
    values = {variable.key: variable.value for variable in url.variables} if substitute else {}
    return "/" + "/".join(_fill(segment, values) for segment in url.path or ())


def render_query(params: tuple[Param, ...]) -> str:
    """The enabled parameters joined by ``&``; ``&``, ``#`` (and ``=`` in keys) are escaped."""
    return "&".join(_render_param(param) for param in params if param.enabled)


def parse_query(text: str) -> tuple[Param, ...]:
    """``a=1&b`` as parameters; ``b`` has the value None."""
    return tuple(_parse_params(text.split("&")))


def url_from_json(value: Json) -> Url:
    """A URL as a collection holds it: a string, or an object of parts (``raw`` is not used)."""
    if isinstance(value, str):
        return parse_url(value)
    if not isinstance(value, dict):
        return Url()
    path = value.get("path")
    if isinstance(path, str):
        path = re.sub(r"^/(?=.)", "", path)
        path = None if not path else [""] if path == "/" else path.split("/")
    host = value.get("host")
    if isinstance(host, str):
        host = _labels(host)
    auth = value.get("auth")
    port = value.get("port")
    variables = value.get("variable")
    return Url(
        protocol=_text(value.get("protocol")),
        auth=_user_info(auth) if isinstance(auth, dict) else None,
        host=tuple(_text(part) or "" for part in host) if isinstance(host, list) and host else None,
        port=str(port) if port is not None else None,
        path=tuple(_segment(part) for part in path) if isinstance(path, list) else None,
        query=tuple(params_from_json(value.get("query"))),
        hash=_text(value.get("hash")),
        variables=tuple(
            Variable(
                str(row.get("key") or row.get("id")),
                row.get("value"),
                row.get("type"),
                not row.get("disabled"),
                _description(row),
            )
            for row in (variables if isinstance(variables, list) else ())
            if isinstance(row, dict)
        ),
    )


def _labels(host: str) -> list[str]:
    """The parts between the dots of a host; a dot before ``}}`` with no ``{`` between is a variable's."""
    labels = [""]
    for at, piece in enumerate(host.split("{")):
        end = piece.rfind("}}") + 1
        first, *rest = piece[end:].split(".")
        labels[-1] += ("{" if at else "") + piece[:end] + first
        labels += rest
    return labels


def url_to_json(url: Url) -> dict[str, Json]:
    """The URL as collection v2.1 JSON."""
    data: dict[str, Json] = {}
    if url.protocol is not None:
        data["protocol"] = url.protocol
    if url.auth is not None:
        parts = {"user": url.auth.user, "password": url.auth.password}
        data["auth"] = {key: value for key, value in parts.items() if value is not None}
    if url.port is not None:
        data["port"] = url.port
    if url.path is not None:
        data["path"] = list(url.path)
    if url.host is not None:
        data["host"] = list(url.host)
    if url.hash is not None:
        data["hash"] = url.hash
    data["query"] = [param_to_json(param) for param in url.query]
    data["variable"] = [
        {"type": v.type or "any", **({} if v.value is None else {"value": v.value}), "key": v.key}
        for v in url.variables
    ]
    return data


def param_to_json(param: Param) -> dict[str, Json]:
    """A query or urlencoded parameter as collection JSON."""
    row: dict[str, Json] = {}
    if not param.lacks("key"):
        row["key"] = param.key
    if not param.lacks("value"):
        row["value"] = param.value
    if not param.enabled:
        row["disabled"] = True
    if param.description is not None:
        row["description"] = param.description
    return row


def params_from_json(value: Json) -> Iterator[Param]:
    """A parameter list as people write it: rows, an object, or a query string."""
    if isinstance(value, str):
        yield from parse_query(value) if value else ()
    elif isinstance(value, dict):
        yield from (Param(key, item) for key, item in value.items())
    elif isinstance(value, list):
        for row in value:
            if isinstance(row, str):
                yield from _parse_params([row])
            elif isinstance(row, dict):
                yield Param(
                    row.get("key"),
                    row.get("value"),
                    not row.get("disabled"),  # 1 and "true" switch it off too
                    _description(row),
                    tuple(name for name in ("key", "value") if name not in row),
                )


def _description(row: Mapping[str, Any]) -> str | None:
    text = row.get("description")
    if isinstance(text, dict):
        text = text.get("content")
    return text if isinstance(text, str) else None


def _user_info(auth: Mapping[str, Any]) -> UrlAuth:
    """Postman takes nothing but texts here."""
    user, password = (value if isinstance(value, str) else None for value in (auth.get("user"), auth.get("password")))
    return UrlAuth(user, password)


def _text(value: Json) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _segment(part: Json) -> str:
    if isinstance(part, dict):  # schema v2.0 allows {type, value}
        part = part.get("value")
    return _text(part) or ""


def _split_port(text: str) -> tuple[str, str | None]:
    host, colon, port = text.rpartition(":")
    return (host, port) if colon and "]" not in port else (text, None)


def _parse_params(parts: list[str]) -> Iterator[Param]:
    last = len(parts) - 1
    for index, part in enumerate(parts):
        if not part and index != last:
            yield Param(None, None)  # the empty one of ``a=1&&b=2``: Postman keeps it
            continue
        key, equals, value = part.partition("=")
        yield Param(key, value if equals else None)


def _render_param(param: Param) -> str:
    text = _escape(param.key, True) if isinstance(param.key, str) else ""
    if isinstance(param.value, str):
        text += "=" + _escape(param.value, False)
    return text


def _escape(text: str, equals: bool) -> str:
    if "&" not in text and "#" not in text and not (equals and "=" in text):
        return text

    def plain(part: str) -> str:
        part = part.replace("&", "%26").replace("#", "%23")
        return part.replace("=", "%3D") if equals else part

    done, at = "", 0
    for match in _QUERY_VARIABLE.finditer(text):
        done += plain(text[at : match.start()]) + match.group()
        at = match.end()
    return done + plain(text[at:])


def _path_variables(segments: tuple[str, ...]) -> Iterator[str]:
    seen = set()
    for segment in segments:
        key = _variable_name(segment)
        if key and key not in seen:
            seen.add(key)
            yield key


def _variable_name(segment: str) -> str | None:
    return segment[1:].partition(".")[0] or None if segment.startswith(":") else None


def _fill(segment: str, values: Mapping[str, Json]) -> str:
    key = _variable_name(segment)
    value = values.get(key) if key else None
    return value + segment[len(key) + 1 :] if key and isinstance(value, str) and value else segment

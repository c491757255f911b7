"""Parameters of OpenAPI operations: path, query, headers and cookies, written as their ``style`` says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from runner.importing import build
from runner.importing.build import Members
from runner.importing.openapi_document import Document, text
from runner.importing.openapi_samples import sample
from runner.model.collection import Json
from runner.model.records import dataclass, field

_PLACE = re.compile(r"\{([^{}]+)\}")
_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}
#: OpenAPI says that these are described elsewhere (by the body, the answers and security).
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})


@dataclass(slots=True)
class Params:
    """What the parameters of an operation become."""

    path: dict[str, tuple[str, str]] = field(default_factory=dict)  #: name -> value, description
    query: list[Members] = field(default_factory=list)
    headers: list[Members] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)


def parameters(of_path: Json, of_operation: Json, document: Document) -> Params:
    """The parameters of an operation and of its path; those of the operation win."""
    rows: dict[tuple[str, str], Mapping[str, Json]] = {}
    for value in (*document.items(of_path), *document.items(of_operation)):
        row = document.mapping(value)
        rows[text(row.get("in")), text(row.get("name"))] = row
    made = Params()
    for (where, name), row in rows.items():
        value = example_of(row, document)
        about = text(row.get("description"))
        needed = row.get("required") is True
        if where == "path":
            made.path[name] = (_simple(value), about)
        elif where == "query":
            made.query += [build.row(key, one, about, enabled=needed) for key, one in _query(name, row, value)]
        elif where == "header" and name.lower() not in _NOT_PARAMETERS:
            made.headers.append(build.row(name, _simple(value), about, enabled=needed))
        elif where == "cookie" and needed:
            made.cookies.append(f"{name}={_simple(value)}")
        elif where == "cookie":
            document.notes.add(f"the cookie {name} is optional and was left out")
    return made


def example_of(row: Mapping[str, Json], document: Document) -> Json:
    """The example of a parameter or header, or a value that fits its schema."""
    if "example" in row:
        return row["example"]
    for example in document.mapping(row.get("examples")).values():
        return document.mapping(example).get("value")
    for media in document.mapping(row.get("content")).values():
        found = document.mapping(media)
        value = found["example"] if "example" in found else sample(found.get("schema"), document)
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return sample(row.get("schema"), document)


def url_of(path: str, params: Params) -> Members:
    """``/users/{id}`` with ``{{baseUrl}}`` before it; a parameter that is a whole segment becomes ``:id``."""
    segments, variables = [], []
    for part in path.strip("/").split("/") if path.strip("/") else []:
        match = _PLACE.fullmatch(part)
        if match is None:
            segments.append(_PLACE.sub(lambda found: params.path.get(found[1], ("", ""))[0], part))
            continue
        name = match[1]
        value, about = params.path.get(name, ("", ""))
        segments.append(f":{name}")
        variables.append(build.row(name, value, about))
    if path.endswith("/"):
        segments.append("")
    shown = [f"{row['key']}={row['value']}" for row in params.query if not row.get("disabled")]
    raw = "{{baseUrl}}/" + "/".join(segments) + (f"?{'&'.join(shown)}" if shown else "")
    parts = {"host": ["{{baseUrl}}"], "path": segments, "query": params.query, "variable": variables}
    return build.with_raw(parts, raw)


def _simple(value: Json) -> str:
    """``style: simple``, the one of paths and headers."""
    if isinstance(value, Mapping):
        return ",".join(f"{key},{_text(item)}" for key, item in value.items())
    return ",".join(_text(item) for item in value) if isinstance(value, list) else _text(value)


def _query(name: str, row: Mapping[str, Json], value: Json) -> Iterator[tuple[str, str]]:
    style = text(row.get("style")) or "form"
    explode = row.get("explode", style == "form") is True
    if isinstance(value, list):
        if explode:
            yield from ((name, _text(item)) for item in value)
        else:
            yield name, _DELIMITERS.get(style, ",").join(_text(item) for item in value)
    elif isinstance(value, Mapping):
        if style == "deepObject":
            yield from ((f"{name}[{key}]", _text(item)) for key, item in value.items())
        elif explode:
            yield from ((str(key), _text(item)) for key, item in value.items())
        else:
            yield name, ",".join(_text(part) for pair in value.items() for part in pair)
    else:
        yield name, _text(value)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)

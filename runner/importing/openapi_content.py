"""Bodies of OpenAPI requests and responses: their examples, or values that fit their schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal

from runner.importing import build
from runner.importing.build import Members
from runner.importing.openapi_document import Document, text
from runner.importing.openapi_params import example_of
from runner.importing.openapi_samples import sample
from runner.model.collection import Json

Use = Literal["request", "response"]
#: Media types, those first that are preferred where there are several.
_PREFERRED = ("json", build.FORM, build.MULTIPART, "xml", "text/")


def request_body(value: Json, document: Document, where: str) -> tuple[Members | None, str]:
    """The body of an operation, and its media type; no type if the body brings it along.

    Args:
        where: the operation, for notes.
    """
    content = document.mapping(document.mapping(value).get("content"))
    kind = _chosen(content)
    if not kind:
        return None, ""
    media = document.mapping(content[kind])
    schema = document.mapping(media.get("schema"))
    if kind.lower().startswith(build.FORM):
        fields = _mapping(_value(media, document, "request"))
        return {"mode": "urlencoded", "urlencoded": [build.row(k, plain(v)) for k, v in fields.items()]}, ""
    if kind.lower().startswith(build.MULTIPART):
        return {"mode": "formdata", "formdata": list(_fields(media, schema, document))}, ""
    if text(schema.get("format")) == "binary" or kind.startswith(("image/", "application/octet-stream")):
        return build.file_body(""), kind
    body, kept = _written(_value(media, document, "request"), kind)
    if not kept:
        document.notes.add(f"{where}: there is no example of its {kind} body, which was left empty")
    return build.raw_body(body, kind), kind


def responses(value: Json, request: Members, document: Document) -> Iterator[Members]:
    """The answers of an operation as saved examples; of each status code as many as it has examples."""
    for code, row in document.mapping(value).items():
        answer = document.mapping(row)
        number = _code(str(code))
        if number is None:
            continue
        headers = [
            build.row(name, plain(example_of(document.mapping(header), document)))
            for name, header in document.mapping(answer.get("headers")).items()
            if name.lower() != "content-type"
        ]
        about = text(answer.get("description")).strip().partition("\n")[0]
        title = f"{number} {about or build.reason(number)}".strip()
        content = document.mapping(answer.get("content"))
        kind = _chosen(content)
        if not kind:
            yield build.response(title, number, headers, "", of=request)
            continue
        typed = [build.row("Content-Type", kind), *headers]
        for name, example in _examples(document.mapping(content[kind]), document):
            body, _ = _written(example, kind)
            shown = f"{title}: {name}" if name else title
            yield build.response(shown, number, typed, body, of=request, language=build.language(kind))


def plain(value: Json) -> str:
    """A value as a form or a header has it."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _code(text: str) -> int | None:
    """``200``, ``2XX``; ``default`` is any other, usually an error."""
    if text.isdigit():
        return int(text)
    if len(text) == 3 and text[0].isdigit() and text[1:].upper() == "XX":
        return int(text[0]) * 100
    return 500 if text == "default" else None


def _chosen(content: Mapping[str, Json]) -> str:
    kinds = list(content)

    def rank(kind: str) -> int:
        return next((at for at, part in enumerate(_PREFERRED) if part in kind.lower()), len(_PREFERRED))

    return min(kinds, key=rank) if kinds else ""


def _examples(media: Mapping[str, Json], document: Document) -> Iterator[tuple[str, Json]]:
    named = document.mapping(media.get("examples"))
    for name, example in named.items():
        found = document.mapping(example)
        if "externalValue" in found:
            document.notes.add(f"the example {name} is in another place ({found['externalValue']}) and was left out")
        yield name if len(named) > 1 else "", found.get("value")
    if not named:
        yield "", _value(media, document, "response")


def _value(media: Mapping[str, Json], document: Document, use: Use) -> Json:
    if "example" in media:
        return media["example"]
    for example in document.mapping(media.get("examples")).values():
        return document.mapping(example).get("value")
    return sample(media.get("schema"), document, use)


def _written(value: Json, kind: str) -> tuple[str, bool]:
    """A body as text, and whether there is one: only JSON can be made of a value."""
    if isinstance(value, str) and "json" not in kind:
        return value, True
    if "json" in kind or kind == "*/*":
        return json.dumps(value, indent=2, ensure_ascii=False), True
    return "", value is None


def _fields(media: Mapping[str, Json], schema: Mapping[str, Json], document: Document) -> Iterator[Members]:
    """The fields of a multipart form; those of a binary format are files."""
    properties = document.mapping(schema.get("properties"))
    encodings = document.mapping(media.get("encoding"))
    for name, value in _mapping(_value(media, document, "request")).items():
        part = document.mapping(properties.get(name))
        items = document.mapping(part.get("items"))
        if any(text(one.get("format")) == "binary" or "contentMediaType" in one for one in (part, items)):
            made: Members = {"key": name, "type": "file", "src": ""}
        else:
            made = {"key": name, "value": plain(value), "type": "text"}
        if kind := text(document.mapping(encodings.get(name)).get("contentType")):
            made["contentType"] = kind
        yield made


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}

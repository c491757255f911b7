"""A value that fits a JSON Schema: what its author gives as an example, else the simplest one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from runner.importing.openapi_document import Document, text
from runner.model.collection import Json

_MAX_DEPTH = 12
_STRINGS = {
    "date-time": "2024-01-01T12:00:00Z", "date": "2024-01-01", "time": "12:00:00Z", "duration": "PT1H",
    "email": "user@example.com", "idn-email": "user@example.com", "hostname": "example.com", "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1", "uri": "https://example.com/", "url": "https://example.com/", "uri-reference": "/",
    "uuid": "00000000-0000-4000-8000-000000000000", "byte": "c3RyaW5n", "binary": "", "password": "password",
}  # fmt: skip
_NOTHING = object()


def sample(schema: Json, document: Document, use: Literal["request", "response"] = "request") -> Json:
    """A value of a schema.

    Args:
        use: properties that are only read are left out of requests, those that are only written out of responses.
    """
    return _sample(schema, document, use, ())


def _sample(schema: Json, document: Document, use: str, above: tuple[str, ...]) -> Json:
    found = document.mapping(schema)
    given = _given(found)
    if given is not _NOTHING:
        return given
    reference = text(schema.get("$ref")) if isinstance(schema, Mapping) else ""
    here = (*above, reference)
    if len(here) > _MAX_DEPTH or (reference and reference in above):
        return {} if _kind(found) == "object" else [] if _kind(found) == "array" else None
    if "allOf" in found:
        return _all(found, document, use, here)
    for word in ("oneOf", "anyOf"):
        choices = [c for c in document.items(found.get(word)) if document.mapping(c).get("type") != "null"]
        if choices:
            base = {key: value for key, value in found.items() if key not in (word, "discriminator")}
            own = _sample(base, document, use, here) if "properties" in base else None
            return _merged(own, _sample(choices[0], document, use, here))
    return _of_kind(_kind(found), found, document, use, here)


def _given(schema: Mapping[str, Json]) -> Json:
    if "example" in schema:
        return schema["example"]
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        return examples[0]
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    values = schema.get("enum")
    return values[0] if isinstance(values, list) and values else _NOTHING


def _all(schema: Mapping[str, Json], document: Document, use: str, here: tuple[str, ...]) -> Json:
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    value = _sample(rest, document, use, here) if "properties" in rest else None
    for part in document.items(schema["allOf"]):
        value = _merged(value, _sample(part, document, use, here))
    return value


def _merged(one: Json, other: Json) -> Json:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {**one, **other}
    return one if other is None else other


def _kind(schema: Mapping[str, Json]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):  # 3.1: ["string", "null"]
        kind = next((name for name in kind if name != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    return "array" if "items" in schema else ""


def _of_kind(kind: str, schema: Mapping[str, Json], document: Document, use: str, here: tuple[str, ...]) -> Json:
    if kind == "object":
        return _object(schema, document, use, here)
    if kind == "array":
        item = _sample(schema.get("items"), document, use, here)
        return [] if item is None else [item] * max(1, _int(schema.get("minItems")))
    if kind in ("integer", "number"):
        return _number(schema)
    if kind == "boolean":
        return True
    if kind == "string":
        value = _STRINGS.get(text(schema.get("format")), "string")
        return value.ljust(_int(schema.get("minLength")), "x")[: _int(schema.get("maxLength")) or None]
    return None


def _object(schema: Mapping[str, Json], document: Document, use: str, here: tuple[str, ...]) -> Json:
    hidden = "readOnly" if use == "request" else "writeOnly"
    made = {}
    for name, part in document.mapping(schema.get("properties")).items():
        if document.mapping(part).get(hidden) is not True:
            made[name] = _sample(part, document, use, here)
    more = schema.get("additionalProperties")
    if not made and isinstance(more, Mapping) and more:
        made["key"] = _sample(more, document, use, here)
    return made


def _number(schema: Mapping[str, Json]) -> Json:
    low, high = schema.get("minimum"), schema.get("maximum")
    exclusive = schema.get("exclusiveMinimum")
    if isinstance(exclusive, (int, float)) and not isinstance(exclusive, bool):
        return exclusive + 1
    if isinstance(low, (int, float)):
        return low + 1 if exclusive is True else low
    if isinstance(high, (int, float)):
        return min(high, 0)
    return 0


def _int(value: Json) -> int:
    return value if isinstance(value, int) and 0 <= value < 100 else 0

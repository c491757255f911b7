"""How alike two request bodies are: the one that was saved with an example, and the one that came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from urllib.parse import parse_qsl

from runner.mock.patterns import WILD, TextPattern, known
from runner.model.collection import Body, Json
from runner.model.records import dataclass
from runner.variables import Scopes, to_text

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class BodyPattern:
    """A saved body: its text, or what it consists of (fields of a form, leaves of a JSON document)."""

    text: str | None = None
    pairs: Pairs | None = None
    is_form: bool = False

    def likeness(self, content: bytes, content_type: str) -> float:
        """From 0 (nothing in common) to 1 (the same, whatever the wildcards stand for)."""
        if self.text is None and self.pairs is None:
            return 0.0 if content else 1.0
        if self.is_form:
            return _likeness(self.pairs or frozenset(), frozenset(_form(content, content_type)))
        text = content.decode("utf-8", "replace")
        if self.pairs is not None:
            try:
                return _likeness(self.pairs, frozenset(_leaves(json.loads(text))))
            except (ValueError, RecursionError):
                return 0.0
        return float(TextPattern((self.text or "").strip()).matches(text.strip()))


def body_pattern(body: Body | None, scopes: Scopes) -> BodyPattern:
    """The pattern of an example's request body; one of a file fits no body that is not empty."""
    if body is None or not body.enabled:
        return BodyPattern()
    if body.mode == "urlencoded":
        rows = ((row.key or "", row.value) for row in body.urlencoded if row.enabled)
        return BodyPattern(pairs=_fields(rows, scopes), is_form=True)
    if body.mode == "formdata":
        rows = ((row.key, WILD if row.type == "file" else row.value) for row in body.formdata if row.enabled)
        return BodyPattern(pairs=_fields(rows, scopes), is_form=True)
    if body.mode == "graphql" and body.graphql is not None:
        query = {"query": body.graphql.query, "operationName": body.graphql.operation_name}
        fields = {name: value for name, value in query.items() if value is not None}
        variables = body.graphql.variables
        if variables:
            fields["variables"] = _json(variables) if isinstance(variables, str) else variables
        return BodyPattern(pairs=frozenset(_leaves(_known(fields, scopes))))
    if body.mode != "raw" or not body.raw:
        return BodyPattern()
    text = known(body.raw, scopes)
    try:
        return BodyPattern(text, frozenset(_leaves(json.loads(_quoted(text)))))
    except (ValueError, RecursionError):
        return BodyPattern(text)


def _fields(rows: Iterator[tuple[str, Json]], scopes: Scopes) -> Pairs:
    return frozenset(
        (known(key, scopes), known("" if value is None else to_text(value), scopes)) for key, value in rows
    )


def _known(value: Json, scopes: Scopes) -> Json:
    if isinstance(value, str):
        return known(value, scopes)
    if isinstance(value, Mapping):
        return {key: _known(item, scopes) for key, item in value.items()}
    return [_known(item, scopes) for item in value] if isinstance(value, list) else value


def _json(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _form(content: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    if content_type.lower().startswith("multipart/"):
        head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
        message = message_from_bytes(head + content)
        for part in message.get_payload() if message.is_multipart() else ():
            if not isinstance(part, str):
                value = part.get_payload(decode=True)
                name = part.get_param("name", header="content-disposition")
                yield str(name or ""), value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
        return
    yield from parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Where each value of a document stands, with its text: ``/user/name`` and ``"Ann"``."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}/{key}")
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}/{index}")
    else:
        is_wild = isinstance(value, str) and value == WILD
        yield path, WILD if is_wild else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _likeness(expected: Pairs, actual: Pairs) -> float:
    if not expected and not actual:
        return 1.0
    same = expected & actual
    rest = set(actual - same)
    fitting = len(same)
    for key, text in expected - same:
        if WILD in text or WILD in key:
            found = {pair for pair in rest if _covers(key, text, pair)}
            rest -= found
            fitting += bool(found)
    return fitting / (len(expected) + len(rest))


def _covers(key: str, text: str, pair: tuple[str, str]) -> bool:
    """Whether a wildcard stands for a leaf, or for all that is below it."""
    if text == WILD and WILD not in key:
        return pair[0] == key or pair[0].startswith(f"{key}/")
    return TextPattern(key).matches(pair[0]) and TextPattern(text).matches(pair[1])


def _quoted(text: str) -> str:
    """JSON text, wildcards outside of strings in quotes: ``{"id": {{id}}}`` is no JSON before ``id`` has a value."""
    if WILD not in text:
        return text
    done: list[str] = []
    inside = escaped = False
    for char in text:
        if char == WILD and not inside:
            done.append(f'"{WILD}"')
            continue
        if inside and escaped:
            escaped = False
        elif inside and char == "\\":
            escaped = True
        elif char == '"':
            inside = not inside
        done.append(char)
    return "".join(done)

"""JSON as bytes in which every change is another JSON value: what a fuzzer can work on.

JSON text that is changed at random is hardly ever JSON. Here each byte says what comes next, words that collections
are made of are one byte each, and any bytes at all mean some value.
"""

# ruff: noqa: E501  (tables)

from __future__ import annotations

from typing import Any

Json = Any

#: What collections are made of: names of members, and values that mean something.
WORDS = (
    *("info", "name", "item", "request", "response", "event", "auth", "variable", "description", "schema", "id"),
    *("_postman_id", "protocolProfileBehavior", "url", "method", "header", "body", "proxy", "certificate", "raw"),
    *("mode", "urlencoded", "formdata", "file", "graphql", "options", "disabled", "key", "value", "type", "enabled"),
    *("src", "content", "contentType", "fileName", "query", "variables", "operationName", "language", "protocol"),
    *("host", "port", "path", "hash", "user", "password", "listen", "script", "exec", "packages", "test", "prerequest"),
    *("code", "status", "originalRequest", "cookie", "collection", "values", "requests", "order", "folders", "folders_order"),
    *("data", "dataMode", "rawModeData", "headers", "headerData", "pathVariables", "pathVariableData", "queryParams"),
    *("helperAttributes", "currentHelper", "preRequestScript", "tests", "events", "responses", "folder"),
    *("collectionId", "basic", "bearer", "oauth2", "apikey", "noauth", "username", "token", "string", "number", "boolean", "secret"),
    *("text", "json", "params", "GET", "POST", "followRedirects", "", "/", ":id", "{{a}}", "http://h:1/a/:id?b=c&d#e"),
    *("X-A: b\nC: d", "a=b&c", "__proto__", "\ud800", "a.b", "postman-v1", "javascript", "true", "0", "null", "{}"),
    *("https://schema.getpostman.com/json/collection/v2.1.0/collection.json", "preRequestScript", "graphqlModeData"),
)  # fmt: skip
_NUMBERS = (0, 1, -1, 200, 2**31, 2**53 + 1, -(2**64), 10**30, 0.5, -0.0, 1e308, 1e-9)
_NULL, _TRUE, _FALSE, _NUMBER, _WORD, _TEXT, _LIST, _OBJECT, _END = range(9)
_KINDS = 9
#: What is deeper has no members. Much deeper JSON is not for a fuzzer: see ``tests/parse``.
_DEEPEST = 60


def from_bytes(data: bytes) -> Json:
    """The value that bytes mean; none at all mean null."""
    return _Reader(data).value(0)


def to_bytes(value: Json) -> bytes:
    """Bytes that mean a value. Numbers that are not in the table become the nearest of the same type, and text
    beyond 255 bytes is cut: seeds need not be more exact."""
    if value is None:
        return bytes([_NULL])
    if isinstance(value, bool):
        return bytes([_TRUE if value else _FALSE])
    if isinstance(value, (int, float)):
        alike = [number for number in _NUMBERS if isinstance(number, int) is isinstance(value, int)]
        return bytes([_NUMBER, _NUMBERS.index(min(alike, key=lambda number: abs(number - value)))])
    if isinstance(value, str):
        if value in WORDS:
            return bytes([_WORD, WORDS.index(value)])
        raw = value.encode("utf-8", "surrogatepass")[:255]
        return bytes([_TEXT, len(raw)]) + raw
    if isinstance(value, list):
        return bytes([_LIST]) + b"".join(map(to_bytes, value)) + bytes([_END])
    members = b"".join(to_bytes(key) + to_bytes(item) for key, item in value.items())
    return bytes([_OBJECT]) + members + bytes([_END])


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def _byte(self, default: int = _END) -> int:
        if self._at >= len(self._data):
            return default
        self._at += 1
        return self._data[self._at - 1]

    def _ends(self) -> bool:
        if self._at < len(self._data) and self._data[self._at] % _KINDS != _END:
            return False
        self._at += 1
        return True

    def value(self, depth: int) -> Json:
        kind = self._byte() % _KINDS
        if kind == _NUMBER:
            return _NUMBERS[self._byte(0) % len(_NUMBERS)]
        if kind == _WORD:
            return WORDS[self._byte(0) % len(WORDS)]
        if kind == _TEXT:
            length = self._byte(0)
            self._at += length
            return self._data[self._at - length : self._at].decode("utf-8", "replace")
        if kind == _LIST:
            found = []
            while depth < _DEEPEST and not self._ends():
                found.append(self.value(depth + 1))
            return found
        if kind == _OBJECT:
            members = {}
            while depth < _DEEPEST and not self._ends():
                key = self.value(_DEEPEST)
                members[key if isinstance(key, str) else str(key)] = self.value(depth + 1)
            return members
        return {_TRUE: True, _FALSE: False}.get(kind)

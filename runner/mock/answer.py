"""From the chosen example to the response that is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus

from runner.mock.api import MockApi
from runner.mock.match import Found, MockRequest, NotFound, find, methods_of
from runner.model.collection import Variable, VariableSet
from runner.model.records import dataclass
from runner.templating import Resolver
from runner.variables import Scopes, VariableScope

#: What the server itself says of the message, whatever it was when the example was saved.
_OF_THE_MESSAGE = frozenset(
    {"connection", "content-encoding", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade"}
)
_BODILESS = frozenset({204, 205, 304})
_LINE_BREAK = re.compile(r"[\r\n]+\s*")


@dataclass(frozen=True, slots=True)
class MockResponse:
    """What is sent back, and the example that it is made from."""

    code: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    found: Found | None = None


def answer(api: MockApi, request: MockRequest) -> MockResponse:
    """The response to a request: an example with its variables filled in, or 404 and what comes closest."""
    chosen = find(api, request)
    if isinstance(chosen, Found):
        return _from_example(api.scopes, chosen)
    if request.method.upper() == "OPTIONS" and (allowed := methods_of(api, request)):
        return MockResponse(204, "No Content", (("Allow", ", ".join([*allowed, "OPTIONS"])),), b"")
    return _not_found(chosen, request)


def _from_example(scopes: Scopes, found: Found) -> MockResponse:
    example = found.stub.example
    resolver = Resolver(_with(scopes, found.captures))
    headers = [
        (name, _one_line(resolver.text(row.value)))
        for row in example.headers
        if row.enabled and (name := _one_line(resolver.text(row.key)).strip()) and name.lower() not in _OF_THE_MESSAGE
    ]
    text = resolver.text(example.body or "")
    code = example.code if example.code and 200 <= example.code < 1000 else 200
    body = b"" if code in _BODILESS else text.encode(_charset(headers), "replace")
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", _media_type(text)))
    return MockResponse(code, _reason(code, example.status), tuple(headers), body, found)


def _with(scopes: Scopes, captures: Mapping[str, str]) -> Scopes:
    """The same variables, and before them what stood in the path in their place."""
    if not captures:
        return scopes
    rows = tuple(Variable(name, value) for name, value in captures.items())
    local = VariableScope(VariableSet(scopes.local.id, None, rows))
    return Scopes(scopes.globals, scopes.environment, scopes.collection, local, scopes.data)


def _reason(code: int, status: str | None) -> str:
    if status and status.isascii() and status.isprintable():
        return status
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


def _charset(headers: list[tuple[str, str]]) -> str:
    for name, value in headers:
        if name.lower() == "content-type":
            message = Message()
            message["Content-Type"] = value
            charset = str(message.get_param("charset") or "utf-8")
            try:
                "".encode(charset)
            except LookupError:
                return "utf-8"
            return charset
    return "utf-8"


def _media_type(text: str) -> str:
    start = text.lstrip()[:20].lower()
    if start.startswith(("{", "[")):
        return "application/json"
    if start.startswith(("<!doctype html", "<html")):
        return "text/html; charset=utf-8"
    return "application/xml" if start.startswith("<") else "text/plain; charset=utf-8"


def _one_line(text: str) -> str:
    return _LINE_BREAK.sub(" ", text)


def _not_found(missing: NotFound, request: MockRequest) -> MockResponse:
    error = {
        "name": "mockRequestNotFoundError",
        "message": missing.reason[0].upper() + missing.reason[1:] + ".",
        "request": {"method": request.method, "path": request.path},
        "nearest": list(missing.nearest),
    }
    body = json.dumps({"error": error}, indent=2, ensure_ascii=False).encode()
    return MockResponse(404, "Not Found", (("Content-Type", "application/json"),), body)

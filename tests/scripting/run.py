"""Runs one script in a real V8 and collects what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.model.collection import Script
from runner.model.result import Assertion, ConsoleLine, ErrorInfo
from runner.scripting.interface import (
    CookieCall,
    Message,
    RunRequest,
    ScopeValues,
    ScriptContext,
    ScriptEngine,
    ScriptError,
    ScriptOutcome,
    ScriptResponse,
    SendRequest,
)

Answer = ScriptResponse | ErrorInfo


@dataclass
class Ran:
    """What a script did: its messages in order, and how it ended."""

    messages: list[Message]
    outcome: ScriptOutcome
    requests: list[Mapping[str, Any]] = field(default_factory=list)
    cookie_calls: list[tuple[str, Sequence[Any]]] = field(default_factory=list)

    @property
    def assertions(self) -> list[Assertion]:
        return [message for message in self.messages if isinstance(message, Assertion)]

    @property
    def console(self) -> list[str]:
        return [", ".join(line.messages) for line in self.messages if isinstance(line, ConsoleLine)]

    @property
    def errors(self) -> list[ErrorInfo]:
        return [message.error for message in self.messages if isinstance(message, ScriptError)]

    @property
    def results(self) -> dict[str, str | None]:
        """Name of each test -> message of its failure."""
        return {test.name: None if test.error is None else test.error.message for test in self.assertions}


def scope(id: str, *rows: Mapping[str, Any], name: str | None = None) -> ScopeValues:
    return ScopeValues(id, rows, name)


def row(key: str, value: Any, type: str = "any") -> dict[str, Any]:
    return {"key": key, "value": value, "type": type}


def response(body: bytes = b'{"a": 1}', code: int = 200, headers: Sequence[tuple[str, str]] = ()) -> ScriptResponse:
    return ScriptResponse("r1", code, "OK", headers, body, 12)


def context(**changes: Any) -> ScriptContext:
    values: dict[str, Any] = {
        "globals": scope("g"),
        "environment": scope("e", name="Env"),
        "collection": scope("c"),
        "local": scope("l"),
        "data": {},
        "request": {"url": "http://example.test/path?q=1", "method": "POST", "header": [{"key": "X-A", "value": "b"}]},
        "response": response(),
        "cookies": [],
        "cursor": {"iteration": 2, "cycles": 5, "position": 0, "length": 1, "ref": "ref"},
        "item_id": "item-id",
        "item_name": "The item",
        "item_path": ("Folder", "The item"),
        "event_item_name": "Folder",
        "timeout": 10_000,
    }
    return ScriptContext(**{**values, **changes})


def run(
    engine: ScriptEngine,
    source: str,
    listen: str = "test",
    *,
    answers: Mapping[str, Answer] | None = None,
    cookies: Callable[[str, Sequence[Any]], Any] = lambda method, args: None,
    **changes: Any,
) -> Ran:
    """Runs ``source``; answers ``pm.sendRequest`` by the host of the URL, and cookie calls by ``cookies``."""
    messages: list[Message] = []
    requests: list[Mapping[str, Any]] = []
    calls: list[tuple[str, Sequence[Any]]] = []
    if listen == "prerequest":
        changes.setdefault("response", None)
    steps = engine.run(Script(listen, source, "script-id"), context(**changes))  # type: ignore[arg-type]
    while True:
        try:
            message = next(steps)
        except StopIteration as end:
            return Ran(messages, end.value, requests, calls)
        match message:
            case SendRequest():
                requests.append(message.request)
                answer = (answers or {})[".".join(message.request["url"]["host"])]
                if isinstance(answer, ErrorInfo):
                    message.reply(answer, None)
                else:
                    message.reply(None, answer)
            case CookieCall():
                calls.append((message.method, message.args))
                message.reply(None, cookies(message.method, message.args))
            case RunRequest():
                raise AssertionError("not expected here")
            case _:
                messages.append(message)

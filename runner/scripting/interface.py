"""What the engine wants from scripting. Nothing here knows V8.

The protocol below is that of postman-sandbox (npm): what a script did comes back as messages in the
order in which it happened; two kinds of message want an answer (``SendRequest`` and ``CookieCall``)
and carry a thread-safe ``reply`` for it. The generator of ``run`` goes on pumping timers and promises
while answers are outstanding, and waits without using the processor when there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from runner.model.collection import Json, Script
from runner.model.records import dataclass, field
from runner.model.result import Assertion, ConsoleLine, ErrorInfo


@dataclass(frozen=True, slots=True)
class ScopeValues:
    """One variable scope as scripts see it: ``values`` are Postman JSON rows ``{key, value, type, disabled}``."""

    id: str
    values: Sequence[Mapping[str, Json]]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptResponse:
    """The response that a test script sees."""

    id: str
    code: int
    status: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    time: int  #: ms
    downloaded: int = 0  #: bytes


@dataclass(frozen=True, slots=True)
class ScriptContext:
    """Everything that one script may read."""

    globals: ScopeValues
    environment: ScopeValues
    collection: ScopeValues
    local: ScopeValues
    data: Mapping[str, Json]
    request: Mapping[str, Json]  #: Postman collection JSON of the request
    response: ScriptResponse | None
    cookies: Sequence[Mapping[str, Json]]
    cursor: Mapping[str, Json]  #: Newman's cursor: ref, length, cycles, position, iteration
    item_id: str
    item_name: str
    item_path: Sequence[str]  #: names from the collection to the item, for pm.execution.location
    event_item_name: str  #: name of the folder or request that the script stands in
    #: ms after which the script is stopped; None = no limit
    timeout: int | None = None
    #: whether pm.execution.runRequest is available; the ids/names are resolved by the engine
    allow_run_request: bool = False


@dataclass(frozen=True, slots=True)
class SendRequest:
    """``pm.sendRequest``. Answer with ``reply(error, response)``; one of the two is None."""

    request: Mapping[str, Json]  #: Postman collection JSON
    reply: Callable[[ErrorInfo | None, ScriptResponse | None], None]


@dataclass(frozen=True, slots=True)
class CookieCall:
    """A call on ``pm.cookies.jar()``; ``method`` and ``args`` are tough-cookie's store interface."""

    method: str
    args: Sequence[Any]
    reply: Callable[[ErrorInfo | None, Any], None]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """``pm.execution.runRequest(id, options)``. Answer with ``reply(error, response, mutations)``."""

    request_id: str
    options: Mapping[str, Json]
    reply: Callable[[ErrorInfo | None, ScriptResponse | None, Mapping[str, Json]], None]


@dataclass(frozen=True, slots=True)
class ScriptError:
    """An error that did not end the script: thrown in a timer or a callback, or a promise
    that was rejected and never handled."""

    error: ErrorInfo


Message: TypeAlias = Assertion | ConsoleLine | SendRequest | CookieCall | RunRequest | ScriptError


@dataclass(frozen=True, slots=True)
class ScopeMutation:
    """One write to a scope, in order. ``value`` is the row's JSON value."""

    scope: str  #: globals, collection, environment
    key: str
    value: Json = None
    type: str | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class ScriptOutcome:
    """How a script ended. ``error`` is what it threw (or why it was stopped)."""

    error: ErrorInfo | None = None
    mutations: Sequence[ScopeMutation] = ()
    #: all rows of a scope after the script, for the scopes it changed, by name
    #: (globals, collection, environment, local); rows keep their order and types
    scopes: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    #: Postman JSON of the request after a prerequest script, None if unchanged
    request: Mapping[str, Json] | None = None
    next_request: str | None = None
    next_request_set: bool = False
    skip_request: bool = False
    #: pm.visualizer.set: {template, data, options}
    visualizer: Mapping[str, Json] | None = None
    stopped: bool = False  #: by a limit of time or memory, or because V8 gave up


class ScriptEngine(Protocol):
    """Runs scripts one after another; nested runs (``RunRequest``) are allowed while the outer one
    waits for its answer. Not thread-safe except for the ``reply`` callables."""

    def run(self, script: Script, context: ScriptContext) -> Generator[Message, None, ScriptOutcome]: ...

    @property
    def starting(self) -> bool:
        """Whether a script would have to wait, because the engine is not up yet."""
        ...

    def expect(self, scripts: Sequence[str]) -> None:
        """Sources that are going to be run: what they need is loaded in advance, if there is time."""
        ...

    def close(self) -> None: ...

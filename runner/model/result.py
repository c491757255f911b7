"""What a run found out. Statuses are derived from these facts, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from runner.model.collection import UNDEFINED, Item, Json, Located, RequestSpec, Script, VariableSet
from runner.model.exchange import Exchange, Response
from runner.model.records import dataclass, field

FailureKind = Literal["assertion", "script", "request", "setup", "capture", "strict"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the run stands (postman-runtime, lib/runner/cursor.js). All numbers count from 0."""

    position: int
    iteration: int
    length: int
    cycles: int
    ref: str
    step: str | None = None  #: what the item is run for, if its collection alone does not say


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An error as JavaScript describes it."""

    name: str
    message: str
    stack: str | None = None
    type: str = "Error"
    #: further members, e.g. ``code`` of a network error; of a failed comparison ``expected`` and ``actual``, as JSON
    details: tuple[tuple[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Assertion:
    """The outcome of one ``pm.test`` (or legacy ``tests[...]``)."""

    name: str
    index: int
    error: ErrorInfo | None = None
    skipped: bool = False
    is_async: bool = False

    @property
    def passed(self) -> bool:
        return self.error is None and not self.skipped


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """One call of ``console.log`` and friends; ``messages`` are already formatted as text."""

    level: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariableChange:
    """A script or capture wrote a variable. ``scope``: globals, collection, environment, local."""

    scope: str
    key: str
    value: Json
    removed: bool = False
    type: str | None = None  #: Postman's, if the writer named one
    origin: str | None = None  #: where the value was found, if somebody worked that out
    #: what the scope had under that name until then
    before: Json = field(default=UNDEFINED, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong. ``at`` says where in Newman's words
    (``assertion:1 in test-script``, ``request``, ``prerequest-script``)."""

    kind: FailureKind
    error: ErrorInfo
    at: str
    item: Located | None
    cursor: Cursor | None = None
    script: Script | None = None
    assertion: Assertion | None = None

    def __str__(self) -> str:
        """``Users/Create user: status is 201: expected 500 to equal 201``."""
        parts = [self.item.path if self.item else "", self.assertion.name if self.assertion else "", self.error.message]
        return ": ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """One script that was run, and what it did, in order."""

    script: Script
    assertions: tuple[Assertion, ...] = ()
    console: tuple[ConsoleLine, ...] = ()
    changes: tuple[VariableChange, ...] = ()
    error: ErrorInfo | None = None
    duration: float = 0.0  #: ms
    #: what the script gave to pm.visualizer.set: its template, data and options
    visualizer: Mapping[str, Json] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """All that happened to one item in one iteration. The last exchange with origin ``item`` is the
    one the test scripts saw. Of an item that was tried several times, this is the last attempt."""

    located: Located
    cursor: Cursor
    exchanges: tuple[Exchange, ...] = ()
    scripts: tuple[ScriptRun, ...] = ()
    failures: tuple[Failure, ...] = ()
    skipped: bool = False
    #: the request as scripts left it, when it never reached the wire
    request: RequestSpec | None = None
    checks: tuple[Assertion, ...] = ()  #: assertions that no script made
    attempts: int = 1
    skip_reason: str | None = None  #: why the item was skipped, if it was not by a script

    @property
    def item(self) -> Item:
        return self.located.item

    @property
    def exchange(self) -> Exchange | None:
        return next((e for e in reversed(self.exchanges) if e.origin == "item"), None)

    @property
    def response(self) -> Response:
        """What the server answered.

        Raises:
            LookupError: it did not, or the item was skipped.
        """
        exchange = self.exchange
        if exchange is None or exchange.response is None:
            why = exchange.error.message if exchange is not None and exchange.error is not None else "nothing was sent"
            raise LookupError(f"{self.located.path} has no response: {why}")
        return exchange.response

    @property
    def response_time(self) -> float:
        """Milliseconds from the start of the request to the end of the response; 0 if nothing was sent."""
        return self.exchange.timings.total if self.exchange is not None else 0.0

    @property
    def assertions(self) -> tuple[Assertion, ...]:
        return (*(a for run in self.scripts for a in run.assertions), *self.checks)

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True)
class Count:
    """A line of the summary."""

    total: int = 0
    failed: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class RunResult:
    """The whole run: totals, failures, final variables."""

    started: float  #: epoch seconds
    ended: float  #: epoch seconds
    iterations: Count = Count()
    items: Count = Count()
    requests: Count = Count()
    scripts: Count = Count()
    prerequests: Count = Count()
    tests: Count = Count()
    assertions: Count = Count()
    test_scripts: Count = Count()
    prerequest_scripts: Count = Count()
    #: The first 10,000, their texts cut off after 4,000 characters; ``ItemFinished`` has all of each.
    failures: tuple[Failure, ...] = ()
    error: str | None = None  #: why the run ended early, if it did
    interrupted: bool = False
    environment: VariableSet | None = None
    globals: VariableSet | None = None
    collection_variables: VariableSet | None = None
    #: names that nothing defined, with the path of the item that first used each
    unresolved: Mapping[str, str] = field(default_factory=dict)
    #: for some of them a clause that says where a value would come from
    advice: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.failures and self.error is None and not self.interrupted

    @property
    def variables(self) -> dict[str, Json]:
        """The variables at the end of the run, by name; of several with one name the one that a request would get."""
        scopes = (self.globals, self.collection_variables, self.environment)
        return {row.key: row.value for scope in scopes if scope for row in scope.values if row.enabled}

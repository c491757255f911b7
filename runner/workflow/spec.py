"""What a workflow file says, as data. Templates and expressions are still text here, checked by the loader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from runner.model.collection import UNDEFINED, Json
from runner.model.records import dataclass, field
from runner.workflow.capture import Capture

OnFailure: TypeAlias = Literal["stop", "continue", "skip-dependents"]
Subject: TypeAlias = Literal["status", "time", "header", "json", "body", "schema", "that"]

ON_FAILURE: tuple[str, ...] = get_args(OnFailure)


@dataclass(frozen=True, slots=True)
class Written:
    """A text and the 1-based line where it is written."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Check:
    """One line of ``expect``.

    Attributes:
        subject: what is looked at.
        key: the header, JSONPath or expression; empty where there is only one of the kind.
        operators: name and operand of each comparison, all of which must hold.
        line: 1-based.
    """

    subject: Subject
    key: str
    operators: tuple[tuple[str, Json], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next attempt; all times in seconds.

    The wait is ``first * factor ** (attempt - 1)``, at most ``longest``, less a random part of up to
    ``jitter`` (0 to 1) of it.
    """

    first: float = 1.0
    factor: float = 2.0
    longest: float = 30.0
    jitter: float = 0.5


@dataclass(frozen=True, slots=True)
class Retry:
    """Sending a request again.

    Attributes:
        times: further attempts after the first.
        on: ``error`` (no response), ``failure`` (a failed check or script), statuses such as ``503`` and ``5xx``.
        retry_after: longest wait in seconds that a server may ask for; None ignores its Retry-After.
    """

    times: int = 3
    on: tuple[str, ...] = ("error", "408", "425", "429", "5xx")
    backoff: Backoff = Backoff()
    retry_after: float | None = 60.0


@dataclass(frozen=True, slots=True)
class Poll:
    """Sending a request until an expression is true; times in seconds."""

    until: Written
    every: float = 1.0
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class ForEach:
    """What a step is repeated over: a list (or an expression that gives one), or the rows of a data file.

    Attributes:
        name: the variable that holds the element; the columns of an element that is an object are variables too.
    """

    line: int
    values: Json = None
    file: str | None = None
    name: str = "item"


@dataclass(frozen=True, slots=True)
class Overrides:
    """What one step sends differently. A header or query parameter of None is left out; ``body`` is UNDEFINED if it
    stays. ``path``: by segment as the collection has it, ``:id`` or ``<user id>``."""

    headers: Mapping[str, Json] = field(default_factory=dict)
    body: Json = UNDEFINED
    line: int = 0
    path: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.headers or self.path or self.query) or self.body is not UNDEFINED


@dataclass(frozen=True, slots=True)
class Step:
    """A step: exactly one of ``run``, ``steps`` and ``parallel`` is not empty.

    Attributes:
        title: its name, if it was given one; reports show it.
        needs: names of steps of the same list; None follows the step before it, whatever became of it.
        after: names of all steps that must have ended before this one starts.
        parallel: the branches.
    """

    name: str
    line: int
    run: tuple[Written, ...] = ()
    steps: tuple[Step, ...] = ()
    parallel: tuple[Step, ...] = ()
    when: Written | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    overrides: Overrides = Overrides()
    captures: tuple[tuple[Capture, int], ...] = ()
    checks: tuple[Check, ...] = ()
    retry: Retry | None = None
    poll: Poll | None = None
    foreach: ForEach | None = None
    title: str | None = None
    needs: tuple[Written, ...] | None = None
    after: tuple[str, ...] = ()
    on_failure: OnFailure = "stop"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file.

    Attributes:
        path: as the user named it.
        collections: name -> file, URL or UID; the name is empty if there is only one collection.
        always: steps that run at the end, whatever happened.
        lines: of the variables.
    """

    path: str
    name: str
    collections: Mapping[str, Written]
    steps: tuple[Step, ...]
    always: tuple[Step, ...] = ()
    variables: Mapping[str, Json] = field(default_factory=dict)
    secrets: tuple[Written, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

"""The one stream of a run. A listener is a ``match event:``; events it does not know fall through.

Order for one item::

    ItemStarted
      ScriptStarted, ConsoleLogged*, AssertionChecked*, ExchangeFinished (origin script)*,
        VariableChanged*, ScriptFinished                              for each prerequest script
      RequestStarted, ExchangeFinished (origin auth)*, ExchangeFinished (origin item)
      ScriptStarted ... ScriptFinished                                for each test script
      AssertionChecked*                                               for checks that no script makes
    ItemFinished

Several inputs in one run are one run: one ``RunStarted``, one ``RunFinished``, and the events of each input between
its ``InputStarted`` and ``InputFinished``. Their collections are the folders of the collection of ``RunStarted``.

An item that is tried again has ``ItemRetried`` and the same events again before its ``ItemFinished``. What failed in
an attempt that was not the last stands in ``ItemRetried`` only.
"""

from __future__ import annotations

from typing import TypeAlias

from runner.model.collection import Collection, Located, RequestSpec, Script, VariableSet
from runner.model.exchange import Exchange
from runner.model.records import dataclass
from runner.model.result import (
    Assertion,
    ConsoleLine,
    Cursor,
    Failure,
    ItemResult,
    RunResult,
    ScriptRun,
    VariableChange,
)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run begins: what it is of, and the variables that it begins with."""

    collection: Collection
    environment: VariableSet
    globals: VariableSet
    iterations: int
    length: int  #: items per iteration
    started: float  #: epoch seconds


@dataclass(frozen=True, slots=True)
class InputStarted:
    """One of several inputs of a run. ``collection`` is a child of the collection of ``RunStarted``; its name there
    belongs to no other input."""

    location: str  #: file, folder, URL or UID, as the user named it
    collection: Collection
    environment: VariableSet
    globals: VariableSet
    iterations: int
    length: int  #: items per iteration
    started: float  #: epoch seconds


@dataclass(frozen=True, slots=True)
class InputFinished:
    """One of several inputs has ended."""

    result: RunResult  #: of this input alone


@dataclass(frozen=True, slots=True)
class IterationStarted:
    """An iteration begins."""

    cursor: Cursor


@dataclass(frozen=True, slots=True)
class ItemStarted:
    """An item begins: its scripts, then its request."""

    located: Located
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class ScriptStarted:
    """A script is about to run."""

    script: Script
    located: Located
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class ConsoleLogged:
    """A script, or htrun itself, said something on the console."""

    line: ConsoleLine
    located: Located


@dataclass(frozen=True, slots=True)
class AssertionChecked:
    """The outcome of a test of a script, or of a check; ``failure`` is set if it failed."""

    assertion: Assertion
    located: Located
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class VariableChanged:
    """A script or a capture wrote a variable."""

    change: VariableChange
    located: Located


@dataclass(frozen=True, slots=True)
class ScriptFinished:
    """A script has ended; ``run`` has all that it did."""

    run: ScriptRun
    located: Located
    cursor: Cursor
    failure: Failure | None  #: set if the script itself failed
    next_request: str | None = None  #: argument of setNextRequest; see ``next_request_set``
    next_request_set: bool = False


@dataclass(frozen=True, slots=True)
class RequestStarted:
    """A request is about to be resolved, signed and sent; ``request`` is as scripts left it."""

    request: RequestSpec
    located: Located


@dataclass(frozen=True, slots=True)
class ExchangeFinished:
    """A request was sent and answered, or failed; ``exchange.origin`` says who sent it."""

    exchange: Exchange
    located: Located
    cursor: Cursor
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class ItemRetried:
    """An attempt that did not count; the next one begins after ``wait``."""

    result: ItemResult  #: of this attempt
    reason: str  #: why there is another one, e.g. ``status 503``
    wait: float  #: seconds


@dataclass(frozen=True, slots=True)
class ItemFinished:
    """An item has ended; ``result`` has all that happened to it."""

    result: ItemResult


@dataclass(frozen=True, slots=True)
class IterationFinished:
    """An iteration has ended."""

    cursor: Cursor


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run has ended: the last event."""

    result: RunResult


Event: TypeAlias = (
    RunStarted
    | InputStarted
    | InputFinished
    | IterationStarted
    | ItemStarted
    | ScriptStarted
    | ConsoleLogged
    | AssertionChecked
    | VariableChanged
    | ScriptFinished
    | RequestStarted
    | ExchangeFinished
    | ItemRetried
    | ItemFinished
    | IterationFinished
    | RunFinished
)

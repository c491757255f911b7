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
    result: RunResult  #: of this input alone


@dataclass(frozen=True, slots=True)
class IterationStarted:
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class ItemStarted:
    located: Located
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class ScriptStarted:
    script: Script
    located: Located
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class ConsoleLogged:
    line: ConsoleLine
    located: Located


@dataclass(frozen=True, slots=True)
class AssertionChecked:
    assertion: Assertion
    located: Located
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class VariableChanged:
    change: VariableChange
    located: Located


@dataclass(frozen=True, slots=True)
class ScriptFinished:
    run: ScriptRun
    located: Located
    cursor: Cursor
    failure: Failure | None  #: set if the script itself failed
    next_request: str | None = None  #: argument of setNextRequest; see ``next_request_set``
    next_request_set: bool = False


@dataclass(frozen=True, slots=True)
class RequestStarted:
    request: RequestSpec
    located: Located


@dataclass(frozen=True, slots=True)
class ExchangeFinished:
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
    result: ItemResult


@dataclass(frozen=True, slots=True)
class IterationFinished:
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class RunFinished:
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

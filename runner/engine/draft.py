"""An item's result while it is being made; nobody outside of the engine sees it."""

from __future__ import annotations

from runner.engine.inherit import Inherited
from runner.model.collection import Located, RequestSpec, Script
from runner.model.exchange import Exchange
from runner.model.records import dataclass, field
from runner.model.result import (
    Assertion,
    Cursor,
    ErrorInfo,
    Failure,
    FailureKind,
    ItemResult,
    ScriptRun,
)
from runner.scripting.interface import ScriptOutcome


@dataclass(slots=True)
class Draft:
    """Facts about one item in one iteration, in the order in which they come in."""

    located: Located
    cursor: Cursor
    inherited: Inherited
    request: RequestSpec
    depth: int = 0  #: of pm.execution.runRequest
    exchange: Exchange | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    scripts: list[ScriptRun] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    skipped: bool = False
    next_request: str | None = None
    next_request_set: bool = False
    checks: list[Assertion] = field(default_factory=list)  #: assertions that no script made
    attempts: int = 1
    skip_reason: str | None = None
    fatal: ErrorInfo | None = None  #: an error of a script or request, for ``--bail folder``
    inner_failed: bool = False  #: something failed in a request that a script of this one ran

    def fail(
        self,
        kind: FailureKind,
        error: ErrorInfo,
        at: str,
        *,
        script: Script | None = None,
        assertion: Assertion | None = None,
    ) -> Failure:
        """Notes a failure and returns it."""
        failure = Failure(kind, error, at, self.located, self.cursor, script, assertion)
        self.failures.append(failure)
        if kind != "assertion" and self.fatal is None:
            self.fatal = error
        return failure

    def take_over(self, inner: Draft) -> None:
        """With ``--bail`` it is a failure wherever it happens, also in a request that a script runs."""
        self.inner_failed = self.inner_failed or inner.has_failed
        self.fatal = self.fatal or inner.fatal

    @property
    def has_failed(self) -> bool:
        """Whether ``--bail`` ends the run here."""
        return bool(self.failures) or self.inner_failed

    def take(self, outcome: ScriptOutcome) -> None:
        """Notes what a script asked of the run."""
        if outcome.next_request_set:
            self.next_request, self.next_request_set = outcome.next_request, True
        if outcome.skip_request:
            self.skipped = True

    def result(self) -> ItemResult:
        return ItemResult(
            located=self.located,
            cursor=self.cursor,
            exchanges=tuple(self.exchanges),
            scripts=tuple(self.scripts),
            failures=tuple(self.failures),
            skipped=self.skipped,
            request=self.request,
            checks=tuple(self.checks),
            attempts=self.attempts,
            skip_reason=self.skip_reason,
        )

"""A JUnit report that Jenkins, GitLab and the Surefire tools read.

One suite for each item and iteration, one test case for each check. Unlike in Newman's report, a check
that fails in one iteration and passes in the next stays failed, skipped checks are skipped, requests
without checks are there, and errors of scripts and requests are test cases of their own.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from runner.engine import events as ev
from runner.engine.tally import response_time
from runner.model.collection import Collection
from runner.model.exchange import Exchange
from runner.model.records import dataclass, field
from runner.model.result import Assertion, Failure, ItemResult
from runner.reporters.export import Export, copy, export_path
from runner.reporters.failures import FailureStream
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.masking import Secrets
from runner.reporters.options import text
from runner.reporters.terminal.request import excerpt

_DEFAULT = "newman-run-report.xml"
_EXCERPT_LIMIT = 1024
_CONSOLE_LIMIT = 65_536
#: What XML 1.0 cannot hold at all, not even escaped.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return JUnitReport(text(options, "export"))


@dataclass(slots=True)
class Totals:
    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    time: float = 0.0  #: seconds

    def add(self, other: Totals) -> None:
        self.tests += other.tests
        self.failures += other.failures
        self.errors += other.errors
        self.skipped += other.skipped
        self.time += other.time

    def attributes(self) -> str:
        return (
            f'tests="{self.tests}" failures="{self.failures}" errors="{self.errors}" '
            f'skipped="{self.skipped}" time="{self.time:.3f}"'
        )


@dataclass(slots=True)
class Case:
    """One test case: ``outcome`` is the element inside it, or empty for a pass."""

    name: str
    outcome: str = ""
    kind: str = "passed"


@dataclass(slots=True)
class Run:
    """What every suite needs to know of its run."""

    collection: Collection
    environment: str
    hostname: str
    secrets: Secrets = field(default_factory=Secrets)


class JUnitReport:
    """See the module. One instance reports one run."""

    def __init__(self, export: str | None) -> None:
        self._where = export
        self._totals = Totals()
        self._stream = FailureStream()
        self._began: float = 0.0
        self._retries: list[str] = []
        self._run: Run | None = None
        self._export: Export | None = None
        self._suites: TextIO

    def handle(self, event: ev.Event) -> None:
        if isinstance(event, ev.RunStarted):
            self._begin(event)
        if self._run is None or self._export is None:
            return
        late = self._stream.new(event)
        match event:
            case ev.ItemStarted():
                self._began = time.time()
            case ev.ItemFinished():
                self._add(item_suite(event.result, self._began or time.time(), self._run, self._retries))
                self._retries = []
            case ev.ItemRetried():
                self._retries.append(event.reason)
            case ev.RunFinished():
                cases = [Case(f.at or "run", _error(f.error.name, f.error.message, ()), "error") for f in late]
                if event.result.error and not cases:
                    cases.append(Case("run", _error("RunError", event.result.error, ()), "error"))
                if event.result.interrupted:
                    cases.append(Case("run", _error("Interrupted", "the run was interrupted", ()), "error"))
                if cases:
                    name = self._run.collection.name
                    self._add(
                        suite(name, self._run.collection.id, class_name(name), time.time(), cases, 0.0, self._run)
                    )
            case _:
                pass

    def close(self) -> None:
        if self._export is None or self._run is None:
            return
        try:
            with self._export.document() as document:
                document.write('<?xml version="1.0" encoding="UTF-8"?>\n')
                document.write(f"<testsuites name={_attr(self._run.collection.name)} {self._totals.attributes()}>\n")
                copy(self._suites, document)
                document.write("</testsuites>\n")
        finally:
            self._export.close()
            self._export = None

    def _begin(self, event: ev.RunStarted) -> None:
        self._run = Run(event.collection, event.environment.name or "", socket.gethostname())
        for variables in (event.collection.variables, event.environment.values, event.globals.values):
            self._run.secrets.learn(variables)
        self._export = Export(export_path(self._where, _DEFAULT), "junit")
        self._suites = self._export.spool()

    def _add(self, made: tuple[str, Totals]) -> None:
        written, totals = made
        self._suites.write(written)
        self._totals.add(totals)


def item_suite(result: ItemResult, began: float, run: Run, retries: Sequence[str] = ()) -> tuple[str, Totals]:
    """The suite of one item in one iteration.

    Args:
        began: epoch seconds.
        retries: why each attempt but the last did not count.
    """
    cursor, located = result.cursor, result.located
    name = " / ".join((*located.folders, located.item.name)) or located.item.id
    classname = class_name(name) or class_name(run.collection.name)
    if cursor.cycles > 1:
        name += f" [iteration {cursor.iteration + 1}]"
        classname += f".Iteration{cursor.iteration + 1}"
    details = _details(result, run)
    cases = list(_cases(result, details))
    seconds = sum(response_time(e) for e in result.exchanges if e.origin != "redirect") / 1000
    console = [line for script in result.scripts for line in script.console]
    said = "\n".join(f"{line.level}: {', '.join(line.messages)}" for line in console)
    properties = [("iteration", str(cursor.iteration + 1))]
    if result.attempts > 1:
        properties.append(("attempts", str(result.attempts)))
    properties += [(f"attempt {n}", run.secrets.mask_text(reason)) for n, reason in enumerate(retries, 1)]
    if result.exchange is not None:
        properties += _request_properties(result.exchange, run)
    return suite(name, located.item.id, classname, began, cases, seconds, run, properties, run.secrets.mask_text(said))


def suite(
    name: str,
    identifier: str,
    classname: str,
    began: float,
    cases: Iterable[Case],
    seconds: float,
    run: Run,
    properties: Iterable[tuple[str, str]] = (),
    output: str = "",
) -> tuple[str, Totals]:
    """A ``<testsuite>`` and what it adds to the totals."""
    totals, body = Totals(time=seconds), []
    for case in cases:
        totals.tests += 1
        totals.failures += case.kind == "failure"
        totals.errors += case.kind == "error"
        totals.skipped += case.kind == "skipped"
        # Readers add up the times of test cases: the time of the item stands with the first.
        spent = seconds if totals.tests == 1 else 0.0
        head = f'    <testcase name={_attr(case.name)} classname={_attr(classname)} time="{spent:.3f}"'
        body.append(f"{head}>\n      {case.outcome}\n    </testcase>\n" if case.outcome else f"{head}/>\n")
    stamp = datetime.fromtimestamp(began, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    facts = [("collection", run.collection.name), ("collection-id", run.collection.id)]
    if run.environment:
        facts.append(("environment", run.environment))
    rows = "".join(
        f"      <property name={_attr(key)} value={_attr(value)}/>\n" for key, value in (*facts, *properties)
    )
    parts = [
        f"  <testsuite name={_attr(name)} id={_attr(identifier)} timestamp={_attr(stamp)} "
        f"hostname={_attr(run.hostname)} {totals.attributes()}>\n",
        f"    <properties>\n{rows}    </properties>\n",
        *body,
    ]
    if output:
        parts.append(f"    <system-out>{_text(output[:_CONSOLE_LIMIT])}</system-out>\n")
    parts.append("  </testsuite>\n")
    return "".join(parts), totals


def class_name(name: str) -> str:
    """``Users / List users`` -> ``UsersListUsers``, as Newman names the class of a suite."""
    words = _WORDS.findall(name.replace("'", ""))
    return "".join(word[0].upper() + word[1:].lower() for word in words)


def _cases(result: ItemResult, details: list[str]) -> Iterator[Case]:
    checks = result.assertions
    failed = {failure.assertion: failure for failure in result.failures if failure.assertion is not None}
    for assertion in checks:
        yield _assertion_case(assertion, failed.get(assertion), details)
    for failure in result.failures:
        if failure.assertion is None or failure.assertion not in checks:
            yield _error_case(failure, details)
    if result.skipped:
        reason = result.skip_reason or "the request was not sent"
        yield Case("request", f"<skipped message={_attr(reason)}/>", "skipped")
    elif not result.assertions and not result.failures:
        yield Case("request")


def _assertion_case(assertion: Assertion, failure: Failure | None, details: list[str]) -> Case:
    if assertion.skipped:
        return Case(assertion.name, "<skipped/>", "skipped")
    error = failure.error if failure is not None else assertion.error
    if error is None:
        return Case(assertion.name)
    lines = [f"{error.name}: {error.message}", *([error.stack] if error.stack else []), *details]
    return Case(assertion.name, _outcome("failure", "AssertionFailure", error.message, lines), "failure")


def _error_case(failure: Failure, details: list[str]) -> Case:
    error = failure.error
    lines = [error.stack or f"{error.name}: {error.message}", f"at {failure.at}", *details]
    if failure.kind == "assertion":
        name = failure.assertion.name if failure.assertion else error.message
        return Case(name, _outcome("failure", "AssertionFailure", error.message, lines), "failure")
    return Case(failure.at or failure.kind, _error(error.name, error.message, lines), "error")


def _details(result: ItemResult, run: Run) -> list[str]:
    """What was sent and received, for the text of a failure."""
    if not result.failures or result.exchange is None:
        return []
    return ["", *excerpt(result.exchange, run.secrets, _EXCERPT_LIMIT)]


def _request_properties(exchange: Exchange, run: Run) -> list[tuple[str, str]]:
    request = exchange.request
    found = [("request", f"{request.method} {run.secrets.mask_text(request.url)}")]
    if exchange.response is not None:
        found.append(("status", f"{exchange.response.code} {exchange.response.reason}".rstrip()))
    return found


def _outcome(tag: str, kind: str, message: str, lines: Iterable[str]) -> str:
    inner = _text("\n".join(lines))
    return f"<{tag} type={_attr(kind)} message={_attr(message)}>{inner}</{tag}>"


def _error(kind: str, message: str, lines: Iterable[str]) -> str:
    return _outcome("error", kind, message, lines)


def _text(value: str) -> str:
    return escape(_IMPOSSIBLE.sub("", value))


def _attr(value: str) -> str:
    return quoteattr(_IMPOSSIBLE.sub("", value))

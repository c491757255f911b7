"""A JUnit report that Jenkins, GitLab and the Surefire tools read.

One suite for each item and iteration, one test case for each check. Unlike in Newman's report, a check
that fails in one iteration and passes in the next stays failed, skipped checks are skipped, requests
without checks are there, and errors of scripts and requests are test cases of their own.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from runner.engine import events as ev
from runner.model.collection import Collection
from runner.model.exchange import Exchange
from runner.model.records import dataclass
from runner.model.result import RunResult
from runner.reporters.cases import Case, Finished, path
from runner.reporters.export import Export, copy, export_path
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.options import text
from runner.reporters.terminal.request import request_line
from runner.reporters.unresolved import TITLE, unresolved_lines
from runner.reporters.watch import Watch

_DEFAULT = "newman-run-report.xml"
_CONSOLE_LIMIT = 65_536
_MAX_NAMED = 20
#: What XML 1.0 cannot hold at all, not even escaped.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return JUnitReport(text(options, "export"), Watch(options))


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
class Run:
    """What every suite needs to know of its run."""

    collection: Collection
    environment: str
    hostname: str


class JUnitReport:
    """See the module. One instance reports one run."""

    def __init__(self, export: str | None, watch: Watch) -> None:
        self._where, self._watch = export, watch
        self._totals = Totals()
        self._run: Run | None = None
        self._input: Run | None = None  # that of several which runs
        self._export: Export | None = None
        self._suites: TextIO

    def handle(self, event: ev.Event) -> None:
        if isinstance(event, ev.RunStarted):
            self._begin(event)
        if self._run is None or self._export is None:
            return
        if isinstance(event, ev.InputStarted):
            self._input = Run(event.collection, event.environment.name or "", self._run.hostname)
        finished = self._watch.new(event)
        if finished is not None and not finished.retried:
            self._add(item_suite(finished, self._input or self._run, self._watch))
        if isinstance(event, ev.RunFinished):
            self._end(self._watch.ended(event), event.result)

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
        self._export = Export(export_path(self._where, _DEFAULT), "junit")
        self._suites = self._export.spool()

    def _end(self, cases: Sequence[Case], result: RunResult) -> None:
        """A suite for what is no item's."""
        if self._run is None or not (cases or result.unresolved):
            return
        said = ""
        if result.unresolved:
            said = "\n".join((TITLE, *unresolved_lines(result)))
            named = ", ".join(f"{{{{{name}}}}}" for name in list(result.unresolved)[:_MAX_NAMED])
            cases = [*cases, Case("variables", "skipped", f"without a value: {named}")]
        name, now = self._run.collection.name, time.time()
        self._add(suite(name, self._run.collection.id, class_name(name), now, cases, 0.0, self._run, output=said))

    def _add(self, made: tuple[str, Totals]) -> None:
        written, totals = made
        self._suites.write(written)
        self._totals.add(totals)


def item_suite(finished: Finished, run: Run, watch: Watch) -> tuple[str, Totals]:
    """The suite of one item in one iteration."""
    result = finished.result
    cursor, located = result.cursor, result.located
    classname = class_name(path(result)) or class_name(run.collection.name)
    if cursor.cycles > 1:
        classname += f".Iteration{cursor.iteration + 1}"
    console = [line for script in result.scripts for line in script.console]
    said = "\n".join(f"{line.level}: {', '.join(line.messages)}" for line in console)
    properties = [("iteration", str(cursor.iteration + 1))]
    if cursor.step is not None:
        properties.append(("step", cursor.step))
    if result.attempts > 1:
        properties.append(("attempts", str(result.attempts)))
    properties += [(f"attempt {n}", reason) for n, reason in enumerate(finished.retries, 1)]
    parent = finished.parent
    if parent is not None:
        properties.append(("run by a script of", " / ".join((*parent.folders, parent.item.name))))
    if result.exchange is not None:
        properties += _request_properties(result.exchange)
    for exchange in result.exchanges:
        if exchange.origin == "script":
            properties.append(("request of a script", f"{request_line(exchange)} [{_answer(exchange)}]"))
    return suite(
        finished.name,
        located.item.id,
        classname,
        finished.began,
        finished.cases,
        finished.seconds,
        run,
        properties,
        said,
        lambda case: watch.details(case, result),
    )


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
    details: Callable[[Case], Sequence[str]] = lambda case: (),
) -> tuple[str, Totals]:
    """A ``<testsuite>`` and what it adds to the totals.

    Args:
        began: epoch seconds.
        details: lines that explain a failure.
    """
    totals, body = Totals(time=seconds), []
    for case in cases:
        totals.tests += 1
        totals.failures += case.status == "failed"
        totals.errors += case.status == "error"
        totals.skipped += case.status == "skipped"
        # Readers add up the times of test cases: the time of the item stands with the first.
        spent = seconds if totals.tests == 1 else 0.0
        head = f'    <testcase name={_attr(case.name)} classname={_attr(classname)} time="{spent:.3f}"'
        outcome = _outcome(case, details(case) if case.bad else ())
        body.append(f"{head}>\n      {outcome}\n    </testcase>\n" if outcome else f"{head}/>\n")
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


def _outcome(case: Case, details: Sequence[str]) -> str:
    """The element inside a test case; nothing if it passed."""
    if case.status == "skipped":
        return f"<skipped message={_attr(case.reason)}/>" if case.reason else "<skipped/>"
    error = case.error
    if error is None:
        return ""
    told = f"{error.name}: {error.message}"
    lines = [told, *([error.stack] if error.stack else []), *([""] if details else []), *details]
    if case.status == "failed":
        return _element("failure", "AssertionFailure", error.message, lines)
    return _element("error", error.name, error.message, lines)


def _request_properties(exchange: Exchange) -> list[tuple[str, str]]:
    request = exchange.request
    found = [("request", f"{request.method} {request.url}")]
    if exchange.response is not None:
        found.append(("status", f"{exchange.response.code} {exchange.response.reason}".rstrip()))
    return found


def _answer(exchange: Exchange) -> str:
    response = exchange.response
    return "no answer" if response is None else f"{response.code} {response.reason}".rstrip()


def _element(tag: str, kind: str, message: str, lines: Iterable[str]) -> str:
    inner = _text("\n".join(lines))
    return f"<{tag} type={_attr(kind)} message={_attr(message)}>{inner}</{tag}>"


def _text(value: str) -> str:
    return escape(_IMPOSSIBLE.sub("", value))


def _attr(value: str) -> str:
    return quoteattr(_IMPOSSIBLE.sub("", value))

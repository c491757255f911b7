"""Writes the report while the run goes on: rows and details go to temporary files, one block of JSON for each item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from runner.engine import events as ev
from runner.engine.tally import Tally
from runner.errors import ScriptEngineError, UsageError
from runner.model.collection import Json
from runner.model.records import dataclass, field
from runner.model.result import ConsoleLine, ItemResult, VariableChange
from runner.reporters.explain.explainer import Explainer
from runner.reporters.export import Export, export_path
from runner.reporters.history import History
from runner.reporters.html import records
from runner.reporters.html.blocks import block, block_json
from runner.reporters.html.page import Page, write_page
from runner.reporters.html.texts import Texts
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.options import flag, text

if TYPE_CHECKING:
    from runner.reporters.html.visual import Visuals

_DEFAULT = "newman-run-report.html"
_BODY_LIMIT = 65_536
#: Characters of details, after which those of passed items are left out: browsers take seconds for more.
_DETAILS_LIMIT = 100_000_000
#: After this many those of failed items are left out too.
_FAILED_LIMIT = 200_000_000
#: Exchanges of earlier attempts that the timeline shows for an item, the last ones.
_ATTEMPT_BARS = 100


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; options: export (a file or a folder), body-limit (bytes of each body), no-flow.

    Raises:
        UsageError: the body limit is no number.
    """
    limit = options.options.get("body_limit", _BODY_LIMIT)
    try:
        body_limit = max(0, int(limit))
    except (TypeError, ValueError):
        raise UsageError(f"--reporter-html-body-limit takes a number of bytes, not {limit!r}") from None
    return HtmlReport(text(options, "export"), body_limit, flow=not flag(options, "no_flow"))


@dataclass(slots=True)
class Open:
    """An item that has begun. ``attempts``: those that did not count, with the number of the block of each."""

    number: int
    attempts: list[dict[str, object]] = field(default_factory=list)
    said: list[ConsoleLine] = field(default_factory=list)  #: by no script: warnings about the request
    changes: list[VariableChange] = field(default_factory=list)  #: by no script: captures
    bars: list[list[Any]] = field(default_factory=list)  #: of attempts that did not count
    in_script: bool = False


class HtmlReport:
    """See the module. One instance reports one run."""

    def __init__(self, export: str | None, body_limit: int, *, flow: bool) -> None:
        self._where, self._limit, self._flow = export, body_limit, flow
        self._export: Export | None = None
        self._started: ev.RunStarted | None = None
        self._finished: ev.RunFinished | None = None
        self._input: ev.InputStarted | None = None
        self._inputs: list[tuple[ev.InputStarted, ev.InputFinished]] = []
        self._tally, self._history = Tally(), History()
        self._explainer = Explainer(self._history)
        self._texts = Texts()
        self._visuals: Visuals | None = None
        self._open: list[Open] = []
        self._count = 0
        self._written = 0
        self._rows: TextIO
        self._details: TextIO

    def handle(self, event: ev.Event) -> None:
        self._tally.handle(event)
        self._history.handle(event)
        match event:
            case ev.RunStarted():
                self._started = event
                self._export = Export(export_path(self._where, _DEFAULT), "HTML")
                self._rows, self._details = self._export.spool(), self._export.spool()
            case ev.IterationStarted() | ev.IterationFinished():
                self._open.clear()  # an item that was cut short never finished
            case ev.ItemStarted():
                self._begin()
            case ev.ScriptStarted():
                self._in_script(True)
            case ev.ScriptFinished():
                self._in_script(False)
            case ev.ConsoleLogged():
                if self._open and not self._open[-1].in_script:
                    self._open[-1].said.append(event.line)
            case ev.VariableChanged():
                if self._open and not self._open[-1].in_script:
                    self._open[-1].changes.append(event.change)
            case ev.ItemRetried():
                self._retried(event)
            case ev.ItemFinished():
                self._finish(event.result)
            case ev.InputStarted():
                self._input = event
            case ev.InputFinished() if self._input is not None:
                self._inputs.append((self._input, event))
            case ev.RunFinished():
                self._finished = event
            case _:
                pass

    def close(self) -> None:
        if self._export is None or self._started is None:
            return
        try:
            page = Page(
                self._started,
                self._finished,
                self._tally,
                self._texts,
                self._limit,
                self._flow,
                tuple(self._visuals.scripts) if self._visuals else (),
                tuple(self._inputs),
            )
            with self._export.document() as document:
                write_page(page, self._rows, self._details, document)
        finally:
            if self._visuals is not None:
                self._visuals.close()
            self._export.close()
            self._export = None

    @property
    def _began(self) -> float:
        return self._started.started if self._started else 0.0

    def _begin(self) -> Open:
        self._open.append(Open(self._count))
        self._count += 1
        return self._open[-1]

    def _in_script(self, inside: bool) -> None:
        if self._open:
            self._open[-1].in_script = inside

    def _retried(self, event: ev.ItemRetried) -> None:
        opened = self._open[-1] if self._open else self._begin()
        result, block_name = event.result, f"d{opened.number}a{len(opened.attempts)}"
        exchange = result.exchange
        told: dict[str, object] = {
            "reason": event.reason,
            "wait": event.wait,
            "ms": round(exchange.timings.total, 2) if exchange else None,
            "code": exchange.response.code if exchange and exchange.response else None,
        }
        if self._has_room(failed=False):
            told["block"] = block_name
            self._write(block(block_name, self._told(result, opened)))
        opened.attempts.append(told)
        opened.bars += records.bars(result, self._began, attempt=True)
        del opened.bars[:-_ATTEMPT_BARS]
        opened.said.clear()
        opened.changes.clear()

    def _finish(self, result: ItemResult) -> None:
        opened = self._open.pop() if self._open else Open(self._count)
        self._count = max(self._count, opened.number + 1)
        parent = self._open[-1].number if self._open else -1
        row = records.row(result, opened.number, parent, self._texts.item(result.located), self._began)
        row[-1] += opened.bars
        self._rows.write(",\n" + block_json(row) if self._rows.tell() else block_json(row))
        if self._has_room(failed=bool(result.failures)):
            self._write(block(f"d{opened.number}", self._told(result, opened)))

    def _told(self, result: ItemResult, opened: Open) -> dict[str, object]:
        told = records.details(result, self._limit, [self._texts.script(run.script) for run in result.scripts])
        if result.failures and result.exchange and (why := self._explainer.background(result.located, result.exchange)):
            told["why"] = why
        if opened.attempts:
            told["attempts"] = opened.attempts
        if opened.said:
            told["said"] = list(records.console(opened.said))
        if opened.changes:
            told["changes"] = [records.change(one) for one in opened.changes]
        if visuals := [run.visualizer for run in result.scripts if run.visualizer is not None]:
            told["visuals"] = [self._visual(one) for one in visuals]
        return told

    def _visual(self, given: Mapping[str, Json]) -> dict[str, Any]:
        from runner.reporters.html.visual import Visuals

        if self._visuals is None:
            self._visuals = Visuals()
        try:
            return self._visuals.document(given)
        except ScriptEngineError as error:
            return {"error": str(error)}

    def _has_room(self, *, failed: bool) -> bool:
        return self._written < (_FAILED_LIMIT if failed else _DETAILS_LIMIT)

    def _write(self, piece: str) -> None:
        self._details.write(piece)
        self._written += len(piece)

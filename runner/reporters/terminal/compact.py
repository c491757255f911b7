"""The terminal report for logs: one line for each item, below it what failed, and at the end what Newman prints."""

from __future__ import annotations

import time
from collections.abc import Sequence

from runner.engine import events as ev
from runner.engine.tally import Tally
from runner.model.result import Failure, RunResult
from runner.reporters.cases import Cases, Finished
from runner.reporters.failures import FailureStream
from runner.reporters.history import History
from runner.reporters.interface import ReporterOptions
from runner.reporters.options import flag
from runner.reporters.terminal.ending import show_end
from runner.reporters.terminal.failures import FailureList
from runner.reporters.terminal.live import Live
from runner.reporters.terminal.outside import clock
from runner.reporters.terminal.request import response_line
from runner.reporters.terminal.style import LEVELS, Tone, style_for
from runner.reporters.terminal.writer import make_writer
from runner.reporters.text import clean, clean_line, shorten, wrap
from runner.reporters.wire import first_request

_NAME_LIMIT, _MESSAGE_LIMIT = 500, 1000
#: Lines of the console that are shown of an item that failed: the last ones.
_CONSOLE_LINES = 50
_TONES: dict[str, Tone] = {"passed": "green", "skipped": "cyan"}


class CompactReporter:
    """See the module. One instance reports one run."""

    def __init__(self, options: ReporterOptions) -> None:
        self._options = options
        self._style = style_for(options)
        self._live = Live(options.unicode)
        self._writer = make_writer(options, self._style, self._live.text)
        self._tally, self._stream, self._history, self._cases = Tally(), FailureStream(), History(), Cases()
        self._failures = FailureList(self._style, self._history, options.curl)
        self._open: list[list[tuple[int, Failure]]] = []  # failures of each item that is going on, with numbers
        self._finished = False
        self._input = ""  # name of that of several inputs which runs
        self._inputs: list[tuple[str, RunResult]] = []
        self._stamped = flag(options, "show_timestamps")
        self._console = not flag(options, "no_console")

    def handle(self, event: ev.Event) -> None:
        self._tally.handle(event)
        self._history.handle(event)
        self._live.handle(event)
        done = self._cases.new(event)
        match event:
            case ev.RunStarted():
                if not flag(self._options, "no_banner"):
                    self._writer.line("htrun")
                    self._writer.line()
                self._writer.line(clean_line(shorten(event.collection.name or event.collection.id, _NAME_LIMIT)))
            case ev.InputStarted():
                self._input = event.collection.name
            case ev.IterationStarted():
                self._open.clear()
            case ev.ItemStarted():
                self._open.append([])
                self._writer.measure()
            case _:
                pass
        for failure in self._stream.new(event):
            self._add(failure)
        match event:
            case ev.ExchangeFinished() if event.failure is not None and event.exchange.origin != "item":
                self._failures.attach_to_last(event.exchange)
            case ev.ItemFinished():
                self._failures.attach(event.result)
                if done is not None:
                    self._show(done, self._open.pop() if self._open else ())
                self._writer.flush()
            case ev.InputFinished():
                self._inputs.append((self._input, event.result))
            case ev.RunFinished():
                self._finish(event.result)
            case _:
                pass
        self._writer.show_status()

    def close(self) -> None:
        if not self._finished and self._tally.started:
            self._finish(RunResult(started=self._tally.started, ended=time.time(), error="the run broke off"))
        self._writer.end_status()
        self._writer.flush()

    def _add(self, failure: Failure) -> None:
        self._failures.add(failure)
        self._live.failed += 1
        if self._open:
            self._open[-1].append((self._failures.total, failure))

    def _show(self, done: Finished, failures: Sequence[tuple[int, Failure]]) -> None:
        paint, marks = self._style.paint, self._style.symbols
        status = done.status
        mark = {"passed": marks.ok, "skipped": "-"}.get(status, marks.bad)
        stamp = paint(f"[{clock(self._options.clock())}] ", "grey") if self._stamped else ""
        name = clean_line(shorten(done.name, _NAME_LIMIT))
        facts = "".join(f"  {fact}" for fact in _facts(done))
        indent = "  " * done.depth
        self._writer.line(f"{stamp}{indent}{paint(mark, _TONES.get(status, 'alarm'))} {name}{paint(facts, 'grey')}")
        for number, failure in failures:
            what = failure.assertion.name if failure.assertion else f"{failure.error.name} at {failure.at}"
            self._writer.line(f"{indent}{paint(f'{number:>4}. {clean_line(shorten(what, _NAME_LIMIT))}', 'alarm')}")
            for line in wrap(clean(shorten(failure.error.message, _MESSAGE_LIMIT)), self._writer.text_width):
                self._writer.line(f"{indent}      {paint(line, 'red')}")
        if failures and self._console:
            said = [line for run in done.result.scripts for line in run.console]
            for one in said[-_CONSOLE_LINES:]:
                text = wrap(clean(", ".join(one.messages)), self._writer.text_width)
                self._writer.box_lines(text, LEVELS.get(one.level, "grey"))
            self._writer.close_box()

    def _finish(self, result: RunResult) -> None:
        self._finished = True
        self._writer.end_status()
        show_end(result, self._tally, self._failures, self._options, self._writer, self._inputs)


def _facts(done: Finished) -> list[str]:
    """What stands behind the name: request and answer, checks, attempts, or why it was skipped."""
    result, facts = done.result, []
    if result.exchange is not None:
        facts.append(f"{clean_line(first_request(result.exchange).method)} [{response_line(result.exchange)}]")
    others = sum(exchange.origin not in ("item", "redirect") for exchange in result.exchanges)
    if others:
        facts.append(f"{others} more request{'s' * (others > 1)}")
    if result.assertions:
        skipped = sum(check.skipped for check in result.assertions)
        passed = sum(check.passed for check in result.assertions)
        count = f"{passed}/{len(result.assertions) - skipped} checks"
        facts.append(f"{count}, {skipped} skipped" if skipped else count)
    if done.retries:
        reasons = "; ".join(clean_line(shorten(reason, _NAME_LIMIT)) for reason in done.retries)
        facts.append(f"attempt {result.attempts} ({reasons})")
    if result.skipped:
        facts.append(f"[skipped] {clean_line(shorten(result.skip_reason or 'the request was not sent', _NAME_LIMIT))}")
    return facts

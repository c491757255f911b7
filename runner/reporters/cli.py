"""The terminal report, in the shape of Newman's ``cli`` reporter.

Beyond Newman it shows captured variables where they change, why a check failed where it failed, what a
failing request sent and received, and a status line while a long run goes on. What servers, scripts and
collections send is made harmless: no raw control characters.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from runner.engine import events as ev
from runner.engine.tally import Tally
from runner.model.records import dataclass
from runner.model.result import Failure, RunResult, VariableChange
from runner.reporters.failures import FailureStream
from runner.reporters.history import History
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.nesting import OpenItems
from runner.reporters.options import flag
from runner.reporters.silence import Silence
from runner.reporters.terminal.ending import show_end
from runner.reporters.terminal.failures import FailureList
from runner.reporters.terminal.live import Live
from runner.reporters.terminal.outside import clock, day
from runner.reporters.terminal.request import show_exchange
from runner.reporters.terminal.style import LEVELS, style_for
from runner.reporters.terminal.writer import make_writer
from runner.reporters.text import clean, clean_line, duration, shorten, wrap

_VALUE_WIDTH = 60
_NAME_LIMIT = 500
#: Variables whose last shown value is remembered.
_MAX_SHOWN = 10_000


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; options: silent, show-timestamps, no-summary, no-failures, no-assertions,
    no-success-assertions, no-console, no-banner, no-variables, compact, symbols (regular, windows, plain)."""
    if options.silent or flag(options, "silent"):
        return Silence()
    if flag(options, "compact"):
        from runner.reporters.terminal.compact import CompactReporter

        return CompactReporter(options)
    return CliReporter(options)


@dataclass(slots=True)
class _Place:
    """Where the run stands, for headings."""

    folder: object = None  # the folder whose heading was printed last
    next_request: str | None = None
    step: str | None = None


class CliReporter:
    """See the module. One instance reports one run."""

    def __init__(self, options: ReporterOptions) -> None:
        self._options = options
        self._style = style_for(options)
        self._live = Live(options.unicode)
        self._writer = make_writer(options, self._style, self._live.text)
        self._tally = Tally()
        self._stream = FailureStream()
        self._open = OpenItems()
        self._history = History()
        self._failures = FailureList(self._style, self._history, options.curl)
        self._place = _Place()
        self._shown: dict[tuple[str, str], str] = {}
        self._finished = False
        self._input = ""  # name of that of several inputs which runs
        self._inputs: list[tuple[str, RunResult]] = []
        self._stamped = flag(options, "show_timestamps")
        self._checks = not flag(options, "no_assertions")
        self._passes = not flag(options, "no_success_assertions")
        self._console = not flag(options, "no_console")
        self._variables = not flag(options, "no_variables")

    def handle(self, event: ev.Event) -> None:
        self._tally.handle(event)
        self._history.handle(event)
        self._live.handle(event)
        outer = self._open.handle(event)
        failures = self._stream.new(event)
        for failure in failures:
            self._failures.add(failure)
            self._live.failed += 1
        match event:
            case ev.RunStarted():
                self._start(event)
            case ev.InputStarted():
                self._start_input(event)
            case ev.IterationStarted() if event.cursor.cycles > 1:
                banner = f"Iteration {event.cursor.iteration + 1}/{event.cursor.cycles}"
                self._writer.line()
                self._writer.line(self._style.paint(banner, "underline"))
            case ev.ItemStarted() if outer is not None:
                self._start_inner(event)
            case ev.ItemStarted():
                self._start_item(event)
            case ev.RequestStarted():
                self._writer.show_status()
            case ev.ScriptStarted():
                self._writer.show_status()
            case ev.ConsoleLogged() if self._console:
                self._log(event)
            case ev.AssertionChecked() if self._checks:
                self._check(event)
            case ev.VariableChanged():
                self._change(event.change)
            case ev.ScriptFinished():
                if event.failure is not None:
                    self._script_error(event.failure, self._failures.total)
                if event.next_request_set:
                    self._place.next_request = event.next_request
            case ev.ExchangeFinished():
                self._exchange(event)
            case ev.ItemRetried():
                self._retry(event)
            case ev.ItemFinished():
                self._finish_item(event, failures)
            case ev.InputFinished():
                self._inputs.append((self._input, event.result))
            case ev.RunFinished():
                self._finish(event.result)
            case _:
                pass
        if isinstance(event, (ev.ItemFinished, ev.IterationFinished)):
            self._indent()

    def close(self) -> None:
        self._writer.close_box()
        if not self._finished and self._tally.started:
            now = time.time()
            self._finish(RunResult(started=self._tally.started, ended=now, error="the run broke off"))
        self._writer.end_status()
        self._writer.flush()

    # -- beginnings

    def _start(self, event: ev.RunStarted) -> None:
        self._place.folder = event.collection
        if not flag(self._options, "no_banner"):
            self._writer.line("htrun")
            self._writer.line()
        self._writer.line(clean_line(shorten(event.collection.name or event.collection.id, _NAME_LIMIT)))

    def _start_input(self, event: ev.InputStarted) -> None:
        self._place.folder = event.collection
        self._shown.clear()
        self._input = event.collection.name
        name = clean_line(shorten(self._input, _NAME_LIMIT))
        where = clean_line(shorten(event.location, _NAME_LIMIT))
        self._writer.line()
        self._writer.line(f"{self._style.paint(name, 'white')} {self._style.paint(f'({where})', 'grey')}")

    def _start_item(self, event: ev.ItemStarted) -> None:
        marks, located = self._style.symbols, event.located
        parent = located.parents[-1] if located.parents else None
        outside = 1 if self._input else 0  # what all of an input has around it
        root = len(located.parents) <= 1 + outside
        self._writer.measure()
        self._writer.line()
        if event.cursor.step != self._place.step:
            self._place.step = event.cursor.step
            if event.cursor.step is not None:
                step = shorten(clean_line(event.cursor.step), _NAME_LIMIT)
                self._writer.line(f"{marks.step} {self._style.paint(step, 'blue')}")
        if parent is not self._place.folder and not root:
            path = shorten(clean_line(" / ".join(located.folders[outside:])), _NAME_LIMIT)
            self._writer.line(f"{marks.folder} {self._style.paint(path, 'white')}")
        self._place.folder = parent
        self._place.next_request = None
        name = shorten(clean_line(located.item.name), _NAME_LIMIT)
        self._writer.line(f"{marks.root if root else marks.sub} {name}")

    def _start_inner(self, event: ev.ItemStarted) -> None:
        """An item that a script runs: all of it stands inside of the item whose script it is."""
        self._indent()
        name = shorten(clean_line(event.located.item.name), _NAME_LIMIT)
        self._writer.line(f"{self._style.symbols.sub} {name}")

    def _indent(self) -> None:
        self._writer.close_box()
        self._writer.indent = 2 * max(0, self._open.depth - 1)

    # -- what happens inside an item

    def _log(self, event: ev.ConsoleLogged) -> None:
        if self._stamped:
            self._writer.line()
            self._writer.line(f"  {self._style.paint(f'[{clock(self._options.clock())}]', 'grey')}")
        message = clean(", ".join(event.line.messages))
        tone = LEVELS.get(event.line.level, "grey")
        self._writer.box_lines(wrap(message, self._writer.text_width), tone)

    def _check(self, event: ev.AssertionChecked) -> None:
        paint, assertion = self._style.paint, event.assertion
        name = clean_line(shorten(assertion.name, _NAME_LIMIT))
        if assertion.skipped:
            if self._passes:
                self._writer.line(paint(f"  -  [skipped] {name}", "cyan"))
            return
        stamp = paint(f"[{clock(self._options.clock())}]", "grey") if self._stamped else ""
        if event.failure is None:
            if self._passes:
                lead = f"  {stamp}" if stamp else ""
                self._writer.line(f"{lead}{paint(f'  {self._style.symbols.ok} ', 'green')} {paint(name, 'grey')}")
            return
        number = str(self._failures.total).rjust(2 if stamp else 3) + "."
        lead = f"  {stamp}" if stamp else ""
        self._writer.line(f"{lead}{paint(number, 'alarm')} {paint(name, 'alarm')}")
        self._reason(event.failure)

    def _change(self, change: VariableChange) -> None:
        value = change.value if isinstance(change.value, str) else json.dumps(change.value, ensure_ascii=False)
        key = (change.scope, change.key)
        text = "(removed)" if change.removed else value
        if not self._variables or self._shown.get(key) == text:
            return
        if len(self._shown) >= _MAX_SHOWN:
            self._shown.clear()
        self._shown[key] = text
        if not change.removed:
            text = clean_line(shorten(text, _VALUE_WIDTH))
        name = clean_line(shorten(change.key, _VALUE_WIDTH))
        scope = self._style.paint(f"({clean_line(change.scope)})", "grey")
        if change.origin:
            text = f"{clean_line(shorten(change.origin, _NAME_LIMIT))}: {text}"
        self._writer.line(f"  {self._style.paint(name, 'blue')} {self._style.symbols.assigned} {text} {scope}")

    def _script_error(self, failure: Failure, number: int) -> None:
        place = f"in {failure.script.listen}-script" if failure.script else f"at {clean_line(failure.at)}"
        what = f"{clean_line(failure.error.name)} {place}"
        self._writer.line(self._style.paint(f"{str(number).rjust(3)}{self._style.symbols.error} {what}", "alarm"))
        self._reason(failure)

    def _reason(self, failure: Failure) -> None:
        message = failure.error.message
        if message and message != (failure.assertion.name if failure.assertion else None):
            room = max((self._writer.width or 500) - 6, 20)
            self._writer.line(f"     {self._style.paint(shorten(clean_line(message), room), 'red')}")

    def _exchange(self, event: ev.ExchangeFinished) -> None:
        if event.exchange.origin == "redirect":
            return
        now = self._options.clock()
        stamp = f"[{day(now)}, {clock(now)}]  " if self._stamped else ""
        show_exchange(event.exchange, stamp, self._writer, self._options.verbose)
        if event.failure is not None and event.exchange.origin != "item":
            self._failures.attach_to_last(event.exchange)

    def _retry(self, event: ev.ItemRetried) -> None:
        reason = clean_line(shorten(event.reason, _NAME_LIMIT))
        wait = f"again after {duration(event.wait * 1000)}" if event.wait else "again at once"
        self._writer.line(self._style.paint(f"  -  attempt {event.result.attempts}: {reason}; {wait}", "yellow"))
        self._writer.flush()

    # -- ends

    def _finish_item(self, event: ev.ItemFinished, late: Sequence[Failure]) -> None:
        result, paint = event.result, self._style.paint
        for number, failure in enumerate(late, self._failures.total - len(late) + 1):
            self._late_failure(failure, number)
        if result.skipped:
            reason = clean_line(shorten(result.skip_reason or "the request was not sent", _NAME_LIMIT))
            self._writer.line(paint(f"  -  [skipped] {reason}", "cyan"))
        if self._place.next_request and not self._open.depth:
            target = clean_line(shorten(self._place.next_request, _NAME_LIMIT))
            self._writer.line()
            self._writer.line(paint(f"Attempting to set next request to {target}", "grey"))
        self._failures.attach(result)
        self._writer.close_box()
        self._writer.flush()
        self._writer.show_status()

    def _late_failure(self, failure: Failure, number: int) -> None:
        if failure.kind == "script":
            self._script_error(failure, number)
            return
        mark = self._style.symbols.error if failure.assertion is None else "."
        what = failure.assertion.name if failure.assertion else failure.error.name
        text = f"{str(number).rjust(3)}{mark} {clean_line(shorten(what, _NAME_LIMIT))}"
        self._writer.line(self._style.paint(text, "alarm"))
        self._reason(failure)

    def _finish(self, result: RunResult) -> None:
        self._finished = True
        self._writer.close_box()
        self._writer.indent = 0
        self._writer.end_status()
        show_end(result, self._tally, self._failures, self._options, self._writer, self._inputs)

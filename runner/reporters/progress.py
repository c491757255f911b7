"""Newman's ``progress`` reporter: one bar for the whole run; beside it the rate, what failed, what is under way."""

from __future__ import annotations

from runner.engine import events as ev
from runner.model.result import RunResult
from runner.reporters.failures import FailureStream
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.options import flag
from runner.reporters.silence import Silence
from runner.reporters.terminal.live import Live, clock, joined
from runner.reporters.terminal.style import style_for
from runner.reporters.terminal.writer import make_writer
from runner.reporters.unresolved import TITLE, unresolved_lines

_BAR, _SHORTEST_BAR = 40, 5


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: silent."""
    return Silence() if options.silent or flag(options, "silent") else Progress(options)


class Progress:
    """Draws ``progress [====----] 50% | ETA: 2s | 5/10`` over itself on a terminal; elsewhere one line at the end."""

    def __init__(self, options: ReporterOptions) -> None:
        self._live = Live(options.unicode and _can_draw(options))
        self._stream = FailureStream()
        self._writer = make_writer(options, style_for(options, color=False), self._text)
        self._retries = self._skipped = 0
        self._open = False
        self._result: RunResult | None = None

    def handle(self, event: ev.Event) -> None:
        self._live.handle(event)
        self._live.failed += len(self._stream.new(event))
        match event:
            case ev.RunStarted():
                self._open = True
            case ev.ItemRetried():
                self._retries += 1
            case ev.ItemFinished():
                self._skipped += event.result.skipped or event.result.skip_reason is not None
            case ev.RunFinished():
                self._result = event.result
            case _:
                pass
        self._writer.show_status()

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._writer.line(self._bar(None))
        self._writer.end_status()
        if self._result is not None and self._result.unresolved:
            self._writer.line(TITLE)
            for line in unresolved_lines(self._result):
                self._writer.line(line)
        self._writer.flush()

    def _text(self, columns: int) -> str:
        return joined([self._bar(columns)], self._live.current(), columns, " | ")

    def _bar(self, columns: int | None) -> str:
        live = self._live
        facts = [f"{live.share:.0%}", f"ETA: {self._left()}", f"{live.done}/{live.total}"]
        rare = ((live.failed, "failed"), (self._retries, "tried again"), (self._skipped, "skipped"))
        facts += [f"{count} {what}" for count, what in rare if count]
        if columns is not None and live.done and live.elapsed:
            facts.append(f"{live.done / live.elapsed:.1f} items/s")
        told = " | ".join(facts)
        # On a terminal the bar leaves half of what is left to the name of the item.
        room = _BAR if columns is None else min(_BAR, (columns - len(f"progress [] {told}")) // 2)
        return f"progress [{live.bar(room)}] {told}" if room >= _SHORTEST_BAR else told

    def _left(self) -> str:
        live = self._live
        if not live.done:
            return "N/A"
        return clock(live.elapsed / live.share * (1 - live.share)) if live.share < 1 else "0s"


def _can_draw(options: ReporterOptions) -> bool:
    """Whether the bar's characters can be written: a stream of a narrow encoding gets plain ones."""
    try:
        "█░".encode(options.out.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True

"""Newman's ``progress`` reporter: one bar for the whole run."""

from __future__ import annotations

import time

from runner.engine import events as ev
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.options import flag
from runner.reporters.silence import Silence
from runner.reporters.text import duration

_BAR = 40
#: Seconds between two drawings.
_INTERVAL = 0.1


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: silent."""
    return Silence() if options.silent or flag(options, "silent") else Progress(options)


class Progress:
    """Draws ``[====----] 50% | 5/10 | 2s left`` over itself on a terminal; elsewhere one line at the end."""

    def __init__(self, options: ReporterOptions) -> None:
        self._options = options
        self._full, self._empty = ("█", "░") if options.unicode else ("=", "-")
        self._total = self._done = 0
        self._retries = self._skipped = 0
        self._began = time.monotonic()
        self._drawn = 0.0
        self._open = False

    def handle(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted():
                self._total = event.length * event.iterations
                self._began = time.monotonic()
                self._open = True
                self._draw()
            case ev.ItemRetried():
                self._retries += 1
                self._draw()
            case ev.ItemFinished():
                self._done += 1
                self._skipped += event.result.skip_reason is not None
                if time.monotonic() - self._drawn >= _INTERVAL:
                    self._draw()
            case _:
                pass

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._draw(last=True)
        self._options.out.write("\n")
        self._options.out.flush()

    def _draw(self, last: bool = False) -> None:
        if not (self._options.interactive or last):
            return
        self._drawn = time.monotonic()
        # setNextRequest can make a run longer than planned: the bar never shows more than all of it.
        share = min(1.0, self._done / self._total) if self._total else 1.0
        filled = int(share * _BAR)
        bar = self._full * filled + self._empty * (_BAR - filled)
        start = "\r\x1b[2K" if self._options.interactive else ""
        text = f"{start}progress [{bar}] {share:.0%} | {self._left(share)} | {self._done}/{self._total}"
        rare = ((self._retries, "tried again"), (self._skipped, "skipped"))
        text += "".join(f" | {count} {what}" for count, what in rare if count)
        try:
            self._options.out.write(text)
        except UnicodeEncodeError:
            self._options.out.write(text.replace(self._full, "=").replace(self._empty, "-"))
        self._options.out.flush()

    def _left(self, share: float) -> str:
        elapsed = time.monotonic() - self._began
        if not self._done or not share:
            return "ETA: N/A"
        return f"ETA: {duration(elapsed / share * (1 - share) * 1000) if share < 1 else '0s'}"

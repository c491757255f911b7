"""Writes lines, boxes and the passing status line to one stream."""

from __future__ import annotations

import time
from typing import TextIO

from runner.model.records import dataclass, field
from runner.reporters.terminal.style import Style, Tone
from runner.reporters.text import shorten

#: Seconds between two drawings of the status line: more often is wasted on the eye.
_STATUS_INTERVAL = 0.1


@dataclass(slots=True)
class Writer:
    """Every text that comes here is safe already: see ``runner.reporters.text.clean``."""

    out: TextIO
    style: Style
    interactive: bool
    width: int | None
    _box: Tone | None = None  # the colour of the console box that is open
    _status: bool = False
    _drawn: float = field(default=0.0)

    def line(self, text: str = "") -> None:
        self.close_box()
        self.raw(text + "\n")

    def raw(self, text: str) -> None:
        """Writes ``text`` as it is, after taking the status line away."""
        self.erase_status()
        try:
            self.out.write(text)
        except UnicodeEncodeError:
            # A stream of a narrow encoding (cp1252, ASCII) still gets the report.
            encoding = self.out.encoding or "ascii"
            self.out.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def box_lines(self, lines: list[str], tone: Tone) -> None:
        """Adds lines to the console box, opening one if none is open."""
        symbols, paint = self.style.symbols, self.style.paint
        if self._box is None:
            self.raw(paint(f"  {symbols.box_top}", tone) + "\n")
        self._box = tone
        side = paint(symbols.box_side, tone)
        for line in lines:
            self.raw(f"  {side} {paint(line, 'grey')}\n")

    def close_box(self) -> None:
        if self._box is not None:
            tone, self._box = self._box, None
            self.raw(self.style.paint(f"  {self.style.symbols.box_bottom}", tone) + "\n")

    @property
    def text_width(self) -> int | None:
        """Characters for text inside a box; ``None`` (not a terminal) means: do not wrap."""
        return None if self.width is None else max(self.width - 6, 20)

    def status(self, text: str, at_once: bool = False) -> None:
        """Shows ``text`` below the report until the next line is written. Terminals only."""
        now = time.monotonic()
        if not self.interactive or (now - self._drawn < _STATUS_INTERVAL and not at_once):
            return
        self._drawn = now
        self.erase_status()
        self._status = True
        self._write_status(self.style.paint(shorten(text, (self.width or 80) - 1), "grey"))
        self.out.flush()

    def erase_status(self) -> None:
        if self._status:
            self._status = False
            self.out.write("\r\x1b[2K")

    def _write_status(self, text: str) -> None:
        try:
            self.out.write(text)
        except UnicodeEncodeError:
            self._status = False

    def flush(self) -> None:
        self.out.flush()

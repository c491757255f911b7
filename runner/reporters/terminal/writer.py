"""Writes lines and boxes to one stream, past the status line if there is one."""

from __future__ import annotations

from collections.abc import Callable

from runner.model.records import dataclass
from runner.reporters.interface import ReporterOptions
from runner.reporters.terminal.outside import columns
from runner.reporters.terminal.status import StatusLine
from runner.reporters.terminal.style import Style, Tone


@dataclass(slots=True)
class Writer:
    """Every text that comes here is safe already: see ``runner.reporters.text.clean``."""

    options: ReporterOptions
    style: Style
    width: int | None  #: columns of the terminal; None: it is none
    status: StatusLine | None = None
    indent: int = 0  #: columns that are left free before everything: what a script runs stands inside of its item
    _box: Tone | None = None  # the colour of the console box that is open

    def line(self, text: str = "") -> None:
        self.close_box()
        self.raw(text + "\n")

    def raw(self, text: str) -> None:
        """Writes ``text``, which is one line, as it is."""
        out = self.options.out
        if self.indent and text != "\n":
            text = " " * self.indent + text
        write = out.write if self.status is None else self.status.write
        try:
            write(text)
        except UnicodeEncodeError:
            # A stream of a narrow encoding (cp1252, ASCII) still gets the report.
            encoding = out.encoding or "ascii"
            write(text.encode(encoding, "backslashreplace").decode(encoding))

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
        return None if self.width is None else max(self.width - self.indent - 6, 20)

    def show_status(self) -> None:
        """Shows how far the run is below the report, if there is a status line."""
        if self.status is not None:
            self.status.show()

    def end_status(self) -> None:
        if self.status is not None:
            self.status.end()

    def flush(self) -> None:
        self.options.out.flush()

    def measure(self) -> None:
        """Learns the width of the terminal anew: people resize windows."""
        if self.width is not None and not self.options.width:
            self.width = columns(self.options) or self.width


def make_writer(options: ReporterOptions, style: Style, status: Callable[[int], str]) -> Writer:
    """A writer to ``options.out``.

    Args:
        status: what the status line shows in at most so many columns. There is one only on a terminal.
    """
    line = None
    if options.interactive and options.redraw:
        # Not the writer's width: the thread of the status line asks too, while nothing is written.
        line = StatusLine(
            options.out,
            status,
            lambda: options.width or columns(options) or 80,
            lambda text: style.paint(text, "grey"),
        )
    return Writer(options, style, options.width or columns(options), line)

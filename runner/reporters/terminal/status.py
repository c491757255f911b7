"""One line below the report that passes: it says how far the run is, and is gone when something else is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from runner.model.records import dataclass, field

#: Seconds between two drawings while things happen: more often is wasted on the eye.
_INTERVAL = 0.1
#: Seconds after which the line is drawn again while nothing happens, so that its clock goes on.
_TICK = 0.25
_ERASE = "\r\x1b[2K"


@dataclass(slots=True)
class StatusLine:
    """Draws over itself on a terminal. Everything else that is written there goes through ``write``.

    Args:
        text: what to show, in at most so many columns; nothing if it is empty.
        columns: of the terminal, now: people resize windows.
        paint: colours the text.
    """

    out: TextIO
    text: Callable[[int], str]
    columns: Callable[[], int]
    paint: Callable[[str], str]
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _ticker: threading.Thread | None = None
    _visible: bool = False
    _drawn: float = 0.0

    def show(self) -> None:
        """Draws the line anew, unless that was done a moment ago. From the first time on it is also drawn when
        nothing happens, until ``end``."""
        if self._ended.is_set():
            return
        if self._ticker is None:
            self._ticker = threading.Thread(target=self._tick, name="htrun-status", daemon=True)
            self._ticker.start()
        with self._lock:
            now = time.monotonic()
            if now - self._drawn >= _INTERVAL:
                self._draw(now)

    def write(self, text: str) -> None:
        """Writes what stays. The line is gone, and comes back with the next ``show`` or tick."""
        with self._lock:
            self.out.write((_ERASE if self._visible else "") + text)
            self._visible = False

    def end(self) -> None:
        """Takes the line away for good."""
        self._ended.set()
        with self._lock:
            if self._visible:
                self.write("")
                self.out.flush()

    def _draw(self, now: float) -> None:
        # One column stays free: a full line makes some terminals scroll.
        columns = self.columns() - 1
        text = fitted(self.text(columns), columns)
        if not text and not self._visible:
            return
        self._drawn = now
        with suppress(UnicodeEncodeError):  # nobody misses a status line on such a terminal
            erase = _ERASE if self._visible else ""
            self._visible = True  # before it is: Ctrl-C may come in between
            self.out.write(erase + self.paint(text))
            self._visible = bool(text)
            self.out.flush()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            with self._lock:
                if self._ended.is_set():
                    return
                try:
                    self._draw(time.monotonic())
                except (OSError, ValueError):  # the terminal is gone: the report itself will say so
                    return


def fitted(text: str, columns: int) -> str:
    """``text`` cut to so many columns; characters of East Asia take two."""
    if len(text) <= columns and text.isascii():
        return text
    if text.isascii():
        return text[: max(columns - 3, 0)] + "..." if columns > 3 else text[: max(columns, 0)]
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= columns else set_cell_size(text, max(columns - 1, 0)).rstrip() + "…"

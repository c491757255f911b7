"""What the terminal report asks of the machine: the time and the width of the terminal."""

from __future__ import annotations

import os
import time

from runner.reporters.interface import ReporterOptions


def columns(options: ReporterOptions) -> int | None:
    """Columns of the terminal; None when the output goes elsewhere: then nothing is wrapped or cut."""
    if not options.interactive:
        return None
    try:
        return os.get_terminal_size(options.out.fileno()).columns or None
    except (OSError, ValueError):
        return 80


def clock(seconds: float) -> str:
    """The local time of epoch ``seconds`` as ``3:42:51 AM``."""
    now = time.localtime(seconds)
    return f"{now.tm_hour % 12 or 12}:{now.tm_min:02}:{now.tm_sec:02} {'AM' if now.tm_hour < 12 else 'PM'}"


def day(seconds: float) -> str:
    """The local date of epoch ``seconds`` as ``11/24/2026``."""
    now = time.localtime(seconds)
    return f"{now.tm_mon}/{now.tm_mday}/{now.tm_year}"

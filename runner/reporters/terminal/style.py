"""Colours and symbols. Colours are plain ANSI codes: importing a library for them would cost more
time than a small run takes."""

from __future__ import annotations

import sys
from typing import Literal, TypeAlias

from runner.errors import UsageError
from runner.model.records import dataclass, replace
from runner.reporters.interface import ReporterOptions
from runner.reporters.options import text

Tone: TypeAlias = Literal["plain", "grey", "green", "red", "cyan", "yellow", "blue", "white", "alarm", "underline"]

_CODES: dict[Tone, tuple[str, str]] = {
    "plain": ("", ""),
    "grey": ("\x1b[90m", "\x1b[39m"),
    "green": ("\x1b[32m", "\x1b[39m"),
    "red": ("\x1b[31m", "\x1b[39m"),
    "cyan": ("\x1b[36m", "\x1b[39m"),
    "yellow": ("\x1b[33m", "\x1b[39m"),
    "blue": ("\x1b[34m", "\x1b[39m"),
    "white": ("\x1b[1m", "\x1b[22m"),
    "alarm": ("\x1b[31m\x1b[1m", "\x1b[22m\x1b[39m"),
    "underline": ("\x1b[90m\x1b[4m", "\x1b[24m\x1b[39m"),
}

#: The colour of a console box by the level of its first line.
LEVELS: dict[str, Tone] = {"info": "cyan", "warn": "yellow", "debug": "blue", "error": "red"}


@dataclass(frozen=True, slots=True)
class Symbols:
    """The marks of the report: one set for terminals with Unicode, one for fonts of Windows, one for the rest."""

    box_top: str
    box_side: str
    box_bottom: str
    folder: str
    root: str
    sub: str
    ok: str
    bad: str
    star: str
    up: str
    down: str
    assigned: str
    error: str
    step: str
    frame: str  #: 11 characters for tables: lines, then three rows of corners


UNICODE = Symbols("┌", "│", "└", "❏", "→", "↳", "✓", "✖", "★", "↑", "↓", "←", "⠄", "▸", "─│┌┬┐├┼┤└┴┘")
PLAIN = Symbols(
    "-", "|", "-", "Folder", "Root", "Sub-folder", "Pass", "Fail", "*", "^", "v", "<-", ".", "Step", "-|----+----"
)
#: What the fonts of Windows' console have (newman, lib/reporters/cli/cli-utils-symbols.js).
WINDOWS = replace(UNICODE, folder="□", sub="└", ok="√", bad="×")
_SETS = {"regular": UNICODE, "windows": WINDOWS, "plain": PLAIN}


@dataclass(frozen=True, slots=True)
class Style:
    """How to mark up text: ``paint`` colours it if colours are on."""

    color: bool
    symbols: Symbols

    def paint(self, text: str, tone: Tone) -> str:
        if not self.color or not text:
            return text
        start, end = _CODES[tone]
        return f"{start}{text}{end}"


def style_for(options: ReporterOptions, *, color: bool | None = None) -> Style:
    """The style that the options ask for; ``symbols`` names a set, otherwise it is chosen as in Newman.

    Raises:
        UsageError: there is no such set.
    """
    name = text(options, "symbols") or ("windows" if sys.platform.startswith("win") else "regular")
    if name not in _SETS:
        raise UsageError(f"--reporter-cli-symbols is one of {', '.join(_SETS)}, not {name!r}")
    return Style(options.color if color is None else color, _SETS[name] if options.unicode else PLAIN)

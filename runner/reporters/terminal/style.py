"""Colours and symbols. Colours are plain ANSI codes: importing a library for them would cost more
time than a small run takes."""

from __future__ import annotations

from typing import Literal, TypeAlias

from runner.model.records import dataclass

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
    """The marks of the report: one set for terminals with Unicode, one for those without."""

    box_top: str
    box_side: str
    box_bottom: str
    folder: str
    root: str
    sub: str
    ok: str
    star: str
    up: str
    down: str
    assigned: str
    error: str
    step: str
    frame: str  #: 11 characters for tables: lines, then three rows of corners


UNICODE = Symbols("┌", "│", "└", "❏", "→", "↳", "✓", "★", "↑", "↓", "←", "⠄", "▸", "─│┌┬┐├┼┤└┴┘")
PLAIN = Symbols("-", "|", "-", "Folder", "Root", "Sub-folder", "Pass", "*", "^", "v", "<-", ".", "Step", "-|----+----")


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


def style_for(color: bool, unicode: bool) -> Style:
    return Style(color, UNICODE if unicode else PLAIN)

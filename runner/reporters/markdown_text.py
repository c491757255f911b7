"""Text of others inside Markdown (GitHub's and GitLab's): it cannot become markup, close a table or a fence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runner.reporters.text import clean, clean_line

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
#: What makes a heading, a list or a rule of a line that begins with it.
_FIRST = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_FENCE = re.compile(r"`{3,}")
_TICKS = re.compile(r"`+")


def escaped(text: str) -> str:
    """A text on one line, as it is: for headings, paragraphs and cells of tables."""
    for char, entity in _ENTITIES.items():
        text = text.replace(char, entity)
    marked = _FIRST.sub(_first, _SPECIAL.sub(r"\\\1", clean_line(text)))
    return marked.replace("@", "&#64;").replace("://", "&#58;//")


def _first(match: re.Match[str]) -> str:
    space, mark = match.groups()
    return f"{space}&#{ord(mark[0])};{mark[1:]}"


def code(text: str) -> str:
    """A text on one line in the type of code; also good in a cell of a table."""
    line = clean_line(text).replace("|", "\\|")
    if not line.strip():
        return ""
    ticks = "`" * (max((len(run) for run in _TICKS.findall(line)), default=0) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def block(lines: Iterable[str], kind: str = "text") -> str:
    """Lines in a fence that none of them can close."""
    text = clean("\n".join(lines))
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}\n"


def row(*cells: str) -> str:
    """A row of a table; the cells are Markdown already."""
    return "| " + " | ".join(cells) + " |\n"

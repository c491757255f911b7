"""The code blocks of Markdown pages, and what a page says about running them.

An HTML comment right before a block, which no reader sees, can say ``not run: WHY`` or ``exits with N``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

_SAID = re.compile(r"<!--\s*(not run|exits with):?\s*(.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    page: str
    line: int  #: of its first line of code
    language: str
    text: str
    title: str = ""  #: the file that it is
    not_run: str = ""  #: why
    exit_code: int = 0

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: Path, root: Path) -> list[Block]:
    """All fences with a language."""
    found: list[Block] = []
    name = page.relative_to(root).as_posix()
    said: dict[str, str] = {}
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type == "html_block":
            said = dict(_SAID.findall(token.content))
            continue
        if token.type == "fence" and token.info and token.map:
            language, _, more = token.info.partition(" ")
            title = re.search(r'title="([^"]+)"', more)
            found.append(
                Block(
                    name,
                    token.map[0] + 2,
                    language,
                    token.content,
                    title[1] if title else "",
                    said.get("not run", ""),
                    int(said.get("exits with", 0)),
                )
            )
        said = {}
    return found


def commands(block: Block) -> list[str]:
    """The commands of a shell block, or those after ``$`` where what they print is shown with them."""
    lines = re.sub(r"\\\n\s*", "", block.text).splitlines()
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    whole: list[str] = []
    for line in lines:
        if whole and whole[-1].count("'") % 2:  # a quoted text of several lines
            whole[-1] += f"\n{line}"
        elif line.strip() and not line.lstrip().startswith("#"):
            whole.append(line)
    return whole

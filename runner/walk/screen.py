"""The terminal of the tour. Nothing of what servers and collections say reaches it raw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from runner.reporters.text import clean, clean_line

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.text import Text

#: How a text is shown: each a style of rich.
Tone: TypeAlias = Literal["", "bold", "dim", "green", "red", "yellow", "cyan", "bold green", "bold red", "bold cyan"]

_NARROW = 20  #: columns below which nothing can be read
_WIDEST = 100  #: columns of a paragraph: longer lines are hard to read
_PLAIN = {"•": "*", "▌": "|", "·": "-", "←": "<-", "→": "->", "✓": "+", "✗": "x", "›": ">", "…": "...", "↳": "`-"}
_LINES = re.compile("[\u2500-\u257f]")
_ACROSS = "─━┄┅┈┉╌╍═╴╶╸╺╼╾"
_DOWN = "│┃┆┇┊┋╎╏║╵╷╹╻╽╿"


class Screen:
    """Prints the parts of the tour.

    Args:
        color: whether escape sequences may be written at all.
        unicode: whether the terminal has more than ASCII.
    """

    def __init__(self, out: TextIO, *, color: bool, unicode: bool) -> None:
        from rich.console import Console
        from rich.theme import Theme

        reconfigure = getattr(out, "reconfigure", None)
        if reconfigure is not None:  # a terminal of a narrow encoding still gets the tour
            reconfigure(errors="backslashreplace")
        self.color, self._unicode = color, unicode
        self._blank = False  # whether the last line was empty
        self._console: Console = Console(
            file=out,
            color_system="auto" if color else None,
            force_terminal=color,
            no_color=not color,
            highlight=False,
            markup=False,
            emoji=False,
            theme=Theme({"markdown.code": "bold cyan", "markdown.code_block": "cyan"}),  # no black boxes
        )

    def line(self, text: str = "", tone: Tone = "", *, indent: int = 0) -> None:
        """A paragraph, wrapped at words."""
        from rich.padding import Padding
        from rich.text import Text

        self._print(Padding(Text(clean(text), style=tone), (0, 0, 0, indent)))

    def pair(self, left: str, left_tone: Tone, right: str, right_tone: Tone = "dim") -> None:
        """Two texts on one line, as far as there is room."""
        from rich.text import Text

        self._print(Text.assemble((clean_line(left), left_tone), "  ", (clean_line(right), right_tone)))

    def marked(self, mark: str, text: str, tone: Tone, *, indent: int = 2) -> None:
        """A paragraph behind a mark, under which nothing of it stands."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=len(mark))
        grid.add_column(overflow="fold")
        grid.add_row(Text(mark, style=tone), Text(clean(text), style=tone))
        self._print(Padding(grid, (0, 0, 0, indent)))

    def keys(self, keys: Sequence[tuple[str, str]]) -> None:
        """Keys and what they do."""
        from rich.text import Text

        told = Text()
        for number, (key, meaning) in enumerate(keys):
            told.append(" · " if number else "", style="dim")
            told.append(key, style="bold").append(f" {meaning}", style="dim")
        self._print(told)

    def rule(self, title: str) -> None:
        """A line across the terminal with a title in it."""
        from rich.rule import Rule
        from rich.text import Text

        self._print(Rule(Text(clean_line(title), style="bold"), align="left", style="cyan"))

    def markdown(self, text: str, *, indent: int = 0) -> None:
        """A description. Links are shown with their addresses."""
        from rich.markdown import Markdown
        from rich.padding import Padding

        inner = Markdown(clean(text), hyperlinks=False, code_theme="ansi_dark")
        self._print(Padding(inner, (0, 0, 0, indent)))

    def code(self, text: str, language: str, *, indent: int = 2) -> None:
        """Lines that can be copied: the terminal alone breaks them."""
        from rich.syntax import Syntax
        from rich.text import Text

        text = clean(text)
        if self.color and language:
            shown = Syntax("", language, theme="ansi_dark", background_color="default").highlight(text)
            shown.rstrip()
        else:
            shown = Text(text)
        for line in shown.split("\n", allow_blank=True):
            self._print_raw(Text(" " * indent).append_text(line) if line.plain else line)

    def lines(self, lines: Sequence[str], tone: Tone = "", *, indent: int = 2) -> None:
        """Lines as they are."""
        from rich.text import Text

        for line in lines:
            self._print_raw(Text(" " * indent + clean_line(line), style=tone))

    def asks(self) -> None:
        """A question comes next, and then a line that somebody else has typed."""
        self._console.file.flush()
        self._blank = False

    @property
    def room(self) -> int:
        """Columns."""
        return max(self._console.width, _NARROW)

    def _print_raw(self, text: Text) -> None:
        self._console.print(_Safe(text, self._unicode), soft_wrap=True)
        self._blank = not text.plain.strip()

    def _print(self, renderable: RenderableType) -> None:
        """Several empty lines become one, and no line ends in blanks."""
        from rich.segment import Segment, Segments

        options = self._console.options.update(width=min(self.room, _WIDEST))
        for line in Segment.split_lines(self._console.render(_Safe(renderable, self._unicode), options)):
            kept = _stripped(line)
            if kept or not self._blank:
                self._console.print(Segments([*kept, Segment.line()]), end="", soft_wrap=True)
            self._blank = not kept


class _Safe:
    """What is printed, piece by piece, without anything that controls the terminal: Markdown has ways (``&#27;``)
    to make control characters of harmless ones."""

    def __init__(self, inner: RenderableType, unicode: bool) -> None:
        self._inner, self._unicode = inner, unicode

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._inner, options):
            if segment.control is None:
                text = segment.text if segment.text == "\n" else clean(segment.text)
                yield segment._replace(text=text if self._unicode else _plain(text))


def _stripped(line: list[Segment]) -> list[Segment]:
    """Without the blanks at the end, which only fill the paragraph up."""
    while line:
        last = line.pop()
        text = last.text.rstrip(" ")
        if text:
            return [*line, last._replace(text=text)]
    return line


def _plain(text: str) -> str:
    """Drawings in ASCII."""
    for sign, plain in _PLAIN.items():
        text = text.replace(sign, plain)
    return _LINES.sub(lambda match: "-" if match[0] in _ACROSS else "|" if match[0] in _DOWN else "+", text)

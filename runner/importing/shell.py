"""Command lines into words, as a POSIX shell would: quotes, escapes, ``$'...'``, comments, continued lines.

Nothing is executed or looked up: ``$TOKEN`` becomes ``{{TOKEN}}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.errors import InputError

_NAME = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_SEPARATORS = "\n;&|"
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "0": "\0"}
_HEX = re.compile(r"x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}")


class Words:
    """Reads commands from a text.

    Args:
        path: the file, for messages.

    Attributes:
        names: of the shell variables that were met.
    """

    def __init__(self, text: str, path: str | None = None, line: int = 1) -> None:
        self._text, self._at, self._path = text.replace("\r\n", "\n"), 0, path
        self._first = line
        self._inner: list[Words] = []
        self.names: dict[str, None] = {}

    def commands(self) -> Iterator[tuple[int, str, list[str]]]:
        """Each command with the line on which it begins (1-based), and what stands before it: ``|``, ``&``, ...
        Those in ``$(...)`` come before the one whose words they make.

        Raises:
            InputError: a quote that is not closed.
        """
        words: list[str] = []
        line, before = self._first, ""
        while True:
            self._skip_blanks()
            if self._at >= len(self._text) or self._text[self._at] in _SEPARATORS:
                if words:
                    for inner in self._inner:
                        yield from inner.commands()
                        self.names |= inner.names
                    self._inner.clear()
                    yield line, before, words
                    words = []
                if self._at >= len(self._text):
                    return
                before = self._char()
                continue
            if not words:
                line = self._line()
            words.append(self._word())

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + self._first

    def _skip_blanks(self) -> None:
        text = self._text
        while self._at < len(text):
            if text[self._at] in " \t":
                self._at += 1
            elif text.startswith("\\\n", self._at):
                self._at += 2
            elif text[self._at] == "#":
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            else:
                return

    def _word(self) -> str:
        text, done = self._text, list[str]()
        while self._at < len(text) and text[self._at] not in " \t" + _SEPARATORS:
            char = text[self._at]
            if text.startswith("$'", self._at):
                done.append(self._ansi())
            elif char == "'":
                done.append(self._upto("'"))
            elif char == '"':
                done.append(self._double())
            elif text.startswith("\\\n", self._at):
                self._at += 2
            elif char == "\\" and self._at + 1 < len(text):
                done.append(text[self._at + 1])
                self._at += 2
            else:
                done.append(self._variable() or self._char())
        return "".join(done)

    def _char(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _variable(self) -> str:
        if self._text.startswith("$(", self._at) and not self._text.startswith("$((", self._at):
            return self._substitution()
        match = _NAME.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        name = match[1] or match[2]
        self.names.setdefault(name)
        return f"{{{{{name}}}}}"

    def _substitution(self) -> str:
        """``$(...)`` as it is written; its commands are kept for ``commands``."""
        text, start, line, depth = self._text, self._at, self._line(), 0
        while self._at < len(text):
            char = text[self._at]
            if char == "'":
                self._upto("'")
                continue
            if char == '"':
                self._quoted()
                continue
            self._at += 2 if char == "\\" else 1
            depth += (char == "(") - (char == ")")
            if char == ")" and not depth:
                self._inner.append(Words(text[start + 2 : self._at - 1], self._path, line))
                return text[start : self._at]
        self._at = start
        raise InputError("a $( is not closed", path=self._path, line=line)

    def _quoted(self) -> None:
        """Passes over a text in double quotes."""
        start = self._at
        self._at += 1
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 2 if char == "\\" else 1
            if char == '"':
                return
            if char == "$" and self._text.startswith("(", self._at):
                self._at -= 1
                before = len(self._inner)
                self._substitution()
                del self._inner[before:]
        self._at = start
        raise self._open()

    def _upto(self, quote: str) -> str:
        end = self._text.find(quote, self._at + 1)
        if end < 0:
            raise self._open()
        found = self._text[self._at + 1 : end]
        self._at = end + 1
        return found

    def _double(self) -> str:
        start, done = self._at, list[str]()
        self._at += 1
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == '"':
                self._at += 1
                return "".join(done)
            if char == "\\" and self._at + 1 < len(self._text) and self._text[self._at + 1] in '"\\$`\n':
                done.append("" if self._text[self._at + 1] == "\n" else self._text[self._at + 1])
                self._at += 2
            else:
                done.append(self._variable() or self._char())
        self._at = start
        raise self._open()

    def _ansi(self) -> str:
        start, done = self._at, list[str]()
        self._at += 2
        while self._at < len(self._text):
            char = self._char()
            if char == "'":
                return "".join(done)
            if char != "\\" or self._at >= len(self._text):
                done.append(char)
            elif match := _HEX.match(self._text, self._at):
                done.append(chr(int(match[0][1:], 16)))
                self._at = match.end()
            else:
                escaped = self._char()
                done.append(_ANSI.get(escaped, escaped))
        self._at = start
        raise self._open()

    def _open(self) -> InputError:
        return InputError("a quote is not closed", path=self._path, line=self._line())

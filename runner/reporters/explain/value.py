"""The place in a response where a value stands that a check did not like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from runner.model.collection import Json
from runner.model.exchange import Content
from runner.model.records import dataclass

#: Bytes of the body that are searched.
_SEARCHED = 128 * 1024
_AROUND = 2  #: lines before and after
_CHARACTERS = 60  #: before and after, in a body that is not JSON
_MEMBER = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*"): )?(.*?),?$')


@dataclass(slots=True)
class Searchable:
    """A body in which values are looked for: it is read when the first one is."""

    content: Content
    _lines: list[str] | None = None  #: of JSON
    _text: str | None = None  #: of what is not

    def around(self, value: Json, script: str) -> list[str]:
        """Lines of the body around a value, the one with it marked by ``>``; none if it is not clear where it is.

        Args:
            value: what the check found: text, a number, a boolean or null.
            script: the line of the script: of several places the one counts whose name it mentions.
        """
        if isinstance(value, (dict, list)) or value == "" or len(self.content) > _SEARCHED:
            return []
        self._read()
        if self._lines is None:
            return _in_text(self._text or "", value)
        names = set(re.findall(r"[\w$-]+", script))
        places = list(_places(self._lines, json.dumps(value, ensure_ascii=False)))
        named = [number for number, name in places if name in names]
        if not named and len(places) != 1:
            return []
        at = named[0] if named else places[0][0]
        shown = range(max(0, at - _AROUND), min(len(self._lines), at + _AROUND + 1))
        return [f"{'>' if number == at else ' '} {self._lines[number]}" for number in shown]

    def _read(self) -> None:
        if self._lines is None and self._text is None:
            text = self.content[:].decode("utf-8", "replace")
            try:
                self._lines = json.dumps(json.loads(text), indent=2, ensure_ascii=False).split("\n")
            except (ValueError, RecursionError):
                self._text = text


def _places(lines: list[str], written: str) -> Iterator[tuple[int, str | None]]:
    for number, line in enumerate(lines):
        member = _MEMBER.match(line) if written in line else None
        if member is not None and member.group(2) == written:
            yield number, json.loads(member.group(1)) if member.group(1) else None


def _in_text(text: str, value: Json) -> list[str]:
    if not isinstance(value, str) or text.count(value) != 1 or len(value) == len(text):
        return []
    at = text.index(value)
    start, end = max(0, at - _CHARACTERS), at + len(value) + _CHARACTERS
    return ["> " + ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")]

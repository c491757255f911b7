"""CSV text to records by the rules of csv-parse 4 as Newman sets it: comma, ``"`` doubled inside of
quotes, whitespace around fields trimmed, quotes inside of unquoted fields kept.

The standard library's reader does not tell quoted fields from unquoted ones, which decides whether
``"007"`` stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from runner.errors import InputError
from runner.model.records import dataclass
from runner.parse.text import SPACE

_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"(?!")')


class Field(NamedTuple):
    """One field of a record."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """Patterns that depend on how lines end. A lone ``\\r`` or ``\\n`` that ends no line is whitespace."""

    end: re.Pattern[str]
    space: re.Pattern[str]
    plain: re.Pattern[str]


def _rules(end: str, space: str, plain: str) -> _Rules:
    return _Rules(re.compile(end), re.compile(space), re.compile(plain))


_UNKNOWN = _rules(r"\r\n|\r|\n", r"[ \t\f]*", r"[^,\r\n]*")
_BY_END = {
    "\n": _rules(r"\n", r"[ \t\f\r]*", r"[^,\n]*"),
    "\r": _rules(r"\r", r"[ \t\f\n]*", r"[^,\r]*"),
    "\r\n": _rules(r"\r\n", r"(?:[ \t\f\n]|\r(?!\n))*", r"(?:[^,\r]|\r(?!\n))*"),
}


def csv_records(text: str, path: str | None = None) -> Iterator[list[Field]]:
    """The records of ``text``. The first line end outside of quotes says how all lines end; an empty
    line is a record with one empty field, but not at the end of the text.

    Raises:
        InputError: with the line, for text after a closing quote and for a quote that is not closed.
    """
    rules, at, record = _UNKNOWN, 0, list[Field]()
    while True:
        field, at = _field(text, at, rules, path)
        end = rules.end.match(text, at)
        if end is None and at == len(text):
            if record or field.text or field.quoted:
                yield [*record, field]
            return
        record.append(field)
        if end is None:  # a comma
            at += 1
            continue
        at = end.end()
        rules = _BY_END[end.group()]
        yield record
        record = []


def _field(text: str, at: int, rules: _Rules, path: str | None) -> tuple[Field, int]:
    start = _skip(rules.space, text, at)
    if text[start : start + 1] != '"':
        end = _skip(rules.plain, text, start)
        return Field(text[start:end].rstrip(SPACE), False), end
    line = text.count("\n", 0, start) + 1
    match = _QUOTED.match(text, start)
    if match is None:
        raise InputError("has a quote that is not closed", path=path, line=line)
    end = _skip(rules.space, text, match.end())
    if end < len(text) and text[end] != "," and not rules.end.match(text, end):
        line = text.count("\n", 0, end) + 1
        raise InputError(
            f'has {text[end]!r} after a closing quote; write quotes inside of quotes twice ("")', path=path, line=line
        )
    return Field(match[1].replace('""', '"'), True), end


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at

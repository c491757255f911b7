"""The secrets of a run, and texts without them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.model.records import dataclass, field
from runner.reporters.masking.forms import MIN_LENGTH, Forms, forms_of
from runner.reporters.masking.named import MASK, SCHEMES, is_placeholder, is_value, named_values

#: A run may get a new token in every iteration; only the newest of each name are remembered, and so many of all.
_MAX_OF_A_NAME = 20
_MAX_FOUND = 500
#: Short texts come again and again: header values, parts of URLs. Characters, and number of those remembered.
_SHORT, _MAX_CLEAN = 200, 5_000

#: What examples and public test servers are called by: hidden where the name says so, but not searched for.
_COMMON = frozenset({
    "admin", "administrator", "anonymous", "apikey", "basic", "bearer", "changeme", "default", "demo", "digest",
    "empty", "example", "guest", "invalid", "local", "login", "password", "pass", "postman", "public", "root",
    "sample", "secret", "string", "test", "testing", "token", "user", "username", "value", "wrong",
})  # fmt: skip
_LETTERS = re.compile(r"[a-z]{1,5}|[A-Z]{1,5}|[A-Z][a-z]{1,4}|\d{1,5}")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

_DOTS = re.compile(r"…|\.{3}")
#: Characters after which texts are cut off, at most: chai's limit is 40.
_CUT_OFF = 100

_CREDENTIALS = re.compile(rf"\s*((?:{SCHEMES})(?=\s))?\s*(.*)", re.IGNORECASE | re.DOTALL)


def split_credentials(value: str) -> tuple[str, str]:
    """The scheme of an ``Authorization`` header (empty if it names none that is known), and the rest."""
    match = _CREDENTIALS.fullmatch(value)
    return (match[1] or "", match[2]) if match else ("", value)


@dataclass(slots=True)
class Secrets:
    """What is known to be secret: it grows during a run. Everything else asks it to hide that in a text."""

    version: int = 0  #: changes whenever something is learnt
    _given: dict[str, Forms] = field(default_factory=dict)
    _found: dict[str, tuple[str, Forms]] = field(default_factory=dict)  # value -> its name; newest last
    _literals: list[str] = field(default_factory=list)
    _clean: set[str] = field(default_factory=set)  # texts that were looked at and hold no secret
    _wide: list[str] = field(default_factory=list)
    _patterns: list[tuple[str, re.Pattern[str]]] = field(default_factory=list)
    _beginnings: list[re.Pattern[str]] = field(default_factory=list)

    def give(self, value: str) -> None:
        """Remembers, for the whole run, a value of which somebody has said that it is secret."""
        if len(value) >= MIN_LENGTH and is_value(value) and value not in self._given:
            self._given[value] = forms_of(value)
            self._changed()

    def find(self, value: str, name: str, *, lasting: bool = False) -> None:
        """Remembers a value that seems to be secret, judging by its name, unless it is a word that everybody uses.
        Placeholders (``my-access-token``) are only remembered if they are ``lasting``.

        Args:
            name: values of the same name replace each other in the long run.
            lasting: it was there before the run, and is remembered as long as the run goes on.
        """
        known = self._found.pop(value, None)
        if known is not None:
            self._found[value] = known
            return
        if value in self._given or not _searchable(value) or (not lasting and is_placeholder(value)):
            return
        if lasting:
            self._given[value] = forms_of(value)
        else:
            self._found[value] = name, forms_of(value)
            self._forget(name)
        self._changed()

    def text(self, text: str) -> str:
        """``text`` without what is secret: known values in any form, values of fields with secret names, passwords
        in URLs, credentials."""
        if text in self._clean:
            return text
        spans = self.spans(text)
        if spans:
            return _without(text, spans)
        if len(text) <= _SHORT:
            if len(self._clean) >= _MAX_CLEAN:
                self._clean.clear()
            self._clean.add(text)
        return text

    def code(self, text: str) -> str:
        """The same for code and prose, where only known values are secrets: ``token = read(...)`` is none."""
        spans = self._known(text)
        return _without(text, _merged(spans)) if spans else text

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where secrets stand in a text: in order, without overlaps."""
        found = self._known(text)
        found += named_values(text)
        return _merged(found) if found else found

    def _known(self, text: str) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for literal in self._literals:
            at = text.find(literal)
            while at >= 0:
                found.append((at, at + len(literal)))
                at = text.find(literal, at + len(literal))
        if "\0" in text:
            found += (match.span() for wide in self._wide for match in re.finditer(re.escape(wide), text))
        for probe, pattern in self._patterns:
            if probe in text:
                found += (match.span() for match in pattern.finditer(text))
        if self._literals and ("…" in text or "..." in text):
            found += self._cut_off(text)
        return found

    def _cut_off(self, text: str) -> Iterator[tuple[int, int]]:
        """The beginnings of secrets that somebody has cut off, as chai does in its messages."""
        for match in _DOTS.finditer(text):
            before = text[max(0, match.start() - _CUT_OFF) : match.start()]
            for literal in self._literals:
                at = before.find(literal[:MIN_LENGTH])
                while at >= 0 and not literal.startswith(before[at:]):
                    at = before.find(literal[:MIN_LENGTH], at + 1)
                if at >= 0:
                    yield match.start() - len(before) + at, match.start()
            for beginning in self._beginnings:
                if found := beginning.search(before):
                    yield match.start() - len(before) + found.start(), match.start()

    def _forget(self, name: str) -> None:
        of_this_name = [value for value, (other, _) in self._found.items() if other == name]
        if len(of_this_name) > _MAX_OF_A_NAME:
            del self._found[of_this_name[0]]
        if len(self._found) > _MAX_FOUND:
            del self._found[next(iter(self._found))]

    def _changed(self) -> None:
        forms = [*self._given.values(), *(form for _, form in self._found.values())]
        self._literals = list(dict.fromkeys(literal for form in forms for literal in form.literals))
        self._wide = [form.wide for form in forms]
        self._patterns = [(form.probe, form.pattern) for form in forms if form.pattern is not None]
        self._beginnings = [form.cut_off for form in forms if form.cut_off is not None]
        self._clean.clear()
        self.version += 1


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += text[at:start], MASK
        at = end
    return "".join((*parts, text[at:]))


def _searchable(value: str) -> bool:
    if len(value) < MIN_LENGTH or not is_value(value) or value.lower() in _COMMON:
        return False
    # Sentences and addresses are what a name like "auth" or "token" is about, not the secret.
    return not (_LETTERS.fullmatch(value) or _ADDRESS.match(value) or any(map(str.isspace, value)))


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found.sort()
    merged = [found[0]]
    for start, end in found[1:]:
        last = merged[-1]
        if start < last[1]:
            merged[-1] = last[0], max(last[1], end)
        else:
            merged.append((start, end))
    return merged

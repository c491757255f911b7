"""What a saved example says of the requests that it answers, as patterns: texts and paths with wildcards.

A ``{{variable}}`` or ``:path_variable`` stands for anything; where its value is known, the value is the better match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from urllib.parse import unquote

from runner.model.collection import Json
from runner.model.records import dataclass, field
from runner.templating import Resolver
from runner.variables import Scopes

#: Stands for what is not known; private use, so that no text has it.
WILD = "\ue000"
_DYNAMIC = re.compile(r"\{\{\s*\$[^{}]*\}\}")
_TEMPLATE = re.compile(r"\{\{([^{}]*)\}\}")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
#: Segments that look like the name of one thing among many: numbers, UUIDs, long texts of letters with digits.
_ID = re.compile(rf"\d+|{_UUID}|(?=[^\d]*\d)(?=[^a-z]*[a-z])[\w-]{{12,}}", re.IGNORECASE)


def known(text: str, scopes: Scopes) -> str:
    """The text with all variables that have a value; dynamic ones and the unknown are `WILD`."""
    if "{{" not in text:
        return text
    return _TEMPLATE.sub(WILD, Resolver(scopes).text(_DYNAMIC.sub(WILD, text)))


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A text that may hold wildcards."""

    text: str

    @property
    def is_wild(self) -> bool:
        return WILD in self.text

    def matches(self, actual: str) -> bool:
        if not self.is_wild:
            return self.text == actual
        parts = (re.escape(part) for part in self.text.split(WILD))
        return re.fullmatch(".*".join(parts), actual, re.DOTALL) is not None


class Tier(IntEnum):
    """How exactly a path fits; the lower the better."""

    EXACT = 0
    LOOSE = 1  #: but for capitals and empty segments, such as a slash at the end
    IDS = 2  #: and but for segments that look like ids


@dataclass(frozen=True, slots=True)
class PathFit:
    """How a path fits, with what its wildcards stand for. Fewer wildcards are better."""

    tier: Tier
    wildcards: int
    captures: Mapping[str, str] = field(default_factory=dict)

    @property
    def rank(self) -> tuple[int, int]:
        return self.tier, self.wildcards


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a path."""

    written: str
    value: str | None  #: as far as it is known
    wild: re.Pattern[str] | None = None
    names: tuple[str, ...] = ()

    def tier(self, actual: str) -> Tier | None:
        """How exactly ``actual`` is the value that is known; None if it is another, or none is known."""
        if self.value is None:
            return None
        if self.value == actual:
            return Tier.EXACT
        if self.value.casefold() == actual.casefold():
            return Tier.LOOSE
        return Tier.IDS if _ID.fullmatch(self.value) and _ID.fullmatch(actual) else None

    def captures(self, actual: str) -> Mapping[str, str] | None:
        """What the wildcards stand for; None if it does not fit."""
        match = self.wild.fullmatch(actual) if self.wild else None
        return None if match is None else dict(zip(self.names, match.groups(), strict=True))


def segment(written: str, variables: Mapping[str, Json], scopes: Scopes) -> Segment:
    """A segment as a collection has it: text, ``{{name}}``, ``:name``, or a mixture.

    Args:
        variables: the values of path variables.
    """
    if written.startswith(":") and len(written) > 1:
        name, dot, rest = written[1:].partition(".")
        value = variables.get(name)
        text = known(value + dot + rest, scopes) if isinstance(value, str) and value else WILD
        wild = re.compile("(.+)" + re.escape(dot + rest), re.DOTALL)
        return Segment(written, None if WILD in text else unquote(text), wild, (name,))
    text = known(written, scopes)
    if "{{" not in written:
        return Segment(written, unquote(text))
    pattern = "(.+)".join(re.escape(unquote(part)) for part in _TEMPLATE.split(written)[::2])
    names = tuple(_TEMPLATE.findall(written))
    return Segment(written, None if WILD in text else unquote(text), re.compile(pattern, re.DOTALL), names)


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A path with wildcards; to be made by `path_pattern`.

    Attributes:
        size: how many of its segments are not empty: no path of another size fits.
    """

    segments: tuple[Segment, ...]
    size: int

    @property
    def text(self) -> str:
        return "/" + "/".join(part.written for part in self.segments)

    def fit(self, path: Sequence[str]) -> PathFit | None:
        """Whether a path fits.

        Args:
            path: its segments, decoded.
        """
        given = [part for part in path if part]
        if self.size != len(given):
            return None
        mine = [part for part in self.segments if part.value != ""]
        same_shape = [part.value == "" for part in self.segments] == [part == "" for part in path]
        tier = Tier.EXACT if same_shape else Tier.LOOSE
        captures: dict[str, str] = {}
        wildcards = 0
        for pattern, actual in zip(mine, given, strict=True):
            known_as, found = pattern.tier(actual), pattern.captures(actual)
            if found is not None:
                captures.update(found)
                wildcards += known_as is not Tier.EXACT
            elif known_as is not None:
                tier = max(tier, known_as)
            else:
                return None
        return PathFit(tier, wildcards, captures)


def path_pattern(segments: Iterable[Segment]) -> PathPattern:
    """The pattern of a path of these segments."""
    parts = tuple(segments)
    return PathPattern(parts, sum(part.value != "" for part in parts))


def path_segments(path: str) -> list[str]:
    """The decoded segments of a URL's path."""
    return [unquote(part) for part in path.removeprefix("/").split("/")]

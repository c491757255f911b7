"""YAML with the line of every value, and one sentence for everything that is not as it should be.

Plain words have the types of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema): ``yes``, ``on`` and dates are
texts, as in the editors that check the file with the JSON Schema.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from runner.errors import InputError
from runner.model.collection import Json
from runner.model.records import dataclass
from runner.parse.text import CONFLICT

T = TypeVar("T")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_TAG = "tag:yaml.org,2002:"
#: Values of a file, those behind aliases counted each time; more if the text is long enough to hold them.
_MAX_VALUES = 100_000
_MAX_DIGITS = 1000
#: A text that begins with a template and has no quotes.
_TEMPLATE = re.compile(r"(?::|-|\?)[ \t]+\{\{")


@dataclass(frozen=True, slots=True)
class Spot:
    """A value in a file.

    Attributes:
        path: the file as the user named it.
        what: what the value is called in messages.
        node: PyYAML's node.
    """

    path: str
    what: str
    node: Any

    @property
    def line(self) -> int:
        """1-based."""
        return int(self.node.start_mark.line) + 1

    def error(self, message: str) -> InputError:
        """Says what is wrong here; to be raised."""
        return InputError(message, path=self.path, line=self.line)

    @property
    def is_mapping(self) -> bool:
        return bool(self.node.id == "mapping")

    @property
    def is_list(self) -> bool:
        return bool(self.node.id == "sequence")

    @property
    def is_text(self) -> bool:
        return bool(self.node.id == "scalar" and self.node.tag == _TAG + "str")

    def members(self) -> dict[str, Spot]:
        """The values of a mapping by name."""
        if not self.is_mapping:
            raise self.error(f"{self.what} must be a mapping (name: value), not {self.described()}")
        found: dict[str, Spot] = {}
        for key, value in self.node.value:
            if key.id != "scalar":
                raise Spot(self.path, self.what, key).error('a template must be in quotes: "{{ ... }}"')
            if key.value in found:
                raise Spot(self.path, self.what, key).error(f'"{key.value}" is there twice')
            found[key.value] = Spot(self.path, key.value, value)
        return found

    def fields(self, known: Sequence[str], required: Sequence[str] = ()) -> dict[str, Spot]:
        """The values of a mapping whose names are given."""
        found = self.members()
        for key, _ in self.node.value:
            if key.value not in known:
                hint = suggestion(key.value, known) or f"; there are: {', '.join(known)}"
                raise Spot(self.path, self.what, key).error(f'{self.what} has no key "{key.value}"{hint}')
        for name in required:
            if name not in found:
                raise self.error(f'{self.what} lacks "{name}"')
        return found

    def elements(self) -> list[Spot]:
        """The values of a list."""
        if not self.is_list:
            raise self.error(f"{self.what} must be a list, not {self.described()}")
        return [Spot(self.path, self.what, child) for child in self.node.value]

    def one_or_more(self) -> list[Spot]:
        """The values of a list, or the one value that is none."""
        return self.elements() if self.is_list else [self]

    def plain(self) -> Json:
        """The value with everything in it."""
        length = self.node.end_mark.index - self.node.start_mark.index
        try:
            return _plain(self, [max(_MAX_VALUES, length)])
        except RecursionError:
            raise self.error(f"{self.what} is nested too deeply, or holds itself") from None

    def text(self) -> str:
        """A text that is not empty; numbers are taken as they are written."""
        if self.node.id == "scalar" and self.node.tag != _TAG + "null" and not self.node.value.strip():
            raise self.error(f"{self.what} must not be empty")
        if self.node.id != "scalar" or self.node.tag == _TAG + "null":
            raise self.error(f"{self.what} must be a text, not {self.described()}")
        return str(self.node.value)

    def flag(self) -> bool:
        value = self.plain()
        if not isinstance(value, bool):
            raise self.error(f"{self.what} must be true or false, not {self.described()}")
        return value

    def number(self, low: float = 0, high: float | None = None) -> float:
        """A number from ``low`` to ``high``."""
        value = self.plain()
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(f"{self.what} must be a number, not {self.described()}")
        if value < low or (high is not None and value > high):
            bounds = f"from {low:g} to {high:g}" if high is not None else f"of at least {low:g}"
            raise self.error(f"{self.what} must be a number {bounds}, not {value}")
        return value

    def integer(self, low: int = 0) -> int:
        value = self.number(low)
        if not isinstance(value, int):
            raise self.error(f"{self.what} must be a whole number, not {value}")
        return value

    def choice(self, choices: Sequence[str]) -> str:
        value = self.text()
        if value not in choices:
            hint = suggestion(value, choices) or f"; there are: {', '.join(choices)}"
            raise self.error(f'{self.what} cannot be "{value}"{hint}')
        return value

    def duration(self) -> float:
        """Seconds, from ``500ms``, ``2s``, ``1.5m`` or ``1h``."""
        match = _DURATION.fullmatch(self.node.value.strip()) if self.node.id == "scalar" else None
        if match is None:
            raise self.error(f"{self.what} must be a time with its unit, such as 500ms or 2s, not {self.described()}")
        return float(match.group(1)) * _SECONDS[match.group(2)]

    def checked(self, check: Callable[[], T], *errors: type[Exception]) -> T:
        """Calls ``check``; what it raises is reported as an error of this place."""
        try:
            return check()
        except errors as error:
            raise self.error(str(error)) from None

    def described(self) -> str:
        """The value in a few words."""
        if self.node.id != "scalar":
            return {"mapping": "a mapping", "sequence": "a list"}[self.node.id]
        if self.node.tag == _TAG + "null":
            return "empty"
        kind = {"str": "the text ", "int": "the number ", "float": "the number "}.get(self.node.tag[len(_TAG) :], "")
        value = " ".join(self.node.value.split())[:40]
        return f'{kind}"{value}"' if kind == "the text " else f"{kind}{value}"


def read_yaml(text: str, path: str, what: str) -> Spot:
    """The outermost value of a YAML document.

    Raises:
        InputError: it is no YAML, or empty.
    """
    import yaml

    try:
        node: Any = _compose(text)
    except yaml.MarkedYAMLError as error:
        unfinished = "end of stream" in (error.problem or "")
        mark = (error.context_mark if unfinished else None) or error.problem_mark or error.context_mark
        problem = error.problem or error.context or "something is wrong here"
        if problem.startswith("but "):
            problem = f"{error.context}, {problem}"
        where = None if mark is None else int(mark.line) + 1
        hint = "; YAML takes spaces for indentation, no tabs" if "\\t" in problem else ""
        if problem.startswith("expected ',' or"):
            hint = "; inside of [ ] and { } a text with one of these, a comma or a colon must be in quotes"
        if where is not None and any(map(_TEMPLATE.search, text.splitlines()[where - 1 : where])):
            hint = '; a text that begins with a template must be in quotes: "{{ ... }}"'
        conflict = CONFLICT.search(text)
        if conflict is not None:
            where = text.count("\n", 0, conflict.start()) + 1
            raise InputError("has an unresolved merge conflict; resolve it first", path=path, line=where) from None
        raise InputError(f"it is no YAML: {problem}{hint}", path=path, line=where) from None
    except yaml.YAMLError as error:
        raise InputError(f"it is no YAML: {' '.join(str(error).split())}", path=path) from None
    except RecursionError:
        raise InputError("it is nested too deeply", path=path) from None
    if node is None:
        raise InputError("is empty", path=path)
    return Spot(path, what, node)


def _compose(text: str) -> Any:
    """The outermost node. LibYAML, which is ten times as fast, finds what is wrong; PyYAML says it better."""
    import yaml

    if yaml.__with_libyaml__:
        try:
            return yaml.compose(text, Loader=_loader("CSafeLoader"))
        except (yaml.YAMLError, UnicodeError):
            pass
    return yaml.compose(text, Loader=_loader("SafeLoader"))


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean "..."?``, or nothing if there is nothing like it."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.55)
    return f'; did you mean "{near[0]}"?' if near else ""


def _plain(spot: Spot, left: list[int]) -> Json:
    left[0] -= 1
    if left[0] < 0:
        raise spot.error("an alias (*name) makes this file endless")
    if spot.is_mapping:
        return {name: _plain(member, left) for name, member in spot.members().items()}
    if spot.is_list:
        return [_plain(element, left) for element in spot.elements()]
    written, kind = spot.node.value, spot.node.tag.removeprefix(_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return written.lower() == "true"
    if kind == "int":
        if len(written) > _MAX_DIGITS:
            raise spot.error(f"a number cannot have {len(written)} digits")
        return int(written)
    if kind == "float":
        return float(written.replace(".inf", "inf").replace(".nan", "nan"))
    if kind == "str":
        return written
    raise spot.error(f"the tag {spot.node.tag} is not known here")


@cache
def _loader(base: str) -> Any:
    import yaml

    class Loader(getattr(yaml, base)):  # type: ignore[misc]
        """Keeps nodes; only the core schema of YAML 1.2 gives words another type than text."""

        yaml_implicit_resolvers: Mapping[str, Any] = {}

    patterns = {
        "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        "int": (r"[-+]?[0-9]+", list("-+0123456789")),
        "float": (r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    }
    for kind, (pattern, first) in patterns.items():
        Loader.add_implicit_resolver(_TAG + kind, re.compile(rf"(?:{pattern})\Z"), first)
    return Loader

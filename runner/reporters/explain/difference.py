"""What a failed comparison compared, side by side: for what is too long to be read in the message."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice

from runner.model.collection import Json
from runner.model.result import ErrorInfo

#: Lines of a value that are compared: the time that it takes grows with their square.
_MAX_COMPARED = 2000
_MAX_SHOWN = 40
_AROUND = 40  #: characters that are shown before and after the place where two texts begin to differ
_SHORT = 60  #: characters of a text that is read in the message without help
_MISSING = object()


def compared(error: ErrorInfo) -> tuple[Json, Json] | None:
    """The expected and the actual value, if the error says both."""
    values = [_parsed(dict(error.details).get(name)) for name in ("expected", "actual")]
    return None if _MISSING in values else (values[0], values[1])


def difference(error: ErrorInfo) -> list[str]:
    """Lines that show how the two values of a failed comparison differ; none if its message does that."""
    values = compared(error)
    if values is None or values[0] == values[1]:
        return []
    expected, actual = values
    texts = isinstance(expected, str) and isinstance(actual, str)
    if texts and "\n" not in expected + actual:
        return _places(expected, actual) if max(len(expected), len(actual)) > _SHORT else []
    if not texts and not isinstance(expected, (dict, list)) and not isinstance(actual, (dict, list)):
        return []
    shown = list(islice(_changes(_lines(expected), _lines(actual)), _MAX_SHOWN + 1))
    if len(shown) > _MAX_SHOWN:
        shown[-1] = "  ..."
    return ["difference (- expected, + actual):", *shown] if shown else []


def _parsed(text: Json) -> Json:
    try:
        return json.loads(text) if isinstance(text, str) else _MISSING
    except ValueError:
        return _MISSING


def _lines(value: Json) -> Sequence[str]:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return text.split("\n")[:_MAX_COMPARED]


def _changes(expected: Sequence[str], actual: Sequence[str]) -> Iterator[str]:
    import difflib

    for line in islice(difflib.unified_diff(expected, actual, lineterm="", n=2), 2, None):
        if not line.startswith("@@"):
            yield f"{line[0]} {line[1:]}"
        elif not line.startswith(
            ("@@ -1,", "@@ -1 ", "@@ -0,")
        ):  # what tells the line tells that something is left out
            yield "  ..."


def _places(expected: str, actual: str) -> list[str]:
    """Both texts around the first character in which they differ."""
    pairs = enumerate(zip(expected, actual, strict=False))
    at = next((place for place, (one, other) in pairs if one != other), min(len(expected), len(actual)))
    start = max(0, at - _AROUND)
    lead = "..." if start else ""

    def part(text: str) -> str:
        return lead + text[start : at + _AROUND] + ("..." if len(text) > at + _AROUND else "")

    return [
        f"difference at character {at + 1}:",
        f"- {part(expected)}",
        f"+ {part(actual)}",
        " " * (2 + len(lead) + at - start) + "^",
    ]

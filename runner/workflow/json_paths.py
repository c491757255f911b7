"""JSONPaths of the places in a JSON document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.model.collection import Json

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LAST = re.compile(r"""(?:\.|\[["']|^)([^.\[\]"'$*]+)["']?\]?(?:\[[^\]]*\])*\s*$""")
#: Places of one document that are looked at; lists count with their first element only.
_LIMIT = 5000


def walk_paths(document: Json, path: str = "$") -> Iterator[tuple[str, Json]]:
    """Every place below the root with its value, those nearer to the root first; of lists the first element."""
    level: list[tuple[str, Json]] = [(path, document)]
    seen = 0
    while level and seen < _LIMIT:
        below: list[tuple[str, Json]] = []
        for here, value in level:
            for inner, child in _children(here, value):
                seen += 1
                yield inner, child
                below.append((inner, child))
        level = below


def member(path: str, key: str) -> str:
    """The path of a key below ``path``."""
    if _PLAIN.fullmatch(key):
        return f"{path}.{key}"
    quote = "'" if "'" not in key else '"'
    return f"{path}[{quote}{key}{quote}]"


def last_key(expression: str) -> str:
    """The key that a JSONPath ends with, list positions left out: ``id`` of ``$.items[0].id``."""
    found = _LAST.search(expression)
    return found.group(1).strip() if found else ""


def _children(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield member(path, str(key)), child
    elif isinstance(value, list) and value:
        yield f"{path}[0]", value[0]

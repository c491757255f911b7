"""Which requests a pattern means: a path, a name, an id, or a glob over paths."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from runner.errors import SelectionError
from runner.model.collection import Located

_SHOWN = 3


def matching(items: Sequence[Located], pattern: str, what: str) -> tuple[Located, ...]:
    """The items that ``pattern`` means. ``Users/Create user`` is a path or its end, ``Create user`` a name;
    in globs ``*`` stays inside of one folder and ``**`` crosses them. ``Users/Get#2`` is the second of that path.

    Args:
        what: who asks, for the error: ``--capture user_id``.

    Raises:
        SelectionError: there is no such request, or a name that is no glob means several.
    """
    wanted = pattern.strip("/")
    exact = [located for located in items if located.path == pattern]  # names may begin and end with slashes
    exact = exact or [located for located in items if located.path == wanted or located.item.id == wanted]
    for found in (exact, _named(items, wanted)):
        if len(found) == 1:
            return tuple(found)
        if found:
            raise SelectionError(_several(found, wanted, what))
    base, sign, number = pattern.rpartition("#")
    if sign and number.isdecimal():
        again = [one for one in items if one.path == base] or (_named(items, base.strip("/")) if base else [])
        if 0 < int(number) <= len(again) and len({located.path for located in again}) == 1:
            return (again[int(number) - 1],)
    if "*" in wanted:
        globbed = tuple(located for located in items if _glob(wanted).fullmatch(located.path))
        if globbed:
            return globbed
    raise SelectionError(_unknown(items, wanted, what))


def addresses(items: Iterable[Located]) -> dict[int, str]:
    """What each of these items can be found by, by ``id()`` of the item: its path, with a number if it is nothing or
    a slash, or not the only one of that path."""
    paths: dict[str, list[Located]] = {}
    for located in items:
        paths.setdefault(located.path, []).append(located)
    return {
        id(one.item): path if len(found) == 1 and path.strip(" /") else f"{path}#{number}"
        for path, found in paths.items()
        for number, one in enumerate(found, 1)
    }


def _named(items: Sequence[Located], wanted: str) -> list[Located]:
    return [one for one in items if one.item.name == wanted or one.path.endswith("/" + wanted)]


@lru_cache(maxsize=64)
def _glob(pattern: str) -> re.Pattern[str]:
    text = ""
    for part in re.split(r"(\*\*/|\*\*|\*)", pattern):
        text += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}.get(part) or re.escape(part)
    return re.compile(text, re.DOTALL)


def _several(found: Sequence[Located], wanted: str, what: str) -> str:
    paths = list(dict.fromkeys(located.path for located in found))
    if len(paths) == 1:
        ways = " or ".join(f'"{wanted}#{number}"' for number in range(1, min(len(found), _SHOWN) + 1))
        return f'{what}: "{wanted}" means {len(found)} requests with the same path; write {ways}, or the id of the one'
    more = f" or {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f'{what}: "{wanted}" means several requests; give the path: {" or ".join(paths[:_SHOWN])}{more}'


def _unknown(items: Sequence[Located], wanted: str, what: str) -> str:
    if any("/".join(one.folders).startswith(wanted) or wanted in one.folders for one in items) and "*" not in wanted:
        return f'{what}: "{wanted}" is a folder; write "{wanted}/**" for all requests in it'
    paths = {located.path.lower(): located.path for located in items}
    names = {located.item.name.lower(): located.path for located in items}
    asked = wanted.lower()
    near = [paths[key] for key in difflib.get_close_matches(asked, paths, n=2, cutoff=0.6)]
    near += [names[key] for key in difflib.get_close_matches(asked.rpartition("/")[2], names, n=2, cutoff=0.6)]
    hint = f"; did you mean {' or '.join(list(dict.fromkeys(near))[:_SHOWN])}?" if near else ""
    return f'{what}: there is no request "{wanted}" in this run{hint}'

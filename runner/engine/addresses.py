"""How a person names one request or folder of a collection: by its path, and by a number where paths are equal.

``Users/Get user[2]`` is the second of two that are called so in the folder ``Users``; ``Users[2]/Get user`` stands in
the second folder of that name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from runner.errors import EmptySelectionError, SelectionError, UsageError
from runner.model.collection import Collection, Folder
from runner.model.records import dataclass

_SHOWN = 4
#: ``[2]``, or ``#2`` as captures and workflow files have it
_NUMBERED = re.compile(r"(.+?)(?:\[(\d+)\]|#(\d+))", re.DOTALL)


#: stands for a slash inside of a name while globs are matched: ``*`` crosses it
_SLASH = "\0"


@dataclass(frozen=True, slots=True)
class Place:
    """A request or folder. ``address`` belongs to no other; ``items`` are the positions in the collection of the
    request itself, or of all that the folder holds.

    Attributes:
        globbed: path and address for globs: a slash that belongs to a name is ``_SLASH`` there.
    """

    address: str
    path: str
    name: str
    id: str
    items: range
    is_folder: bool
    globbed: tuple[str, str]


def places(collection: Collection) -> tuple[Place, ...]:
    """All folders and requests, each folder before what it holds."""
    found: list[Place] = []
    _collect(collection, (), (), 0, found)
    return tuple(found)


def _collect(folder: Folder, path: tuple[str, ...], address: tuple[str, ...], position: int, found: list[Place]) -> int:
    """Returns the position after the last request of the folder."""
    names = [child.name for child in folder.children]
    for child, number in zip(folder.children, _numbers(names), strict=True):
        here = (*path, child.name)
        there = (*address, child.name if number is None else f"{child.name}[{number}]")
        at = len(found)
        end = position + 1
        if isinstance(child, Folder):
            end = _collect(child, here, there, position, found)
        items = range(position, end)
        place = Place(
            "/".join(there), "/".join(here), child.name, child.id, items, isinstance(child, Folder),
            (_for_globs(here), _for_globs(there)),
        )  # fmt: skip
        found.insert(at, place)
        position = end
    return position


def _for_globs(names: Sequence[str]) -> str:
    return "/".join(name.replace("/", _SLASH) for name in names)


def _numbers(names: Sequence[str]) -> Iterator[int | None]:
    """For each name its number among its equals, from 1; None where it has none."""
    all_of, seen = Counter(names), Counter[str]()
    for name in names:
        seen[name] += 1
        yield seen[name] if all_of[name] > 1 else None


def find(known: Sequence[Place], pattern: str, what: str) -> tuple[Place, ...]:
    """What a pattern means: one place, or with a glob any number of requests.

    ``Users/Create user`` is a path or the end of one, ``Create user`` a name. In globs ``?`` and ``*`` stay inside of
    one name and ``**`` crosses folders.

    Args:
        what: who asks, for errors: ``--select "Users"``.

    Raises:
        EmptySelectionError: there is nothing of that name.
        SelectionError: several have it; says which.
        UsageError: the pattern is empty, as a shell variable is that was not set.
    """
    wanted = pattern.strip("/")
    if not wanted.strip():
        raise UsageError(f"{what} names nothing: give the path or name of a request or folder")
    for found in (
        [one for one in known if one.address == wanted],
        [one for one in known if one.id == wanted],
        [one for one in known if one.path in (wanted, pattern)],
        _numbered(known, wanted),
        _called(known, wanted),
    ):
        if len(found) == 1:
            return tuple(found)
        if found:
            raise SelectionError(f"{what} means several; give one of: {_listed(found)}")
    if "*" in wanted or "?" in wanted:
        glob = _glob(wanted)
        globbed = [one for one in known if not one.is_folder and _matches(glob, one)]
        if globbed:
            return tuple(globbed)
        raise EmptySelectionError(f"{what} matches no request")
    raise EmptySelectionError(_unknown(known, wanted, what))


def _called(known: Sequence[Place], wanted: str) -> list[Place]:
    return [one for one in known if one.name == wanted or one.path.endswith("/" + wanted)]


def _numbered(known: Sequence[Place], wanted: str) -> list[Place]:
    match = _NUMBERED.fullmatch(wanted)
    if match is None:
        return []
    base, number = match[1], int(match[2] or match[3])
    again = [one for one in known if one.path == base] or _called(known, base)
    same = len({one.path for one in again}) == 1
    return again[number - 1 : number] if same and number else []


def _matches(glob: re.Pattern[str], place: Place) -> bool:
    return any(glob.fullmatch(one) for one in place.globbed)


@lru_cache(maxsize=64)
def _glob(pattern: str) -> re.Pattern[str]:
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    texts = (signs.get(part) or re.escape(part).replace("/", f"[/{_SLASH}]") for part in parts)
    return re.compile("".join(texts), re.DOTALL)


def _listed(found: Sequence[Place]) -> str:
    more = f" or {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(f'"{one.address}"' for one in found[:_SHOWN]) + more


def _unknown(known: Sequence[Place], wanted: str, what: str) -> str:
    import difflib

    paths = {one.path.lower(): one.path for one in known}
    names = {one.name.lower(): one.path for one in known}
    asked = wanted.lower()
    near = [paths[key] for key in difflib.get_close_matches(asked, paths, n=2, cutoff=0.6)]
    near += [names[key] for key in difflib.get_close_matches(asked.rpartition("/")[2], names, n=2, cutoff=0.6)]
    hint = f"; did you mean {' or '.join(f'{one!r}' for one in dict.fromkeys(near))}?" if near else ""
    return f"{what}: the collection has no such request or folder{hint}"

"""Names that are nearly the same."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable

_FOLDED = re.compile(r"[\s_-]+")


def near(name: str, known: Iterable[str], cutoff: float = 0.75) -> str | None:
    """The known name that was probably meant."""
    folded = _FOLDED.sub("", name).lower()
    names = list(known)
    same = next((one for one in names if one != name and _FOLDED.sub("", one).lower() == folded), None)
    return same or next(iter(difflib.get_close_matches(name, names, n=1, cutoff=cutoff)), None)


def misspelt(name: str, known: Collection[str]) -> str | None:
    """The known name from which this one differs by case, spaces, dashes, or one letter that is left out, added,
    changed or swapped with its neighbour. Digits are no misspelling: ``user1`` and ``user2`` are two names."""
    folded = _FOLDED.sub("", name).lower()
    for one in known:
        if one == name:
            continue
        other = _FOLDED.sub("", one).lower()
        if other == folded or (len(folded) > 4 and one_edit(folded, other)):
            return one
    return None


def one_edit(a: str, b: str) -> bool:
    """Whether one slip leads from the one to the other; those at the first letter or of a digit do not count."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    at = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if at == 0:
        return False
    if len(a) == len(b):
        if a[at + 2 :] == b[at + 2 :] and a[at : at + 2] == b[at : at + 2][::-1]:
            return True
        return a[at + 1 :] == b[at + 1 :] and not (a[at].isdigit() or b[at].isdigit())
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    # one more letter at the end is a plural, or another name, unless a key was hit twice
    inside = at < len(shorter) or longer[-1] == longer[-2]
    return inside and longer[at + 1 :] == shorter[at:] and not longer[at].isdigit()

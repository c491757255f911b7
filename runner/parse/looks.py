"""Whether a JSON file is a collection, at first sight."""

from __future__ import annotations

import re

#: What stands near the beginning of every collection, and not in environments or data.
_MEMBERS = (b'"info"', b'"item"')
#: How Newman's JSON report begins, which holds the collection that was run.
_REPORT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"collection"\s*:')
_LOOK = 64 * 1024


def looks_like_collection(path: str) -> bool:
    """Whether a file is called JSON and begins like a collection; one that cannot be read is none."""
    if not path.lower().endswith(".json"):
        return False
    try:
        with open(path, "rb") as file:
            head = file.read(_LOOK)
    except OSError:
        return False
    return all(member in head for member in _MEMBERS) and _REPORT.match(head) is None

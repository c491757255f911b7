"""What a collection says about the errors of its API.

A collection carries an *error guide*: a Markdown table in the description of a request, a folder or the collection
itself whose first column is headed ``status`` or ``code``. The second column is the meaning, a third one what to do::

    | status | meaning | what to do |
    |---|---|---|
    | 401 | missing or invalid API key | set `api_key` |
    | 5xx | a server error | try again later |

Where there are no descriptions to write in, a collection variable ``error_guide`` does the same as a JSON object:
``{"401": "missing or invalid API key", "5xx": "a server error"}``. What stands nearest to the request counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from runner.model.collection import Collection, Located

VARIABLE = "error_guide"
_HEADINGS = ("status", "code", "status code", "http status", "http code")
_RULE = re.compile(r"\|?(\s*:?-+:?\s*\|)+\s*(:?-+:?\s*)?$")
_CELL = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"[1-5](?:\d\d|xx)", re.IGNORECASE)
_CODES = re.compile(r"\b[1-5](?:\d\d|xx)\b", re.IGNORECASE)
_MARKUP = re.compile(r"\*\*|`")


def meaning(code: int, located: Located) -> str | None:
    """What a status means here, in the words of the collection; None if it does not say."""
    wanted = (str(code), f"{code // 100}xx")
    for guide in _guides(located):
        for key in wanted:
            if key in guide:
                return guide[key]
    return None


def guide_in(text: str) -> dict[str, str]:
    """The error guide in a description: ``401`` or ``5xx`` to its meaning. Empty if there is none."""
    lines = text.splitlines()
    found: dict[str, str] = {}
    for at in range(len(lines) - 2):
        heading = _cells(lines[at])
        if len(heading) < 2 or heading[0].lower() not in _HEADINGS or not _RULE.match(lines[at + 1].strip()):
            continue
        for line in lines[at + 2 :]:
            cells = _cells(line)
            if len(cells) < 2:
                break
            told = cells[1] + (f" ({heading[2].lower()}: {cells[2]})" if len(cells) > 2 and cells[2] else "")
            for code in _CODES.findall(cells[0]):
                found.setdefault(code.lower(), told)
    return found


def _guides(located: Located) -> Iterator[Mapping[str, str]]:
    item = located.item
    for text in (item.description, item.request.description, *(f.description for f in reversed(located.parents))):
        if text and "|" in text:
            yield guide_in(text)
    for folder in reversed(located.parents):
        if isinstance(folder, Collection):
            yield from (_listed(row.value) for row in folder.variables if row.key == VARIABLE and row.enabled)


def _listed(value: object) -> dict[str, str]:
    try:
        data = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return {}
    if not isinstance(data, Mapping):
        return {}
    return {key.lower(): text for key, text in data.items() if _CODE.fullmatch(key) and isinstance(text, str)}


def _cells(line: str) -> list[str]:
    if "|" not in line:
        return []
    cells = _CELL.split(line.strip().removeprefix("|").removesuffix("|"))
    return [_MARKUP.sub("", cell).replace("\\|", "|").strip() for cell in cells]

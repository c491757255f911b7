"""The file in which shapes are kept: YAML with a line for each place, sorted, so that version control shows what
changed.

::

    version: 1
    responses:
      "Users/Get user":
        200 application/json:
          $: object
          $.id: integer
        404: {}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from runner.atomic import write_whole
from runner.contract.lines import lines_of, shape_from
from runner.contract.responses import Kind
from runner.contract.shapes import Shape
from runner.errors import InputError, SetupError
from runner.parse.nodes import Spot, read_yaml

#: What the responses to one request look like.
Entry: TypeAlias = Mapping[Kind, Shape | None]

VERSION = 1
ENDING = ".snapshots.yaml"
_HEAD = (
    "# Shapes of responses: types and names, no values. Kept by `htrun run --snapshot`; changed with",
    "# --update-snapshots. Belongs into version control.",
)
_PLAIN = re.compile(r"\$(?:[\w.$]|\[\])*(?:\.\*(?:[\w.$*]|\[\])*)?\??", re.ASCII)
_KIND = re.compile(r"(\d{3})(?: (.+))?")


def read(path: Path) -> dict[str, Entry]:
    """What is kept, by the names of the requests; empty if there is no file.

    Raises:
        InputError: it cannot be read, or is no such file.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not in UTF-8"
        raise InputError(f"cannot be read: {reason}", path=str(path)) from None
    root = read_yaml(text, str(path), "the file of snapshots").fields(("version", "responses"), ("version",))
    if root["version"].integer() > VERSION:
        raise root["version"].error("was written by a newer htrun: install that, or delete the file")
    if "responses" not in root:
        return {}
    return {name: dict(_kinds(entry)) for name, entry in root["responses"].members().items()}


def _kinds(entry: Spot) -> Iterator[tuple[Kind, Shape | None]]:
    for text, spot in entry.members().items():
        found = _KIND.fullmatch(text)
        if found is None:
            raise spot.error(f'"{text}" is no status with a media type, such as 200 application/json')
        lines = [(place, str(line.node.value)) for place, line in spot.members().items()]
        shape = spot.checked(lambda lines=lines: shape_from(lines), ValueError) if lines else None  # type: ignore[misc]
        yield Kind(int(found[1]), found[2] or ""), shape


def write(path: Path, entries: Mapping[str, Entry]) -> None:
    """Replaces the file.

    Raises:
        SetupError: it cannot be written.
    """
    text = "\n".join((*_HEAD, f"version: {VERSION}", *_written(entries), ""))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        raise SetupError(f"{path}: snapshots cannot be written: {error.strerror}") from None


def _written(entries: Mapping[str, Entry]) -> Iterator[str]:
    yield "responses:" if entries else "responses: {}"
    for name in sorted(entries):
        yield f"  {_quoted(name)}:"
        for kind in sorted(entries[name], key=lambda one: (one.status, one.media_type)):
            shape = entries[name][kind]
            shown = str(kind) if re.fullmatch(r"[\w/.+ -]+", str(kind), re.ASCII) else _quoted(str(kind))
            yield f"    {shown}:" if shape is not None else f"    {shown}: {{}}"
            for place, types in lines_of(shape) if shape is not None else ():
                yield f"      {place if _PLAIN.fullmatch(place) else _quoted(place)}: {types}"


def _quoted(text: str) -> str:
    """A text in YAML's double quotes, which are JSON's but for signs that are not to be printed."""
    text = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escaped(ord(sign)) for sign in text)


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

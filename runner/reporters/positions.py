"""Where the items and scripts of a collection stand in its file, by line: for annotations of a CI system.

The model does not know. The file is read again, and only when somebody asks, which is when something failed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from runner.errors import InputError
from runner.model.collection import Collection, Folder, Item, Located
from runner.model.records import dataclass, field
from runner.model.result import Failure
from runner.parse.file_node import FileNode
from runner.parse.places import CollectionText, collection_text
from runner.parse.text import decode, read_bytes
from runner.reporters.explain.script_line import script_line, script_owner

#: how a workflow says where a check of its own stands
_IN_FILE = re.compile(r"(.+\.workflow\.(?:ya?ml|json)):(\d+)")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; lines and columns count from 1."""

    path: str
    line: int = 1


@dataclass(slots=True)
class Positions:
    """The places in the files of the collections that were asked about."""

    _files: dict[str, CollectionText | None] = field(default_factory=dict)

    def of_failure(self, failure: Failure) -> Position | None:
        """The line of the script or workflow file that failed, else that of the item."""
        if failure.item is None:
            return None
        in_file = _IN_FILE.fullmatch(failure.at) if failure.script is None else None
        if in_file is not None:
            return Position(in_file[1], int(in_file[2]))
        place = script_line(failure)
        owner = script_owner(failure)
        if failure.script is None or owner is None:
            return self.of_item(failure.item)
        if isinstance(owner.source, FileNode):
            number = next((n for n, one in enumerate(owner.scripts) if one.id == failure.script.id), -1)
            line = owner.source.script_line(number, place.line if place else 1)
            return self.of_item(failure.item) if line is None else Position(owner.source.file, line)
        file = self._file(failure.item)
        at = file.in_script(_chain(failure.item, owner), failure.script, place.line if place else 1) if file else None
        if file is None or at is None:
            return self.of_item(failure.item)
        return Position(_path(failure.item), file.position(at)[0])

    def of_item(self, located: Located) -> Position | None:
        """The line of the item's name; the first of the file if the item is not found there, None without a file."""
        written = located.item.source
        if isinstance(written, FileNode):
            return Position(written.file, written.line)
        path = _path(located)
        if not path or not Path(path).is_file():
            return None
        file = self._file(located)
        node, complete = file.node(_chain(located, located.item)) if file is not None else (None, False)
        if file is None or node is None or not complete:
            return Position(path)
        return Position(path, file.position(node.value["name"].at if "name" in node.value else node.at)[0])

    def _file(self, located: Located) -> CollectionText | None:
        path = _path(located)
        if not path:
            return None
        if path not in self._files:
            self._files[path] = _read(path)
        return self._files[path]


def _path(located: Located) -> str:
    """The file of an item's collection; empty if it has none."""
    root = _from_collection(located)[0]
    return root.path or "" if isinstance(root, Collection) else ""


def _from_collection(located: Located) -> Sequence[Folder | Item]:
    """The way down to the item. In a run of several inputs their collections are folders of one that has no file."""
    whole: tuple[Folder | Item, ...] = (*located.parents, located.item)
    return whole[max((n for n, one in enumerate(whole) if isinstance(one, Collection)), default=0) :]


def _chain(located: Located, last: Folder | Item) -> Sequence[Folder | Item]:
    """From the collection down to ``last``, which is the item or one of the folders around it."""
    whole = _from_collection(located)
    return whole[: next(n for n, one in enumerate(whole, 1) if one is last)]


def _read(path: str) -> CollectionText | None:
    """The file, or None if it is not the JSON of a collection (any more)."""
    try:
        return collection_text(decode(read_bytes(path)))
    except InputError:
        return None

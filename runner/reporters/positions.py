"""Where the items and scripts of a collection stand in its file, by line: for annotations of a CI system.

The model does not know. The file is read again, and only when somebody asks, which is when something failed. Items are
found by their place among their siblings, so that equal names do no harm.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from runner.errors import InputError
from runner.model.collection import Collection, Folder, Item, Located, Script
from runner.model.records import dataclass, field
from runner.model.result import Failure
from runner.parse.json_tree import Node, Tree, json_tree
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

    _files: dict[str, _File | None] = field(default_factory=dict)

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
        file = self._file(failure.item)
        at = file.script(_chain(failure.item, owner), failure.script, place.line if place else 1) if file else None
        return self.of_item(failure.item) if file is None or at is None else Position(file.path, file.line(at))

    def of_item(self, located: Located) -> Position | None:
        """The line of the item's name; the first of the file if the item is not found there, None without a file."""
        root = located.parents[0] if located.parents else None
        if not isinstance(root, Collection) or not root.path or not Path(root.path).is_file():
            return None
        file = self._file(located)
        node = file.node(_chain(located, located.item)) if file is not None else None
        if file is None or node is None:
            return Position(root.path)
        return Position(file.path, file.line(node.value["name"].at if "name" in node.value else node.at))

    def _file(self, located: Located) -> _File | None:
        root = located.parents[0] if located.parents else None
        if not isinstance(root, Collection) or not root.path:
            return None
        if root.path not in self._files:
            self._files[root.path] = _read(root.path)
        return self._files[root.path]


@dataclass(slots=True)
class _File:
    path: str
    root: Tree
    starts: list[int]  # of each line

    def line(self, at: int) -> int:
        return bisect.bisect_right(self.starts, at)

    def node(self, chain: Sequence[Folder | Item]) -> Node | None:
        """The object of the last of ``chain``, which goes down from the collection."""
        node = Node(0, self.root)
        for parent, child in pairwise(chain):
            assert isinstance(parent, Folder)
            place = _index(parent.children, child)
            below = list(_objects(node.value.get("item")))
            if place is None or len(below) != len(parent.children):
                return None
            node = below[place]
        return node

    def script(self, chain: Sequence[Folder | Item], script: Script, line: int) -> int | None:
        """The index of a line of a script of the last of ``chain``."""
        node = self.node(chain)
        place = _index(chain[-1].scripts, script)
        if node is None or place is None:
            return None
        found = [one for one in map(_source, _objects(node.value.get("event"))) if one is not None]
        if len(found) != len(chain[-1].scripts):
            return None
        return _line_of(found[place], line)


def _chain(located: Located, last: Folder | Item) -> Sequence[Folder | Item]:
    """From the collection down to ``last``, which is the item or one of the folders around it."""
    whole: tuple[Folder | Item, ...] = (*located.parents, located.item)
    return whole[: next(n for n, one in enumerate(whole, 1) if one is last)]


def _index(siblings: Sequence[Any], one: Any) -> int | None:
    same = next((n for n, sibling in enumerate(siblings) if sibling is one), None)
    if same is not None:
        return same
    # a changed request of a workflow, or a run that was read from a record
    return next((n for n, sibling in enumerate(siblings) if sibling.id == one.id), None)


def _objects(node: Node | None) -> Iterator[Node]:
    """The objects of a list, or the only one: as the parser of collections takes them."""
    for inner in node.value if node is not None and isinstance(node.value, list) else [node]:
        if inner is not None and isinstance(inner.value, dict):
            yield inner


def _source(event: Node) -> Node | None:
    """Where the text of a script stands; None if the event is none that the parser keeps."""
    listen, script = event.value.get("listen"), event.value.get("script")
    if listen is None or listen.value not in ("prerequest", "test") or script is None:
        return None
    if isinstance(script.value, dict):
        inner: Node = script.value.get("exec", script)
        return inner
    return script if isinstance(script.value, (str, list)) else None


def _line_of(source: Node, line: int) -> int:
    if isinstance(source.value, list):
        for element in source.value:
            if isinstance(element.value, str):
                line -= element.value.count("\n") + 1
                if line <= 0:
                    return int(element.at)
    return source.at


def _read(path: str) -> _File | None:
    """The file, or None if it is not the JSON of a collection v2 (any more)."""
    try:
        text = decode(read_bytes(path))
        node = json_tree(text)
    except (InputError, JSONDecodeError, IndexError, RecursionError):
        return None
    if not isinstance(node.value, dict):
        return None
    root = node.value
    if "collection" in root and isinstance(root["collection"].value, dict):
        root = root["collection"].value
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return _File(path, root, starts) if "item" in root else None

"""Where findings stand in the file of a collection."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from runner.check.model import Place
from runner.errors import InputError
from runner.model.collection import Folder, Item
from runner.parse.file_node import FileNode
from runner.parse.json_tree import Node
from runner.parse.places import CollectionText, collection_text
from runner.parse.text import decode, read_bytes


class Places:
    """The places in the file of a collection, or in the files of one that is a folder.

    Args:
        path: of the collection.
        text: of its file; None for a folder and for what comes from elsewhere.
    """

    def __init__(self, path: str, text: str | None) -> None:
        self._path, self._text = path, text
        self._files: dict[str, list[str]] = {}

    @cached_property
    def _tree(self) -> CollectionText | None:
        # read when there is a finding: it takes as long as all rules together
        return collection_text(self._text) if self._text is not None else None

    def of(self, place: Place) -> tuple[str, int, int]:
        """File, line and column, both from 1."""
        owner = next((node for node in reversed(place.chain) if isinstance(node.source, FileNode)), None)
        if owner is not None and isinstance(owner.source, FileNode) and owner.source.file:
            return (owner.source.file, *self._in_file(owner, owner.source, place))
        if self._tree is None:
            return self._path, 1, 1
        return (self._path, *self._tree.position(_index_of(self._tree, place)))

    def _in_file(self, owner: Folder | Item, source: FileNode, place: Place) -> tuple[int, int]:
        lines = self._lines(source.file)
        if place.script is not None and owner is place.chain[-1]:
            number = next((n for n, one in enumerate(owner.scripts) if one is place.script), -1)
            line = source.script_line(number, place.line)
            if line is not None:
                written = place.script.source.split("\n")[place.line - 1 : place.line]
                start = lines[line - 1].find(written[0]) if written and line <= len(lines) else 0
                return line, max(start, 0) + place.column
        if place.needle:
            wanted = "{{" + place.needle + "}}"
            for number, text in enumerate(lines, 1):
                if wanted in text:
                    return number, text.index(wanted) + 1
        return source.line, 1

    def _lines(self, path: str) -> list[str]:
        if path not in self._files:
            try:
                self._files[path] = decode(read_bytes(path)).split("\n")
            except InputError:
                self._files[path] = []
        return self._files[path]


def _index_of(file: CollectionText, place: Place) -> int:
    """The index in the file's text; of the nearest thing around the place if it is not found itself."""
    if place.script is not None:
        inside = file.in_script(place.chain, place.script, place.line, place.column)
        if inside is not None:
            return inside
    node, complete = file.node(place.chain)
    if not complete:
        return node.at
    found = _below(node, place.field)
    if place.needle:
        at = _use(file, found, "{{" + place.needle + "}}")
        return _name(node) if at is None else at
    return _name(node) if found is node else found.at


def _name(node: Node) -> int:
    inner = node.value.get("info", node)
    name = inner.value.get("name") if isinstance(inner.value, dict) else None
    return int(node.at if name is None else name.at)


def _below(node: Node, field: Sequence[str | int]) -> Node:
    """The value at the end of ``field``, or the last one on the way that is there."""
    for key in field:
        value = node.value
        there = key in value if isinstance(value, dict) else isinstance(value, list) and key in range(len(value))
        if not there:
            break
        node = value[key]
    return node


def _use(file: CollectionText, node: Node, wanted: str) -> int | None:
    """The index of the first text below a value that holds ``wanted``."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one.value, str):
            found = one.value.find(wanted)
            if found >= 0:
                return file.in_string(one, found)
        elif isinstance(one.value, dict):
            waiting += reversed(one.value.values())
        elif isinstance(one.value, list):
            waiting += reversed(one.value)
    return None

"""Where the parts of a collection stand in its file: the JSON of a collection beside the model that was made of it.

Folders and items are found by their place among their siblings, so that equal names do no harm.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from runner.model.collection import Folder, Item, Script
from runner.model.records import dataclass
from runner.parse.json_tree import Node, Tree, json_tree
from runner.parse.places_v1 import entity, is_v1_tree

#: one character of a JSON string, as it is written
_UNIT = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)


@dataclass(slots=True)
class CollectionText:
    """The text of a collection file.

    Attributes:
        root: the collection, without what wraps it.
        starts: the index of the first character of each line.
        v1: whether it is in format v1, whose folders and requests are found by their ids.
    """

    text: str
    root: Tree
    starts: list[int]
    v1: bool = False

    def position(self, at: int) -> tuple[int, int]:
        """Line and column of an index, from 1."""
        line = bisect.bisect_right(self.starts, at)
        return line, at - self.starts[line - 1] + 1

    def node(self, chain: Sequence[Folder | Item]) -> tuple[Node, bool]:
        """The object of the last of ``chain``, which goes down from the collection; False and the last one that is
        found if that is not there."""
        node = Node(0, self.root)
        if self.v1:
            found = entity(self.root, chain[-1] if len(chain) > 1 else None)
            return found or node, found is not None
        for parent, child in pairwise(chain):
            assert isinstance(parent, Folder)
            place = _index(parent.children, child)
            below = list(_objects(node.value.get("item")))
            if place is None or len(below) != len(parent.children):
                return node, False
            node = below[place]
        return node, True

    def in_script(self, chain: Sequence[Folder | Item], script: Script, line: int, column: int = 1) -> int | None:
        """The index of a place in a script of the last of ``chain``.

        Args:
            line: of the script, from 1; its beginning is meant if it has fewer lines.
            column: from 1, in UTF-16 units.
        """
        node, complete = self.node(chain)
        place = _index(chain[-1].scripts, script)
        found = [one for one in map(_source, _objects(node.value.get("event"))) if one is not None]
        if not complete or place is None or len(found) != len(chain[-1].scripts):
            return None
        source = found[place]
        for element in source.value if isinstance(source.value, list) else [source]:
            if isinstance(element.value, str):
                lines = element.value.split("\n")
                if line <= len(lines):
                    skipped = sum(len(one) + 1 for one in lines[: line - 1])
                    return self.in_string(element, skipped + _code_points(lines[line - 1], column - 1))
                line -= len(lines)
        return source.at

    def in_string(self, node: Node, count: int) -> int:
        """The index of the character of a string that has ``count`` others before it."""
        at = node.at + 1  # its quote
        for _ in range(count):
            unit = _UNIT.match(self.text, at)
            assert unit is not None
            at = unit.end()
        return at


def collection_text(text: str) -> CollectionText | None:
    """The text with its places; None if it is not the JSON of a collection v1 or v2."""
    try:
        node = json_tree(text)
    except (ValueError, IndexError, RecursionError):
        return None
    root = node.value
    if isinstance(root, dict) and "collection" in root and isinstance(root["collection"].value, dict):
        root = root["collection"].value
    v1 = isinstance(root, dict) and is_v1_tree(root)
    if not isinstance(root, dict) or not (v1 or "item" in root):
        return None
    return CollectionText(text, root, [0, *(match.end() for match in re.finditer("\n", text))], v1)


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


def _code_points(line: str, units: int) -> int:
    """The number of characters in the first UTF-16 units of a line."""
    if line.isascii():
        return units
    return len(line.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", "replace"))

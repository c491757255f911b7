"""What many rows share, told once: the items with their descriptions, and the scripts. Grows with the collection,
not with the run."""

from __future__ import annotations

from typing import Any

from runner.model.collection import Folder, Located, Script
from runner.model.records import dataclass, field
from runner.parse.url import render_url
from runner.reporters.html.markdown import to_html
from runner.reporters.text import shorten

_SOURCE_LIMIT = 200_000


@dataclass(slots=True)
class Texts:
    """Tables of items and scripts; a row refers to a place in them."""

    items: list[dict[str, Any]] = field(default_factory=list)
    scripts: list[dict[str, Any]] = field(default_factory=list)
    _items: dict[tuple[str, str], int] = field(default_factory=dict)
    _scripts: dict[tuple[str, str], int] = field(default_factory=dict)

    def item(self, located: Located) -> int:
        """The place of an item."""
        key = (located.item.id, located.path)
        if key not in self._items:
            self._items[key] = len(self.items)
            item = located.item
            told: dict[str, Any] = {"name": item.name, "folders": located.folders}
            if description := item.description or item.request.description:
                told["description"] = to_html(description)
            told["written"] = shorten(render_url(item.request.url, substitute=False), _SOURCE_LIMIT)
            self.items.append(told)
        return self._items[key]

    def script(self, script: Script) -> int:
        """The place of a script."""
        key = (script.id, script.source)
        if key not in self._scripts:
            self._scripts[key] = len(self.scripts)
            self.scripts.append({"listen": script.listen, "source": shorten(script.source, _SOURCE_LIMIT)})
        return self._scripts[key]


def folder_notes(folder: Folder, path: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The descriptions of the folders in a collection, in its order, with their paths."""
    notes: list[dict[str, Any]] = []
    for child in folder.children:
        if isinstance(child, Folder):
            here = (*path, child.name)
            if child.description:
                notes.append({"path": here, "html": to_html(child.description)})
            notes += folder_notes(child, here)
    return notes

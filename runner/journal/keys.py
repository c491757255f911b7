"""What an item is called by in the journal, in this process and in the one that takes the run up again."""

from __future__ import annotations

import threading
from collections import OrderedDict

from runner.engine.addresses import places
from runner.model.collection import Collection, Located, walk
from runner.model.records import dataclass

#: Iterations whose items are counted at a time: no more are under way.
_MAX_ITERATIONS = 1024


@dataclass(frozen=True, slots=True)
class Key:
    """The ``occurrence``-th time that an item runs in an iteration and step; all numbers count from 0."""

    input: int
    iteration: int
    step: str | None
    path: str
    occurrence: int


class Addresses:
    """The addresses of the items of one collection; worked out when the first one is asked for."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._by_item: dict[int, str] | None = None
        self._items: dict[str, Located] = {}

    def of(self, located: Located) -> str:
        """The address of an item; its path if it is not in the collection."""
        found = self._known().get(id(located.item))
        return clean("/".join((*located.folders, located.item.name))) if found is None else found

    def find(self, address: str) -> Located | None:
        self._known()
        return self._items.get(address)

    def _known(self) -> dict[int, str]:
        if self._by_item is None:
            items = list(walk(self._collection))
            self._items = {
                place.address: items[place.items.start] for place in places(self._collection) if not place.is_folder
            }
            self._by_item = {id(located.item): clean(address) for address, located in self._items.items()}
        return self._by_item


def clean(text: str) -> str:
    """The text as SQLite takes it: without halves of surrogate pairs."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


class Occurrences:
    """Counts how often each item has run. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[tuple[int, int], dict[tuple[str | None, str], int]] = OrderedDict()

    def next(self, input: int, iteration: int, step: str | None, path: str) -> Key:
        """The key of the item that is about to run."""
        with self._lock:
            counts = self._counts.setdefault((input, iteration), {})
            number = counts.get((step, path), 0)
            counts[step, path] = number + 1
            if len(self._counts) > _MAX_ITERATIONS:
                self._counts.popitem(last=False)
        return Key(input, iteration, step, path, number)

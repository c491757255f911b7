"""What an item inherits from the folders around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.model.collection import Auth, Collection, Folder, Item, Json, Listen, Located, Script, walk
from runner.model.records import dataclass


@dataclass(frozen=True, slots=True)
class OwnedScript:
    """A script and the name of the folder or request that it stands in."""

    script: Script
    owner: str


@dataclass(frozen=True, slots=True)
class Inherited:
    """What is in effect for one item: scripts outermost first, the nearest auth, merged behavior."""

    prerequest: tuple[OwnedScript, ...]
    test: tuple[OwnedScript, ...]
    auth: Auth | None
    auth_owner: str  #: id of the folder whose auth it is; empty if the item has its own
    behavior: Mapping[str, Json]
    path: tuple[str, ...]  #: names from the collection to the item

    def scripts(self, listen: Listen) -> tuple[OwnedScript, ...]:
        return self.prerequest if listen == "prerequest" else self.test


def inherit(located: Located) -> Inherited:
    """Works it out (postman-collection, lib/collection/item.js, event-list.js). Scripts without any
    text do not count; a request's own auth comes before its folders'."""
    item, parents = located.item, located.parents
    auth, owner = item.request.auth, ""
    for folder in reversed(parents):
        if auth is not None:
            break
        auth, owner = folder.auth, folder.id
    behavior: dict[str, Json] = {}
    nodes: tuple[Folder | Item, ...] = (*parents, item)
    for node in nodes:
        behavior.update(node.behavior)
    return Inherited(
        prerequest=tuple(_listening(located, "prerequest")),
        test=tuple(_listening(located, "test")),
        auth=auth,
        auth_owner=owner,
        behavior=behavior,
        path=(*(folder.name for folder in parents), item.name),
    )


def script_sources(collection: Collection) -> tuple[str, ...]:
    """The text of every script that may run, each once."""
    sources: dict[str, None] = {}
    nodes: list[Folder | Item] = [collection]
    for located in walk(collection):
        nodes += [*located.parents[1:], located.item]
    for node in nodes:
        for script in node.scripts:
            if _counts(script):
                sources.setdefault(script.source)
    return tuple(sources)


def _listening(located: Located, listen: Listen) -> Iterator[OwnedScript]:
    nodes: tuple[Folder | Item, ...] = (*located.parents, located.item)
    for node in nodes:
        for script in node.scripts:
            if script.listen == listen and _counts(script):
                yield OwnedScript(script, node.name)


def _counts(script: Script) -> bool:
    return script.enabled and bool(script.source.strip())

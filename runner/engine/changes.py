"""Which requests of a collection differ from those of an earlier version of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runner.engine.addresses import places
from runner.engine.inherit import inherit
from runner.model.collection import Collection, Located, Script, walk


def changed_items(now: Collection, then: Collection | None) -> Iterator[Located]:
    """The requests that are new or run differently: their own text, and the scripts, auth and settings of the folders
    around them. A request that only moved is the same if it had its id in the file; saved examples do not count.

    Args:
        then: the earlier version; None if there was none.
    """
    before: dict[str, Any] = {}
    if then is not None:
        for keys, located in _keyed(then):
            before.update(dict.fromkeys(keys, _content(located)))
    for keys, located in _keyed(now):
        known = next((before[key] for key in keys if key in before), None)
        if known is None or known != _content(located):
            yield located


def _keyed(collection: Collection) -> Iterator[tuple[list[str], Located]]:
    """Every request with what it may be known by: its id, if the file has one, and where it stands."""
    addresses = [place.address for place in places(collection) if not place.is_folder]
    for located, address in zip(walk(collection), addresses, strict=True):
        source = located.item.source
        written = {source.get(name) for name in ("id", "_postman_id", "uid") if isinstance(source.get(name), str)}
        own = [f"id {located.item.id}"] if located.item.id in written else []
        yield [*own, f"at {address}"], located


def _content(located: Located) -> Any:
    item, around = located.item, inherit(located)
    return (
        item.name,
        item.description,
        item.request,
        [_script(one.script) for one in (*around.prerequest, *around.test)],
        around.auth,
        dict(around.behavior),
    )


def _script(script: Script) -> Any:
    return script.listen, script.source, script.enabled, dict(script.packages)

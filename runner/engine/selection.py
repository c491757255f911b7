"""Which items run: the meaning of ``--folder``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.errors import SelectionError
from runner.model.collection import Collection, Folder, Item, Located, walk


def select(collection: Collection, names: Sequence[str]) -> tuple[Located, ...]:
    """The items of the named folders and requests, in collection order
    (postman-runtime, lib/runner/extract-runnable-items.js).

    Args:
        names: ids or names. One is searched level by level, the first match counts; of several all
            must exist. None: the whole collection.

    Raises:
        SelectionError: a name that is not there.
    """
    if not names:
        return tuple(walk(collection))
    found: list[tuple[Item | Folder, tuple[Folder, ...]]] = []
    wanted = dict.fromkeys(names)
    if len(wanted) == 1:
        hit = _first(collection, (), names[0])
        if hit is not None:
            found.append(hit)
            wanted.clear()
    else:
        _every(collection, (), wanted, True, found)
    if wanted:
        raise SelectionError(_unknown(collection, next(iter(wanted))))
    return tuple(located for node, parents in found for located in _items(node, parents))


def find(collection: Collection, name: str) -> Located | None:
    """A request by id or, failing that, by name; of several with that name the last."""
    by_name = None
    for located in walk(collection):
        if located.item.id == name:
            return located
        if located.item.name == name:
            by_name = located
    return by_name


def _items(node: Item | Folder, parents: tuple[Folder, ...]) -> tuple[Located, ...]:
    return tuple(walk(node, parents)) if isinstance(node, Folder) else (Located(node, parents),)


def _first(folder: Folder, parents: tuple[Folder, ...], name: str) -> tuple[Item | Folder, tuple[Folder, ...]] | None:
    inside = (*parents, folder)
    for child in folder.children:
        if name in (child.id, child.name):
            return child, inside
    for child in folder.children:
        if isinstance(child, Folder):
            hit = _first(child, inside, name)
            if hit is not None:
                return hit
    return None


def _every(
    folder: Folder,
    parents: tuple[Folder, ...],
    wanted: dict[str, None],
    collect: bool,
    found: list[tuple[Item | Folder, tuple[Folder, ...]]],
) -> None:
    inside = (*parents, folder)
    for child in folder.children:
        if not wanted:
            return
        match = next((key for key in (child.id, child.name) if key in wanted), None)
        if match is not None:
            del wanted[match]
            if collect:
                found.append((child, inside))
        if isinstance(child, Folder):
            # Newman's quirk (newman#3353): a grandchild of a named folder is collected again.
            _every(child, inside, wanted, match is None, found)


def _unknown(collection: Collection, name: str) -> str:
    import difflib

    names = [node.name for node in _nodes(collection)]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(repr(one) for one in near)}?" if near else ""
    return f'there is no folder or request called "{name}" in the collection{hint}'


def _nodes(folder: Folder) -> Iterator[Item | Folder]:
    for child in folder.children:
        yield child
        if isinstance(child, Folder):
            yield from _nodes(child)

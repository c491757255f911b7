"""Where the parts of a collection v1 stand in its file: its objects, arranged as those of format v2 are.

Its folders and requests stand in flat lists; the model has their ids (`runner.parse.v1`).
"""

from __future__ import annotations

from collections.abc import Iterator

from runner.model.collection import Folder, Item
from runner.parse.json_tree import Node, Tree

#: Key of a v2 request -> those of a v1 request that say the same; the first that holds something counts.
_REQUEST = {
    "url": ("url",),
    "header": ("headerData", "headers"),
    "body": ("rawModeData", "data", "graphqlModeData"),
    "auth": ("auth", "helperAttributes", "currentHelper"),
}
_ENTITY = {"auth": _REQUEST["auth"], "variable": ("variables", "variable")}


def is_v1_tree(root: Tree) -> bool:
    """As `runner.parse.v1.is_v1`."""
    return _list(root.get("requests")) and not _list(root.get("item"))


def entity(root: Tree, one: Folder | Item | None) -> Node | None:
    """The collection (None), a folder or a request, with the keys of format v2; None if it is not there."""
    if one is None:
        return _as_v2(Node(0, root))
    siblings = root.get("requests" if isinstance(one, Item) else "folders")
    found = [node for node in _objects(siblings) if _id(node) == one.id]
    return _as_v2(found[-1]) if found else None


def _as_v2(node: Node) -> Node:
    tree: Tree = node.value
    made: Tree = {key: tree[key] for key in ("id", "name", "description") if key in tree}
    made |= _renamed(tree, _ENTITY)
    if "url" in tree or "method" in tree:
        made["request"] = Node(node.at, _renamed(tree, _REQUEST))
    made["event"] = Node(node.at, list(_events(tree)))
    return Node(node.at, made)


def _renamed(tree: Tree, names: dict[str, tuple[str, ...]]) -> Tree:
    made: Tree = {}
    for key, old in names.items():
        found = next((tree[one] for one in old if one in tree and tree[one].value), None)
        if found is not None:
            made[key] = found
    return made


def _events(tree: Tree) -> Iterator[Node]:
    """In the order in which the scripts are parsed."""
    plain = [(when, tree.get(key)) for when, key in (("test", "tests"), ("prerequest", "preRequestScript"))]
    if any(node is not None and node.value for _, node in plain):
        for when, node in plain:
            if node is not None and node.value:
                yield Node(node.at, {"listen": Node(node.at, when), "script": Node(node.at, {"exec": node})})
        return
    for event in _objects(tree.get("events")):
        listen = event.value.get("listen")
        said = listen if listen is not None and listen.value else Node(event.at, "test")
        yield Node(event.at, {**event.value, "listen": said})


def _list(node: Node | None) -> bool:
    return node is not None and isinstance(node.value, list)


def _objects(node: Node | None) -> Iterator[Node]:
    for one in node.value if node is not None and isinstance(node.value, list) else ():
        if isinstance(one.value, dict):
            yield one


def _id(node: Node) -> object:
    found = node.value.get("id")
    return found.value if found is not None else None

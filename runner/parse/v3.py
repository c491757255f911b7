"""Collections v3 (a folder of YAML files, as Postman 12 keeps them) as v2.1 JSON, and so as the same model.

The format is that of https://learning.postman.com/docs/collections/collections-schemas. Where that says nothing, the
rules are what the Postman CLI 1.62 does: what has no ``order`` counts as 0, equal ones come by name, and what has no
``name`` is called like its file or folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from runner.errors import InputError
from runner.model.collection import Collection, Json
from runner.model.records import dataclass
from runner.parse.collection import collection_from_json
from runner.parse.file_node import FileNode
from runner.parse.nodes import Spot, read_yaml
from runner.parse.remote import DEFINITIONS
from runner.parse.text import decode, read_bytes
from runner.parse.v1 import SCHEMA
from runner.parse.v3_examples import ExampleFiles, examples_folder
from runner.parse.v3_parts import EXTRA, Known, auths_of, scripts_to_v21, settings_to_v21, variables_to_v21
from runner.parse.v3_request import request_to_v21

_REQUESTS = (".request.yaml", ".request.yml")
_MAX_DEPTH = 200
_NAMED = 4

#: Kinds of requests that htrun sends.
_HTTP, _GRAPHQL = "http-request", "graphql-request"


def _nobody(_: str) -> None:
    """Tells nobody."""


def folder_of(location: str) -> str:
    """The folder of a collection v3 for which `runner.parse.remote.is_folder` holds."""
    return location if os.path.isdir(location) else str(Path(location).parent.parent)


def is_collection_folder(folder: str | Path) -> bool:
    """Whether a folder is a collection by itself: it has a definition, or requests directly in it."""
    return _definition(Path(folder)) is not None or any(_request_files(Path(folder)))


def collections_below(folder: str | Path) -> Iterator[Path]:
    """The outermost folders in a folder that are collections, by name."""
    for inner in sorted(_folders(Path(folder))):
        if is_collection_folder(inner):
            yield inner
        else:
            yield from collections_below(inner)


def load_v3(
    location: str, *, seen: Callable[[str], None] = _nobody, warn: Callable[[str], None] = _nobody
) -> Collection:
    """Reads a collection v3.

    Args:
        location: its folder, or the definition file in it.
        seen: told about each file that is about to be read.
        warn: told in a sentence what is left out because htrun cannot run it.

    Raises:
        InputError: it is none, or something in a file is wrong: with the file and the line.
    """
    return collection_from_json(v3_to_v21(location, seen=seen, warn=warn), folder_of(location))


def v3_to_v21(
    location: str, *, seen: Callable[[str], None] = _nobody, warn: Callable[[str], None] = _nobody
) -> dict[str, Json]:
    """The same collection as v2.1 JSON. Saved examples are read when somebody looks at them. See `load_v3`."""
    root = Path(folder_of(location))
    if not is_collection_folder(root):
        raise InputError(_no_collection(root), path=str(root))
    reader = _Reader(root, seen, warn)
    around = _Around()
    node = reader.definition(root, around)
    # the name of "." is that of the folder it stands for
    info = {"name": node.pop("name", root.resolve().name), "schema": SCHEMA}
    for name, source in (("_postman_id", "id"), ("description", "description")):
        if source in node:
            info[name] = node.pop(source)
    node["info"] = info
    node["item"] = reader.children(root, around.inside(node, root))
    return node


def _no_collection(root: Path) -> str:
    below = [str(found) for _, found in zip(range(_NAMED + 1), collections_below(root), strict=False)]
    if not below:
        return f"is a folder without a collection: it has no {DEFINITIONS[0]} and no *{_REQUESTS[0]} in it"
    more = " and others" if len(below) > _NAMED else ""
    return f"is a folder of collections, not one: give {', '.join(below[:_NAMED])}{more}"


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known about the folders around something."""

    known: Known = Known()
    places: tuple[str, ...] = ()  #: real paths, outermost first

    def inside(self, node: FileNode, folder: Path) -> _Around:
        return _Around(self.known.within(node), (*self.places, os.path.realpath(folder)))


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Path
    seen: Callable[[str], None]
    warn: Callable[[str], None]

    def children(self, folder: Path, around: _Around) -> list[Json]:
        """The requests and folders of a folder in their order."""
        if len(around.places) > _MAX_DEPTH:
            raise InputError(f"has folders nested more than {_MAX_DEPTH} deep", path=str(self.root))
        found: list[tuple[float, str, Json]] = []
        for file in _request_files(folder):
            spot = self.read(file)
            item = self._item(spot, file, around.known)
            if item is not None:
                found.append((_order(spot), item["name"], item))
        for inner in _folders(folder):
            if os.path.realpath(inner) in around.places:  # a link to a folder around it
                continue
            node = self.definition(inner, around)
            node.setdefault("name", inner.name)
            order = node.pop("order", 0)
            node["item"] = self.children(inner, around.inside(node, inner))
            if node["item"] or node.file:  # others hold no requests, but data or the like
                found.append((order, node["name"], node))
        found.sort(key=lambda one: one[:2])
        return [node for _, _, node in found]

    def definition(self, folder: Path, around: _Around) -> FileNode:
        """What a folder says about itself, as members of v2.1 (and ``order``)."""
        file = _definition(folder)
        if file is None:
            return FileNode({}, "")
        spot = self.read(file)
        members = spot.members()
        if "$kind" in members and members["$kind"].text() != "collection":
            raise members["$kind"].error(f'$kind must be "collection" here, not "{members["$kind"].text()}"')
        extra = members[EXTRA].members() if EXTRA in members else {}
        events, lines = scripts_to_v21(members.get("scripts"), extra.get("disabledScripts"), self.warn)
        node = FileNode({}, str(file), _line_of(members), lines)
        _identify(node, members)
        if "order" in members and folder != self.root:
            node["order"] = _order(spot)
        if events:
            node["event"] = events
        auths = auths_of(members["auth"]) if "auth" in members else {}
        node.auths = auths
        if auths:
            node["auth"] = list(auths.values())[-1]
        if "variables" in members:
            node["variable"] = variables_to_v21(members["variables"])
        if "settings" in members:
            node["protocolProfileBehavior"] = settings_to_v21(members["settings"])
        return node

    def read(self, file: Path) -> Spot:
        self.seen(str(file))
        return read_yaml(decode(read_bytes(str(file))), str(file), "the file")

    def _item(self, spot: Spot, file: Path, known: Known) -> FileNode | None:
        members = spot.members()
        kind = members["$kind"].text() if "$kind" in members else _HTTP
        if kind not in (_HTTP, _GRAPHQL):
            if not kind.endswith("-request"):
                raise members["$kind"].error(f'$kind must be "{_HTTP}" or "{_GRAPHQL}" here, not "{kind}"')
            self.warn(f"{file}: a {kind} cannot be sent by htrun; it is left out")
            return None
        extra = members[EXTRA].members() if EXTRA in members else {}
        events, lines = scripts_to_v21(members.get("scripts"), extra.get("disabledScripts"), self.warn)
        node = FileNode({}, str(file), _line_of(members), lines)
        _identify(node, members)
        node.setdefault("name", _stem(file.name))
        request, behavior = request_to_v21(members, extra, known, graphql=kind == _GRAPHQL)
        if "description" in node:
            request["description"] = node.pop("description")
        node["request"] = request
        if events:
            node["event"] = events
        if behavior:
            node["protocolProfileBehavior"] = behavior
        place = examples_folder(file, _stem(file.name), members.get("examples"), self.root)
        node["response"] = ExampleFiles(place, self.warn)
        return node


def _identify(node: FileNode, members: Mapping[str, Spot]) -> None:
    """Takes over what v2.1 has too. An empty name is one, so that nothing else takes its place."""
    for name in ("id", "name", "description"):
        if name in members:
            value = members[name].plain()
            if value is not None:
                node[name] = value if isinstance(value, str) else members[name].text()


def _order(spot: Spot) -> float:
    order = spot.members().get("order")
    return 0 if order is None else order.number(float("-inf"))


def _line_of(members: Mapping[str, Spot]) -> int:
    """Where a file says what it is called."""
    for name in ("name", "$kind"):
        if name in members:
            return members[name].line
    return 1


def _stem(name: str) -> str:
    return next((name[: -len(ending)] for ending in _REQUESTS if name.endswith(ending)), name)


def _definition(folder: Path) -> Path | None:
    return next((folder / name for name in DEFINITIONS if (folder / name).is_file()), None)


def _request_files(folder: Path) -> Sequence[Path]:
    return sorted(
        folder / entry.name for entry in _entries(folder) if entry.name.endswith(_REQUESTS) and entry.is_file()
    )


def _folders(folder: Path) -> Sequence[Path]:
    """The folders in a folder; what begins with a dot is none of a collection's."""
    return sorted(
        folder / entry.name for entry in _entries(folder) if not entry.name.startswith(".") and entry.is_dir()
    )


def _entries(folder: Path) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=str(folder)) from None

"""The saved examples of a request of a collection v3: files of their own, read when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import overload

from runner.errors import InputError
from runner.model.collection import Json
from runner.parse.nodes import Spot, read_yaml
from runner.parse.text import decode, read_bytes
from runner.parse.v3_parts import EXTRA
from runner.parse.v3_request import body_to_v21, text_of, url_to_v21

_ENDINGS = (".example.yaml", ".example.yml")


def examples_folder(request: Path, stem: str, named: Spot | None, root: Path) -> Path:
    """Where the examples of a request are: where its file says, or beside it.

    Args:
        request: the request's file.
        stem: its name without the ending.
        root: the folder of the collection, outside of which nothing is read.
    """
    beside = request.parent / ".resources" / f"{stem}.resources" / "examples"
    if named is None or not isinstance(named.plain(), str):
        return beside
    place = request.parent / named.text()
    inside = place.resolve().is_relative_to(root.resolve())
    if not inside:
        raise named.error("examples must be a folder inside of the collection")
    return place


class ExampleFiles(Sequence[Json]):
    """The ``response`` of a v2.1 item.

    Args:
        folder: where the files are; it may be missing.
        warn: told of a file in which something is wrong; that example is left out, as no run needs it.
    """

    __slots__ = ("_folder", "_rows", "_warn")

    def __init__(self, folder: Path, warn: Callable[[str], None]) -> None:
        self._folder, self._warn = folder, warn
        self._rows: list[Json] | None = None

    def _all(self) -> list[Json]:
        if self._rows is None:
            found = [one for file in _files(self._folder) if (one := self._read(file)) is not None]
            self._rows = [row for _, _, row in sorted(found, key=lambda one: one[:2])]
        return self._rows

    def _read(self, file: Path) -> tuple[float, str, Json] | None:
        try:
            return _example(file)
        except InputError as error:
            self._warn(f"{error}; the example is left out")
            return None

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, index: int) -> Json: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Json]: ...

    def __getitem__(self, index: int | slice) -> Json:
        return self._all()[index]


def _files(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.name.endswith(_ENDINGS)]
    except OSError:
        return []


def _example(file: Path) -> tuple[float, str, Json]:
    """Its order, its name, and the example."""
    spot = read_yaml(decode(read_bytes(str(file))), str(file), "the file")
    members = spot.members()
    stem = next(file.name[: -len(ending)] for ending in _ENDINGS if file.name.endswith(ending))
    name = str(members["name"].node.value) if "name" in members else stem
    example: dict[str, Json] = {"name": name}
    if "id" in members:
        example["id"] = members["id"].plain()
    request = members["request"].members() if "request" in members else {}
    if request and "url" in request and request["url"].plain():  # without a URL: the Postman CLI knew of none
        example["originalRequest"] = _asked(request, members)
    answer = members["response"].members() if "response" in members else {}
    for ours, theirs in (("status", "statusText"), ("code", "statusCode")):
        if theirs in answer:
            example[ours] = answer[theirs].plain()
    if "headers" in answer:
        example["header"] = _headers(answer["headers"])
    body = answer["body"].members() if "body" in answer else {}
    if "content" in body:
        example["body"] = body["content"].plain()
        if "type" in body:
            example["_postman_previewlanguage"] = body["type"].plain()
    order = members.get("order")
    return (0 if order is None else order.number(float("-inf"))), name, example


def _asked(request: Mapping[str, Spot], members: Mapping[str, Spot]) -> dict[str, Json]:
    """The request that was answered."""
    extra = members[EXTRA].members() if EXTRA in members else {}
    asked: dict[str, Json] = {
        "method": text_of(request.get("method")) or "GET",
        "url": url_to_v21(request, extra.get("url")),
    }
    if "headers" in request:
        asked["header"] = _headers(request["headers"])
    body = body_to_v21(request.get("body"), extra.get("bodyOptions"))
    if body is None and "body" in extra:
        body = extra["body"].plain()
    return asked if body is None else {**asked, "body": body}


def _headers(spot: Spot) -> Json:
    return spot.plain() if spot.is_list else [{"key": k, "value": m.plain()} for k, m in spot.members().items()]

"""An OpenAPI description in several files as one: what a reference to another file leads to becomes part of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from runner.errors import InputError
from runner.model.collection import Json
from runner.parse.nodes import read_yaml
from runner.parse.text import decode, parse_json, read_bytes

#: The member of the description that the other files become.
_FILES = "x-files"


def bundled(root: Mapping[str, Json], path: str | None) -> Mapping[str, Json]:
    """The description with all files that it refers to.

    Args:
        path: its file or URL; None for a text that is from nowhere.

    Raises:
        InputError: a file cannot be read, or is at a URL.
    """
    bundle = _Bundle(path)
    made = bundle.rewritten(root, Path(path or "."), "")
    return {**made, _FILES: bundle.files} if bundle.files else made


class _Bundle:
    def __init__(self, path: str | None) -> None:
        self.files: dict[str, Json] = {}
        self._path = path

    def rewritten(self, value: Json, file: Path, place: str) -> Json:
        """A value whose references lead into the bundle.

        Args:
            file: where the value is from.
            place: where that file stands in the bundle; nothing for the description itself.
        """
        if isinstance(value, Mapping):
            made = {key: self.rewritten(item, file, place) for key, item in value.items()}
            if isinstance(value.get("$ref"), str):
                made["$ref"] = self._reference(value["$ref"], file, place)
            return made
        return [self.rewritten(item, file, place) for item in value] if isinstance(value, list) else value

    def _reference(self, reference: str, file: Path, place: str) -> str:
        name, _, pointer = reference.partition("#")
        pointer = pointer if pointer.startswith("/") or not pointer else f"/{pointer}"
        if not name:
            return f"#{place}{pointer}"
        if "://" in name or "://" in (self._path or ""):
            raise InputError(
                f"$ref {reference!r} leads to another document on the network; download it and refer to the file",
                path=self._path,
            )
        other = file.parent / unquote(name)
        return f"#{self._read(other)}{pointer}"

    def _read(self, file: Path) -> str:
        """Takes a file into the bundle, once, and returns its place there."""
        key = str(file.resolve())
        place = f"/{_FILES}/{key.replace('~', '~0').replace('/', '~1').replace('%', '%25')}"
        if self._path is not None and key == str(Path(self._path).resolve()):
            return ""
        if key not in self.files:
            self.files[key] = {}  # files may refer to each other
            text = decode(read_bytes(str(file)))
            if text.lstrip().startswith("{"):
                data = parse_json(text, str(file))
            else:
                data = read_yaml(text, str(file), "the file").plain()
            self.files[key] = self.rewritten(data, file, place)
        return place

"""What the arguments of ``htrun run`` stand for: files, folders, globs, URLs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.errors import InputError
from runner.opening.source import WORKFLOW_FILES
from runner.parse.looks import looks_like_collection
from runner.parse.remote import is_remote
from runner.parse.v3 import is_collection_folder

#: Names of folders that hold no collections of the user's own.
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "venv"})
_COLLECTION_FILES = (".postman_collection.json", ".collection.json")


def expanded(arguments: Sequence[str], api_key: str | None = None) -> list[str]:
    """The inputs, in the order in which they run: that of the arguments, within folders and globs by name. None is
    there twice.

    Raises:
        InputError: there is nothing in a folder, or nothing matches a glob.
    """
    found: dict[str, str] = {}
    for argument in arguments:
        for one in _inputs(argument, api_key):
            found.setdefault(one if is_remote("collection", one, api_key) else os.path.realpath(one), one)
    return list(found.values())


def _inputs(argument: str, api_key: str | None) -> Iterator[str]:
    if is_remote("collection", argument, api_key) or os.path.isfile(argument):
        yield argument
    elif os.path.isdir(argument):
        yield from _folder(argument, argument)
    elif any(sign in argument for sign in "*?["):
        matches = [one for one in sorted(glob.glob(argument, recursive=True)) if not _inside_another(one)]
        found = [one for one in matches if not os.path.isdir(one) or is_collection_folder(one)]
        if not found:
            raise InputError("no file matches", path=argument)
        yield from found
    else:
        yield argument  # reading it says what is wrong


def _folder(folder: str, argument: str) -> Iterator[str]:
    """A folder that is a collection, or everything in it that can be run."""
    if is_collection_folder(folder):
        yield folder
        return
    found = list(_below(folder))
    if not found:
        raise InputError("there is no collection and no workflow file in this folder", path=argument)
    yield from found


def _below(folder: str) -> Iterator[str]:
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.startswith(".") or name in _PASSED_OVER:
            continue
        if os.path.isdir(path):
            if is_collection_folder(path):
                yield path
            elif not os.path.islink(path):
                yield from _below(path)
        elif name.lower().endswith((*_COLLECTION_FILES, *WORKFLOW_FILES)) or looks_like_collection(path):
            yield path


def _inside_another(path: str) -> bool:
    """Whether a file or folder is part of a collection that is a folder."""
    return any(is_collection_folder(parent) for parent in Path(path).parents if str(parent) != ".")

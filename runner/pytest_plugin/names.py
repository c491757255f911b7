"""Which files pytest takes for collections."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

#: The names of collections and workflow files end like this.
SUFFIXES = (".postman_collection.json", ".workflow.yaml", ".workflow.yml", ".workflow.json")
#: The folder of a collection v3 that holds its definition, and the names of that.
RESOURCES = ".resources"
DEFINITION = ("definition.yaml", "definition.yml")


def definition_in(folder: str | Path) -> Path | None:
    """The definition of a collection v3, if a folder is one."""
    resources = os.path.join(folder, RESOURCES)
    if os.path.isdir(resources):
        for name in DEFINITION:
            if os.path.isfile(path := os.path.join(resources, name)):
                return Path(path)
    return None


def is_collection_name(path: str) -> bool:
    """Whether a file is a collection or workflow file by its name alone."""
    path = path.replace(os.sep, "/").lower()
    return path.endswith(SUFFIXES) or path.endswith(tuple(f"/{RESOURCES}/{name}" for name in DEFINITION))


def is_taken(path: Path, parent: pytest.Collector, folder: bool = False) -> bool:
    """Whether a file, or the folder of a collection v3, is to be collected; see ``htrun_collect`` in docs/pytest.md."""
    if folder:
        found = definition_in(path) is not None
    else:
        found = path.name.lower().endswith(SUFFIXES) or (parent.session.isinitpath(path) and _is_collection(path))
    if not found:
        return False
    mode = parent.config.getini("htrun_collect")
    return mode == "all" or (mode == "named" and _is_named(path, parent.config))


def _is_collection(path: Path) -> bool:
    from runner.parse.looks import looks_like_collection

    return looks_like_collection(str(path))


def _is_named(path: Path, config: pytest.Config) -> bool:
    """Whether a path, or a folder around it, stands on the command line."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return False
    start = config.invocation_params.dir
    return any(path.is_relative_to(_absolute(start, argument.partition("::")[0])) for argument in config.args)


def _absolute(start: Path, argument: str) -> Path:
    given = Path(os.path.abspath(start / argument))
    # a collection v3 whose definition is named
    return given.parent.parent if given.parent.name == RESOURCES and given.name in DEFINITION else given

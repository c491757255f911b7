"""Imports only go down, and each third party lives in one place (see ARCHITECTURE.md)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]

#: Storeys of the house. A module may import from lower storeys and from its own, but L2's parts and the
#: islands know nothing of each other.
LAYERS = {
    "model": 0, "errors": 0, "atomic": 0,
    "parse": 1, "variables": 1, "expression_limits": 1,
    "expressions": 1, "templating": 1, "dynamic": 1,
    "transport": 2, "auth": 2, "scripting": 2,
    "engine": 3,
    "workflow": 4, "reporters": 4, "journal": 4, "contract": 4, "export": 4, "convert": 4, "check": 4, "importing": 4,
    "comparing": 4,
    "opening": 4,
    "walk": 5, "load": 5, "pytest_plugin": 5, "cli": 5, "api": 5, "alias": 5,
}  # fmt: skip
STRANGERS = {"transport", "auth", "scripting"}
ISLANDS = {"simulator": {"errors"}, "mock": {"model", "errors", "parse", "variables", "templating", "dynamic"}}
ISLAND_USERS = {"cli", "opening", "pytest_plugin"}

#: Third party -> the only places (files or folders below runner/) that may import it.
THIRD_PARTIES = {
    "requests": ("transport/",), "urllib3": ("transport/",), "brotli": ("transport/",), "certifi": ("transport/",),
    "charset_normalizer": ("parse/", "transport/"), "idna": ("parse/", "transport/"),
    "py_mini_racer": ("scripting/",),
    "cryptography": ("auth/", "transport/", "journal/sealing.py"), "jwt": ("auth/",), "oauthlib": ("auth/",),
    "requests_oauthlib": ("auth/",),
    "botocore": ("auth/",), "spnego": ("auth/",), "mohawk": ("auth/",),
    "faker": ("dynamic/",), "jinja2": ("expressions.py", "reporters/"),
    "markupsafe": ("reporters/html/",), "markdown_it": ("reporters/html/",),
    "jsonpath_ng": ("workflow/",), "lxml": ("workflow/xml_body.py",), "yaml": ("parse/", "workflow/", "convert/"),
    "jsonschema": ("workflow/",), "allure_commons": ("reporters/allure.py",),
    "watchfiles": ("cli/watching.py",),
    "rich": ("reporters/", "walk/", "cli/"), "click": ("cli/",),
    "flask": ("simulator/", "mock/"), "werkzeug": ("simulator/", "mock/"),
    "typing_extensions": ("api/",),  # seen by type checkers only
    "locust": ("load/",), "gevent": ("load/",), "pytest": ("pytest_plugin/",), "_pytest": ("pytest_plugin/",),
    "xdist": ("pytest_plugin/",), "uvicorn": ("pytest_plugin/",),
}  # fmt: skip


class Import(NamedTuple):
    """One import: the file, the line, the imported module, and whether it runs when the file is imported."""

    file: str
    line: int
    module: str
    eager: bool

    def __str__(self) -> str:
        return f"runner/{self.file}:{self.line}: {self.module}"


@cache
def imports() -> tuple[Import, ...]:
    return tuple(_imports())


def own() -> list[Import]:
    return [found for found in imports() if found.module.split(".")[0] == "runner"]


def foreign() -> list[Import]:
    return [found for found in imports() if found.module.split(".")[0] not in {"runner", *sys.stdlib_module_names}]


def _imports() -> Iterator[Import]:
    for path in sorted((ROOT / "runner").rglob("*.py")):
        if "node_modules" not in path.parts:
            tree = ast.parse(path.read_text())
            name = path.relative_to(ROOT / "runner").as_posix()
            yield from found_in(tree, name, True)


def found_in(node: ast.AST, file: str, eager: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(file, child.lineno, alias.name, eager) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            assert child.level == 0, f"runner/{file}:{child.lineno}: relative import; name the package"
            names = [f"runner.{alias.name}" for alias in child.names] if base == "runner" else [base]
            yield from (Import(file, child.lineno, name, eager) for name in names)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from found_in(child, file, eager and not inside and not typing_only)


def part(name: str) -> str:
    """The part of the house: ``transport/body.py`` and ``runner.transport.body`` are both ``transport``."""
    return name.removeprefix("runner.").replace("/", ".").removesuffix(".py").split(".")[0]


def test_every_part_has_a_place() -> None:
    parts = {path.name.removesuffix(".py") for path in (ROOT / "runner").iterdir() if not path.name.startswith("_")}
    parts = {name for name in parts if (ROOT / "runner" / name).is_dir() or (ROOT / "runner" / f"{name}.py").exists()}
    assert parts <= set(LAYERS) | set(ISLANDS)


def test_imports_only_go_down() -> None:
    def wrong(found: Import) -> bool:
        here, there = part(found.file), part(found.module)
        if here == there or there.startswith("__"):
            return False
        if here in ISLANDS:
            return there not in ISLANDS[here]
        if there in ISLANDS:
            return here not in ISLAND_USERS
        if here.startswith("__") or here == "alias":  # the front door, the back door, and the front door again
            return False
        return LAYERS[there] > LAYERS[here] or {here, there} <= STRANGERS

    assert [str(found) for found in own() if wrong(found)] == []


def test_third_parties_stay_in_their_places() -> None:
    def wrong(found: Import) -> bool:
        places = THIRD_PARTIES.get(found.module.split(".")[0], ())
        return not any(found.file == place or found.file.startswith(place) for place in places)

    assert [str(found) for found in foreign() if wrong(found)] == []


def test_only_scripting_imports_the_javascript_engine_and_in_one_file() -> None:
    users = {found.file for found in foreign() if found.module.split(".")[0] == "py_mini_racer"}
    assert len(users) <= 1, users


def test_dataclasses_are_the_quick_ones() -> None:
    """The standard library's cost each run some 0.4 ms a class; only islands and what stands in for them use it."""
    users = {found.file for found in imports() if found.module == "dataclasses" and part(found.file) not in ISLANDS}
    assert users <= {"model/records.py"}


def test_there_is_no_cycle_between_modules() -> None:
    """Only imports that run at import time count."""
    files = {found.file for found in imports()}
    edges: dict[str, set[str]] = {}
    for found in own():
        target = found.module.removeprefix("runner.").replace(".", "/")
        for name in (f"{target}.py", f"{target}/__init__.py"):
            if found.eager and name in files and name != found.file:
                edges.setdefault(found.file, set()).add(name)

    done: set[str] = set()

    def visit(file: str, trail: tuple[str, ...]) -> None:
        assert file not in trail, " -> ".join((*trail[trail.index(file) :], file))
        if file not in done:
            for target in edges.get(file, ()):
                visit(target, (*trail, file))
            done.add(file)

    for file in sorted(edges):
        visit(file, ())


@pytest.mark.parametrize("heavy", ["requests", "py_mini_racer", "jinja2", "flask", "rich", "jsonpath_ng", "faker"])
def test_starting_imports_nothing_heavy(heavy: str) -> None:
    code = f"import sys, runner, runner.cli; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

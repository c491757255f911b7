"""What ``import runner`` promises: its names, their documentation, and that it costs nothing."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.util
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import runner
from runner.api.options import RunOptions

ROOT = Path(__file__).parents[2]
EVENTS = {
    "AssertionChecked", "ConsoleLogged", "ExchangeFinished", "InputFinished", "InputStarted", "ItemFinished",
    "ItemRetried", "ItemStarted", "IterationFinished", "IterationStarted", "RequestStarted", "RunFinished",
    "RunStarted", "ScriptFinished", "ScriptStarted", "VariableChanged",
}  # fmt: skip
ERRORS = {
    "FetchError", "HtrunError", "InputError", "ScriptEngineError", "SelectionError", "SetupError", "UsageError",
}  # fmt: skip
DATA = {
    "Assertion", "ClientCertificate", "Collection", "CookieJar", "Event", "Exchange", "Failure", "Header", "Item",
    "ItemResult", "Located", "NetworkError", "Reporter", "Request", "Response", "RunOptions", "RunResult",
    "SendOptions", "Transport", "VariableSet", "Workflow",
}  # fmt: skip
FUNCTIONS = {"load", "load_workflow", "make_response", "reporter", "run", "stream"}
TRANSPORTS = {"ASGITransport", "WSGITransport"}


def test_the_names() -> None:
    """Programs of others are written with them: one that goes, or is renamed, breaks them."""
    assert set(runner.__all__) == EVENTS | ERRORS | DATA | FUNCTIONS | TRANSPORTS | {"__version__"}
    assert len(runner.__all__) == len(set(runner.__all__))
    assert set(runner.__all__) <= set(dir(runner))
    assert {event.__name__ for event in get_args(runner.Event)} == EVENTS


def test_type_checkers_see_the_same_names_from_the_same_places() -> None:
    tree = ast.parse((ROOT / "runner" / "__init__.py").read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    seen = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            seen[alias.asname or alias.name] = getattr(importlib.import_module(node.module or ""), alias.name)
    assert set(seen) == set(runner.__all__) - {"__version__"}
    assert {name: getattr(runner, name) for name in seen} == seen


@pytest.mark.parametrize("name", sorted(set(runner.__all__) - {"__version__", "Event"}))
def test_everything_has_documentation(name: str) -> None:
    value = getattr(runner, name)
    assert len(inspect.getdoc(value) or "") > 15
    for method, found in vars(value).items() if inspect.isclass(value) and not dataclasses.is_dataclass(value) else ():
        if inspect.isfunction(found) and not method.startswith("_") and value.__module__.startswith("runner.api"):
            assert inspect.getdoc(found), method


def test_every_option_is_documented() -> None:
    told = RunOptions.__doc__ or ""
    assert [name for name in RunOptions.__annotations__ if f"{name}" not in told] == []


def test_what_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        runner.rum  # type: ignore[attr-defined]


def test_importing_it_imports_nothing_else() -> None:
    code = (
        "import json, sys; bare = set(sys.modules); import runner;"
        "print(json.dumps(sorted(name for name in set(sys.modules) - bare if name.startswith('runner.'))))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert json.loads(out) == []


def test_the_other_name_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "runner" / "alias"))
    htrun = importlib.import_module("htrun")
    try:
        assert Path(htrun.__file__ or "").parent == ROOT / "runner" / "alias" / "htrun"
        assert htrun.__all__ == runner.__all__
        assert all(getattr(htrun, name) is getattr(runner, name) for name in runner.__all__)
        assert set(runner.__all__) <= set(dir(htrun))
    finally:
        del sys.modules["htrun"]


@pytest.mark.parametrize("code", ["import runner.load", "from runner.load import CollectionUser"])
def test_the_package_for_load_tests_reads_collections_when_it_is_called(code: str) -> None:
    """Python puts it in the place of the function ``runner.load``."""
    if importlib.util.find_spec("locust") is None:  # it must not be imported here: it changes the process
        pytest.skip("Locust is not installed")
    script = f"{code}\nimport runner\nprint(runner.load({{'info': {{'name': 'Shop'}}, 'item': []}}).name)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.stdout == "Shop\n", ended.stderr

"""docs/mock.md and docs/import.md name every option of their commands."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "module"), [("mock.md", "mock"), ("import.md", "importing")])
def test_every_option_is_documented(page: str, module: str) -> None:
    command = importlib.import_module(f"runner.cli.{module}").command
    text = (DOCS / page).read_text()
    for parameter in command.params:
        names = [name for name in parameter.opts if name.startswith("-")]
        assert not names or any(f"`{name}" in text or f" {name} " in text for name in names), names


@pytest.mark.parametrize("page", ["mock.md", "import.md"])
def test_no_option_is_documented_that_does_not_exist(page: str) -> None:
    known = set()
    for module in ("mock", "importing", "run"):
        command = importlib.import_module(f"runner.cli.{module}").command
        known |= {name for parameter in command.params for name in parameter.opts}
    used = re.findall(r"htrun (?:mock|import|run)?[^`\n]*?\s(--?[a-z][a-z-]*)", (DOCS / page).read_text())
    assert used
    assert set(used) - known - {"-H", "-r"} == set()

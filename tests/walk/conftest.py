"""A tour as a person takes it: a command on a terminal of its own, or one without a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from cli.conftest import collection, htrun

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]  # there are no pseudo-terminals
else:
    from support.terminal import Terminal, terminal

__all__ = ["collection", "htrun"]

ROOT = Path(__file__).parents[2]
SEND, GO_ON, SAVE, CHANGE = r"Send it\? .*\] $", r"Go on\? .*\] $", r"Save in [^?]*\? .*\] ?$", r"Change what\? .*\] $"

Walk = Callable[..., AbstractContextManager["Terminal"]]


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """``with walk("file.json", "--yes") as shown``; runs in ``tmp_path``."""

    @contextmanager
    def start(*arguments: str, columns: int = 100, env: Mapping[str, str] | None = None) -> Iterator[Terminal]:
        command = [sys.executable, "-m", "runner", "walk", *arguments]
        with terminal(command, tmp_path, columns=columns, env={"PYTHONPATH": str(ROOT), **(env or {})}) as shown:
            yield shown

    return start

"""``htrun mock`` as a user starts it: a process of its own on a free port, ended with Ctrl-C."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.mocks import Json, Mock

ROOT = Path(__file__).parents[2]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def collection(*items: Json, **more: Json) -> str:
        path = tmp_path / "api.json"
        path.write_text(json.dumps({"info": {"name": "Shop"}, "item": list(items), **more}), encoding="utf-8")
        return str(path)

    return collection


@pytest.fixture
def mock(tmp_path: Path, write: Callable[..., str]) -> Iterator[Callable[..., Mock]]:
    """``mock(item, ..., options=("--delay", "100"), variable=[...])``."""
    running: list[subprocess.Popen[str]] = []

    def start(*items: Json, options: tuple[str, ...] = (), **more: Json) -> Mock:
        process = subprocess.Popen(
            [sys.executable, "-m", "runner", "mock", write(*items, **more), "--port", "0", *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert "http://" in ready, process.communicate(timeout=10)
        assert process.stdout.readline() == "Ctrl-C ends it.\n"
        return Mock(next(word for word in ready.split() if word.startswith("http://")), process, ready)

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)

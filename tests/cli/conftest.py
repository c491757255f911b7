"""The command as a user starts it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Htrun = Callable[..., subprocess.CompletedProcess[str]]
Json = Any


@pytest.fixture
def htrun(tmp_path: Path) -> Htrun:
    """``htrun("file.json", "-n", "2")``; runs in ``tmp_path``."""

    def start(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "runner", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **(env or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )

    return start


@pytest.fixture
def collection(tmp_path: Path) -> Callable[..., str]:
    """Writes a collection of the given items and returns its file name."""

    def write(*items: Json, **more: Json) -> str:
        data = {"info": {"name": "Example"}, "item": list(items), **more}
        (tmp_path / "collection.json").write_text(json.dumps(data), encoding="utf-8")
        return "collection.json"

    return write


def request(name: str, url: Json, test: str = "", prerequest: str = "", **more: Json) -> Json:
    """An item; ``more`` goes into its request."""
    events = [
        {"listen": listen, "script": {"exec": source.splitlines()}}
        for listen, source in (("prerequest", prerequest), ("test", test))
        if source
    ]
    return {"name": name, "request": {"method": "GET", "url": url, **more}, "event": events}


def folder(name: str, *items: Json, **more: Json) -> Json:
    return {"name": name, "item": list(items), **more}

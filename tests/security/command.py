"""The command on collections that mean harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Json = Any


@dataclass(frozen=True)
class Ran:
    """A run that is over. It printed no traceback."""

    code: int
    out: str
    err: str
    seconds: float
    report: Json  #: None if there is none

    def execution(self, name: str) -> Json:
        """The first request of an item."""
        return next(one for one in self.report["executions"] if one["item"]["name"] == name)

    def failures(self, name: str) -> list[str]:
        """Messages of what failed in an item."""
        failed = self.report["failures"]
        return [one["error"]["message"] for one in failed if (one.get("source") or {}).get("name") == name]

    def logged(self, name: str) -> str:
        """What failed checks of an item say, and their names: the tests hand on what they know by these."""
        return "\n".join(one["assertion"] for one in self.execution(name).get("assertions", ()))


def item(name: str, url: str, test: str = "", prerequest: str = "", **request: Json) -> Json:
    events = [("prerequest", prerequest), ("test", test)]
    return {
        "name": name,
        "request": {"method": "GET", "url": url, **request},
        "event": [{"listen": listen, "script": {"exec": text.split("\n")}} for listen, text in events if text],
    }


def collection(*items: Json, **more: Json) -> Json:
    return {"info": {"name": "Hostile"}, "item": list(items), **more}


def execute(
    folder: Path, given: Json | str, *arguments: str, env: Mapping[str, str] | None = None, limit: float = 60
) -> Ran:
    """Runs a collection (or what is in the folder already, by its name)."""
    name = given if isinstance(given, str) else "c.json"
    if not isinstance(given, str):
        (folder / name).write_text(json.dumps(given))
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    words: Sequence[str] = (name, "-r", "cli,json", "--reporter-json-export", str(report), *arguments)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "runner", "run", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        timeout=limit,
        check=False,
    )
    took = time.monotonic() - started
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    assert "Traceback" not in out + err
    return Ran(done.returncode, out, err, took, json.loads(report.read_bytes())["run"] if report.exists() else None)

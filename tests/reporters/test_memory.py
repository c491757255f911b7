"""The memory of a reporter does not grow with the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.reporters.registry import REPORTERS
from support.marks import reporters

PEAK = Path(__file__).with_name("peak.py")

#: Bytes that one request of the run has at least: its body and what its script said and set.
REQUEST = 5000


@pytest.mark.parametrize("name", reporters([*REPORTERS, "cli compact"]))
def test_it_does_not_grow_with_the_run(name: str, tmp_path: Path) -> None:
    name, _, style = name.partition(" ")
    options: dict[str, object] = {"export": str(tmp_path / "report")} | ({style: True} if style else {})
    counts = [10, 200, 1000]  # the first pays for what is made once
    child = subprocess.run(
        [sys.executable, PEAK, name, json.dumps(options), *map(str, counts)],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    _, few, many = json.loads(child.stdout)
    assert many < few + 800 * REQUEST / 10

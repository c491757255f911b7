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

#: Bytes for each request that may be noise; its body and what its script said and set are 5000.
NOISE = 40


@pytest.mark.parametrize("name", reporters([*REPORTERS, "cli compact"]))
def test_it_does_not_grow_with_the_run(name: str, tmp_path: Path) -> None:
    name, _, style = name.partition(" ")
    options: dict[str, object] = {"export": str(tmp_path / "report")} | ({style: True} if style else {})
    # The first pays for what is made once. What Allure's library makes refers to itself and waits for the collector.
    counts = [10, 3000, 6000] if name == "allure" else [10, 1000, 3000]
    child = subprocess.run(
        [sys.executable, PEAK, name, json.dumps(options), *map(str, counts)],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    _, few, many = json.loads(child.stdout)
    assert many < few + (counts[2] - counts[1]) * NOISE

"""The soak: a short one, and what it says of runs in which something is wrong."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
MIB = 1 << 20


@pytest.fixture
def soak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])  # a copy: scripts change it
    yield importlib.import_module("bench.soak")
    sys.modules.pop("bench.soak")


def run(soak: Any, *memory: int, **counts: int) -> Any:
    """A run that is as it should be, but for the given counts, with so many MiB at each look."""
    looks = tuple(soak.Look(float(at), size * MIB, 10, 4, MIB, MIB) for at, size in enumerate(memory))
    right = {"asked for": 8, "journal": 8, "journal's run": 8, "report": 10, "journal's requests": 10, "server": 10}
    return soak.Soaked(looks, {"code": 0, "descriptors": 7, "threads": 1}, right | counts, "ok", 9.0)


def test_what_is_as_it_should_be_is_no_fault(soak: Any) -> None:
    long = run(soak, 10, 100, 101, 99, 104, 100, 105, 104)
    assert soak.faults(long, run(soak)) == []
    assert long.growth() == pytest.approx(105 / 101)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"counts": {"journal": 7}}, "7 of the items are counted by the journal, not 8"),
        ({"counts": {"report": 11}}, "11 of the requests are counted by the report, not 10"),
        ({"counts": {"server": 9}}, "9 of the requests are counted by the server, not 10"),
        ({"left": {"descriptors": 8}}, "8 descriptors are left at the end, of a short run 7"),
        ({"left": {"threads": 2}}, "2 threads are left at the end, of a short run 1"),
        ({"left": {"code": 1}}, "the run ended with exit code 1"),
        ({"intact": "row 3 missing from index"}, "the journal is not whole: row 3 missing from index"),
        ({"looks": ()}, "the run was too short to be looked at"),
    ],
)
def test_each_fault_is_told(soak: Any, change: dict[str, Any], said: str) -> None:
    good = run(soak, 100, 100, 100, 100)
    changes = {
        key: {**getattr(good, key), **value} if isinstance(value, dict) else value for key, value in change.items()
    }
    assert soak.faults(replace(good, **changes), good) == [said]


def test_memory_that_grows_is_told(soak: Any) -> None:
    good = run(soak, 100, 100, 100, 100)
    assert soak.faults(run(soak, 100, 100, 104, 106), good) == [
        "memory grows: the last quarter has 1.060 times the peak of the second"
    ]


@pytest.mark.slow
def test_five_thousand_requests() -> None:
    command = [sys.executable, str(ROOT / "bench" / "soak.py"), "--requests", "5000", "--every", "0.25"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("limits kept\n")
    assert re.search(r"journal's run 5,000, report 6,250, journal's requests 6,250, server 6,250", done.stdout)

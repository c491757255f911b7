"""``--capture auto`` on collections of other people, from the directory that HTRUN_CORPUS names, without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow.corpus_play import Played, play
from workflow.corpus_truth import TRUTH, Truth

DIRECTORY = os.environ.get("HTRUN_CORPUS")
pytestmark = pytest.mark.skipif(not DIRECTORY, reason="HTRUN_CORPUS names no directory with collections")


def right(truth: Truth, variable: str, path: str, item: str) -> bool:
    """Whether a capture is one that the truth has."""
    for wanted in (*truth.needed.get(variable, ()), *truth.also.get(variable, ())):
        expression, at, end = wanted.rpartition(" @ ")
        default = "$.access_token" if "token" in variable.lower() else "$.id"
        if item.endswith(end) and path == (expression if at else default):
            return True
    return False


def wrong(truth: Truth, played: Played) -> list[str]:
    return sorted(
        f"{name} ← {path} of {item}" for name, path, item in played.inferred if not right(truth, name, path, item)
    )


def missed(truth: Truth, played: Played) -> Iterator[str]:
    found = {name for name, path, item in played.inferred if right(truth, name, path, item)}
    yield from (name for name in truth.needed if name not in found)


@pytest.mark.parametrize("name", TRUTH)
def test_no_capture_is_wrong_and_the_missed_ones_are_known(name: str, tmp_path: Path) -> None:
    truth = TRUTH[name]
    file = Path(DIRECTORY or "") / f"{name}.json"
    played = play(file, tmp_path, frozenset(truth.needed) | frozenset(truth.also), truth.shapes, truth.envelope)
    assert wrong(truth, played) == []
    assert tuple(missed(truth, played)) == truth.missed, played.output


def test_four_fifths_of_what_is_needed_are_found() -> None:
    needed = sum(len(truth.needed) for truth in TRUTH.values())
    assert len(TRUTH) >= 12
    assert sum(len(truth.missed) for truth in TRUTH.values()) <= 0.2 * needed

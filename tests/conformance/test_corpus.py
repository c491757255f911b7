"""Collections of other people, from a directory that the environment variable HTRUN_CORPUS names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import corpus
from conformance.case import Case
from conformance.conftest import serving
from conformance.harness import Compare, Harness

DIRECTORY = os.environ.get("HTRUN_CORPUS")
CASES: list[Case] = list(corpus.cases(Path(DIRECTORY))) if DIRECTORY else []
if not CASES:
    pytestmark = pytest.mark.skip(reason="HTRUN_CORPUS names no directory with collections")


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with serving("corpus", tmp_path_factory.mktemp("corpus"), corpus.answer) as running:
        yield running


def test_as_newman(case: Case, compare: Compare, harness: Harness) -> None:
    if not harness.repeats(case):
        pytest.skip("Newman does not do the same twice")
    compare(case)

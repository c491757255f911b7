"""Workflow files and captures are tried through the command, against real servers on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Htrun, collection, htrun
from workflow.flow import Flow

__all__ = ["Htrun", "collection", "htrun"]


@pytest.fixture
def flow(tmp_path: Path, htrun: Htrun) -> Iterator[Flow]:
    """Workflow files in a folder of their own, and the API that they call."""
    found = Flow(tmp_path, htrun)
    with found.server:
        yield found

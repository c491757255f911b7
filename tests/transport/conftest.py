"""Fixtures of the transport's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from transport.client import Client, client


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Client]:
    """A client that no proxy of the environment stands in the way of; its working directory is ``tmp_path``."""
    with client(tmp_path) as one:
        yield one

"""Fixtures for all tests. Outside of the loopback interface nothing is ever called."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from support.server import RecordingServer

# A shell starts what runs in the background with Ctrl-C ignored, and children inherit that: tests that
# interrupt a child would then wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Some thousand children import the same modules: where nothing may be kept, each of them would compile all of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    """A recording HTTP server on a free loopback port (``server.url``, ``server.take()``)."""
    with RecordingServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's proxies, keys and colours decide nothing in a test."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "FORCE_COLOR", "NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HTRUN_JOURNAL", "off")  # tests of the journal name their own

"""Workflow files and captures are tried through the command, against real servers on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from cli.conftest import Htrun, collection, htrun
from support.server import Answer, Received, RecordingServer
from workflow.auto import Json, Play, Result
from workflow.flow import Flow
from workflow.stateful_server import Shape, StatefulApi

__all__ = ["Htrun", "collection", "htrun"]


@pytest.fixture
def flow(tmp_path: Path, htrun: Htrun) -> Iterator[Flow]:
    """Workflow files in a folder of their own, and the API that they call."""
    found = Flow(tmp_path, htrun)
    with found.server:
        yield found


@pytest.fixture
def play(htrun: Htrun, collection: Callable[..., str], server: RecordingServer) -> Play:
    """``play(item, ..., args=(), shapes={})`` runs a collection of the items with ``--capture auto``."""

    def run(
        *items: Json,
        args: tuple[str, ...] = (),
        shapes: Mapping[str, Shape] | None = None,
        respond: Callable[[Received], Answer] | None = None,
        **more: Json,
    ) -> Result:
        api = StatefulApi(shapes=shapes or {})
        server.respond = respond or api
        file = collection(*items, **more)
        done = htrun(file, "--capture", "auto", "--global-var", f"base={server.url}", *args)
        assert "Traceback" not in done.stderr
        targets = tuple(f"{one.method} {one.target}" for one in server.take())
        return Result(done.returncode, done.stdout, done.stderr, api, targets)

    return run

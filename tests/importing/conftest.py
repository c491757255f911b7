"""``htrun import`` as a user starts it, and what an imported collection sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun, htrun  # noqa: F401 - a fixture
from support.server import Received, RecordingServer

Json = Any
#: What every client says of itself and of its connection.
OF_THE_CLIENT = frozenset(
    {"accept-encoding", "cache-control", "connection", "content-length", "expect", "host", "postman-token"}
)


def sent_headers(request: Received) -> dict[str, str]:
    """The headers that say something, without a boundary that is made anew."""
    found = {}
    for name, value in request.headers:
        is_default = (name.lower(), value) == ("accept", "*/*") or value.startswith(("curl/", "PostmanRuntime/"))
        if name.lower() not in OF_THE_CLIENT and not is_default:
            found[name.lower()] = value.partition("; boundary=")[0]
    return found


@pytest.fixture
def imported(htrun: Htrun, tmp_path: Path) -> Callable[..., Json]:  # noqa: F811
    """Imports a text (a file of this name is written first) or a source, and returns the collection."""

    def read(source: str, text: str | None = None, *, warnings: int | None = 0) -> Json:
        if text is not None:
            (tmp_path / source).write_text(text, encoding="utf-8")
        (tmp_path / "made.json").unlink(missing_ok=True)
        done = htrun("import", source, "-o", "made.json")
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        *said, last = done.stderr.splitlines()
        assert last.endswith("written to made.json")
        assert warnings is None or len(said) == warnings, said
        return json.loads((tmp_path / "made.json").read_text("utf-8"))

    return read


@pytest.fixture
def run(htrun: Htrun, server: RecordingServer) -> Callable[..., list[Received]]:  # noqa: F811
    """Runs the collection that was imported, and returns what the server got."""

    def start(*options: str) -> list[Received]:
        server.take()
        done = htrun("made.json", *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return list(server.take())

    return start

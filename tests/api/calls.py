"""Small collections, and what is left of a run when it has ended."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import runner


def item(name: str, url: str, *, test: str = "", prerequest: str = "", **request: Any) -> dict[str, Any]:
    scripts = [("test", test), ("prerequest", prerequest)]
    return {
        "name": name,
        "request": {"method": "GET", "url": url, **request},
        "event": [{"listen": listen, "script": {"exec": [text]}} for listen, text in scripts if text],
    }


def collection(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"info": {"name": "Small"}, "item": list(items), **members}


def told(name: str = "x") -> Callable[[runner.Request], runner.Response]:
    """A transport that says yes to everything."""
    return lambda request: runner.make_response(200, {"name": name, "url": request.url})


def texts(result: runner.RunResult) -> list[str]:
    return [str(failure) for failure in result.failures]


@contextmanager
def nothing_left() -> Iterator[None]:
    """What the block has started is gone after it: threads, children, files and sockets."""
    threads, files = set(threading.enumerate()), _open()
    yield
    until = time.monotonic() + 5
    while time.monotonic() < until and (_new(threads) or _open() > files):
        time.sleep(0.02)
    assert _new(threads) == []
    assert _open() <= files
    assert _children() == []


def _new(before: set[threading.Thread]) -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread not in before]


def _open() -> int:
    place = Path("/proc/self/fd")
    return len(os.listdir(place)) if place.exists() else 0


def _children() -> list[str]:
    place = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return place.read_text().split() if place.exists() else []

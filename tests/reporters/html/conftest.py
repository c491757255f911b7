"""Reports of real runs, and a browser that looks at them.

The browser is Chromium (``HTRUN_CHROMIUM``, or the one on PATH), driven by Playwright (extra ``browser``). A page that
says something on its console, fails in a script or asks for anything from anywhere fails the test that opened it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reporters.html.api import answer, collection
from support.server import RecordingServer

ROOT = Path(__file__).parents[3]
HYPERTRACK = ROOT / "collections" / "hypertrack.postman_collection.json"
#: Iterations of six requests each: a few more than 5,000 in all.
MANY = 840

Run = Callable[..., subprocess.CompletedProcess[str]]
Open = Callable[..., Any]


def htrun(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "runner", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TZ": "UTC"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )


def html_report(source: Path, target: Path, *more: str) -> Path:
    """Runs a collection and returns the file of its report."""
    done = htrun("run", str(source), "-r", "html", "--reporter-html-export", str(target), *more, cwd=target.parent)
    assert all(line.startswith("htrun: warning: ") for line in done.stderr.splitlines()), done.stderr
    assert done.stdout == ""
    assert done.returncode in (0, 1)
    return target


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run against the API that wants to break out of it (api.py)."""
    folder = tmp_path_factory.mktemp("hostile")
    with RecordingServer(respond=answer) as server:
        source = folder / "collection.json"
        source.write_text(json.dumps(collection(server.url)), encoding="utf-8")
        return html_report(source, folder / "report.html", "-n", "2", "--show-secrets")


@pytest.fixture(scope="session")
def hypertrack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the HyperTrack collection against its simulator."""
    folder = tmp_path_factory.mktemp("hypertrack")
    key = ("--var", "hypertrack_sk=sk_test_1234567890", "--simulate", "hypertrack")
    return html_report(HYPERTRACK, folder / "report.html", *key)


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of two inputs, of which the second fails and shows what it is called by hostile names."""
    folder = tmp_path_factory.mktemp("several")
    with RecordingServer() as server:
        for file, name, check in (("a.json", "A", "true"), ("b.json", "<b>B</b>", "false")):
            script = {
                "listen": "test",
                "script": {"exec": f"pm.test('t', () => {{ if (!{check}) throw Error('no') }})"},
            }
            item = {"name": "r", "request": {"method": "GET", "url": server.url}, "event": [script]}
            data = {
                "info": {"name": name},
                "item": [item, {"name": "s", "request": server.url}][: 1 + (file == "a.json")],
            }
            (folder / file).write_text(
                json.dumps({**data, "variable": [{"key": "v", "value": name}]}), encoding="utf-8"
            )
        return html_report(folder / "a.json", folder / "report.html", "b.json")


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of more than 5,000 requests."""
    folder = tmp_path_factory.mktemp("large")
    with RecordingServer(respond=answer) as server:
        everything = collection(server.url)
        users, failures, calls, _ = everything["item"]
        chosen = [users, {**failures, "item": [failures["item"][0]]}, {**calls, "item": [calls["item"][2]]}]
        source = folder / "collection.json"
        source.write_text(json.dumps({**everything, "item": chosen}), encoding="utf-8")
        return html_report(source, folder / "report.html", "-n", str(MANY), "--parallel", "4")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install '.[browser]'")
    names = (os.environ.get("HTRUN_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if name and (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium, or HTRUN_CHROMIUM=/path/to/it")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Open]:
    """``open_page(path, color_scheme="dark")`` opens a report; a page with faults fails the test. With
    ``strict=False`` scripts may fail and be stopped, those of a visualization, and say so."""
    complaints: list[str] = []
    contexts = []

    def start(path: Path, fragment: str = "", *, strict: bool = True, **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
        contexts.append(context)
        page = context.new_page()
        if strict:
            page.on("console", lambda message: complaints.append(f"console {message.type}: {message.text}"))
            page.on("pageerror", lambda error: complaints.append(f"error: {error.message}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("popup", lambda other: complaints.append(f"window: {other.url}"))
        own = path.as_uri()

        def asked(request: Any) -> None:
            if request.url.partition("#")[0] != own and not request.url.startswith(("data:", "about:srcdoc")):
                complaints.append(f"request: {request.url}")

        if strict:
            page.on("request", asked)
        page.goto(own + fragment)
        return page

    yield start
    for context in contexts:
        context.close()
    assert complaints == []

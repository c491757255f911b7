"""docs/walkthrough.md says what the tour does, and the recorded session is one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from cli.conftest import Htrun
from walk.conftest import ROOT

DOCS = ROOT / "docs"
PAGE = (DOCS / "walkthrough.md").read_text("utf-8")


def without_chance(text: str) -> str:
    """Without ids, times, ports, sizes and dates, and without the way in which they were wrapped. What answers in the
    document hold changes with the time: people move in the simulator."""
    text = re.sub(r"```json\n.*?\n```(\n\n\*… .*?\*)?", "ANSWER", text, flags=re.DOTALL)
    text = re.sub(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+", "DAY", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d[\d.:TZ-]*(?:µs|ms|s|k?B)?\b", "N", text)
    text = re.sub(r'"token": "[^"]*"|gk_\w+', "TOKEN", text)
    return re.sub(r"[\s─]+", " ", text)


def test_the_recorded_session_is_what_the_tour_shows(tmp_path: Path) -> None:
    recorder = str(DOCS / "tools" / "record_walk.py")
    subprocess.run([sys.executable, recorder, "--out", str(tmp_path)], check=True, timeout=120)
    for name in ("hypertrack-walk.txt", "hypertrack-onboarding.md"):
        fresh, kept = (without_chance((folder / name).read_text("utf-8")) for folder in (tmp_path, DOCS))
        assert fresh == kept, f"run docs/tools/record_walk.py: {name} is out of date"
    assert "Create a group" in (tmp_path / "images" / "walk.svg").read_text("utf-8").replace("&#160;", " ")


def test_the_page_names_the_keys() -> None:
    session = (DOCS / "hypertrack-walk.txt").read_text("utf-8")
    asked = set(re.findall(r"\? \[Enter/([a-z/?]+)\]", session))
    assert len(asked) == 4  # before the first request, before others, after one, and while one is edited
    keys = {key for one in asked for key in one.split("/")}
    missing = {key for key in keys if f"`{key}`" not in PAGE}
    assert missing == set()


def test_the_page_names_options_that_there_are(htrun: Htrun) -> None:
    shown = htrun("walk", "--help").stdout
    for option in re.findall(r"`(--?[a-z][a-z-]*)", PAGE):
        assert option in shown, option


def test_nothing_secret_was_recorded() -> None:
    for name in ("hypertrack-walk.txt", "hypertrack-onboarding.md", "images/walk.svg"):
        assert "sk_my_own_key" not in (DOCS / name).read_text("utf-8")

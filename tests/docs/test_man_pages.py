"""docs/tools/man_pages.py: pages that groff has nothing to say about, with everything that ``--help`` has."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli import COMMANDS

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not shutil.which("groff"), reason="there is no groff")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man") / "man1"
    subprocess.run([sys.executable, str(ROOT / "docs" / "tools" / "man_pages.py"), str(folder)], check=True)
    return folder


def shown(page: Path) -> str:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tascii", "-P-cbou", "-rLL=200n", str(page)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_there_is_a_page_for_each_command(pages: Path) -> None:
    assert {page.name for page in pages.iterdir()} == {"htrun.1", *(f"htrun-{name}.1" for name in COMMANDS)}
    text = shown(pages / "htrun.1")
    assert all(f"htrun-{name}(1)" in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_says_what_help_says(pages: Path, name: str) -> None:
    text = shown(pages / f"htrun-{name}.1")
    said = subprocess.run(
        [sys.executable, "-m", "runner", name, "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    options = re.findall(r"^  ((?:-\w, )?--[\w-]+)", said, re.M)
    assert options
    assert [option for option in options if f"       {option}" not in text] == []
    assert re.findall(r"^[A-Z][A-Z ]+$", text, re.M)[:4] == ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"]


def test_commands_below_a_command(pages: Path) -> None:
    text = shown(pages / "htrun-runs.1")
    assert "htrun runs prune [OPTIONS]" in text
    assert "--keep" in text


def test_examples_and_exit_codes(pages: Path) -> None:
    text = shown(pages / "htrun-run.1")
    assert "htrun run api.json --folder Actions --with-deps" in text
    assert "EXIT STATUS\n       0 all passed, 1 something failed" in text
    assert "htrun-run - run Postman collections" in text

"""Every code block of the documentation is tried: commands are run, examples in Python too, files are read.

What is not run says why, in a comment before it, and is counted here.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.cli import COMMANDS
from runner.cli.manual import examples_of
from runner.engine.assemble import Given, new_scopes
from runner.mock.api import mock_api
from runner.mock.server import MockServer
from runner.parse.collection import collection_from_json
from support.pages import blocks, commands
from support.reader import INSTALLS, reader
from support.shop import ground, shop, under_git

ROOT = Path(__file__).parents[2]
TRIED = ("sh", "bash", "console", "python", "json", "yaml")
#: A record of a run that has taken place; tests/walk/test_docs.py makes it anew.
RECORD = "hypertrack-onboarding.md"
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(page for page in (ROOT / "docs").glob("*.md") if page.name != RECORD),
    ]
)
#: What a newcomer reads first is tried with every change, the rest with `-m docs`.
FIRST = ("README.md", "tutorial.md")
#: Blocks with a reason not to run, for each page; one more wants a good reason.
NOT_RUN = {
    "CONTRIBUTING.md": 3,
    "docs/completion.md": 1,
    "docs/docker.md": 2,
    "docs/from-newman.md": 1,
    "docs/hypertrack.md": 1,
    "docs/load.md": 2,
}


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Where a server answers from the examples of the shop."""
    collection = collection_from_json(shop("http://shop.test"))
    with MockServer(mock_api(collection, new_scopes(collection, Given()))) as server:
        yield server.url


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=page.name, marks=[] if page.name in FIRST else [pytest.mark.docs]) for page in PAGES],
)
def test_every_block_is_right(page: Path, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [block for block in blocks(page, ROOT) if block.language in TRIED and not block.not_run]
    ground(tmp_path, base)
    told = page.read_text("utf-8")
    if "--changed-since" in told:
        under_git(tmp_path)
    wrong = []
    with reader(tmp_path, monkeypatch) as one:
        if "postman/" in told:
            one.prepare("convert", "shop.json", "-o", "postman/collections/Shop")
            one.prepare("convert", "env.json", "-o", "postman/environments/dev.environment.yaml")
        for block in found:
            try:
                one.take(block)
            except Exception as error:
                wrong.append(f"{block}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.docs
@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_of_help_is_right(
    command: str, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground(tmp_path, base)
    with reader(tmp_path, monkeypatch) as one:
        for line, _ in examples_of(command):
            if command == "resume":
                kill_a_run(tmp_path)
                line = line.replace("resume 12", "resume last")
            elif line == "htrun runs":
                one.prepare("api.json")
            one.line(line)


def kill_a_run(folder: Path) -> None:
    """Leaves a run that has got as far as its second request."""
    command = [sys.executable, "-u", "-m", "runner", "api.json", "--delay-request", "1000"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while "Get user" not in (line := process.stdout.readline()):
            assert line, "the run is over"
        process.kill()


def test_what_is_not_run() -> None:
    every = [block for page in PAGES for block in blocks(page, ROOT) if block.language in TRIED]
    assert all(len(block.not_run) > 10 for block in every if block.not_run)
    assert Counter(block.page for block in every if block.not_run) == NOT_RUN


def test_commands_stand_where_they_are_tried() -> None:
    """Not in indented blocks, and in those of ``console`` after a ``$``."""
    silent = [
        str(one) for page in PAGES for one in blocks(page, ROOT) if one.language == "console" and not commands(one)
    ]
    assert silent == []
    wrong = [
        f"{page.name}: {line.strip()}"
        for page in PAGES
        for line in _outside_of_fences(page.read_text("utf-8"))
        if line.startswith(("    htrun ", "    $ htrun "))
    ]
    assert wrong == []


def test_the_readme_installs_and_runs() -> None:
    """The two commands that CI takes from there."""
    found = [line for block in blocks(ROOT / "README.md", ROOT) for line in commands(block) if INSTALLS.match(line)]
    assert [line.split(" && ")[-1].split()[0] for line in found] == [".venv/bin/htrun", ".venv/bin/pytest"]


def _outside_of_fences(text: str) -> Iterator[str]:
    inside = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield line

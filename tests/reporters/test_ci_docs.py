"""docs/ci.md: its table is what ``auto`` does, its files are files, its commands are commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from runner.cli.options import split_reporter_arguments
from runner.cli.run import command
from runner.reporters.auto import AUTO, SYSTEMS
from runner.reporters.gitlab import JUNIT, QUALITY
from runner.reporters.registry import REPORTERS

TEXT = (Path(__file__).parents[2] / "docs" / "ci.md").read_text("utf-8")
COMMANDS = [line.strip() for line in re.findall(r"htrun (run [^\n'|]*)", TEXT)]


def test_the_table_of_systems() -> None:
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+`) \| `(\w+)` \|$", TEXT, re.M)
    told = [(variable, reporter) for names, reporter in rows for variable in re.findall(r"`(\w+)`", names)]
    assert told == list(SYSTEMS)


def test_files_are_yaml() -> None:
    github, gitlab = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.S))
    assert github["jobs"]["api"]["steps"][-1]["with"]["path"] == "newman/"
    reports = gitlab["api"]["artifacts"]["reports"]
    assert reports == {"junit": f"newman/{JUNIT}", "codequality": f"newman/{QUALITY}"}


@pytest.mark.parametrize("line", COMMANDS)
def test_commands(line: str) -> None:
    words, reporter_options = split_reporter_arguments(shlex.split(line)[1:])
    context = command.make_context("run", words, resilient_parsing=False)
    names = context.params["reporters"].split(",")
    assert set(names) <= {*REPORTERS, AUTO}
    assert all(name.partition("-")[0] in names for name, _ in reporter_options)


def test_there_is_a_command_for_each_system() -> None:
    assert len(COMMANDS) >= 6

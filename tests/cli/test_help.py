"""``--help``: groups, examples, exit codes; ``htrun help``; commands that are written wrongly."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from cli.conftest import Htrun
from runner.cli import COMMANDS
from runner.cli.command import Command, exit_codes, grouped
from runner.cli.main import cli
from runner.cli.manual import GROUPS, OTHERS, examples_of


def command_of(name: str) -> tuple[click.Command, click.Context]:
    context = click.Context(cli, info_name="htrun")
    assert isinstance(cli, click.Group)
    command = cli.get_command(context, name)
    assert command is not None
    return command, click.Context(command, info_name=name, parent=context)


def test_run(htrun: Htrun) -> None:
    text = htrun("run", "--help").stdout
    titles = re.findall(r"^(\w.*):$", text, re.M)
    assert titles[:3] == ["Variables", "Choosing requests", "Values from responses"]
    assert titles[-4:] == ["Other options", "Examples", "Environment", "Exit codes"]
    assert "  htrun run api.json -e staging.json\n      Run a collection with an environment.\n" in text
    assert "  POSTMAN_API_KEY " in text
    assert "  0 all passed, 1 something failed" in text
    assert text.count("0 all passed") == 1
    assert max(map(len, text.splitlines())) <= 80


def test_a_command_with_few_options_has_no_groups(htrun: Htrun) -> None:
    text = htrun("simulate", "--help").stdout
    assert re.findall(r"^(\w.*):$", text, re.M) == ["Options", "Examples"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command(name: str) -> None:
    command, context = command_of(name)
    assert isinstance(command, Command)
    shown = [one for _, options in grouped(command, context) for one in options]
    assert sorted(shown, key=id) == sorted(
        (one for one in command.get_params(context) if isinstance(one, click.Option)), key=id
    )
    left = [one.opts for title, options in grouped(command, context) if title == OTHERS for one in options]
    assert all("--help" in names for names in left), "runner/cli/manual.py has no group for these"
    assert examples_of(name) or name == "help"


def test_groups_name_options_that_are_there() -> None:
    there = {one.name for name in COMMANDS for one in command_of(name)[0].params}
    assert [name for names in GROUPS.values() for name in names.split() if name not in there] == []


def test_exit_codes_of_walk_are_a_sentence() -> None:
    assert exit_codes(command_of("walk")[0]).startswith("They are those of `htrun run`: 0 all passed")


def test_help_is_a_command(htrun: Htrun) -> None:
    assert htrun("help").stdout == htrun("--help").stdout
    assert htrun("help", "check").stdout == htrun("check", "--help").stdout
    wrong = htrun("help", "chekc")
    assert wrong.returncode == 2
    assert "'check'" in wrong.stderr


def test_a_misspelt_command(htrun: Htrun) -> None:
    done = htrun("chekc", "api.json")
    assert done.returncode == 2
    assert done.stderr == (
        'htrun: error: there is no command and no file "chekc"; did you mean "check"? See `htrun --help`.\n'
    )


def test_a_file_may_be_named_like_a_command(htrun: Htrun, tmp_path: Path, collection: Callable[..., str]) -> None:
    (tmp_path / collection()).rename(tmp_path / "checks")
    assert htrun("checks").returncode == 0

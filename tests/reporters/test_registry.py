"""Reporters by name: the table, installed ones, and names that are not there."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from reporters.stream import feed, sample
from runner.errors import UsageError
from runner.reporters.auto import SYSTEMS, chosen
from runner.reporters.interface import ReporterOptions
from runner.reporters.registry import REPORTERS, create_reporter, dominant, names, unknown_options


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that offers two reporters through entry points, one of them broken."""
    (tmp_path / "counting_reporter.py").write_text(
        "class Counting:\n"
        "    def __init__(self, options):\n"
        "        self.options, self.events = options, 0\n"
        "    def handle(self, event):\n"
        "        self.events += 1\n"
        "    def close(self):\n"
        "        self.options.out.write(f'{self.events} events, {self.options.options}')\n"
    )
    info = tmp_path / "counting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: counting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[htrun.reporters]\ncounting = counting_reporter:Counting\nbroken = counting_reporter:Missing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ["cli"]),
        ({"GITHUB_ACTIONS": "true", "CI": "true"}, ["cli", "github"]),
        ({"GITLAB_CI": "true"}, ["cli", "gitlab"]),
        ({"TEAMCITY_VERSION": "2026.1"}, ["cli", "teamcity"]),
        ({"JENKINS_URL": "http://ci"}, ["cli", "junit"]),
        ({"TF_BUILD": "True"}, ["cli", "junit"]),
        ({"GITHUB_ACTIONS": ""}, ["cli"]),
    ],
)
def test_auto_is_what_the_system_around_it_understands(environment: dict[str, str], expected: list[str]) -> None:
    assert chosen(["auto"], environment) == expected
    assert chosen(["har", "auto", "cli"], environment) == ["har", *expected]


def test_auto_chooses_reporters_that_exist() -> None:
    assert {name for _, name in SYSTEMS} <= set(REPORTERS)


@pytest.mark.parametrize("name", sorted(REPORTERS))
def test_every_name_in_the_table_makes_a_reporter(name: str, tmp_path: Path) -> None:
    reporter = create_reporter(name, ReporterOptions(out=io.StringIO(), options={"export": str(tmp_path)}))
    feed(reporter, sample())


def test_an_installed_package_can_offer_a_reporter(installed: None) -> None:
    out = io.StringIO()
    feed(create_reporter("counting", ReporterOptions(out=out, options={"export": "x"})), sample())
    assert out.getvalue() == f"{len(list(sample()))} events, {{'export': 'x'}}"
    assert "counting" in names()


def test_an_installed_reporter_that_cannot_be_loaded_says_so(installed: None) -> None:
    with pytest.raises(UsageError, match=r'"broken" \(counting_reporter:Missing\) cannot be loaded'):
        create_reporter("broken", ReporterOptions(out=io.StringIO()))


@pytest.mark.parametrize(("name", "near"), [("jsn", "json"), ("junti", "junit"), ("progres", "progress")])
def test_an_unknown_name_is_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UsageError, match=rf'no reporter "{name}"; did you mean {near}'):
        create_reporter(name, ReporterOptions(out=io.StringIO()))


def test_a_name_like_no_other_gets_the_whole_list() -> None:
    with pytest.raises(UsageError, match=f"there are: {', '.join(sorted(REPORTERS))}"):
        create_reporter("@scope/htmlextra", ReporterOptions(out=io.StringIO()))


def test_two_reporters_that_write_to_the_terminal_are_named() -> None:
    assert dominant(["cli", "json", "progress", "cli"]) == ["cli", "progress"]
    assert dominant(["cli", "json", "junit", "github", "teamcity"]) == []
    assert dominant(["cli", "tap"]) == ["cli", "tap"]
    assert dominant(["cli", "tap"], {"tap"}) == []


def test_the_terminal_report_loads_nothing_heavy() -> None:
    code = (
        "import sys, io, runner.reporters.registry as r; from runner.reporters.interface import ReporterOptions as O;"
        "r.create_reporter('cli', O(out=io.StringIO()));"
        "print([m for m in ('rich', 'jinja2', 'importlib.metadata', 'xml.sax', 'difflib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"


def test_options_that_a_reporter_does_not_have_are_told_and_those_of_packages_are_their_own() -> None:
    assert unknown_options("html", ["export", "exprt"]) == [
        "the reporter html has no option 'exprt'; did you mean export?"
    ]
    assert unknown_options("tap", ["no_summary"]) == ["the reporter tap has no option 'no-summary'; there are: export"]
    assert unknown_options("slowest", ["top"]) == []

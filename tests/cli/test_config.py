"""Configuration files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from runner.cli.config import Config, load_config
from runner.cli.options import ReporterArguments, run_options
from runner.errors import InputError, UsageError


@click.command("run")
@click.argument("collection")
@run_options
def command(**given: Any) -> None:
    """The options of ``htrun run``."""


class Files:
    """A home, a current directory and a system file of their own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("here", "home/.postman", "etc"):
            (root / name).mkdir(parents=True)

    def write(self, name: str, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        (self.root / name).write_text(text)

    def load(self) -> Config:
        return load_config(
            command, folder=self.root / "here", home=self.root / "home", system=self.root / "etc/newmanrc"
        )

    def params(self, *arguments: str) -> dict[str, Any]:
        """What the command gets with these arguments."""
        context = command.make_context("run", list(arguments), default_map=dict(self.load().defaults))
        return context.params


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_without_files_nothing_is_set(files: Files) -> None:
    assert files.load() == Config({}, {}, {})


EVERY: dict[str, tuple[Any, Any]] = {
    "collection": ("c.json", "c.json"),
    "environment": ("e.json", "e.json"),
    "globals": ("g.json", "g.json"),
    "var": (["a=1", {"key": "b", "value": 2}], ("a=1", "b=2")),
    "envVar": ({"a": "x=y", "b": True, "c": None}, ("a=x=y", "b=true", "c=null")),
    "globalVar": ([{"key": "a"}], ("a=",)),
    "folder": ("F", ("F",)),
    "iterationCount": (3, 3),
    "iterationData": ("d.csv", "d.csv"),
    "postmanApiKey": ("K", "K"),
    "cookieJar": ("j.json", "j.json"),
    "exportCookieJar": ("j2.json", "j2.json"),
    "exportEnvironment": ("e2.json", "e2.json"),
    "exportGlobals": ("g2.json", "g2.json"),
    "exportCollection": ("c2.json", "c2.json"),
    "delayRequest": (10, 10),
    "timeout": (1000, 1000),
    "timeoutRequest": ("20", 20),
    "timeoutScript": (30, 30),
    "bail": (["folder", "failure"], "folder,failure"),
    "ignoreRedirects": (True, True),
    "insecure": (True, True),
    "suppressExitCode": (True, True),
    "workingDir": ("/files", "/files"),
    "insecureFileRead": (True, True),
    "reporters": (["cli", "json"], "cli,json"),
    "color": ("off", "off"),
    "disableUnicode": (True, True),
    "silent": (True, True),
    "verbose": (True, True),
}
NAMES = {"globals": "globals_"}


def parameter(key: str) -> str:
    return NAMES.get(key) or "".join(f"_{char.lower()}" if char.isupper() else char for char in key)


@pytest.mark.parametrize("key", EVERY)
@pytest.mark.parametrize("section", [False, True])
def test_every_option_is_honoured(files: Files, key: str, section: bool) -> None:
    value, expected = EVERY[key]
    files.write("here/.htrunrc", {"run": {key: value}, "other": {"x": 1}} if section else {key: value})
    arguments = [] if key == "collection" else ["c.json"]
    assert files.params(*arguments)[parameter(key)] == expected


@pytest.mark.parametrize("option", [option for part in command.params for option in part.opts if option[:2] == "--"])
def test_every_option_has_a_key(files: Files, option: str) -> None:
    words = option[2:].title().replace("-", "")
    key = words[0].lower() + words[1:]
    files.write("here/.htrunrc", {key: None})
    assert files.load() == Config({}, {}, {})
    files.write("here/.htrunrc", {key + "s": None})
    with pytest.raises(UsageError, match=f"did you mean '{key}'"):
        files.load()


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("insecureFileRead", False, ("insecure_file_read", False)),
        ("insecureFileRead", True, ("insecure_file_read", True)),
        ("noInsecureFileRead", True, ("insecure_file_read", False)),
        ("bail", True, ("bail", "failure")),
        ("bail", False, ("bail", "")),
        ("bail", {"folder": True, "failure": False}, ("bail", "folder")),
        ("color", False, ("color", "off")),
        ("reporters", "cli,json", ("reporters", "cli,json")),
        ("folder", ["a", "b"], ("folder", ("a", "b"))),
        ("environment", None, ("environment", None)),
    ],
)
def test_other_ways_to_say_it(files: Files, key: str, value: Any, expected: tuple[str, Any]) -> None:
    files.write("here/.newmanrc", {key: value})
    assert files.params("c.json")[expected[0]] == expected[1]


def test_the_command_line_wins_over_the_nearest_file_and_that_over_the_farther_ones(files: Files) -> None:
    files.write("etc/newmanrc", {"delayRequest": 1, "timeout": 1, "timeoutRequest": 1, "timeoutScript": 1})
    files.write("home/.postman/newmanrc", {"delayRequest": 2, "timeout": 2, "timeoutRequest": 2})
    files.write("here/.newmanrc", {"delayRequest": 3, "timeout": 3, "timeoutScript": None})
    params = files.params("c.json", "--delay-request", "4")
    times = [params[name] for name in ("delay_request", "timeout", "timeout_request", "timeout_script")]
    assert times == [4, 3, 2, 1]


def test_our_own_file_takes_the_place_of_newmans(files: Files) -> None:
    for place in ("here/.", "home/.", "home/.postman/"):
        files.write(place + ("newmanrc" if place != "home/." else "htrunrc"), {"timeout": 1, "delayRequest": 1})
    files.write("here/.htrunrc", {"timeout": 2})
    assert dict(files.load().defaults) == {"timeout": 2, "delay_request": 1}


def test_reporters_options(files: Files) -> None:
    files.write("home/.htrunrc", {"reporter": {"json": {"export": "home.json", "showSecrets": True}}})
    files.write("here/.htrunrc", {"reporter": {"json": {"export": "here.json"}}, "reporterOptions": {"noColor": True}})
    config = files.load()
    given = ReporterArguments({"json": {"structure": "x"}, "cli": {"no_color": False}}, {"generic": 1})
    merged = config.under(given, ["cli", "json", "junit"])
    assert merged.of("json") == {
        "export": "here.json", "show_secrets": True, "no_color": True, "structure": "x", "generic": 1
    }  # fmt: skip
    assert merged.of("cli") == {"no_color": False, "generic": 1}
    assert merged.of("junit") == {"no_color": True, "generic": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"iterationcount": 3}, r"there is no option 'iterationcount'; did you mean 'iterationCount'\?"),
        ({"iteration-count": 3}, r"did you mean 'iterationCount'\?"),
        ({"nonsense": 3}, r"there is no option 'nonsense'$"),
        ({"iterationCount": 0}, r'"iterationCount": 0 is not in the range x>=1'),
        ({"iterationCount": "many"}, r"\"iterationCount\": 'many' is not a valid integer"),
        ({"iterationCount": 1.5}, r"\"iterationCount\": '1.5' is not a valid integer"),
        ({"timeout": True}, r'"timeout" is not what the option takes on the command line: true'),
        ({"environment": {"values": []}}, r'"environment" is not what the option takes on the command line: an object'),
        ({"insecure": "yes"}, r"\"insecure\" is true or false, not 'yes'"),
        ({"color": "purple"}, r"\"color\": 'purple' is not one of 'auto', 'on', 'off'"),
        ({"envVar": [1]}, r'"envVar" is a list of "NAME=VALUE", not 1'),
        ({"envVar": [{"key": "a", "value": {}}]}, r'"envVar" is a list of "NAME=VALUE", not an object'),
        ({"folder": [None]}, r'"folder" is not what the option takes on the command line: null'),
        ({"reporter": "json"}, r"\"reporter\" is an object of options, not 'json'"),
        ({"reporter": {"json": True}}, r'"reporter.json" is an object of options, not true'),
        ({"run": []}, r"is an object of options, not a list"),
        ([], r"is an object of options, not a list"),
    ],
)
def test_refused(files: Files, content: object, message: str) -> None:
    files.write("here/.htrunrc", content)
    with pytest.raises(UsageError, match=message) as caught:
        files.load()
    assert str(caught.value).startswith(str(files.root / "here" / ".htrunrc"))


def test_broken_json_says_where(files: Files) -> None:
    files.write("here/.newmanrc", '{\n  "timeout" 3\n}')
    with pytest.raises(InputError, match=r"\.newmanrc:2:13: is not valid JSON"):
        files.load()

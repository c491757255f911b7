"""``htrun completion``: what the shells are told, and what a real bash makes of it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from cli.conftest import Htrun, folder, request
from support.terminal import terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def api(tmp_path: Path, collection: object) -> str:
    assert callable(collection)
    users = folder("Users", request("Create user", "http://x.test/"), request("Get user's $name", "http://x.test/"))
    return str(collection(users, request("Ping", "http://x.test/")))


def completed(htrun: Htrun, *words: str, shell: str = "fish") -> list[str]:
    """What could stand in place of the last word. Fish's protocol has the words as they are meant."""
    asked = {
        "_HTRUN_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "\n".join(("htrun", *words)),
        "COMP_CWORD": words[-1],
    }
    if shell == "bash":
        asked["COMP_CWORD"] = str(len(words))
    done = htrun(env=asked)
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(htrun: Htrun, shell: str) -> None:
    done = htrun("completion", shell)
    assert done.returncode == 0
    assert f"_HTRUN_COMPLETE={shell}_complete" in done.stdout


def test_other_shells_are_refused(htrun: Htrun) -> None:
    done = htrun("completion", "tcsh")
    assert done.returncode == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr


def test_commands(htrun: Htrun) -> None:
    assert completed(htrun, "c") == ["plain,check", "plain,convert", "plain,completion"]


def test_files_that_can_be_run_stand_beside_commands(htrun: Htrun, tmp_path: Path) -> None:
    for name in ("checks.workflow.yaml", "checks.txt", "cheap.postman_collection.json"):
        (tmp_path / name).touch()
    found = ["plain,check", "plain,cheap.postman_collection.json", "plain,checks.workflow.yaml"]
    assert completed(htrun, "che") == found
    assert completed(htrun, "some/") == ["file,some/"]


@pytest.mark.parametrize("run", [(), ("run",)])
def test_names_of_requests(htrun: Htrun, api: str, run: tuple[str, ...]) -> None:
    assert completed(htrun, *run, api, "--folder", "") == [
        "plain,Users", "plain,Ping", "plain,Create user", "plain,Get user's $name",
    ]  # fmt: skip
    assert completed(htrun, *run, api, "--select", "Users/C") == ["plain,Users/Create user"]
    assert completed(htrun, *run, "--exclude", "P", api)[-1] == f"file,{api}"


def test_names_for_bash_can_stand_on_the_line(htrun: Htrun, api: str) -> None:
    # one of two backslashes is lost when click's script for bash reads them
    assert completed(htrun, api, "--select", r"Users/G", shell="bash") == [r"plain,Users/Get\\ user\\'s\\ \\$name"]
    assert completed(htrun, api, "--select", r"Users/Create\ u", shell="bash") == [r"plain,Users/Create\\ user"]
    assert completed(htrun, api, "--select", "'Users/Create u", shell="bash") == ["plain,Users/Create user"]


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_collection_that_cannot_be_read_says_nothing(htrun: Htrun, tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.json").write_text(text)
    assert completed(htrun, "broken.json", "--folder", "") == []
    assert completed(htrun, "missing.json", "--folder", "") == []


def test_reporters_and_simulators(htrun: Htrun, api: str) -> None:
    assert completed(htrun, api, "-r", "cli,js") == ["plain,cli,json"]
    assert "plain,auto" in completed(htrun, api, "-r", "")
    assert completed(htrun, "walk", api, "--simulate", "h") == ["plain,hypertrack"]


@pytest.mark.parametrize(
    "words", [("run", "-e"), ("run", "--journal"), ("run",), ("check", "-o"), ("mock",), ("import",), ("report",)]
)
def test_files(htrun: Htrun, words: tuple[str, ...]) -> None:
    assert completed(htrun, *words, "a") == ["file,a"]


def test_options(htrun: Htrun, api: str) -> None:
    assert [row.partition("\t")[0] for row in completed(htrun, api, "--with")] == ["plain,--with-deps"]


#: How each shell is started with the script, and a name as its user types it before Tab and finds it after.
SHELLS = {
    "bash": (["bash", "--noprofile", "--rcfile", "bashrc", "-i"], r"Users/Cr", r"Users/Create\\ user "),
    "zsh": (["zsh", "-i"], r"Users/Create\ u", r"Users/Create\\ user"),
    "fish": (["fish", "-i"], r"Users/Cr", r"Users/Create\\ "),
}
FILES = {
    "bashrc": "PS1='ready> '\nsource ./script.bash\n",
    ".zshrc": "PS1='ready> '\nautoload -U compinit; compinit -u\nsource ./script.zsh\n",
    ".config/fish/config.fish": "function fish_prompt; echo 'ready> '; end\nsource script.fish\n",
}
SCRIPTS = {"bash": "script.bash", "zsh": "script.zsh", "fish": "script.fish"}


@pytest.mark.parametrize("name", SHELLS)
def test_in_a_real_shell(htrun: Htrun, api: str, tmp_path: Path, name: str) -> None:
    if not shutil.which(name):
        pytest.skip(f"there is no {name}")
    command, typed, completed_as = SHELLS[name]
    tool = tmp_path / "bin" / "htrun"
    for file, text in {**FILES, "bin/htrun": f'#!/bin/sh\nexec "{sys.executable}" -m runner "$@"\n'}.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    tool.chmod(0o755)
    (tmp_path / SCRIPTS[name]).write_text(htrun("completion", name).stdout)
    env = {
        "PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "INPUTRC": "/dev/null",
        "HOME": str(tmp_path), "ZDOTDIR": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config"),
    }  # fmt: skip
    with terminal(command, tmp_path, env=env, columns=200) as shell:
        shell.answer("ready> ", "htrun con\t")
        shell.answer("vert", f"\x15htrun {api} --list --select {typed}\t")
        shell.answer(completed_as, "\r")
        shell.until(r"GET +Users/Create user")

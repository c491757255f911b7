"""What is measured: htrun, Newman, the Postman CLI if it is there, and the floor."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance import newman

ROOT = Path(__file__).parents[1]
NEWMAN, HTRUN, POSTMAN, SESSION, SOCKET = "Newman", "htrun", "Postman CLI", "requests.Session", "bare socket"


@dataclass(frozen=True, slots=True)
class Tool:
    """A command line.

    Attributes:
        command: program and first arguments; the program with its whole path.
        run: the words that come before the collection's file; None = it takes a URL and a count.
        env: environment variables that only this command needs.
        version: what it says of itself.
    """

    name: str
    command: tuple[str, ...]
    run: tuple[str, ...] | None = ("run",)
    env: Mapping[str, str] = field(default_factory=dict)
    version: str = ""


def found(htrun: str | None, postman: str | None) -> dict[str, Tool]:
    """The tools that this machine has.

    Args:
        htrun: command line of the htrun to measure instead of the one of this Python.
        postman: command line of the Postman CLI instead of ``postman`` on PATH.

    Raises:
        SystemExit: a command that was named is not there.
        conformance.newman.NoNode: there is no Node to run Newman with.
    """
    floor = (sys.executable, str(Path(__file__).with_name("floor.py")))
    tools = [
        Tool(NEWMAN, tuple(newman.command())),
        _htrun(htrun),
        Tool(SESSION, (*floor, "session"), run=None, version=_requests_version()),
        Tool(SOCKET, (*floor, "socket"), run=None),
    ]
    if postman or shutil.which("postman"):
        tools.append(Tool(POSTMAN, _program(postman or "postman"), run=("collection", "run")))
    return {tool.name: _with_version(tool) for tool in tools}


def _htrun(given: str | None) -> Tool:
    if given:
        return Tool(HTRUN, _program(given))
    beside = Path(sys.executable).with_name("htrun")
    if beside.exists():
        return Tool(HTRUN, (str(beside),))
    return Tool(HTRUN, (sys.executable, "-m", "runner"), env={"PYTHONPATH": str(ROOT)})


def _program(command: str) -> tuple[str, ...]:
    name, *rest = shlex.split(command)
    path = shutil.which(name)
    if path is None:
        raise SystemExit(f"There is no command {name!r}: give its path.")
    return (str(Path(path).absolute()), *rest)


def environment(home: Path) -> dict[str, str]:
    """That of the conformance suite, in which nothing of the user's counts, but with the journal, as a user has it."""
    return {name: value for name, value in newman.environment(home).items() if name != "HTRUN_JOURNAL"}


def output(tool: Tool, arguments: Sequence[str], env: Mapping[str, str]) -> str:
    """What a command prints, for what is not measured."""
    command = [*tool.command, *arguments]
    done = subprocess.run(command, env={**env, **tool.env}, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.strip()


def _with_version(tool: Tool) -> Tool:
    if tool.run is None:
        return tool
    said = output(tool, ["--version"], newman.environment(Path.home()))
    return Tool(tool.name, tool.command, tool.run, tool.env, said.splitlines()[-1] if said else "")


def _requests_version() -> str:
    from importlib.metadata import version

    return version("requests")

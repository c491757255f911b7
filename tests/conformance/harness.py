"""Runs a case through Newman and through htrun and says where they differ.

Newman's records are kept in ``.cache`` beside this file, under a hash of everything that decides them;
deleting that directory only costs time. Their Newman runs share one Node process, one after another.
htrun is started for each case as users start it: a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import runner
from conformance.case import Case
from conformance.newman import DRIVER, HERE, Ended, NewmanProcess, environment
from conformance.normalise import Normaliser
from conformance.observe import Record, differences, observe
from support import server as server_module
from support.certificates import make
from support.server import RecordingServer

CACHE = HERE / ".cache" / os.environ.get("PYTEST_XDIST_WORKER", "main")
DIFFERENCES = HERE.parents[1] / "docs" / "differences.md"
REPORT = "report.json"
LIMIT = 60.0  #: s for one run

Compare = Callable[[Case], None]  #: fails the test if the two runners differ
Start = Callable[[Sequence[str], Path, Mapping[str, str]], Ended]


def known_differences(document: Path = DIFFERENCES) -> dict[str, str]:
    """case id -> id of the difference: the last column of the table in docs/differences.md names, in
    backquotes, the cases in which a difference shows."""
    found: dict[str, str] = {}
    for line in document.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 6 and re.fullmatch(r"`?[a-z0-9-]+`?", cells[0]):
            found.update(dict.fromkeys(re.findall(r"`([^`]+)`", cells[5]), cells[0].strip("`")))
    return found


def certificates() -> Path:
    """The folder with the certificates of the harness."""
    return make(CACHE / "certs")


def preferred_port(name: str) -> int:
    """The port of the last time: signatures and the cache depend on it."""
    try:
        return int((CACHE / f"port-of-{name}").read_text())
    except (OSError, ValueError):
        return 0


def remember_port(name: str, port: int) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / f"port-of-{name}").write_text(str(port))


def _read(report: Path) -> Any:
    """A report that was cut off is none."""
    try:
        return json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


class Harness:
    """Compares cases, with one recording server. ``scratch`` is a directory for their files."""

    def __init__(self, server: RecordingServer, scratch: Path) -> None:
        self._server = server
        self._scratch = scratch
        self._home = scratch / "home"
        self._home.mkdir(parents=True, exist_ok=True)
        self._known = known_differences()
        self._runner = shlex.split(os.environ.get("HTRUN_COMMAND", "")) or [sys.executable, "-m", "runner"]

    @property
    def port(self) -> int:
        """Of the server."""
        return self._server.port

    def prepare(self, cases: Iterable[Case]) -> None:
        """Runs Newman for those cases that it was not yet run for."""
        self._prepare(cases, "")

    def _prepare(self, cases: Iterable[Case], turn: str) -> None:
        missing = [(case, path) for case in cases if not (path := self._cached(case, turn)).exists()]
        if not missing:
            return
        with NewmanProcess(self._home) as newman:
            for case, path in missing:
                record = self._record(case, "newman", lambda args, at, env: newman.run(args, at, env, LIMIT))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(record.to_json()))

    def newman(self, case: Case, turn: str = "") -> Record:
        self._prepare([case], turn)
        return Record.from_json(json.loads(self._cached(case, turn).read_text()))

    def repeats(self, case: Case) -> bool:
        """Whether Newman does the same twice. Only then can anything be compared with it."""
        normaliser = Normaliser(self._server.port, case.volatile)
        one, two = (observe(self.newman(case, turn), normaliser, case.unordered) for turn in ("", "again"))
        return one == two

    def htrun(self, case: Case) -> Record:
        return self._record(case, "htrun", self._start)

    def differences(self, case: Case) -> dict[str, str]:
        """axis -> what differs."""
        normaliser = Normaliser(self._server.port, case.volatile)
        newman, htrun = self.newman(case), self.htrun(case)
        found = differences(
            observe(newman, normaliser, case.unordered),
            observe(htrun, normaliser, case.unordered),
        )
        if found and htrun.stderr.strip():
            found["stderr of htrun"] = htrun.stderr.strip()[-2000:]
        return found

    def reason(self, case: Case) -> str | None:
        """The id of the difference that explains why this case differs, if docs/differences.md has one."""
        return self._known.get(case.id)

    def _cached(self, case: Case, turn: str) -> Path:
        files = (DRIVER, HERE / "package-lock.json", Path(server_module.__file__))
        digest = hashlib.sha256(case.fingerprint().encode() + str(self._server.port).encode())
        digest.update(f"{self._server.respond.__qualname__} {turn}".encode())
        for file in files:
            digest.update(file.read_bytes())
        return CACHE / f"{digest.hexdigest()[:32]}.json"

    def _record(self, case: Case, who: str, start: Start) -> Record:
        directory = self._scratch / who / re.sub(r"[^\w.-]", "_", case.id)
        directory.mkdir(parents=True, exist_ok=True)
        report = directory / REPORT
        report.unlink(missing_ok=True)
        case.write(directory, self._server.port, certificates())
        command = [*case.command(self._server.port), "--reporters", "json", "--reporter-json-export", REPORT]
        self._server.take()
        ended = start(command, directory, case.environment(self._server.port))
        return Record(self._server.take(), _read(report), ended.exit, ended.stderr)

    def _start(self, arguments: Sequence[str], directory: Path, env: Mapping[str, str]) -> Ended:
        try:
            done = subprocess.run(
                [*self._runner, *arguments, "--show-secrets"],  # Newman's reports hide none
                cwd=directory,
                # the htrun that these tests import, also where it is not installed
                env={**environment(self._home), "PYTHONPATH": str(Path(runner.__file__).parents[1]), **env},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ended(124, f"still running after {LIMIT} s")
        return Ended(done.returncode, done.stderr)

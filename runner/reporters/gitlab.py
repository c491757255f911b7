"""GitLab: two files for the ``reports`` of a job, JUnit XML for its tests and code quality for the lines of the
collection (https://docs.gitlab.com/ci/testing/code_quality/). Their names are always the same, so that a
``.gitlab-ci.yml`` can name them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from runner.engine import events as ev
from runner.model.result import ItemResult
from runner.reporters.cases import Case, path
from runner.reporters.document import Document
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.junit import JUnitReport
from runner.reporters.options import text
from runner.reporters.watch import Watch, message, one_line

_FOLDER = "newman"
JUNIT, QUALITY = "gl-junit-report.xml", "gl-code-quality-report.json"
#: Entries of a report: more than anybody looks at.
_MOST = 10_000
_SEVERITY = {"failed": "major", "error": "critical"}


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (the folder for both files)."""
    return GitLabReport(options)


class GitLabReport:
    """See the module. One instance reports one run."""

    def __init__(self, options: ReporterOptions) -> None:
        folder = Path(text(options, "export") or _FOLDER)
        self._junit = JUnitReport(str(folder / JUNIT), Watch(options))
        self._quality = Document(str(folder / QUALITY), QUALITY, "gitlab")
        self._watch = Watch(options)
        self._seen: set[str] = set()

    def handle(self, event: ev.Event) -> None:
        self._junit.handle(event)
        if isinstance(event, ev.RunStarted):
            self._quality.open()
        finished = self._watch.new(event)
        if finished is not None and not finished.retried:
            for case in finished.cases:
                if case.bad:
                    self._add(case, finished.result)

    def close(self) -> None:
        try:
            self._junit.close()
        finally:
            self._quality.close("[\n", "\n]\n")

    def _add(self, case: Case, result: ItemResult) -> None:
        place = self._watch.position(case, result)
        if place is None:  # GitLab shows nothing without a file
            return
        told = f"{path(result)}: {case.name}"
        file = Path(os.path.relpath(place.path)).as_posix()
        # The same in every run, wherever its line moves to, and once for all iterations.
        mark = hashlib.sha256(f"{file}\0{told}".encode("utf-8", "replace")).hexdigest()
        if mark in self._seen or len(self._seen) >= _MOST:
            return
        entry = {
            "description": one_line(f"{told}: {message(case)}", 1000),
            "check_name": f"htrun/{case.failure.kind if case.failure else case.status}",
            "fingerprint": mark,
            "severity": _SEVERITY[case.status],
            "location": {"path": file, "lines": {"begin": place.line}},
        }
        self._quality.write((",\n" if self._seen else "") + json.dumps(entry, indent=2))
        self._seen.add(mark)

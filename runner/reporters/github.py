"""GitHub Actions: annotations at the lines of the collection, and the summary of the job in Markdown.

The annotations are workflow commands on the terminal (with ``export`` they go to a file). GitHub shows ten errors of
a step and drops the rest, so that equal ones (of several iterations) are told once, and the tenth says how many are
missing. Until they are written, GitHub is told to take no commands: servers and scripts are quoted in the log.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from runner.engine import events as ev
from runner.errors import HtrunError
from runner.model.result import ItemResult
from runner.reporters.cases import Case, path
from runner.reporters.document import Lines
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.markdown import Page
from runner.reporters.positions import Position
from runner.reporters.watch import Watch, message, one_line, unresolved

#: Errors, and warnings, of one step that GitHub shows.
MAX_ANNOTATIONS = 10
#: Characters of an annotation; GitHub cuts them off at 64 kB.
_LONGEST = 4000
#: Bytes of a summary: GitHub refuses one of more than 1 MiB, and several steps may share it.
SUMMARY_LIMIT = 1024 * 1024 - 64 * 1024
#: Failures of several iterations that are told apart.
_MOST_SEEN = 100_000
_MAX_LISTED, _MAX_EXPLAINED = 500, 50


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return GitHubReport(options, os.environ.get("GITHUB_STEP_SUMMARY"), os.environ.get("GITHUB_WORKSPACE"))


class GitHubReport:
    """See the module. One instance reports one run.

    Args:
        summary: the file for the summary, if there is one.
        workspace: the folder that paths are relative to.
    """

    def __init__(self, options: ReporterOptions, summary: str | None, workspace: str | None) -> None:
        self._lines = Lines(options, "newman-run-report-github.txt", "github")
        self._watch = Watch(options)
        self._page = Page(self._watch, _MAX_LISTED, _MAX_EXPLAINED)
        self._summary, self._workspace = summary, workspace
        self._parts: list[str] = []
        self._size = 0
        self._annotations: list[str] = []
        self._seen: set[int] = set()
        self._warnings: list[str] = []
        self._dropped = 0
        self._token = ""

    def handle(self, event: ev.Event) -> None:
        finished = self._watch.new(event)
        if isinstance(event, ev.RunStarted):
            self._lines.open()
            self._token = f"htrun-{os.urandom(16).hex()}"
            if self._lines.shared:
                self._lines.write(f"::stop-commands::{self._token}\n")
        for part in self._page.parts(event, finished):
            self._size += len(part.encode())
            if self._size < SUMMARY_LIMIT // 2:
                self._parts.append(part)
        if finished is not None and not finished.retried:
            explained = False
            for case in finished.cases:
                if case.bad:
                    self._add(f"{path(finished.result)}: {case.name}", case, finished.result, explained)
                    explained = True
        if isinstance(event, ev.RunFinished):
            for case in self._page.problems:
                self._add(case.name, case, None, False)
            self._warnings = [f"{{{{{name}}}}} had no value {where}" for name, where in unresolved(event.result)]

    def close(self) -> None:
        if not self._token:
            return
        if self._lines.shared:
            self._lines.write(f"::{self._token}::\n")
        for line in self._annotations:
            self._lines.write(line)
        if self._dropped:
            text = f"and {self._dropped} more failures: the summary of the job and the log have them"
            self._lines.write(f"::error title=htrun::{_data(text)}\n")
        for text in self._warnings[:MAX_ANNOTATIONS]:
            self._lines.write(f"::warning title=variable without a value::{_data(text)}\n")
        self._lines.close()
        if self._summary:
            self._write_summary(self._summary)

    def _add(self, title: str, case: Case, result: ItemResult | None, explained: bool) -> None:
        """Notes an annotation. ``explained``: what was sent and received stands with an earlier one."""
        place = self._watch.position(case, result)
        key = hash((title, place))
        if key in self._seen:
            return
        if len(self._seen) < _MOST_SEEN:
            self._seen.add(key)
        if len(self._annotations) == MAX_ANNOTATIONS and not self._dropped:
            self._annotations.pop()
            self._dropped = 1
        if self._dropped:
            self._dropped += 1
            return
        details = self._watch.details(case, None if explained else result)
        text = "\n".join([message(case), "", *details]).strip()
        properties = {**self._place(place), "title": one_line(title, 200)}
        told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        self._annotations.append(f"::error {told}::{_data(text[:_LONGEST])}\n")

    def _place(self, place: Position | None) -> dict[str, str]:
        if place is None:
            return {}
        file = Path(os.path.abspath(place.path))
        with suppress(ValueError):  # it may be outside
            file = file.relative_to(os.path.abspath(self._workspace or os.curdir))
        return {"file": file.as_posix(), "line": str(place.line)}

    def _write_summary(self, summary: str) -> None:
        text = self._page.head() + "".join([*self._parts, *self._page.foot()])
        data = text.encode()
        if len(data) > SUMMARY_LIMIT:
            data = data[:SUMMARY_LIMIT].rpartition(b"\n")[0] + b"\n"
        try:
            with open(summary, "ab") as file:
                file.write(data + b"\n")
        except OSError as error:
            reason = error.strerror or str(error)
            what = f"the summary of the job to {summary} (GITHUB_STEP_SUMMARY)"
            raise HtrunError(f"cannot write {what}: {reason}") from error


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

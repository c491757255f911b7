"""The Common Test Report Format (https://ctrf.io): a test for each case."""

from __future__ import annotations

import json
import time
from typing import Any

from runner import __version__
from runner.engine import events as ev
from runner.reporters.cases import Case, Finished
from runner.reporters.document import Document
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.options import text
from runner.reporters.text import clean
from runner.reporters.watch import NAME_LIMIT, Watch, message, one_line, unresolved, variables

_STATUS = {"passed": "passed", "failed": "failed", "error": "failed", "skipped": "skipped"}
_CONSOLE_LINES = 200


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return CtrfReport(options)


class CtrfReport:
    """See the module. One instance reports one run."""

    def __init__(self, options: ReporterOptions) -> None:
        self._document = Document(text(options, "export"), "ctrf-report.json", "ctrf")
        self._watch = Watch(options)
        self._ended = 0.0
        self._unresolved: list[str] = []
        self._flaky = self._tests = 0
        self._attempts: list[dict[str, Any]] = []

    def handle(self, event: ev.Event) -> None:
        finished = self._watch.new(event)
        match event:
            case ev.RunStarted():
                self._document.open()
            case ev.ItemRetried() if finished is not None:
                self._attempts.append(_attempt(finished, event))
            case ev.ItemFinished() if finished is not None:
                self._item(finished)
                self._attempts = []
            case ev.RunFinished(result=result):
                self._ended = result.ended
                self._unresolved = [f"{{{{{name}}}}} had no value {where}" for name, where in unresolved(result)]
                for case in self._watch.ended(event):
                    self._write({"name": case.name, "status": "failed", "duration": 0, **self._failed(case, None)})
            case _:
                pass

    def close(self) -> None:
        if not self._document.opened:
            return
        watch, counts = self._watch, self._watch.counts
        start, stop = round(watch.started * 1000), round((self._ended or time.time()) * 1000)
        summary = {
            "tests": watch.total,
            "passed": counts["passed"],
            "failed": watch.bad,
            "skipped": counts["skipped"],
            "pending": 0,
            "other": 0,
            "flaky": self._flaky,
            "start": start,
            "stop": stop,
            "duration": stop - start,
        }
        collection = watch.collection
        name = one_line((collection.name or collection.id) if collection else "")
        head = {
            "tool": {"name": "htrun", "version": __version__},
            "environment": {"appName": name},
            "summary": summary,
            **({"extra": {"unresolved": self._unresolved}} if self._unresolved else {}),
        }
        members = "".join(f'    "{key}": {json.dumps(value)},\n' for key, value in head.items())
        self._document.close(
            '{\n  "reportFormat": "CTRF",\n  "specVersion": "1.0.0",\n  "generatedBy": "htrun",\n  "results": {\n'
            f'{members}    "tests": [\n',
            "\n    ]\n  }\n}\n",
        )

    def _item(self, finished: Finished) -> None:
        result = finished.result
        explained = False
        for place, case in enumerate(finished.cases):
            spent = round(finished.seconds * 1000) if place == 0 else 0
            start = round(finished.began * 1000)
            test: dict[str, Any] = {
                "name": one_line(case.name),
                "status": _STATUS[case.status],
                "duration": spent,
                "start": start,
                "stop": start + spent,
                "rawStatus": case.status,
                "type": "api",
                "suite": [one_line(part) for part in (*result.located.folders, result.item.name or result.item.id)],
            }
            if case.bad:
                test |= self._failed(case, None if explained else finished)
                explained = True
            elif case.reason:
                test["message"] = message(case)
            if position := self._watch.position(case, result):
                test |= {"filePath": position.path, "line": position.line}
            if result.attempts > 1:
                test |= {"retries": result.attempts - 1, "flaky": case.status == "passed"}
                self._flaky += case.status == "passed"
                if self._attempts:
                    test["retryAttempts"] = self._attempts
            if place == 0:
                said = [clean(f"{c.level}: {', '.join(c.messages)}") for run in result.scripts for c in run.console]
                test |= {"stdout": said[:_CONSOLE_LINES]} if said else {}
            extra = _extra(finished)
            self._write({**test, **({"extra": extra} if extra else {})})

    def _failed(self, case: Case, finished: Finished | None) -> dict[str, Any]:
        details = self._watch.details(case, finished.result if finished else None)
        return {"message": message(case), **({"trace": "\n".join(details)} if details else {})}

    def _write(self, test: dict[str, Any]) -> None:
        self._document.write((",\n" if self._tests else "") + "      " + json.dumps(test))
        self._tests += 1


def _attempt(finished: Finished, event: ev.ItemRetried) -> dict[str, Any]:
    """An attempt that did not count: to CTRF it has failed, or there would be no other."""
    start = round(finished.began * 1000)
    spent = round(finished.seconds * 1000)
    return {
        "attempt": event.result.attempts,
        "status": "failed",
        "duration": spent,
        "start": start,
        "stop": start + spent,
        "message": one_line(event.reason, NAME_LIMIT),
    }


def _extra(finished: Finished) -> dict[str, Any]:
    cursor, exchange = finished.result.cursor, finished.result.exchange
    found: dict[str, Any] = {}
    if cursor.cycles > 1:
        found["iteration"] = cursor.iteration + 1
    if finished.parent is not None:
        found["parent"] = one_line(finished.parent.path)
    if cursor.step is not None:
        found["step"] = one_line(cursor.step)
    if finished.changes:
        found["variables"] = variables(finished)
    if exchange is not None:
        found["request"] = one_line(f"{exchange.request.method} {exchange.request.url}", 2000)
        if exchange.response is not None:
            found["code"] = exchange.response.code
    return found

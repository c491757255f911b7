"""TeamCity's service messages (https://www.jetbrains.com/help/teamcity/service-messages.html): a suite for each
request, a test for each case."""

from __future__ import annotations

import json
import re

from runner.engine import events as ev
from runner.reporters.cases import Case, Finished
from runner.reporters.document import Lines
from runner.reporters.explain.difference import compared
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.text import clean, shorten
from runner.reporters.watch import MESSAGE_LIMIT, Watch, message, one_line, unresolved, variables

_CONSOLE_LIMIT = 16_384
_SPECIAL = re.compile(r"['|\[\]\n\r]|[^\x20-\x7e]")
_NAMED = {"\n": "|n", "\r": "|r"}


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return TeamCityReport(options)


class TeamCityReport:
    """See the module. One instance reports one run.

    On the terminal, where servers and scripts are quoted too, TeamCity is told to listen only to this reporter."""

    def __init__(self, options: ReporterOptions) -> None:
        self._lines = Lines(options, "newman-run-report-teamcity.txt", "teamcity")
        self._watch = Watch(options)
        self._open = False

    def handle(self, event: ev.Event) -> None:
        finished = self._watch.new(event)
        match event:
            case ev.RunStarted():
                self._lines.open()
                self._open = True
                self._send(_message("testSuiteStarted", name=self._suite()))
            case ev.ItemFinished() if finished is not None:
                self._item(finished)
            case ev.RunFinished():
                problems = self._watch.ended(event)
                missing = [f"{{{{{name}}}}} had no value {where}" for name, where in unresolved(event.result)]
                self._send(
                    *(_message("message", text=text, status="WARNING") for text in missing),
                    *(_message("buildProblem", description=message(case)) for case in problems),
                )
            case _:
                pass

    def close(self) -> None:
        if self._open:
            self._open = False
            self._send(_message("testSuiteFinished", name=self._suite()), last=True)
        self._lines.close()

    def _suite(self) -> str:
        collection = self._watch.collection
        return one_line((collection.name or collection.id) if collection else "")

    def _item(self, finished: Finished) -> None:
        name = one_line(finished.name)
        messages = [_message("testSuiteStarted", name=name)]
        explained = False
        for place, case in enumerate(finished.cases):
            test = one_line(case.name)
            if case.status == "skipped":
                messages.append(_message("testIgnored", name=test, message=message(case)))
                continue
            messages.append(_message("testStarted", name=test))
            if place == 0 and (said := _console(finished)):
                messages.append(_message("testStdOut", name=test, out=said))
            if case.error is not None:
                messages.append(self._failed(test, case, None if explained else finished))
                explained = True
            spent = round(finished.seconds * 1000) if place == 0 else 0
            messages.append(_message("testFinished", name=test, duration=str(spent)))
        self._send(*messages, _message("testSuiteFinished", name=name))

    def _failed(self, test: str, case: Case, finished: Finished | None) -> str:
        details = "\n".join(self._watch.details(case, finished.result if finished else None))
        values = compared(case.error) if case.error is not None else None
        more = {}
        if values is not None:
            expected, actual = (_shown(value) for value in values)
            more = {"type": "comparisonFailure", "expected": expected, "actual": actual}
        return _message("testFailed", name=test, message=message(case), details=details, **more)

    def _send(self, *messages: str, last: bool = False) -> None:
        written = "".join(messages)
        if self._lines.shared:
            written = f"{_ENABLE}{written}{'' if last else _DISABLE}"
        self._lines.write(written)


def _shown(value: object) -> str:
    written = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return clean(shorten(written, MESSAGE_LIMIT))


def _console(finished: Finished) -> str:
    said = [
        *(f"attempt {number}: {reason}" for number, reason in enumerate(finished.retries, 1)),
        *(f"{c.level}: {', '.join(c.messages)}" for script in finished.result.scripts for c in script.console),
        *variables(finished),
    ]
    return clean(shorten("\n".join(said), _CONSOLE_LIMIT))


def _message(kind: str, **attributes: str) -> str:
    told = "".join(f" {name}='{_SPECIAL.sub(_escaped, value)}'" for name, value in attributes.items())
    return f"##teamcity[{kind}{told}]\n"


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    if char in "'|[]":
        return f"|{char}"
    if char in _NAMED:
        return _NAMED[char]
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"|0x{units[at : at + 2].hex().upper()}" for at in range(0, len(units), 2))


_ENABLE, _DISABLE = _message("enableServiceMessages"), _message("disableServiceMessages")

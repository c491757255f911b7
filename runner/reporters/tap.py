"""TAP 14 (https://testanything.org/tap-version-14-specification.html): a line for every case, with a YAML block for
what did not pass. It goes to the terminal, which is where consumers read it, or with ``export`` to a file."""

from __future__ import annotations

import json
import re

from runner.engine import events as ev
from runner.model.result import ItemResult
from runner.reporters.cases import Case, Finished
from runner.reporters.document import Lines
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.watch import Watch, message, one_line, unresolved

#: What a consumer that does not know the escape ``\\#`` (TAP 12 and 13) would take for a directive.
_DIRECTIVE = re.compile(r"(?<=#)(\s*)(?=skip|todo)", re.IGNORECASE)


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return TapReport(options)


class TapReport:
    """See the module. One instance reports one run."""

    def __init__(self, options: ReporterOptions) -> None:
        self._lines = Lines(options, "newman-run-report.tap", "tap")
        self._watch = Watch(options)
        self._number = 0
        self._open = False

    def handle(self, event: ev.Event) -> None:
        finished = self._watch.new(event)
        match event:
            case ev.RunStarted():
                self._lines.open()
                self._open = True
                self._lines.write(f"TAP version 14\n# {one_line(event.collection.name or event.collection.id)}\n")
            case ev.ItemRetried():
                name = one_line(finished.name if finished else "")
                self._lines.write(f"# {name}: attempt {event.result.attempts}: {one_line(event.reason)}\n")
            case ev.ItemFinished() if finished is not None:
                self._item(finished)
            case ev.RunFinished():
                self._end(event)
            case _:
                pass

    def close(self) -> None:
        if self._open:  # whatever ended the run: a consumer must not take the rest for passed
            self._lines.write("Bail out! the run broke off\n")
        self._open = False
        self._lines.close()

    def _item(self, finished: Finished) -> None:
        explained = False
        for place, case in enumerate(finished.cases):
            facts: dict[str, object] = (
                {"duration_ms": round(finished.seconds * 1000)} if place == 0 and not case.bad else {}
            )
            self._case(f"{finished.name}: {case.name}", case, None if explained else finished.result, facts)
            explained = explained or case.bad

    def _case(self, name: str, case: Case, result: ItemResult | None, facts: dict[str, object]) -> None:
        self._number += 1
        told = _escaped(one_line(name))
        skip = f" # SKIP {_escaped(one_line(case.reason or ''))}".rstrip() if case.status == "skipped" else ""
        self._lines.write(f"{'not ok' if case.bad else 'ok'} {self._number} - {told}{skip}\n")
        if case.error is not None:
            position = self._watch.position(case, result)
            facts |= {
                "message": message(case),
                "severity": "fail" if case.status == "failed" else "error",
                "type": one_line(case.error.name),
                **({"at": {"file": position.path, "line": position.line}} if position else {}),
                "details": self._watch.details(case, result),
            }
        if facts and not skip:
            members = "".join(f"  {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items())
            self._lines.write(f"  ---\n{members}  ...\n")

    def _end(self, event: ev.RunFinished) -> None:
        self._open = False
        cases = self._watch.ended(event)
        for name, where in unresolved(event.result):
            self._lines.write(f"# {{{{{name}}}}} had no value {where}\n")
        for case in cases:
            self._case(case.name, case, None, {})
        broken = [case for case in cases if case.status == "error"]
        if broken:
            self._lines.write(f"Bail out! {_escaped(one_line(message(broken[0])))}\n")
        else:
            self._lines.write(f"1..{self._number}\n")


def _escaped(text: str) -> str:
    return _DIRECTIVE.sub(r"\1'", text).replace("\\", "\\\\").replace("#", "\\#")

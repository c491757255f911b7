"""A table for spreadsheets: a row for each request that was sent, also by scripts, and for each that was not; and one
for what went wrong with the run itself.

The names of the first columns are those of newman-reporter-csv. Cells that a spreadsheet would take for a formula get
an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from runner.engine import events as ev
from runner.engine.tally import response_time
from runner.model.exchange import Exchange
from runner.reporters.cases import Case, Finished, Status, run_cases
from runner.reporters.document import Document
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.options import text
from runner.reporters.watch import Watch, message, one_line, variables
from runner.reporters.wire import first_request, request_size, response_size

COLUMNS = (
    "iteration", "collectionName", "requestName", "method", "url", "status", "code", "responseTime", "responseSize",
    "executed", "failed", "skipped", "error",
    "folder", "origin", "depth", "parent", "attempt", "result", "requestSize",
    "dns", "connect", "tls", "firstByte", "download", "started", "step", "variables",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@")


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return CsvReport(options)


class CsvReport:
    """See the module. One instance reports one run."""

    def __init__(self, options: ReporterOptions) -> None:
        self._document = Document(text(options, "export"), "newman-run-report.csv", "csv")
        self._watch = Watch(options)

    def handle(self, event: ev.Event) -> None:
        finished = self._watch.new(event)
        if isinstance(event, ev.RunStarted):
            self._document.open()
            self._document.write(_line(COLUMNS))
        if finished is not None:
            for cells in self._rows(finished):
                self._write(cells)
        if isinstance(event, ev.RunFinished):
            collection = self._watch.collection
            for case in run_cases(event.result):
                name = collection.name if collection else ""
                self._write({"collectionName": name, "result": "error", "failed": case.name, "error": message(case)})

    def _write(self, cells: Mapping[str, object]) -> None:
        self._document.write(_line([cells.get(column, "") for column in COLUMNS]))

    def close(self) -> None:
        self._document.close()

    def _rows(self, finished: Finished) -> Iterator[dict[str, object]]:
        result, collection = finished.result, self._watch.input
        item: dict[str, object] = {
            "iteration": result.cursor.iteration + 1,
            "collectionName": collection.name if collection else "",
            "requestName": result.item.name,
            "folder": "/".join(result.located.folders),
            "depth": finished.depth,
            "parent": finished.parent.path if finished.parent else "",
            "attempt": result.attempts,
            "step": result.cursor.step or "",
        }
        findings = {
            "result": "retried" if finished.retried else finished.status,
            **{column: _names(finished.cases, of) for column, of in _FINDINGS.items()},
            "variables": "; ".join(variables(finished)),
            "error": "; ".join(message(case) for case in finished.cases if case.bad),
        }
        sent = [exchange for exchange in result.exchanges if exchange.origin != "redirect"]
        main = result.exchange
        for exchange in sent:
            yield {**item, **_exchange(exchange), **(findings if exchange is main else {})}
        if main is None:  # it was skipped, or never left
            request = result.request or result.item.request
            yield {**item, "method": request.method, "origin": "item", **findings}


_FINDINGS: dict[str, Sequence[Status]] = {
    "executed": ("passed", "failed"),
    "failed": ("failed", "error"),
    "skipped": ("skipped",),
}


def _names(cases: Sequence[Case], statuses: Sequence[Status]) -> str:
    return ", ".join(case.name for case in cases if case.status in statuses)


def _exchange(exchange: Exchange) -> dict[str, object]:
    request, response, timings = first_request(exchange), exchange.response, exchange.timings
    return {
        "method": request.method,
        "url": request.url,
        "status": response.reason if response else "",
        "code": response.code if response else "",
        "responseTime": response_time(exchange),
        "responseSize": response_size(exchange, response) if response else "",
        "requestSize": request_size(request),
        "origin": exchange.origin,
        "dns": _ms(timings.dns),
        "connect": _ms(timings.connect),
        "tls": _ms(timings.tls),
        "firstByte": _ms(timings.first_byte),
        "download": _ms(timings.download),
        "started": f"{timings.started:.3f}",
        "error": exchange.error.message if exchange.error else "",
    }


def _ms(value: float | None) -> object:
    return "" if value is None else round(value, 3)


def _line(cells: Sequence[object]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return made.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    told = one_line(value, 32_000)  # a cell of a spreadsheet holds no more
    return f"'{told}" if told.lstrip().startswith(_FORMULA) else told

"""Newman's JSON report, for the tools that read it.

The order of members is Newman's too. Executions and failures are written to temporary files as they
happen, so that memory does not grow with the run; the totals above them are filled in at its end.
Differences from Newman: every exchange has its own request and response (Newman repeats the last one
where a script or an auth type sent requests too), ``parent`` of a failure names the folder without
repeating its contents (and, for a request of a script, the item that sent it), ``item`` and ``source``
come without saved examples, ``requestError`` has a ``message``, ``collectionVariables`` are the collection's
variables after the run (``collection`` is as it was before), and ``run.error`` says why a run ended early.
A workflow's attempts that did not count are in ``run.retries``, requests that were left out in ``run.skipped``;
an execution that is not the first attempt has ``attempt``, one of a named step ``step``. A request that a script or
auth type sent has ``origin``, an item that a script ran ``parent``. In a run of several inputs they are the folders
of ``collection``, and ``run.inputs`` says of each what it is, its totals and variables, and which executions are its.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TextIO

from runner.engine import events as ev
from runner.engine.tally import Tally
from runner.model.collection import Item, Located
from runner.model.exchange import Exchange
from runner.model.result import Failure, ItemResult, RunResult
from runner.reporters.executions import entries, input_entry, retry_entry, skip_entry
from runner.reporters.executions import failure as failure_entry
from runner.reporters.export import Export, copy, export_path
from runner.reporters.failures import FailureStream
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.json_text import Written, indent, pieces, to_json
from runner.reporters.nesting import OpenItems
from runner.reporters.options import flag, text
from runner.reporters.postman_json import collection_json, item_json, variables_json

_DEFAULT = "newman-run-report.json"
#: Items whose JSON is kept as text; a collection has far fewer.
_MAX_ITEMS = 10_000
#: Names of variables that are remembered with who set them.
_MAX_CHANGES = 100_000


class Spooled:
    """The elements of an array, written to a temporary file as they come."""

    def __init__(self, spool: TextIO) -> None:
        self._spool = spool
        self.count = 0

    def add(self, members: dict[str, Any]) -> None:
        """Appends an object, all of it or (Ctrl-C, a full disk) nothing."""
        start = self._spool.tell()
        try:
            self._spool.write(",\n      " if start else "      ")
            for piece in pieces(members, 6):
                self._spool.write(piece)
        except BaseException:
            with suppress(OSError):
                self._spool.seek(start)
                self._spool.truncate()
            raise
        self.count += 1

    def array(self, name: str) -> Iterable[str | TextIO]:
        """The array as a member called ``name``."""
        if not self._spool.tell():
            yield f'    "{name}": [],\n'
            return
        yield f'    "{name}": [\n'
        yield self._spool
        yield "\n    ],\n"


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; options: export (a file or a folder), aborted (write a report also of a run
    that was aborted by ``--bail folder`` or ``--timeout``; Newman and its readers know none)."""
    return JsonReport(text(options, "export"), flag(options, "aborted"))


class JsonReport:
    """See the module. One instance reports one run."""

    def __init__(self, export: str | None, aborted: bool = False) -> None:
        self._where, self._aborted = export, aborted
        self._tally = Tally()
        self._stream = FailureStream()
        self._open = OpenItems()
        self._items: dict[int, tuple[Item, Written]] = {}
        self._started: ev.RunStarted | None = None
        self._result: RunResult | None = None
        #: who set or unset what: id and path of the item, scope and name, each once
        self._changes: dict[tuple[str, str, str, str, bool, str | None], None] = {}
        self._export: Export | None = None
        self._executions: Spooled
        self._failures: Spooled
        self._input: ev.InputStarted | None = None  # that of several which runs
        self._first = 0, 0  # places of its first execution and failure
        self._more: dict[str, Spooled] = {}  # members that Newman does not have, if there is something in them

    def handle(self, event: ev.Event) -> None:
        self._tally.handle(event)
        if isinstance(event, ev.RunStarted):
            self._begin(event)
        if self._export is None:
            return
        parent = self._open.handle(event)
        exchange = event.exchange if isinstance(event, ev.ExchangeFinished) else None
        for failure in self._stream.new(event):
            self._add_failure(failure, exchange)
        match event:
            case ev.ItemRetried():
                self._add_more("retries", retry_entry(event))
            case ev.VariableChanged() if len(self._changes) < _MAX_CHANGES:
                item, change = event.located, event.change
                told = (item.item.id, item.path, change.scope, change.key, change.removed, change.origin)
                self._changes.setdefault(told)
            case ev.ItemFinished():
                self._add_executions(event.result, parent)
            case ev.InputStarted():
                self._input = event
                self._first = self._executions.count, self._failures.count
            case ev.InputFinished() if self._input is not None:
                self._add_more("inputs", input_entry(self._input, event.result, *self._ranges()))
            case ev.RunFinished():
                self._result = event.result
            case _:
                pass

    def close(self) -> None:
        if self._export is None or self._started is None:
            return
        result = self._result or RunResult(self._tally.started, time.time(), error="the run broke off")
        try:
            if self._result is not None and self._result.error is not None and not self._aborted:
                return
            with self._export.document() as document:
                for part in self._parts(self._started, result):
                    if isinstance(part, str):
                        document.write(part)
                    else:
                        copy(part, document)
        finally:
            self._export.close()
            self._export = None

    def _ranges(self) -> Iterable[tuple[int, int]]:
        """Place of the first, and number, of the executions and failures of the input that runs."""
        counts = self._executions.count, self._failures.count
        return [(first, count - first) for first, count in zip(self._first, counts, strict=True)]

    def _begin(self, event: ev.RunStarted) -> None:
        self._started = event
        self._export = Export(export_path(self._where, _DEFAULT), "json")
        self._executions, self._failures = Spooled(self._export.spool()), Spooled(self._export.spool())

    def _item(self, item: Item) -> Written:
        """The JSON of an item, made once: it is repeated in every execution."""
        found = self._items.get(id(item))
        if found is None:
            if len(self._items) >= _MAX_ITEMS:
                self._items.clear()
            # The item is kept beside its text: while it lives, no other can have its id().
            found = self._items[id(item)] = item, Written(to_json(item_json(item, examples=False)))
        return found[1]

    def _add_more(self, name: str, members: dict[str, Any]) -> None:
        if name not in self._more and self._export is not None:
            self._more[name] = Spooled(self._export.spool())
        self._more[name].add(members)

    def _add_executions(self, result: ItemResult, parent: Located | None) -> None:
        if result.skipped or result.skip_reason is not None:
            self._add_more("skipped", skip_entry(result, result.skip_reason or "a script skipped the request"))
        for members in entries(result, self._item(result.item), parent):
            self._executions.add(members)

    def _add_failure(self, failure: Failure, exchange: Exchange | None) -> None:
        item = self._item(failure.item.item) if failure.item else None
        self._failures.add(failure_entry(failure, item, exchange))

    def _parts(self, started: ev.RunStarted, result: RunResult) -> Iterable[str | TextIO]:
        collection = collection_json(started.collection)
        environment = variables_json(result.environment or started.environment)
        global_values = variables_json(result.globals or started.globals)
        yield f'{{\n  "collection": {indent(to_json(collection), 2)},\n'
        yield f'  "environment": {indent(to_json(environment), 2)},\n'
        yield f'  "globals": {indent(to_json(global_values), 2)},\n'
        if result.collection_variables is not None:
            final = variables_json(result.collection_variables)
            yield f'  "collectionVariables": {indent(to_json(final), 2)},\n'
        if self._changes:
            names = ("id", "item", "scope", "key", "removed", "origin")
            rows = [dict(zip(names, change, strict=True)) for change in self._changes]
            changes = [{name: value for name, value in row.items() if value is not None} for row in rows]
            yield f'  "variableChanges": {indent(to_json(changes), 2)},\n'
        yield f'  "run": {{\n    "stats": {indent(to_json(self._stats()), 4)},\n'
        yield f'    "timings": {indent(to_json(self._timings(result)), 4)},\n'
        yield from self._executions.array("executions")
        yield f'    "transfers": {indent(to_json({"responseTotal": self._tally.received}), 4)},\n'
        yield from self._failures.array("failures")
        for name, more in self._more.items():
            yield from more.array(name)
        if result.unresolved:
            yield f'    "unresolved": {indent(to_json(_unresolved(result)), 4)},\n'
        yield f'    "error": {indent(to_json(_error(result)), 4)}\n  }}\n}}\n'

    def _stats(self) -> dict[str, Any]:
        tally = self._tally
        counts = {
            "iterations": tally.iterations,
            "items": tally.items,
            "scripts": tally.scripts,
            "prerequests": tally.prerequests,
            "requests": tally.requests,
            "tests": tally.tests,
            "assertions": tally.assertions,
            "testScripts": tally.test_scripts,
            "prerequestScripts": tally.prerequest_scripts,
        }
        return {
            name: {"total": count.total, "pending": count.pending, "failed": count.failed}
            for name, count in counts.items()
        }

    def _timings(self, result: RunResult) -> dict[str, Any]:
        timings: dict[str, Any] = {}
        spreads = (("response", self._tally.response), ("dns", self._tally.dns), ("firstByte", self._tally.first_byte))
        for name, spread in spreads:
            timings[f"{name}Average"] = _number(spread.average)
            timings[f"{name}Min"] = _number(spread.minimum)
            timings[f"{name}Max"] = _number(spread.maximum)
            timings[f"{name}Sd"] = _number(spread.deviation)
        timings["started"], timings["completed"] = _epoch(result.started), _epoch(result.ended)
        return timings


def _unresolved(result: RunResult) -> list[dict[str, str]]:
    """The variables without a value, with the item that first used each and what would help."""
    return [
        {"name": name, "item": path, **({"advice": result.advice[name]} if name in result.advice else {})}
        for name, path in result.unresolved.items()
    ]


def _error(result: RunResult) -> dict[str, str] | None:
    if result.error:
        return {"name": "Error", "message": result.error}
    return {"name": "Interrupted", "message": "the run was interrupted"} if result.interrupted else None


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _epoch(seconds: float) -> int:
    return round(seconds * 1000)

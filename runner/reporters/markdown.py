"""A report in Markdown: the totals, what failed and why, and every request in a table. It is a file, and the summary
of a job on GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from runner.engine import events as ev
from runner.engine.tally import Tally, response_time
from runner.model.result import ItemResult, RunResult
from runner.reporters.cases import Case, Finished
from runner.reporters.document import Document
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.markdown_text import block, code, escaped, row
from runner.reporters.options import text
from runner.reporters.text import duration, filesize, shorten
from runner.reporters.watch import NAME_LIMIT, Watch, message, one_line, unresolved, variables

#: Failures that are explained, and requests that are listed; those after them are counted.
MAX_EXPLAINED = 200
MAX_LISTED = 5000
_MAX_VARIABLES = 10
_MARKS = {"passed": "✅", "failed": "❌", "error": "💥", "skipped": "⏭️"}


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (a file or a folder)."""
    return MarkdownReport(options)


class MarkdownReport:
    """See the module. One instance reports one run."""

    def __init__(self, options: ReporterOptions) -> None:
        self._document = Document(text(options, "export"), "newman-run-report.md", "markdown")
        self._watch = Watch(options)
        self._page = Page(self._watch)

    def handle(self, event: ev.Event) -> None:
        if isinstance(event, ev.RunStarted):
            self._document.open()
        for part in self._page.parts(event, self._watch.new(event)):
            self._document.write(part)

    def close(self) -> None:
        self._document.close(self._page.head(), self._page.foot())


class Page:
    """The parts of the report: ``parts`` of each event between ``head`` and ``foot``, which are known at the end.

    The table of requests is kept back, so that what failed stands above it."""

    def __init__(self, watch: Watch, max_listed: int = MAX_LISTED, max_explained: int = MAX_EXPLAINED) -> None:
        self._watch, self._tally = watch, Tally()
        self._max_listed, self._max_explained = max_listed, max_explained
        self._rows: TextIO | None = None
        self._listed = self._explained = 0
        self.problems: list[Case] = []  #: what went wrong with the run itself
        self._result: RunResult | None = None

    def parts(self, event: ev.Event, finished: Finished | None) -> Iterator[str]:
        """What the event, and the item that it finishes, add to the middle of the page."""
        self._tally.handle(event)
        if finished is not None and not finished.retried:
            self._list(finished)
            yield from self._failures(finished)
        if isinstance(event, ev.RunFinished):
            self._result = event.result
            self.problems = self._watch.ended(event)

    def head(self) -> str:
        """The title and the totals."""
        watch, tally, result = self._watch, self._tally, self._result
        collection = watch.collection
        name = escaped(shorten((collection.name or collection.id) if collection else "", NAME_LIMIT))
        whole = result is not None and result.passed
        parts = [f"# {'✅' if whole else '❌'} {name}\n\n"]
        told = [f"{count} {status}" for status, count in watch.counts.items() if count]
        elapsed = max(0.0, result.ended - result.started) * 1000 if result else 0.0
        parts.append(
            f"**{', '.join(told) or 'nothing ran'}** · {tally.requests.total} requests, "
            f"{tally.requests.failed} without an answer · {duration(elapsed)} · {filesize(tally.received)} received"
            + (f" · {tally.iterations.total} iterations" if tally.iterations.total > 1 else "")
            + "\n"
        )
        problems = [message(case) for case in self.problems] if result is not None else ["the run broke off"]
        parts += [f"\n**{escaped(one_line(problem, 1000))}**\n" for problem in problems]
        return "".join(parts) + ("\n## Failures\n" if self._explained else "")

    def foot(self) -> Iterator[str]:
        """What failed beyond the limit, names without a value, and the table of requests, piece by piece."""
        if self._explained > self._max_explained:
            yield f"\n…and {self._explained - self._max_explained} more failures.\n"
        result = self._result
        if result is not None and result.unresolved:
            yield "\n## Variables without a value\n\n"
            for name, where in unresolved(result):
                yield f"- {code('{{' + name + '}}')} {escaped(where)}\n"
        if self._rows is not None:
            yield "\n## Requests\n\n" + row("", "request", "status", "time", "cases", "variables") + row(*["---"] * 6)
            self._rows.seek(0)
            yield from self._rows
            self._rows.close()
        if self._listed > self._max_listed:
            yield f"\n…and {self._listed - self._max_listed} more requests.\n"

    def _list(self, finished: Finished) -> None:
        self._listed += 1
        if self._listed > self._max_listed:
            return
        if self._rows is None:
            import tempfile

            self._rows = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        result = finished.result
        good = sum(case.status == "passed" for case in finished.cases)
        name = "↳ " * finished.depth + escaped(one_line(finished.name))
        if result.attempts > 1:
            name += f" (attempt {result.attempts})"
        written = "<br>".join(code(line) for line in variables(finished)[:_MAX_VARIABLES])
        cases = f"{good}/{len(finished.cases)}"
        self._rows.write(row(_MARKS[finished.status], name, _status(result), _time(result), cases, written))
        for exchange in result.exchanges:
            if exchange.origin == "script":
                call = f"{exchange.request.method} {exchange.request.url}"
                code_ = str(exchange.response.code) if exchange.response else "no answer"
                self._rows.write(
                    row(
                        "",
                        f"&nbsp;&nbsp;↳ {code(shorten(call, 200))}",
                        code_,
                        duration(response_time(exchange)),
                        "",
                        "",
                    )
                )

    def _failures(self, finished: Finished) -> Iterator[str]:
        explained = False
        for case in finished.cases:
            if not case.bad:
                continue
            self._explained += 1
            if self._explained <= self._max_explained:
                yield self.failure(finished, case, with_request=not explained)
            explained = True

    def failure(self, finished: Finished, case: Case, *, with_request: bool) -> str:
        """One failure, explained."""
        watch = self._watch
        place = watch.position(case, finished.result)
        where = f" · {code(f'{place.path}:{place.line}')}" if place else ""
        lines = watch.details(case, finished.result if with_request else None)
        parts = [
            f"\n### {_MARKS[case.status]} {escaped(one_line(finished.name))}: {escaped(one_line(case.name))}\n\n",
            f"{escaped(one_line(message(case), 1000))}{where}\n",
        ]
        if finished.retries:
            tried = "; ".join(f"attempt {number}: {reason}" for number, reason in enumerate(finished.retries, 1))
            parts.append(f"\n{escaped(one_line(tried))}\n")
        return "".join([*parts, "\n" + block(lines) if lines else ""])


def _status(result: ItemResult) -> str:
    exchange = result.exchange
    if exchange is None:
        return "not sent"
    if exchange.response is None:
        return "no answer"
    return escaped(one_line(f"{exchange.response.code} {exchange.response.reason}".rstrip(), 100))


def _time(result: ItemResult) -> str:
    return duration(response_time(result.exchange)) if result.exchange else ""

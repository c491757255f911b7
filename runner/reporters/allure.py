"""Allure results (https://allurereport.org), written by Allure's own Python library: a test for each request and
iteration, its checks and the requests of its scripts as steps, requests and responses as attachments."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.engine import events as ev
from runner.engine.tally import response_time
from runner.errors import HtrunError, UsageError
from runner.model.exchange import Content, Exchange
from runner.reporters.cases import Case, Finished, Status, path
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.options import text
from runner.reporters.text import clean, shorten
from runner.reporters.watch import MESSAGE_LIMIT, Watch, message, one_line, variables

if TYPE_CHECKING:
    from allure_commons.model2 import Attachment, TestResult, TestStepResult

_FOLDER = "allure-results"
#: Bytes of a body that are attached.
_BODY_LIMIT = 1024 * 1024
_STATUS: dict[Status, str] = {"passed": "passed", "failed": "failed", "error": "broken", "skipped": "skipped"}


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: export (the folder for the results).

    Raises:
        UsageError: Allure's library is not installed.
    """
    try:
        import allure_commons.logger  # noqa: F401
    except ImportError:
        raise UsageError('the reporter "allure" needs a library: pip install "htrun[allure]"') from None
    return AllureReport(text(options, "export") or _FOLDER, Watch(options))


class AllureReport:
    """See the module. One instance reports one run."""

    def __init__(self, folder: str, watch: Watch) -> None:
        self._folder, self._watch = folder, watch
        self._logger: Any = None  # the library's, which has no types

    def handle(self, event: ev.Event) -> None:
        try:
            self._take(event)
        except OSError as error:
            raise HtrunError(f"cannot write the allure report to {self._folder}: {error.strerror or error}") from error

    def close(self) -> None:
        """Every result is in its place already."""

    def _take(self, event: ev.Event) -> None:
        finished = self._watch.new(event)
        if isinstance(event, ev.RunStarted):
            from allure_commons.logger import AllureFileLogger

            make: Any = AllureFileLogger
            self._logger = make(self._folder)
        if self._logger is None:
            return
        if finished is not None:
            self._logger.report_result(self._result(finished, self._logger))
        if isinstance(event, ev.RunFinished):
            for case in self._watch.ended(event):
                self._logger.report_result(self._problem(case, event.result.ended))

    def _result(self, finished: Finished, logger: Any) -> TestResult:
        from allure_commons.model2 import Label, Parameter

        result, cursor = finished.result, finished.result.cursor
        start = round(finished.began * 1000)
        made = self._test(
            result.item.name or result.item.id, path(result), start, f"{result.item.id}/{cursor.iteration}"
        )
        made.stop = start + round(finished.seconds * 1000)
        made.status = "broken" if finished.retried and finished.status == "passed" else _STATUS[finished.status]
        made.statusDetails = self._details(finished)
        folders = [one_line(name) for name in result.located.folders]
        made.titlePath = [self._suite(), *folders]
        suites = zip(("suite", "subSuite"), (folders[0], " / ".join(folders[1:])), strict=True) if folders else ()
        made.labels += [Label(name=name, value=value) for name, value in suites if value]
        if result.item.description:
            made.description = clean(shorten(result.item.description, 10 * MESSAGE_LIMIT))
        if cursor.cycles > 1:
            made.parameters.append(Parameter(name="iteration", value=str(cursor.iteration + 1)))
        if cursor.step is not None:
            made.parameters.append(Parameter(name="step", value=one_line(cursor.step)))
        made.steps = [*self._calls(finished, logger), *(self._step(case, made.stop) for case in finished.cases)]
        for line in variables(finished):
            made.steps.append(self._step(Case(f"variable {line}"), made.stop))
        if result.exchange is not None:
            made.attachments = list(_attachments(result.exchange, logger))
        return made

    def _test(self, name: str, full: str, start: int, history: str) -> TestResult:
        from allure_commons.model2 import Label, TestResult

        collection = self._watch.collection
        identity = f"{collection.name if collection else ''}/{history}"
        return TestResult(
            uuid=str(uuid.uuid4()),
            name=one_line(name),
            fullName=one_line(full),
            historyId=_digest(identity),
            testCaseId=_digest(f"{collection.name if collection else ''}/{full}"),
            stage="finished",
            start=start,
            labels=[Label(name="framework", value="htrun"), Label(name="parentSuite", value=self._suite())],
        )

    def _suite(self) -> str:
        collection = self._watch.collection
        return one_line((collection.name or collection.id) if collection else "")

    def _details(self, finished: Finished) -> Any:
        from allure_commons.model2 import StatusDetails

        bad = [case for case in finished.cases if case.bad]
        flaky = True if finished.retries and not bad else None
        if not bad:
            reason = next((message(case) for case in finished.cases if case.reason), None)
            return StatusDetails(message=reason, flaky=flaky) if reason or flaky else None
        lines: list[str] = []
        for case in bad:
            lines += [f"{one_line(case.name)}: {message(case)}", *self._watch.details(case, None), ""]
        lines += self._watch.explainer.item(finished.result)
        return StatusDetails(message=message(bad[0]), trace="\n".join(lines))

    def _step(self, case: Case, stop: int) -> TestStepResult:
        from allure_commons.model2 import StatusDetails, TestStepResult

        step = TestStepResult(name=one_line(case.name), status=_STATUS[case.status], stage="finished")
        step.start = step.stop = stop
        if case.bad:
            details = "\n".join(self._watch.details(case, None))
            step.statusDetails = StatusDetails(message=message(case), trace=details or None)
        return step

    def _calls(self, finished: Finished, logger: Any) -> Iterator[TestStepResult]:
        from allure_commons.model2 import TestStepResult

        for exchange in finished.result.exchanges:
            if exchange.origin == "script":
                start = round(exchange.timings.started * 1000)
                name = f"script: {exchange.request.method} {exchange.request.url}"
                yield TestStepResult(
                    name=one_line(name),
                    status="passed" if exchange.response is not None else "broken",
                    stage="finished",
                    start=start,
                    stop=start + response_time(exchange),
                    attachments=list(_attachments(exchange, logger)),
                )

    def _problem(self, case: Case, ended: float) -> TestResult:
        from allure_commons.model2 import StatusDetails

        made = self._test(case.name, case.name, round(ended * 1000), case.name)
        made.stop, made.status, made.statusDetails = made.start, "broken", StatusDetails(message=message(case))
        return made


def _digest(text_: str) -> str:
    return hashlib.md5(text_.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _attachments(exchange: Exchange, logger: Any) -> Iterator[Attachment]:
    request, response = exchange.request, exchange.response
    lines = [f"{request.method} {request.url}", *(f"{h.key}: {h.value}" for h in request.headers)]
    yield _attach("request", "\n".join(lines), request.body, logger)
    if response is not None:
        lines = [f"{response.code} {response.reason}", *(f"{h.key}: {h.value}" for h in response.headers)]
        yield _attach("response", "\n".join(lines), response.content, logger)


def _attach(name: str, head: str, body: Content | None, logger: Any) -> Attachment:
    from allure_commons.model2 import Attachment

    file = f"{uuid.uuid4()}-attachment.txt"
    text_ = body[:_BODY_LIMIT].decode("utf-8", "replace") if body else ""
    more = f"\n({len(body)} bytes in all)" if body and len(body) > _BODY_LIMIT else ""
    logger.report_attached_data(clean(f"{head}\n\n{text_}{more}"), file)
    return Attachment(name=name, source=Path(file).name, type="text/plain")

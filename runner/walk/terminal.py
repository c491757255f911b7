"""The tour on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.engine.inherit import inherit
from runner.model.collection import Collection, Folder, Located, RequestSpec
from runner.model.exchange import Request, Response
from runner.model.result import RunResult
from runner.reporters.curl import curl_command
from runner.reporters.history import History
from runner.reporters.terminal.request import request_line, response_line
from runner.reporters.text import clean_line, shorten
from runner.walk import telling
from runner.walk.facts import Visit
from runner.walk.preview import Preview, readable
from runner.walk.screen import Screen, Tone
from runner.walk.words import auth_words, listed, purpose
from runner.workflow.dataflow import Flow

#: Lines of an answer that are shown at first, and when somebody asks for all of it.
_LINES, _ALL_LINES = 24, 5000
_LINE = 400  #: characters of such a line
_MAX_USED = 20
_MAX_TOLD = 10_000  #: variables that are remembered as known


class TerminalView:
    """Shows the stops. ``history`` is what is known of the variables."""

    def __init__(self, screen: Screen, flow: Flow, history: History) -> None:
        self._screen, self._flow, self._history = screen, flow, history
        self._signed = ""
        self._told: set[tuple[str, str, str]] = set()  # variables that were shown, with their sources and values

    def collection(self, collection: Collection, total: int) -> None:
        """What the tour is of."""
        screen = self._screen
        screen.rule(collection.name or "A collection without a name")
        if collection.description:
            screen.line()
            screen.markdown(collection.description)
        screen.line()
        screen.line(f"A tour of {total} request{'s' if total != 1 else ''}.", "dim")

    def folder(self, folder: Folder, path: Sequence[str]) -> None:
        screen = self._screen
        screen.line()
        screen.rule(" / ".join(path))
        if folder.description:
            screen.line()
            screen.markdown(folder.description)

    def heading(self, located: Located, place: str, step: str | None) -> None:
        """Which request it is, and what it is for."""
        screen = self._screen
        screen.line()
        screen.pair(located.item.name or "(a request without a name)", "bold cyan", place)
        if step:
            screen.line(f"Step: {step}", "dim")
        for text in dict.fromkeys((located.item.description, located.item.request.description)):
            if text:
                screen.markdown(text, indent=2)

    def request(
        self, located: Located, spec: RequestSpec, preview: Preview, values: Mapping[str, str], request: Request
    ) -> None:
        """What is about to be sent.

        Args:
            values: of the variables in it, as they may be shown.
            request: as it may be shown.
        """
        screen = self._screen
        screen.line()
        screen.line(purpose(spec, request), indent=2)
        signed = auth_words(located, spec)
        if signed != self._signed:
            self._signed = signed
            screen.line(signed, indent=2)
        if inherit(located).prerequest:
            names = telling.set_before(located, self._flow)
            sets = f" and sets {listed(names)}" if names else ""
            screen.line(f"A script runs before it{sets}.", indent=2)
        self._used(located, preview, values)
        if preview.problem is not None:
            screen.line(f"It cannot be signed yet: {preview.problem}.", "yellow", indent=2)
        screen.line()
        auth = spec.auth or next((one.auth for one in reversed(located.parents) if one.auth is not None), None)
        screen.code(curl_command(readable(request, auth.type if auth else None)), "bash")

    def _used(self, located: Located, preview: Preview, values: Mapping[str, str]) -> None:
        screen = self._screen
        for used in preview.used[:_MAX_USED]:
            told = telling.source(used, located, self._history, self._flow)
            value = values.get(used.name, "")
            if used.scope is None:
                screen.line(f"{{{{{used.name}}}}} {told}", "yellow", indent=4)
            elif (used.name, told, value) not in self._told:
                if len(self._told) >= _MAX_TOLD:
                    self._told.clear()
                self._told.add((used.name, told, value))
                screen.line(f"{{{{{used.name}}}}} = {value} · {told}", "dim", indent=4)
        if preview.generated:
            names = ", ".join(f"{{{{{name}}}}}" for name in preview.generated)
            screen.line(f"{names}: made anew when it is sent", "dim", indent=4)

    def answer(self, visit: Visit) -> None:
        """What came back, and what was made of it."""
        screen, result = self._screen, visit.result
        if result is None:
            return
        exchange = result.exchange
        screen.line()
        for reason in visit.retries:
            screen.line(f"Tried again: {clean_line(reason)}", "dim", indent=2)
        for line in telling.also_sent(visit):
            screen.marked("↳", line, "dim")
        if result.skipped:
            screen.line(f"Skipped: {result.skip_reason or 'a script said so'}.", "yellow", indent=2)
        elif exchange is not None and exchange.response is None:
            reason = exchange.error.message if exchange.error else "it could not be sent"
            screen.line(request_line(exchange), "dim", indent=2)
            screen.line(f"No answer: {shorten(reason, 1000)}", "bold red", indent=2)
        elif exchange is not None and exchange.response is not None:
            good = exchange.response.code < 400
            screen.line(response_line(exchange), "bold green" if good else "bold red", indent=2)
            self.body(exchange.response, whole=False)
        self._outcome(visit)

    def body(self, response: Response, *, whole: bool) -> None:
        screen = self._screen
        lines = _ALL_LINES if whole else _LINES
        shown = telling.body(response.content, response.header("content-type"), lines, None if whole else _LINE)
        if shown is None:
            if whole:
                screen.line("The answer has no body.", "dim", indent=2)
            return
        if shown.lines:
            screen.code("\n".join(shown.lines), shown.language, indent=4)
        if shown.more:
            screen.line(f"… {shown.more}", "dim", indent=4)

    def headers(self, visit: Visit) -> None:
        """The headers that were sent and received."""
        exchange = visit.result.exchange if visit.result is not None else None
        if exchange is None:
            self._screen.line("Nothing was sent.", "dim", indent=2)
            return
        response = exchange.response
        for title, headers in (("Sent", exchange.request.headers), ("Received", response.headers if response else ())):
            if headers:
                self._screen.line(title, "bold", indent=2)
                self._screen.lines([f"{one.key}: {one.value}" for one in headers], indent=4)

    def _outcome(self, visit: Visit) -> None:
        screen = self._screen
        for check in visit.checks:
            if check.passed:
                screen.marked("✓", clean_line(check.name), "green")
            elif check.skipped:
                screen.marked("-", f"{clean_line(check.name)} (skipped)", "cyan")
        self._failures(visit, answered=True)
        result = visit.result
        if result is not None and not result.failures:
            told = telling.meaning_of(result.exchange, visit.located)
            if told:
                screen.line(told, "yellow", indent=2)
        screen.lines(telling.console_lines(visit), "dim", indent=4)
        for one in telling.captured(visit, self._flow):
            where = f"{one.scope}, {clean_line(one.origin)}" if one.origin else one.scope
            screen.marked("←", f"{one.name} = {one.value} ({where})", "cyan")
            if one.next:
                screen.line(one.next, "dim", indent=4)
        if names := telling.removed(visit):
            screen.line(f"Forgotten: {', '.join(names)}", "dim", indent=2)

    def brief(self, visit: Visit, place: str) -> None:
        """A stop in a line, and in more if something failed."""
        screen, result = self._screen, visit.result
        if result is None:
            return
        exchange = result.exchange
        mark, tone = ("✗", "red") if result.failures else ("-", "cyan") if result.skipped else ("✓", "green")
        status = response_line(exchange) if exchange is not None else result.skip_reason or "not sent"
        marked: Tone = "red" if tone == "red" else "cyan" if tone == "cyan" else "green"
        screen.pair(f"{mark} {visit.located.path}", marked, f"{place} · {status}")
        self._failures(visit, answered=False)

    def _failures(self, visit: Visit, *, answered: bool) -> None:
        """``answered``: that there was no answer was told already."""
        for title, lines in telling.failure_lines(visit, self._history, no_answer=not answered):
            if title:
                self._screen.marked("✗", title, "bold red")
            self._screen.lines(lines, "dim", indent=6)

    def summary(self, result: RunResult) -> None:
        """How the tour ended."""
        screen = self._screen
        screen.line()
        screen.rule("The end")
        sent, checks = result.requests.total, result.assertions
        told = f"{sent} request{'s' if sent != 1 else ''} sent"
        if checks.total:
            told += f", {checks.total - checks.failed} checks passed"
        failed = len(result.failures)
        screen.line(f"{told}, {failed} failed." if failed else f"{told}.", "red" if failed else "green")
        if result.error:
            screen.line(f"It ended early: {result.error}.", "red")
        if result.interrupted:
            screen.line("You broke it off.", "yellow")
        for name, path in list(result.unresolved.items())[:_MAX_USED]:
            screen.line(f"{{{{{name}}}}} had no value in {path}.", "yellow")

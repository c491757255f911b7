"""How a report on the terminal ends: the summary, the failures, what had no value, why the run stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from runner.engine.tally import Tally
from runner.model.result import RunResult
from runner.reporters.interface import ReporterOptions
from runner.reporters.options import flag
from runner.reporters.terminal.failures import FailureList
from runner.reporters.terminal.style import Style
from runner.reporters.terminal.summary import summary_lines
from runner.reporters.terminal.writer import Writer
from runner.reporters.text import clean_line, shorten
from runner.reporters.unresolved import TITLE, unresolved_lines

_NAME_LIMIT = 500

#: What came of each of several inputs of a run: its name and its result.
Inputs: TypeAlias = Sequence[tuple[str, RunResult]]


def show_end(
    result: RunResult,
    tally: Tally,
    failures: FailureList,
    options: ReporterOptions,
    writer: Writer,
    inputs: Inputs = (),
) -> None:
    """Prints it."""
    style, line = writer.style, writer.line
    if not flag(options, "no_summary"):
        elapsed = max(0.0, result.ended - result.started) * 1000
        line()
        for row in summary_lines(tally, elapsed, style, options.verbose):
            line(row)
        for name, of_input in inputs:
            line(_input_line(name, of_input, style))
    if failures.total and not flag(options, "no_failures"):
        line()
        for row in failures.lines(writer.width):
            line(row)
    if result.unresolved and not flag(options, "no_summary"):
        line()
        line(style.paint(TITLE, "yellow"))
        for row in unresolved_lines(result, lambda text: style.paint(text, "grey")):
            line(row)
    if result.interrupted or result.error:
        why = result.error or "interrupted: the run was stopped before its end"
        line()
        line(style.paint(clean_line(why), "alarm"))
    writer.flush()


def _input_line(name: str, result: RunResult, style: Style) -> str:
    mark = style.paint(style.symbols.ok, "green") if result.passed else style.paint(style.symbols.bad, "alarm")
    counts = ((result.items.total, "request"), (result.assertions.total, "check"), (len(result.failures), "failure"))
    facts = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts if count or what == "request"]
    facts += ["interrupted"] if result.interrupted else ["ended early"] if result.error is not None else []
    return f"{mark} {clean_line(shorten(name, _NAME_LIMIT))} {style.paint(', '.join(facts), 'grey')}"

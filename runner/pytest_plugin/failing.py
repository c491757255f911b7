"""Failed checks in pytest's own look."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from _pytest._code.code import ReprEntry, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from runner.model.records import dataclass
from runner.model.result import ItemResult
from runner.reporters.cases import Case
from runner.reporters.explain.difference import difference
from runner.reporters.explain.script_line import script_line
from runner.reporters.text import clean_line, shorten
from runner.reporters.watch import Watch, message, one_line

_LINE = 200


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one check, as text that holds no secrets.

    Attributes:
        status: passed, failed, error or skipped.
        message: why, if it did not pass; may have several lines.
        code: the line of the script.
        lines: more that explains it.
        path: the file it stands in; empty if there is none.
        line: from 1.
    """

    name: str
    status: str = "passed"
    message: str = ""
    code: str = ""
    lines: tuple[str, ...] = ()
    path: str = ""
    line: int = 0
    kind: str = "AssertionError"
    run: int = 0  #: of several runs of the request, which one; from 1

    @property
    def bad(self) -> bool:
        return self.status in ("failed", "error")

    @property
    def sentence(self) -> str:
        """In one line."""
        first = self.message.partition("\n")[0]
        run = f" (run {self.run})" if self.run else ""
        return f"{self.name}{run}: {first}" if first else f"{self.name}{run}"


def told(case: Case, result: ItemResult | None, watch: Watch, run: int = 0) -> Told:
    """What is known of a case."""
    name, text = one_line(case.name), message(case)
    if not case.bad:
        return Told(name, case.status, text, run=run)
    code, lines = "", list[str]()
    position = watch.position(case, result)
    failure = case.failure
    if failure is not None:
        place = script_line(failure)
        code = clean_line(shorten(place.text.strip(), _LINE)) if place is not None else ""
        lines = [clean_line(shorten(line, _LINE)) for line in difference(failure.error)]
        known = (case.name, "request", f"{position.path}:{position.line}" if position is not None else "")
        if not code and failure.at and failure.at not in known:
            lines.append(one_line(f"at {failure.at}"))
    return Told(
        name,
        case.status,
        text,
        code,
        tuple(lines),
        position.path if position is not None else "",
        position.line if position is not None else 0,
        one_line(case.error.name) if case.error is not None else "",
        run,
    )


class ChecksFailed(AssertionError):
    """Some checks of a request do not hold."""

    def __init__(self, failed: Sequence[Told]) -> None:
        super().__init__("; ".join(one.sentence for one in failed))
        self.failed = tuple(failed)


def representation(error: ChecksFailed, style: str, start: Path) -> ReprExceptionInfo:
    """What pytest shows of it: an entry for each check, with the line of the script and where that stands.

    Args:
        start: what paths are relative to.
    """
    # with --tb=line pytest shows the crash only
    shown = () if style == "line" else error.failed
    entries = [_entry(one, "short" if style == "short" else "long", start) for one in shown]
    first = error.failed[0]
    more = f" (and {len(error.failed) - 1} more)" if len(error.failed) > 1 else ""
    crash = ReprFileLocation(near(first.path, start), first.line, first.sentence + more)
    return ReprExceptionInfo(ReprTraceback(entries, None, "long"), crash)


def near(path: str, start: Path) -> str:
    """A path as people read it: relative if it is below ``start``."""
    found = os.path.relpath(path, start) if path else path
    return path if found.startswith("..") else found


def _entry(one: Told, style: str, start: Path) -> ReprEntry:
    lines = [f">   {one.code}"] if one.code else []
    text = one.message.split("\n") if one.message else ["failed"]
    label = one.kind if one.status == "error" and one.kind not in ("", "Error") else one.name
    lines.append(f"E   {label}: {text[0]}" if label != text[0] else f"E   {text[0]}")
    lines += [f"E   {line}" for line in (*text[1:], *one.lines)]
    place = ReprFileLocation(near(one.path, start), one.line, one.kind) if one.path else None
    return ReprEntry(lines, None, None, place, style)  # type: ignore[arg-type]

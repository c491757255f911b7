"""Puts the report together: one template, with the style, the program and the data of the run inside."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TextIO

from runner.engine.events import InputFinished, InputStarted, RunFinished, RunStarted
from runner.engine.tally import Tally
from runner.model.records import dataclass
from runner.model.result import RunResult
from runner.reporters.html.blocks import block_json
from runner.reporters.html.flow import flow_picture
from runner.reporters.html.markdown import to_html
from runner.reporters.html.records import shown
from runner.reporters.html.texts import Texts, folder_notes
from runner.reporters.text import clean_line, duration, filesize, shorten

if TYPE_CHECKING:
    from jinja2 import Environment

#: The parts of the program, in their order; they share one scope.
PROGRAM = (
    "dom.js", "data.js", "pretty.js", "diff.js", "list.js", "filters.js", "charts.js", "body.js",
    "detail.js", "overview.js", "requests.js", "timeline.js", "statistics.js", "main.js",
)  # fmt: skip
_PIECE = 1 << 16
_VARIABLES_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Page:
    """What the page says about the run as a whole. ``finished`` is missing if the run was broken off."""

    started: RunStarted
    finished: RunFinished | None
    tally: Tally
    texts: Texts
    body_limit: int
    flow: bool
    scripts: tuple[str, ...] = ()  #: of visualizations
    inputs: tuple[tuple[InputStarted, InputFinished], ...] = ()  #: of a run of several


def write_page(page: Page, rows: TextIO, details: TextIO, document: TextIO) -> None:
    """Writes the report; ``rows`` and ``details`` are copied piece by piece."""
    from markupsafe import Markup

    style, program = _static("report.css"), program_text()
    flow = flow_picture(page.started, page_title(page)) if page.flow else ""
    context = {
        "title": page_title(page),
        "summary": summary(page),
        "description": Markup(to_html(page.started.collection.description or "")),
        "style": Markup(style),
        "program": Markup(program),
        "script_hashes": [script_hash(script) for script in (program, *page.scripts)],
        "run": Markup(block_json(run_json(page))),
        "flow": Markup(flow),
        "rows": map(Markup, _read(rows)),
        "details": map(Markup, _read(details)),
    }
    template = _environment().get_template("report.html")
    for piece in template.generate(context):
        document.write(piece)


def page_title(page: Page) -> str:
    """The name of the collection."""
    return clean_line(page.started.collection.name or "Collection")


def program_text() -> str:
    """The JavaScript of the page."""
    parts = "\n".join(_static(name) for name in PROGRAM)
    return f'"use strict";\n(() => {{\n{parts}\n}})();\n'


def script_hash(source: str) -> str:
    """What the Content-Security-Policy says of a script that may run."""
    return b64encode(sha256(source.encode()).digest()).decode("ascii")


def summary(page: Page) -> dict[str, Any]:
    """What is there to be read before the program runs, and without it."""
    tally, result = page.tally, page.finished.result if page.finished else None
    ended = result.ended if result else None
    return {
        "verdict": verdict(page),
        "passed": bool(result and result.passed),
        "error": clean_line(result.error) if result and result.error else None,
        "ran": tally.items.total,
        "requests": tally.requests.total,
        "requests_failed": tally.requests.failed,
        "checks": tally.assertions.total,
        "checks_failed": tally.assertions.failed,
        "checks_skipped": tally.skipped_assertions,
        "iterations": tally.iterations.total,
        "received": filesize(tally.received),
        "average": duration(tally.response.average) if tally.response.count else "-",
        "duration": duration((ended - page.started.started) * 1000) if ended else "-",
        "environment": clean_line(page.started.environment.name or ""),
    }


def verdict(page: Page) -> str:
    """The outcome in one line."""
    return _verdict(page.finished.result if page.finished else None, page.tally.items.total)


def _verdict(result: RunResult | None, items: int) -> str:
    if result is None or result.interrupted:
        return "Interrupted"
    if result.error is not None:
        return "Ended early"
    if result.passed:
        return "All passed" if items else "Nothing was run"
    count = len(result.failures)
    return f"{count:,} failure{'' if count == 1 else 's'}"


def run_json(page: Page) -> dict[str, Any]:
    """The run and what its rows refer to."""
    started, tally = page.started, page.tally
    result = page.finished.result if page.finished else None
    return {
        "name": started.collection.name,
        "environment": started.environment.name,
        "started": started.started,
        "ended": result.ended if result else None,
        "iterations": started.iterations,
        "verdict": verdict(page),
        "error": result.error if result else None,
        "interrupted": result is None or result.interrupted,
        "failures": [  # of the run itself; those of items stand with them
            {"title": one.error.name, "message": shorten(one.error.message, 4000), "at": one.at}
            for one in (result.failures if result else ())
            if one.item is None
        ],
        "unresolved": [
            [name, path, result.advice.get(name, "")]
            for name, path in list(result.unresolved.items())[:_VARIABLES_LIMIT]
        ]
        if result
        else [],
        "variables": _variables(page),
        "inputs": [_input(started, finished.result) for started, finished in page.inputs],
        "bodyLimit": page.body_limit,
        "received": tally.received,
        "items": page.texts.items,
        "scripts": page.texts.scripts,
        "folders": folder_notes(started.collection),
    }


def _input(started: InputStarted, result: RunResult) -> dict[str, Any]:
    """One of several inputs: what it is and what came of it."""
    return {
        "name": started.collection.name,
        "location": started.location,
        "requests": result.items.total,
        "checks": result.assertions.total,
        "outcome": _verdict(result, result.items.total),
    }


def _variables(page: Page) -> list[list[Any]]:
    """Scope, name, value at the start and value at the end of each variable."""
    if not page.inputs:
        return _changes(page.started, page.finished.result if page.finished else None)[:_VARIABLES_LIMIT]
    found = []
    for started, finished in page.inputs:
        name = started.collection.name
        found += [[f"{scope} ({name})", *row] for scope, *row in _changes(started, finished.result)]
    return found[:_VARIABLES_LIMIT]


def _changes(started: RunStarted | InputStarted, result: RunResult | None) -> list[list[Any]]:
    found: list[list[Any]] = []
    for scope, before, after in (
        ("environment", started.environment.values, result.environment if result else None),
        ("collection", started.collection.variables, result.collection_variables if result else None),
        ("globals", started.globals.values, result.globals if result else None),
    ):
        first = {row.key: shown(row.value) for row in before if row.enabled}
        last = {row.key: shown(row.value) for row in after.values if row.enabled} if after else {}
        found += [[scope, key, first.get(key), last.get(key)] for key in {**first, **last}]
    return found


def _read(spool: TextIO) -> Iterator[str]:
    spool.seek(0)
    while piece := spool.read(_PIECE):
        yield piece


def _static(name: str) -> str:
    return files("runner.reporters.html").joinpath("static").joinpath(name).read_text(encoding="utf-8")


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("runner.reporters.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

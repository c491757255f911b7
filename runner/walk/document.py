"""The tour as a document with the real answers, in Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from runner import __version__
from runner.errors import UsageError
from runner.model.collection import Collection, Folder
from runner.model.result import ItemResult
from runner.reporters.curl import curl_command
from runner.reporters.document import Document
from runner.reporters.history import History
from runner.reporters.html.markdown import is_harmless, to_html
from runner.reporters.markdown_text import block, code, escaped, row
from runner.reporters.terminal.request import response_line
from runner.reporters.text import clean, clean_line, shorten
from runner.walk import telling
from runner.walk.facts import Visit
from runner.walk.needs import Need
from runner.walk.preview import readable
from runner.walk.words import auth_words, purpose
from runner.workflow.dataflow import Flow

_LINES = 40  #: of an answer
_LINE = 400  #: characters of such a line
_DESCRIPTION = 50_000  #: characters
_HEADING = re.compile(r"^( {0,3})(#{1,6})(?=\s|$)", re.MULTILINE)
_FENCED = re.compile(r"^( {0,3})(`{3,}|~{3,}).*?(?:^ {0,3}\2[`~]*\s*$|\Z)", re.MULTILINE | re.DOTALL)
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: .7rem .9rem; border: 1px solid #8884; border-radius: 6px; background: #8881; }
code, pre { font: .875em/1.45 ui-monospace, monospace; }
h1, h2 { border-bottom: 1px solid #8884; padding-bottom: .2em; }
h2 { margin-top: 2.5rem; } h3 { margin-top: 2rem; }
table { border-collapse: collapse; } td, th { border: 1px solid #8884; padding: .25rem .6rem; text-align: left; }
@media print { pre { white-space: pre-wrap; } h3 { break-after: avoid; } }
"""


class TourDocument:
    """Is written as the tour goes, and appears, whole, at its end.

    Args:
        path: ends in ``.md``, ``.markdown``, ``.html`` or ``.htm``.

    Raises:
        UsageError: another kind of file.
        HtrunError: it cannot be written.
    """

    def __init__(self, path: str, flow: Flow, history: History) -> None:
        suffix = Path(path).suffix.lower()
        if suffix not in (".md", ".markdown", ".html", ".htm"):
            raise UsageError(f"--save writes Markdown or HTML: the name has to end in .md or .html, unlike {path!r}")
        self._html = suffix.startswith(".htm")
        self._flow, self._history = flow, history
        self._document = Document(path, "tour.md", "tour")
        self._document.open()
        self._title = self._signed = ""
        self._introduced: set[int] = set()
        self._counts = {"sent": 0, "skipped": 0, "failed": 0}

    def begin(self, collection: Collection, needed: Sequence[Need], version: str = __version__) -> None:
        """The title, the description, and what had to be given."""
        name = clean_line(collection.name or "A collection without a name")
        self._title = name
        now = datetime.now().astimezone()
        self._write(
            f"# {escaped(name)}\n\n*A tour with real answers, taken by htrun {version} on {now:%Y-%m-%d}. Secrets are "
            f"shown as `********`.*\n"
        )
        self._describe(collection.description, 1)
        if needed:
            cells = [row("variable", "meaning", "first used by"), row("---", "---", "---")]
            for need in needed:
                told = clean_line(shorten(" ".join((need.description or "").split()), 300))
                secret = " (secret)" if need.secret else ""
                cells.append(row(code(need.name) + secret, escaped(told), escaped(need.first)))
            self._write("## What you need\n\n" + "".join(cells))

    def visit(self, visit: Visit, place: str) -> None:
        """One request and its answer."""
        result = visit.result
        if result is None:
            return
        self._count(result)
        for depth, folder in enumerate(visit.located.parents[1:], 2):
            self._folder(folder, min(depth, 4))
        level = min(len(visit.located.parents) + 1, 5)
        number = f"{place.partition(' ')[0]}. " if place else ""
        self._write(f"{'#' * level} {number}{escaped(clean_line(visit.located.item.name))}\n")
        item = visit.located.item
        if not result.skipped and id(item) not in self._introduced:
            self._introduced.add(id(item))
            for text in dict.fromkeys((item.description, item.request.description)):
                self._describe(text, level)
        for part in self._parts(visit, result):
            self._write(part)

    def close(self, *, early: bool) -> None:
        """Puts the document in its place. ``early``: the tour ended before its last request."""
        counts = self._counts
        told = f"{counts['sent']} sent, {counts['skipped']} skipped, {counts['failed']} failed"
        self._write(f"---\n\n*{told}{'; it ended early' if early else ''}.*\n")
        if not self._html:
            self._document.close()
            return
        title = escape(self._title)
        self._document.close(
            f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
            f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n",
            "</main>\n</body>\n</html>\n",
        )

    def _parts(self, visit: Visit, result: ItemResult) -> Iterator[str]:
        exchange = result.exchange
        if exchange is None:
            yield f"*Not sent: {escaped(clean_line(result.skip_reason or 'see below'))}.*\n"
        else:
            request = exchange.redirects[0].request if exchange.redirects else exchange.request
            told = purpose(request.spec, request)
            signed = auth_words(visit.located, visit.located.item.request)
            if signed != self._signed:
                self._signed = signed
                told += f" {signed}"
            yield escaped(clean_line(told)) + "\n"
            auth = request.spec.auth
            yield block([curl_command(readable(request, auth.type if auth else None))], "sh")
        if visit.retries:
            yield "".join(f"- tried again: {escaped(clean_line(reason))}\n" for reason in visit.retries[:20])
        others = "".join(f"- {escaped(line)}\n" for line in telling.also_sent(visit))
        if others:
            yield others
        if exchange is not None and exchange.response is None:
            reason = exchange.error.message if exchange.error else "it could not be sent"
            yield f"**No answer:** {escaped(clean_line(shorten(reason, 1000)))}\n"
        elif exchange is not None and exchange.response is not None:
            response = exchange.response
            yield f"**{escaped(response_line(exchange))}**\n"
            shown = telling.body(response.content, response.header("content-type"), _LINES, _LINE)
            if shown is not None and shown.lines:
                yield block(shown.lines, shown.language or "text")
            if shown is not None and shown.more:
                yield f"*… {escaped(shown.more)}*\n"
        yield from self._outcome(visit, result)

    def _outcome(self, visit: Visit, result: ItemResult) -> Iterator[str]:
        checks = [f"- ✓ {escaped(clean_line(check.name))}\n" for check in visit.checks if check.passed]
        if checks:
            yield "".join(checks)
        for title, lines in telling.failure_lines(visit, self._history, no_answer=False):
            if title:
                yield f"**✗ {escaped(title)}**\n"
            if lines:
                yield block(lines)
        told = None if result.failures else telling.meaning_of(result.exchange, visit.located)
        if told:
            yield f"{escaped(told)}\n"
        found = telling.captured(visit, self._flow)
        if found:
            rows = [row("captured", "value", "used next"), row("---", "---", "---")]
            rows += [row(code(one.name), code(one.value), escaped(one.next.removeprefix("for "))) for one in found]
            yield "".join(rows)

    def _folder(self, folder: Folder, level: int) -> None:
        if id(folder) not in self._introduced:
            self._introduced.add(id(folder))
            self._write(f"{'#' * level} {escaped(clean_line(folder.name))}\n")
            self._describe(folder.description, level)

    def _describe(self, text: str | None, level: int) -> None:
        """A description, its headings below ours; one with HTML or strange links in it is shown as it is written."""
        if text and text.strip():
            safe = shorten(clean(text), _DESCRIPTION)
            self._write(_demoted(safe, level) + "\n" if is_harmless(safe) else block([safe], "markdown"))

    def _count(self, result: ItemResult) -> None:
        self._counts["skipped" if result.skipped else "sent"] += 1
        self._counts["failed"] += bool(result.failures)

    def _write(self, markdown: str) -> None:
        self._document.write(to_html(markdown) if self._html else markdown + "\n")


def _demoted(text: str, level: int) -> str:
    """Markdown whose headings are below one of this level; code stays."""

    def lower(part: str) -> str:
        return _HEADING.sub(lambda match: match[1] + "#" * min(6, len(match[2]) + max(0, level - 1)), part)

    parts: list[str] = []
    at = 0
    for fence in _FENCED.finditer(text):
        parts += lower(text[at : fence.start()]), fence.group()
        at = fence.end()
    return "".join((*parts, lower(text[at:])))

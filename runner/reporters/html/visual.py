"""Visualizations as documents for a sandboxed frame.

Their scripts run in it, with nothing of the page within reach (the frame has an origin of its own) and nothing of the
network (it inherits the page's Content-Security-Policy, which knows each of them by its hash).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from runner.model.collection import Json
from runner.reporters.html.blocks import block_json
from runner.scripting.visualise import Visualiser

#: Characters of the HTML, and of the data, of one visualization.
_LIMIT = 1_000_000
#: Different scripts in one report.
MAX_SCRIPTS = 500
_JAVASCRIPT = frozenset({"", "text/javascript", "application/javascript", "module"})

#: What Postman's app offers to the scripts of a visualization.
PRELUDE = (
    "window.pm={getData:function(callback){"
    'callback(null,JSON.parse(document.getElementById("htrun-data").textContent))}};'
)


class Visuals:
    """Makes documents; ``scripts`` are all scripts in them, which the page has to allow."""

    def __init__(self) -> None:
        self._visualiser = Visualiser()
        self.scripts: dict[str, None] = {}

    def document(self, given: Mapping[str, Json]) -> dict[str, Any]:
        """The document as ``html``, or an ``error``; ``still`` if some of its scripts cannot run.

        Raises:
            ScriptEngineError: V8 cannot be started.
        """
        rendered = self._visualiser.render(given)
        if rendered.error is not None:
            return {"error": rendered.error}
        data = block_json(given.get("data") or {})
        if len(rendered.html) > _LIMIT or len(data) > _LIMIT:
            return {"error": "The visualization is too large for the report"}
        html = rendered.html.replace("\r\n", "\n").replace("\r", "\n")
        still = False
        for script in (PRELUDE, *scripts_of(html)):
            if script is None or (script not in self.scripts and len(self.scripts) >= MAX_SCRIPTS):
                still = True
            else:
                self.scripts[script] = None
        made: dict[str, Any] = {
            "html": '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light">'
            f'<script type="application/json" id="htrun-data">{data}</script><script>{PRELUDE}</script>{html}'
        }
        if still:
            made["still"] = True
        return made

    def close(self) -> None:
        self._visualiser.close()


def scripts_of(html: str) -> Iterator[str | None]:
    """The scripts that stand in a document, and None for each that is fetched from elsewhere."""
    finder = _Scripts()
    finder.feed(html)
    finder.close()
    yield from finder.found


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str | None] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "script":
            return
        given = dict(attrs)
        if "src" in given:
            self.found.append(None)
        elif (given.get("type") or "").strip().lower() in _JAVASCRIPT:
            self.found.append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open and self.found:
            self.found[-1] = (self.found[-1] or "") + data

"""Results as a file, and in the documentation."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bench.figures import LIMITS
from bench.measure import Measured
from bench.process import Sample
from bench.report import picture, remarks, tables
from bench.split import Split
from bench.tools import ROOT

PAGE = ROOT / "docs" / "performance.md"
PICTURE = Path("images", "memory.svg")
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a run of the bench found.

    Attributes:
        about: what was measured where: versions, machine, turns.
        quick: it was only tried out; the figures mean nothing.
    """

    about: Mapping[str, str]
    results: dict[str, Measured] = field(default_factory=dict)
    split: Split = field(default_factory=dict)
    quick: bool = False

    def document(self) -> dict[str, Any]:
        found = {limit.title: limit.found(self.results) for limit in LIMITS}
        return {
            "about": dict(self.about),
            "quick": self.quick,
            "limits": [
                {
                    "title": limit.title,
                    "limit": limit.limit,
                    "at_least": limit.at_least,
                    "found": asdict(one),
                    "kept": limit.kept(one),
                }
                for limit in LIMITS
                if (one := found[limit.title])
            ],
            "cases": [asdict(one) for one in self.results.values()],
            "start-up": self.split,
        }


def read(path: Path) -> Outcome:
    """Raises SystemExit if the file is not one that ``--json`` has written."""
    try:
        document = json.loads(path.read_text())
        found = {
            one["case"]: Measured(
                one["case"],
                one["kind"],
                {
                    series: {int(count): [Sample(**sample) for sample in samples] for count, samples in counts.items()}
                    for series, counts in one["samples"].items()
                },
            )
            for one in document["cases"]
        }
        return Outcome(document["about"], found, document["start-up"], document["quick"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(f"{path} is no result of --json: {error}") from None


def machine() -> dict[str, str]:
    return {
        "date": date.today().isoformat(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, {_processor()}",
        "load": f"{os.getloadavg()[0]:.1f} before the first run",
        "Python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def text(outcome: Outcome) -> str:
    parts = [table.text() for table in tables(outcome.results, outcome.split)]
    return "\n\n".join([_caption(outcome), *parts, "\n".join(remarks(outcome.results))]).rstrip()


def _caption(outcome: Outcome) -> str:
    caption = "; ".join(f"{name} {value}" for name, value in outcome.about.items())
    return f"{caption}; only tried out: these figures mean nothing" if outcome.quick else caption


def write_docs(outcome: Outcome, page: Path) -> None:
    """Puts the tables between the page's marks and draws the picture, ``images/memory.svg`` beside it.

    Raises:
        SystemExit: there is no such page, or it has no marks.
    """
    put("\n\n".join([f"Measured: {_caption(outcome)}.", *_markdown(outcome)]), page)
    drawn = picture(outcome.results)
    if drawn:
        image = page.parent / PICTURE
        image.parent.mkdir(exist_ok=True)
        image.write_text(drawn)


def put(text: str, page: Path) -> None:
    """Puts a text between the marks of a page. Raises as ``write_docs`` does."""
    try:
        before, begin, rest = page.read_text().partition(BEGIN)
    except OSError as error:
        raise SystemExit(f"Cannot read {page}: {error.strerror}.") from None
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} must hold the lines {BEGIN} and {END}: the tables go between them.")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _markdown(outcome: Outcome) -> Sequence[str]:
    parts = [table.markdown() for table in tables(outcome.results, outcome.split)]
    return [*parts, "\n".join(f"- {remark}" for remark in remarks(outcome.results))]

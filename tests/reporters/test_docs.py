"""docs/reporters.md says what is there: every reporter, and an example that works."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from reporters.stream import feed, sample
from runner.reporters.interface import ReporterOptions
from runner.reporters.registry import OPTIONS, REPORTERS

DOCS = Path(__file__).parents[2] / "docs" / "reporters.md"


def test_every_reporter_has_its_row() -> None:
    table = re.findall(r"^\| `(\w+)` \|", DOCS.read_text("utf-8").partition("All of them")[0], re.M)
    assert table == list(REPORTERS)


def test_every_option_that_is_read_is_documented() -> None:
    sources = Path(__file__).parents[2] / "runner" / "reporters"
    read = {
        found
        for path in sources.rglob("*.py")
        for found in re.findall(r'(?:flag|text)\((?:self\._)?options, "(\w+)"\)', path.read_text("utf-8"))
    }
    documented = set(re.findall(r"`([a-z-]+)`", DOCS.read_text("utf-8").partition("All of them")[0]))
    assert {name.replace("_", "-") for name in read} <= documented
    assert len(read) == 14


def test_the_options_of_each_reporter_are_those_that_are_documented() -> None:
    """Others are warned of."""
    rows = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", DOCS.read_text("utf-8").partition("All of them")[0], re.M)
    documented = {name: {one.replace("-", "_") for one in re.findall(r"`([a-z-]+)`", cell)} for name, cell in rows}
    assert documented == {name: set(OPTIONS.get(name, {"export"})) for name in REPORTERS}


def test_the_example_works() -> None:
    code = re.search(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    assert code
    names: dict[str, Any] = {}
    exec(code.group(1), names)
    out = io.StringIO()
    feed(names["Slowest"](ReporterOptions(out=out, options={"top": "2"})), sample())
    assert out.getvalue() == "      24 ms  Users/List users\n      24 ms  Down\n"

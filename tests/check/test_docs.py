"""docs/rules.md and docs/check.md say what there is."""

from __future__ import annotations

import re
from pathlib import Path

import click

from runner.check.rules import RULES
from runner.cli.check import command

DOCS = Path(__file__).parents[2] / "docs"


def test_every_rule_has_its_section() -> None:
    text = (DOCS / "rules.md").read_text("utf-8")
    sections = re.findall(r"^## (HT\d{3}) ([\w-]+)\n\n\*(\w+).*?\*(?: (.+))\n\n(.+)", text, re.MULTILINE)
    assert [found[:4] for found in sections] == [(r.code, r.name, r.severity, r.summary) for r in RULES]
    table = re.findall(r"^\| \[(HT\d{3})\]\(#(.+?)\) \| (\S+) \| (\S+) \| (.+) \|$", text, re.MULTILINE)
    assert table == [(r.code, f"{r.code.lower()}-{r.name}", r.name, r.severity, r.summary) for r in RULES]


def test_every_option_is_described() -> None:
    text = (DOCS / "check.md").read_text("utf-8")
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.opts for one in options if not any(f"`{name}" in text for name in one.opts)] == []

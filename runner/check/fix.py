"""``--fix``: changes the text of a collection file where that changes nothing about a run, and nothing else in it."""

from __future__ import annotations

from collections.abc import Iterable

from runner.check.model import Problem
from runner.parse.places import collection_text


def fixed(text: str, problems: Iterable[Problem]) -> tuple[str, int]:
    """The text with all edits of the findings, and the number of findings that were fixed. An edit whose place holds
    another text than it should is left out."""
    file = collection_text(text)
    if file is None:
        return text, 0
    changes: dict[int, tuple[str, str]] = {}
    done = 0
    for problem in problems:
        found = 0
        for edit in problem.finding.edits:
            at = file.in_script(problem.finding.place.chain, edit.script, edit.line, edit.column)
            # a plain name: nothing in it is escaped
            if at is not None and text.startswith(edit.old, at):
                changes[at] = edit.old, edit.new
                found += 1
        done += bool(found)
    for at in sorted(changes, reverse=True):
        old, new = changes[at]
        text = text[:at] + new + text[at + len(old) :]
    return text, done

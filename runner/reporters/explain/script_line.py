"""The line of a script at which it failed."""

from __future__ import annotations

import re

from runner.model.collection import Collection, Folder, Item
from runner.model.records import dataclass
from runner.model.result import Failure

#: a frame of the stack, innermost first, as the sandbox's host writes it (scripting/js/src/errors.js)
_FRAME = re.compile(r"\bscript:(\d+):(\d+)")


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """``line`` and ``column`` count from 1."""

    line: int
    column: int
    text: str
    owner: Folder | Item | None  #: what the script stands in

    @property
    def place(self) -> str:
        """``line 3 of the test script of folder "Users"``, to be read after ``at``."""
        match self.owner:
            case Collection():
                return f"line {self.line} of the script of the collection"
            case Folder():
                return f'line {self.line} of the script of folder "{self.owner.name}"'
            case _:
                return f"line {self.line} of the script"


def script_line(failure: Failure) -> ScriptLine | None:
    """Where the script of a failure stood, or None if that is not known: not every error has a place."""
    script = failure.script
    found = _FRAME.search(failure.error.stack or "")
    if script is None or found is None:
        return None
    lines = script.source.split("\n")
    line = int(found.group(1))
    if not 1 <= line <= len(lines):
        return None
    return ScriptLine(line, int(found.group(2)), lines[line - 1], script_owner(failure))


def script_owner(failure: Failure) -> Folder | Item | None:
    """The item or folder that the script of a failure belongs to."""
    script, located = failure.script, failure.item
    if script is None or located is None:
        return None
    nodes: tuple[Folder | Item, ...] = (located.item, *reversed(located.parents))
    own = (node for node in nodes if any(one is script for one in node.scripts))
    alike = (node for node in nodes if script in node.scripts)  # a run that was read from a file
    return next(own, None) or next(alike, None)

"""The members of a v2.1 collection that stand in files of their own: those of collections v3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.model.collection import Json


class FileNode(dict[str, Any]):
    """A member of a v2.1 collection that has a file of its own.

    Attributes:
        file: its path; empty for a folder that says nothing about itself.
        line: where the file says what it is called, from 1.
        script_lines: of its scripts, in the order of ``event``: where the first line of each stands.
        auths: of a folder: what it offers, by id.
    """

    __slots__ = ("auths", "file", "line", "script_lines")

    def __init__(
        self, members: Mapping[str, Json], file: str, line: int = 1, script_lines: tuple[int, ...] = ()
    ) -> None:
        super().__init__(members)
        self.file, self.line, self.script_lines = file, line, script_lines
        self.auths: Mapping[str, Json] = {}

    def script_line(self, number: int, line: int) -> int | None:
        """Where a line of a script stands, both from 1; None if there is no such script.

        Args:
            number: the place of the script among those of this member, from 0.
        """
        return self.script_lines[number] + line - 1 if 0 <= number < len(self.script_lines) else None

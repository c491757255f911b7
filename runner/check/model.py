"""What a check finds, and what a rule is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from runner.model.collection import Collection, Folder, Item, Script
from runner.model.records import dataclass

#: How bad it is: an ``error`` breaks a run or makes it check nothing, a ``warning`` is likely to be a mistake, a
#: ``note`` is worth knowing. The names are those of SARIF 2.1.0 (section 3.27.10).
Severity: TypeAlias = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. ``name`` is a word for its heading in docs/rules.md; ``summary`` one sentence about what it finds."""

    code: str
    name: str
    severity: Severity
    summary: str
    fixable: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found.

    Attributes:
        chain: from the collection down to the folder or request.
        script: the script of the last of ``chain`` that it stands in.
        line: line of that script, from 1.
        column: column of that line, from 1, in UTF-16 units.
        field: the way to it in the JSON of the last of ``chain``, as far as it is known; () is its name.
        needle: a variable in one of the texts below ``field``, as ``{{needle}}``.
    """

    chain: tuple[Folder | Item, ...]
    script: Script | None = None
    line: int = 1
    column: int = 1
    field: tuple[str | int, ...] = ()
    needle: str = ""

    @property
    def path(self) -> str:
        """``Folder/Request``; empty for the collection itself."""
        return "/".join(node.name for node in self.chain[1:])

    @property
    def within(self) -> str:
        """For people: ``test script, line 3``; empty for what stands in no script."""
        return f"{self.script.listen} script, line {self.line}" if self.script is not None else ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a script's line that changes nothing about a run."""

    script: Script
    line: int
    column: int  #: from 1, in UTF-16 units
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule has found. ``message`` is one sentence without a full stop, and never holds a secret."""

    code: str
    message: str
    place: Place
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding with its severity, and where it stands in the file; lines and columns count from 1."""

    finding: Finding
    severity: Severity
    path: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where the value of a variable comes from: ``kind`` is as in ``runner.workflow.dataflow.Status``."""

    name: str
    kind: str
    origin: str  #: for people: ``environment``, ``Users/Create user (test script, line 3)``
    uses: int  #: number of requests that use it


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one collection, in the order of its file."""

    path: str
    collection: Collection | None  #: None if it could not be read
    problems: tuple[Problem, ...] = ()
    variables: tuple[Source, ...] = ()
    requests: int = 0


def count(problems: Iterable[Problem]) -> Mapping[Severity, int]:
    """How many there are of each severity."""
    counts: dict[Severity, int] = dict.fromkeys(SEVERITIES, 0)
    for problem in problems:
        counts[problem.severity] += 1
    return counts


__all__ = ["SEVERITIES", "Edit", "Finding", "Place", "Problem", "Report", "Rule", "Severity", "Source", "count"]

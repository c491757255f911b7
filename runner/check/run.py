"""Applying the rules to a collection."""

from __future__ import annotations

from runner.check.model import Finding, Place, Problem, Report
from runner.check.places import Places
from runner.check.rules import BY_CODE, FAMILIES
from runner.check.subject import Inputs, subject_of
from runner.check.suppress import unsuppressed
from runner.check.variables import sources
from runner.errors import InputError
from runner.model.collection import Collection


def check(
    path: str,
    collection: Collection,
    inputs: Inputs,
    text: str | None = None,
    *,
    disabled: frozenset[str] = frozenset(),
) -> Report:
    """What is wrong with a collection. Nothing is sent and no script is run.

    Args:
        path: how the user named it.
        text: of its file, for lines and columns.
        disabled: codes of rules that are off.

    Raises:
        ScriptEngineError: V8, which parses the scripts, cannot be started.
    """
    subject = subject_of(collection, inputs)
    found = (finding for family in FAMILIES for finding in family(subject))
    places = Places(path, text)
    problems = [_problem(finding, places) for finding in unsuppressed(found, disabled)]
    problems.sort(key=lambda problem: (problem.path, problem.line, problem.column, problem.finding.code))
    return Report(path, collection, tuple(problems), sources(subject), len(subject.items))


def unreadable(path: str, error: InputError) -> Report:
    """The report of a file that is no collection."""
    place = ":".join(str(part) for part in (error.path, error.line, error.column) if part is not None)
    finding = Finding("HT001", str(error).removeprefix(f"{place}: "), Place(()))
    # of a collection v3 it is one of its files
    problem = Problem(finding, BY_CODE["HT001"].severity, error.path or path, error.line or 1, error.column or 1)
    return Report(path, None, (problem,))


def _problem(finding: Finding, places: Places) -> Problem:
    path, line, column = places.of(finding.place)
    return Problem(finding, BY_CODE[finding.code].severity, path, line, column)

"""Workflow files in ``htrun check``: what is wrong with them, and what they set for their collections."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from runner.check.model import Report
from runner.check.run import unreadable
from runner.errors import FetchError, InputError
from runner.model.collection import walk
from runner.model.records import dataclass
from runner.opening.source import WORKFLOW_FILES, Source
from runner.parse.data import load_data
from runner.parse.remote import is_remote
from runner.parse.text import read_bytes
from runner.workflow.bind import BoundWorkflow, bind
from runner.workflow.load import beside, load_workflow
from runner.workflow.spec import Step, Workflow


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is to be checked.

    Attributes:
        reports: of the workflow files.
        collections: the other files, and the collections of the workflow files, each once.
        names: of the variables that workflow files set, by collection.
        checked: places of the requests whose answers workflow files check, by collection.
    """

    reports: tuple[Report, ...]
    collections: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    checked: Mapping[str, frozenset[int]]


def inspect(locations: Sequence[str], source: Source) -> Inspection:
    """Reads the workflow files among what is to be checked.

    Raises:
        FetchError: a collection cannot be fetched.
        InputError: a workflow file cannot be read at all.
    """
    reports: list[Report] = []
    collections: dict[str, str] = {}
    names: dict[str, dict[str, None]] = {}
    checked: dict[str, frozenset[int]] = {}

    def known(location: str) -> str:
        key = location if is_remote("collection", location, source.api_key) else os.path.realpath(location)
        return collections.setdefault(key, location)

    for location in locations:  # under the names that the user gave, if there are some
        if not location.lower().endswith(WORKFLOW_FILES):
            known(location)
    for location in locations:
        if not location.lower().endswith(WORKFLOW_FILES):
            continue
        read_bytes(location)  # that it is not there is no finding
        try:
            workflow = load_workflow(location)
        except InputError as error:
            reports.append(unreadable(location, error))
            continue
        report, there, bound = _report(location, workflow, source)
        reports.append(report)
        for name, written in there.items():
            here = known(written)
            names.setdefault(here, {}).update(dict.fromkeys(_set_by(workflow)))
            checked[here] = checked.get(here, frozenset()).union(_checked(bound, name) if bound else ())
    return Inspection(
        tuple(reports), tuple(collections.values()), {one: tuple(found) for one, found in names.items()}, checked
    )


def _report(
    location: str, workflow: Workflow, source: Source
) -> tuple[Report, Mapping[str, str], BoundWorkflow | None]:
    """What is wrong with a workflow file, those of its collections that are there, by their names in it, and what its
    steps run."""
    files = {name: beside(location, written.text) for name, written in workflow.collections.items()}
    there = {
        name: one for name, one in files.items() if is_remote("collection", one, source.api_key) or os.path.exists(one)
    }
    try:
        bound = bind(workflow, source.collection)
    except FetchError:
        raise
    except InputError as error:
        if error.path in there.values():  # it has a report of its own
            return Report(location, None), there, None
        return unreadable(location, error), there, None
    return Report(location, bound.collection), there, bound


def _checked(bound: BoundWorkflow, collection: str) -> Iterator[int]:
    """Places in the order of a collection, of requests whose answers a step checks: it expects something, or waits
    for it."""
    found: set[int] = set()
    waiting = [*bound.steps, *bound.always]
    while waiting:
        one = waiting.pop()
        waiting += (*one.steps, *one.branches)
        if one.step.checks or one.step.poll is not None:
            found.update(id(located.item) for located in one.items)
    every = [one for one in walk(bound.collection) if not collection or one.parents[1].name == collection]
    yield from (place for place, located in enumerate(every) if id(located.item) in found)


def _set_by(workflow: Workflow) -> Iterator[str]:
    """Names of the variables that the steps can use."""
    yield from workflow.variables
    yield from (secret.text for secret in workflow.secrets)
    for step in (*workflow.steps, *workflow.always):
        yield from _set_by_step(step, workflow.path)


def _set_by_step(step: Step, path: str) -> Iterator[str]:
    yield from step.variables
    yield from (capture.name for capture, _ in step.captures)
    if step.foreach is not None:
        yield step.foreach.name
        values = step.foreach.values
        if step.foreach.file is not None:
            with suppress(InputError):  # its name is worked out during the run
                values = load_data(beside(path, step.foreach.file))
        for row in values if isinstance(values, (list, tuple)) else ():
            yield from row if isinstance(row, Mapping) else ()
    for inner in (*step.steps, *step.parallel):
        yield from _set_by_step(inner, path)

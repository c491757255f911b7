"""A file as the requests that it runs, each of which is a test. Nothing is sent, and no script is run."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

import pytest

from runner.engine.addresses import places
from runner.engine.inherit import script_sources
from runner.errors import InputError
from runner.model.collection import Collection, Located, walk
from runner.model.records import dataclass
from runner.opening.source import WORKFLOW_FILES, Source
from runner.parse.remote import Reply
from runner.reporters.positions import Position, Positions
from runner.reporters.text import clean_line
from runner.workflow.bind import BoundStep, BoundWorkflow

#: What a test is about: the number of the request in its file, and of the row of data.
Key: TypeAlias = tuple[int, int]


class Unit(NamedTuple):
    """A request as the file runs it: of a workflow file, for a step."""

    name: str  #: belongs to no other
    located: Located
    step: BoundStep | None = None
    place: int = 0  #: among the requests of the step
    top: str = ""  #: the outermost step
    titles: tuple[str | None, ...] = ()  #: of the step and those around it


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that was read.

    Attributes:
        units: what it runs, in order.
        jumps: it may run a request several times, or pass one over.
    """

    path: str
    collection: Collection
    workflow: BoundWorkflow | None
    units: tuple[Unit, ...]
    jumps: bool
    _positions: Positions

    def position(self, unit: Unit) -> Position | None:
        """Where a request, or the step that runs it, stands."""
        if unit.step is not None:
            return Position(self.path, unit.step.step.line)
        return self._positions.of_item(unit.located)


def read(path: str) -> Reading:
    """Reads a collection of any format, or a workflow file and its collections.

    Raises:
        InputError: it cannot be read, or something in it is wrong.
    """
    source = Source(_offline, warn=_warn)
    workflow: BoundWorkflow | None = None
    if path.lower().endswith(WORKFLOW_FILES):
        from runner.workflow.bind import bind
        from runner.workflow.load import load_workflow

        workflow = bind(load_workflow(path), source.collection)
        collection = workflow.collection
        found = list(_of_steps(workflow))
        jumps = any(step.step.foreach is not None for step in _all(workflow.steps + workflow.always))
    else:
        collection = source.collection(path)
        found = list(_of_collection(collection))
        jumps = False
    jumps = jumps or any("setNextRequest" in text for text in script_sources(collection))
    return Reading(path, collection, workflow, tuple(_named(found)), jumps, Positions())


def _offline(url: str, headers: Mapping[str, str]) -> Reply:
    raise InputError("is not in a file: pytest collects what can be read without the network", path=url)


def _warn(text: str) -> None:
    warnings.warn(pytest.PytestCollectionWarning(text), stacklevel=2)


def _of_collection(collection: Collection) -> Iterator[Unit]:
    requests = [place for place in places(collection) if not place.is_folder]
    for located, place in zip(walk(collection), requests, strict=True):
        yield Unit(place.address, located)


def _of_steps(workflow: BoundWorkflow) -> Iterator[Unit]:
    for step in workflow.steps + workflow.always:
        yield from _of_step(step, "", step.step.name, ())


def _of_step(bound: BoundStep, around: str, top: str, titles: tuple[str | None, ...]) -> Iterator[Unit]:
    here, titles = f"{around}{bound.step.name}/", (*titles, bound.step.title)
    for place, located in enumerate(bound.items):
        yield Unit(f"{here}{located.path}", located, bound, place, top, titles)
    for inner in bound.steps + bound.branches:
        yield from _of_step(inner, here, top, titles)


def _all(steps: tuple[BoundStep, ...]) -> Iterator[BoundStep]:
    for step in steps:
        yield step
        yield from _all(step.steps + step.branches)


def _named(units: list[Unit]) -> Iterator[Unit]:
    """The units with names that pytest can take apart, each its own."""
    # "::" stands between the parts of a node id; some terminals and reports break at other characters
    names = [clean_line(unit.name).replace("::", ":") or unit.located.item.id for unit in units]
    several = {name for name, count in Counter(names).items() if count > 1}
    taken = set(names)
    numbers: Counter[str] = Counter()
    for unit, base in zip(units, names, strict=True):
        name = base
        while base in several and name in taken:
            # also the first: pytest takes the name without a number for all of them
            numbers[base] += 1
            name = f"{base}[{numbers[base]}]"
        taken.add(name)
        yield unit._replace(name=name)

"""The options that choose requests, applied to several inputs of one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from runner.engine.addresses import places
from runner.engine.selection import select
from runner.engine.selectors import for_each
from runner.errors import EmptySelectionError
from runner.model.collection import Collection, Located
from runner.opening.asked import Selection
from runner.opening.choice import Choice
from runner.opening.source import Source
from runner.workflow.bind import BoundWorkflow, chosen

#: An input as it was read: a collection, or a workflow file and its collections as one.
Read: TypeAlias = tuple[Collection, BoundWorkflow | None]
#: Where it came from, what it is, and which requests of it run.
Chosen: TypeAlias = tuple[str, Collection, BoundWorkflow | None, tuple[Located, ...]]


def chosen_inputs(
    folders: Sequence[str], selection: Selection, source: Source, inputs: Sequence[tuple[str, Read]]
) -> list[Chosen]:
    """What the options leave of several inputs; those of which they leave nothing are not there. Names may be in some
    of the inputs only. A workflow file is not cut: it is in one shard.

    Raises:
        SelectionError, UsageError, InputError: see ``runner.engine.selectors``.
    """
    choice = Choice(selection, source)
    collections = [(collection.name, collection) for _, (collection, workflow) in inputs if workflow is None]
    asked = iter(for_each(choice.asked, collections))
    _require_known(folders, [read for _, read in inputs])
    found: list[Chosen] = []
    nothing: EmptySelectionError | None = None
    for location, (collection, workflow) in inputs:
        names = [name for name in folders if name in _names(collection, workflow)]
        if folders and not names:
            continue
        if workflow is not None:
            kept = chosen(workflow, names)
            found.append((location, collection, kept, tuple(kept.all_items())))
        elif (mine := next(asked)) is not None:
            try:
                found.append((location, collection, None, choice.items(collection, select(collection, names), mine)))
            except EmptySelectionError as error:
                nothing = nothing or error
    if nothing is not None and not found:
        raise nothing
    return _share(choice, found) if choice.shard else found


def _share(choice: Choice, inputs: Sequence[Chosen]) -> list[Chosen]:
    units = [
        (at, unit)
        for at, (_, _, workflow, items) in enumerate(inputs)
        for unit in ([items] if workflow is not None else [(one,) for one in items])
    ]
    numbers = choice.shards([(inputs[at][1], unit) for at, unit in units])
    mine: dict[int, list[Located]] = {}
    for at, unit in choice.kept(units, numbers):
        mine.setdefault(at, []).extend(unit)
    return [(*inputs[at][:3], tuple(items)) for at, items in mine.items()]


def _names(collection: Collection, workflow: BoundWorkflow | None) -> set[str]:
    """What --folder may name."""
    if workflow is not None:
        return {one.step.name for one in workflow.steps}
    return {text for place in places(collection) for text in (place.name, place.id)}


def _require_known(folders: Sequence[str], inputs: Sequence[Read]) -> None:
    known = {name for collection, workflow in inputs for name in _names(collection, workflow)} if folders else set()
    for name in folders:
        if name not in known:
            raise EmptySelectionError(f'no input has a folder or request called "{name}" (--folder)')

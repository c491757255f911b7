"""The order of steps: what they need first, and otherwise as they are written."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from runner.errors import InputError
from runner.model.records import replace
from runner.parse.nodes import suggestion
from runner.workflow.spec import Step


def ordered(steps: tuple[Step, ...], path: str) -> tuple[Step, ...]:
    """The steps of one list in the order in which they run one by one: each after those that it waits for, of
    those that could be next the first. Each has ``after`` filled in.

    A step that does not say what it needs waits for the one written before it, unless that one needs it.

    Raises:
        InputError: a step needs one that is not there, or itself in a circle.
    """
    waits = {number: set(_needed(step, steps, path)) for number, step in enumerate(steps)}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        raise _circle(error.args[1], steps, path) from None
    for number, step in enumerate(steps):
        if step.needs is None:
            earlier = (one for one in range(number - 1, -1, -1) if not _depends(one, number, waits))
            waits[number].update([*earlier][:1])
    sorter = TopologicalSorter(waits)
    sorter.prepare()
    result: list[Step] = []
    ready: list[int] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        first = ready.pop(0)
        sorter.done(first)
        result.append(replace(steps[first], after=tuple(steps[one].name for one in sorted(waits[first]))))
    return tuple(result)


def _needed(step: Step, steps: tuple[Step, ...], path: str) -> list[int]:
    positions = {one.name: number for number, one in enumerate(steps)}
    for need in step.needs or ():
        if need.text not in positions:
            hint = suggestion(need.text, positions) or f"; in this list there are: {', '.join(positions)}"
            raise InputError(f'there is no step "{need.text}"{hint}', path=path, line=need.line)
    return [positions[need.text] for need in step.needs or ()]


def _depends(one: int, other: int, waits: dict[int, set[int]]) -> bool:
    """Whether step ``one`` waits for ``other``, directly or not."""
    return other in waits[one] or any(_depends(between, other, waits) for between in waits[one])


def _circle(numbers: list[int], steps: tuple[Step, ...], path: str) -> InputError:
    # graphlib names each step before the one that needs it
    names = [f'"{steps[number].name}"' for number in reversed(numbers)]
    first = steps[numbers[-1]]
    line = (first.needs or ())[0].line
    return InputError(f"the steps need each other in a circle: {' needs '.join(names)}", path=path, line=line)

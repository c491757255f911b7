"""The flow of data on the tour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from runner.engine.session import Session
from runner.model.collection import Located
from runner.workflow.bind import BoundStep, BoundWorkflow
from runner.workflow.dataflow import Define, Flow, flow_of


def tour_flow(
    session: Session,
    items: Sequence[Located],
    workflow: BoundWorkflow | None,
    captures: Mapping[int, Sequence[Define]],
) -> Flow:
    """Which request sets what, and which needs it.

    Args:
        captures: of a collection; a workflow has its own.

    Raises:
        ScriptEngineError: V8 cannot be started.
    """
    given: dict[str, None] = {}
    found: dict[int, list[Define]] = {key: list(defines) for key, defines in captures.items()}
    if workflow is not None:
        given.update(dict.fromkeys(workflow.workflow.variables))
        for bound in _steps((*workflow.steps, *workflow.always)):
            given.update(dict.fromkeys(bound.step.variables))
            if bound.step.foreach is not None:
                given.update(dict.fromkeys(_columns(bound)))
            for key, written in bound.captures.items():
                found.setdefault(key, []).extend(Define(one.name, one.scope, f"capture {one}") for one in written)
    return flow_of(session.collection, items, scopes=session.scopes, data=given, captures=found)


def _columns(bound: BoundStep) -> Iterator[str]:
    foreach = bound.step.foreach
    assert foreach is not None
    yield foreach.name
    for element in foreach.values if isinstance(foreach.values, list) else ():
        if isinstance(element, dict):
            yield from element


def _steps(steps: Sequence[BoundStep]) -> Iterator[BoundStep]:
    for step in steps:
        yield step
        yield from _steps((*step.steps, *step.branches))

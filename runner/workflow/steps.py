"""Steps: their order, conditions, repetitions and variables, and what becomes of the others if one fails."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from runner.engine.draft import Draft
from runner.engine.events import ConsoleLogged, Event, ItemFinished, ItemStarted
from runner.engine.frame import End
from runner.engine.iteration import ItemRunner, Plan, Targets, run_items
from runner.engine.session import Session
from runner.errors import InputError
from runner.expressions import ExpressionError, compile_expression
from runner.model.collection import Json, Located
from runner.model.records import dataclass, replace
from runner.model.result import ConsoleLine, Cursor, ErrorInfo
from runner.parse.data import load_data
from runner.scripting.interface import ScriptEngine
from runner.variables import VariableScope
from runner.workflow.bind import BoundStep
from runner.workflow.branches import Branch, side_by_side
from runner.workflow.load import beside
from runner.workflow.requests import item_runner
from runner.workflow.spec import ForEach, Step
from runner.workflow.texts import filled, lookup_in

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

#: Makes another runner of the one for the items of a step.
Wrap: TypeAlias = Callable[[ItemRunner, BoundStep], ItemRunner]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where steps run.

    Attributes:
        path: the workflow file.
        end: notes why the run ends early.
        cycles: number of iterations.
        width: how many steps may run side by side (``--parallel``).
        start_engine: starts another script engine.
        wrap: around the way in which the items of a step are run, for who looks at each of them.
    """

    session: Session
    path: str
    end: End
    cycles: int
    width: int
    start_engine: Callable[[], ScriptEngine]
    iteration: int = 0
    wrap: Wrap | None = None

    def place(self, line: int) -> str:
        return f"{self.path}:{line}"


def run_steps(
    steps: Sequence[BoundStep], scene: Scene, outcomes: dict[str, str] | None = None
) -> Generator[Event, None, bool]:
    """The events of the steps of one list, in dependency order; true if one failed.

    Args:
        outcomes: what became of steps that ran before, by name.
    """
    outcomes = {} if outcomes is None else outcomes
    any_failed = False
    stopped_by: str | None = None
    waiting = list(steps)
    while waiting:
        ready = _ready(waiting, scene.width)
        names = {one.step.name for one in ready}
        waiting = [one for one in waiting if one.step.name not in names]
        runnable: list[BoundStep] = []
        for one in ready:
            reason = _why_not(one.step, outcomes, stopped_by)
            if reason is None:
                runnable.append(one)
            else:
                outcomes[one.step.name] = SKIPPED
                yield from skip(one, scene, reason)
        if len(runnable) > 1:
            failed = yield from _parallel(runnable, scene, scene.width)
        else:
            failed = []
            for one in runnable:
                failed.append((yield from run_step(one, scene)))
        for one, bad in zip(runnable, failed, strict=True):
            any_failed = any_failed or bad
            outcomes[one.step.name] = FAILED if bad and one.step.on_failure != "continue" else PASSED
            if bad and stopped_by is None and _stops(one.step, scene):
                stopped_by = one.step.name
    return any_failed


def run_step(bound: BoundStep, scene: Scene) -> Generator[Event, None, bool]:
    """The events of one step; true if it failed."""
    step = bound.step
    try:
        if step.when is not None and not compile_expression(step.when.text).evaluate(lookup_in(scene.session.scopes)):
            yield from skip(bound, scene, f"when {' '.join(step.when.text.split())}: it is not so")
            return False
        if step.foreach is None:
            return (yield from _once(bound, scene))
        elements = _elements(step.foreach, scene)
    except ExpressionError as error:
        yield from _broken(bound, scene, str(error))
        return True
    if not elements:
        yield from skip(bound, scene, "foreach: there are no elements")
    failed = False
    data = scene.session.scopes.data
    for element in elements:
        columns = element if isinstance(element, dict) else {}
        scene.session.scopes.data = {**data, step.foreach.name: element, **columns}
        try:
            bad = yield from _once(bound, scene)
        except ExpressionError as error:
            yield from _broken(bound, scene, str(error))
            bad = True
        finally:
            scene.session.scopes.data = data
        failed = failed or bad
        if bad and _stops(step, scene):
            break
    return failed


def skip(bound: BoundStep, scene: Scene, reason: str) -> Generator[Event, None, None]:
    """Reports every request of a step as skipped."""
    for located in bound.all_items():
        draft = _draft(located, scene, bound.step.title)
        draft.skipped, draft.skip_reason = True, reason
        yield ItemStarted(located, draft.cursor)
        yield ItemFinished(draft.result())


def _broken(bound: BoundStep, scene: Scene, problem: str) -> Generator[Event, None, None]:
    """A step that cannot even start: its first request has failed, the others are skipped."""
    for number, located in enumerate(bound.all_items()):
        draft = _draft(located, scene, bound.step.title)
        draft.skipped = True
        draft.skip_reason = f'the step "{bound.step.name}" could not start'
        if number == 0:
            draft.fail("setup", ErrorInfo("WorkflowError", problem), scene.place(bound.step.line))
        yield ItemStarted(located, draft.cursor)
        yield ItemFinished(draft.result())


def _draft(located: Located, scene: Scene, step: str | None) -> Draft:
    cursor = Cursor(0, scene.iteration, 1, scene.cycles, str(uuid.uuid4()), step)
    return Draft(located, cursor, scene.session.inherited(located), located.item.request)


def _ready(waiting: Sequence[BoundStep], width: int) -> list[BoundStep]:
    """The next step, or with ``--parallel`` all steps that wait for none of those that have not run."""
    if width <= 1:
        return list(waiting[:1])
    names = {one.step.name for one in waiting}
    return [one for one in waiting if not names & set(one.step.after)]


def _why_not(step: Step, outcomes: dict[str, str], stopped_by: str | None) -> str | None:
    if stopped_by is not None:
        return f'the step "{stopped_by}" failed'
    for need in step.needs or ():
        outcome = outcomes.get(need.text)
        if outcome == FAILED:
            return f'it needs the step "{need.text}", which failed'
        if outcome == SKIPPED:
            return f'it needs the step "{need.text}", which was skipped'
    return None


def _stops(step: Step, scene: Scene) -> bool:
    options = scene.session.options
    return step.on_failure == "stop" or options.bail or (options.bail_on_error and scene.end.error is not None)


def _once(bound: BoundStep, scene: Scene) -> Generator[Event, None, bool]:
    with _variables(bound.step, scene.session):
        if bound.steps:
            return (yield from run_steps(bound.steps, scene))
        if bound.branches:
            width = scene.width if scene.width > 1 else len(bound.branches)
            return any((yield from _parallel(bound.branches, scene, width)))
        return (yield from _requests(bound, scene))


def _requests(bound: BoundStep, scene: Scene) -> Generator[Event, None, bool]:
    runner = item_runner(bound, scene.path)
    if scene.wrap is not None:
        runner = scene.wrap(runner, bound)
    plan = Plan(bound.items, Targets(bound.items), scene.cycles, runner, bound.step.title)
    stream = run_items(scene.session, plan, scene.iteration, scene.end)
    failed = False
    try:
        for event in stream:
            failed = failed or (isinstance(event, ItemFinished) and bool(event.result.failures))
            yield event
    finally:
        stream.close()
    return failed


def _parallel(branches: Sequence[BoundStep], scene: Scene, width: int) -> Generator[Event, None, list[bool]]:
    def branch(bound: BoundStep) -> Branch:
        return lambda session: run_step(bound, replace(scene, session=session))

    failed, clashes = yield from side_by_side(
        scene.session, [branch(one) for one in branches], width, scene.start_engine
    )
    last = next(reversed([located for one in branches for located in one.all_items()]), None)
    if clashes and last is not None:
        names = ", ".join(clashes)
        text = f"steps that ran side by side have set {names} to different values; the last of them counts"
        yield ConsoleLogged(ConsoleLine("warn", (text,)), last)
    return failed


def _elements(foreach: ForEach, scene: Scene) -> Sequence[Json]:
    lookup = lookup_in(scene.session.scopes)
    if foreach.file is not None:
        try:
            return load_data(beside(scene.path, str(filled(foreach.file, lookup))))
        except InputError as error:
            raise ExpressionError(str(error)) from None
    values = filled(foreach.values, lookup)
    if not isinstance(values, (list, tuple)):
        raise ExpressionError(f"foreach: {foreach.values} is no list")
    return values


@contextmanager
def _variables(step: Step, session: Session) -> Iterator[None]:
    """Sets the variables of a step as local ones, and afterwards what they hid."""
    local: VariableScope = session.scopes.local
    before = {name: local.find(name) for name in step.variables}
    try:
        for name, written in step.variables.items():
            local.set(name, filled(written, lookup_in(session.scopes)))
        yield
    finally:
        for name, row in before.items():
            local.unset(name)
            if row is not None:
                local.set(name, row.value, row.type)

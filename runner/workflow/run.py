"""Running a workflow: the same events as a run of a collection, in the order that the steps want."""

from __future__ import annotations

import uuid
from collections.abc import Collection as Container
from collections.abc import Generator

from runner.engine.events import Event, IterationFinished, IterationStarted
from runner.engine.frame import End, framed
from runner.engine.needs import require_credentials
from runner.engine.session import DeadlineReached, Session
from runner.errors import InputError
from runner.expressions import ExpressionError
from runner.model.collection import UNDEFINED, Collection, Variable
from runner.model.records import dataclass, field, replace
from runner.model.result import Cursor
from runner.workflow.bind import BoundStep, BoundWorkflow
from runner.workflow.steps import Scene, Wrap, run_steps
from runner.workflow.texts import filled, lookup_in


@dataclass(slots=True)
class _CleanUp:
    """What of the clean-up of an iteration is still to be done."""

    scene: Scene | None = None
    cursor: Cursor | None = None
    steps: list[BoundStep] = field(default_factory=list)


def run(
    session: Session, bound: BoundWorkflow, fixed: Container[str] = (), wrap: Wrap | None = None
) -> Generator[Event, None, None]:
    """Yields everything that happens, in order, ``RunFinished`` last; never raises for what a request, a script or
    the network does.

    Args:
        session: of ``bound.collection``.
        fixed: names of variables that the user has set and that the file therefore does not set.
        wrap: around the way in which the items of each step are run.

    Raises:
        InputError: a secret is not set, or the variables of the file cannot be worked out.
        SetupError: a variable that the requests are signed with is empty. All before the first event.
    """
    _require_secrets(session, bound)
    _begin(session, bound, fixed, 0)
    items = tuple(bound.all_items())
    require_credentials(session, items)
    cycles = session.options.iterations or max(1, len(session.options.data))
    end, clean_up = End(), _CleanUp()
    scene = Scene(session, bound.workflow.path, end, cycles, session.options.parallel, session.start_scripts, wrap=wrap)
    return framed(
        session,
        _iterations(session, bound, fixed, scene, clean_up),
        end,
        iterations=cycles,
        length=len(items),
        collection=_announced(session, bound),
        last=_clean(session, clean_up),
    )


def _iterations(
    session: Session, bound: BoundWorkflow, fixed: Container[str], scene: Scene, clean_up: _CleanUp
) -> Generator[Event, None, None]:
    end, cycles = scene.end, scene.cycles
    for iteration in range(cycles):
        if iteration:
            try:
                _begin(session, bound, fixed, iteration)
            except InputError as error:
                end.error = str(error)
                return
        scene = replace(scene, iteration=iteration)
        cursor = Cursor(0, iteration, sum(1 for _ in bound.all_items()), cycles, str(uuid.uuid4()))
        yield IterationStarted(cursor)
        clean_up.scene, clean_up.cursor, clean_up.steps = scene, cursor, list(bound.always)
        ended = False
        try:
            failed = yield from run_steps(bound.steps, scene)
            ended = failed and (session.options.bail or session.options.bail_on_error)
        except DeadlineReached:
            end.deadline(session)
            ended = True
        yield from _clean(session, clean_up)
        if ended:
            return


def _clean(session: Session, clean_up: _CleanUp) -> Generator[Event, None, None]:
    """The steps of ``always`` that are not done yet: failures stop none of them, and they have the time limit
    of the run for themselves."""
    if clean_up.scene is None or clean_up.cursor is None:
        return
    options = session.options
    session.options = replace(options, bail=False, bail_on_error=False)
    if options.timeout:
        session.deadline = session.monotonic() + options.timeout / 1000
    outcomes: dict[str, str] = {}
    try:
        while clean_up.steps:
            yield from run_steps(clean_up.steps[:1], clean_up.scene, outcomes)
            del clean_up.steps[:1]
    finally:
        session.options = options
    cursor, clean_up.scene = clean_up.cursor, None
    yield IterationFinished(cursor)


def _require_secrets(session: Session, bound: BoundWorkflow) -> None:
    for secret in bound.workflow.secrets:
        if session.scopes.text(secret.text) in (None, "", "null"):
            raise InputError(
                f'the secret "{secret.text}" is not set: set it with --secret {secret.text}=... or '
                f"HTRUN_VAR_{secret.text}=...",
                path=bound.workflow.path,
                line=secret.line,
            )


def _begin(session: Session, bound: BoundWorkflow, fixed: Container[str], iteration: int) -> None:
    """The data and variables of an iteration."""
    data, scopes = session.options.data, session.scopes
    scopes.data = dict(data[min(iteration, len(data) - 1)]) if data else {}
    for name, written in bound.workflow.variables.items():
        if name in fixed:
            continue
        try:
            scopes.collection.set(name, filled(written, lookup_in(scopes)))
        except ExpressionError as error:
            raise InputError(
                f'the variable "{name}": {error}', path=bound.workflow.path, line=bound.workflow.lines[name]
            ) from None


def _announced(session: Session, bound: BoundWorkflow) -> Collection:
    """What reports say is run: the workflow; its secrets are marked, so that they are hidden."""
    secret = {one.text for one in bound.workflow.secrets}
    rows = [row for row in session.collection.variables if row.key not in secret]
    for name in secret:
        found = session.scopes.find(name)
        rows.append(Variable(name, found[1] if found and found[1] is not UNDEFINED else None, "secret"))
    return replace(session.collection, name=bound.workflow.name, variables=tuple(rows))

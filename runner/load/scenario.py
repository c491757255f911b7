"""What every user does again and again: the items of a collection, or the steps of a workflow file."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from runner.engine.engines import EnginePool
from runner.engine.events import Event
from runner.engine.frame import End
from runner.engine.iteration import ItemRunner, Plan, Targets, run_iteration
from runner.engine.session import Session
from runner.load.engines import SharedEngine
from runner.load.failures import Failures, Veil
from runner.model.collection import Json, Located
from runner.model.records import dataclass, field, replace
from runner.transport.cancel import Cancellation
from runner.workflow.bind import BoundWorkflow
from runner.workflow.run import run


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is run, and what its users share.

    Attributes:
        session: as it was given; each user has a fork of it, and nothing changes it.
        iterations: of each user; None: until somebody stops it.
        data: the rows of all users.
        fixed: names of variables that a workflow file does not set, because the user has.
    """

    session: Session
    items: tuple[Located, ...]
    run_item: ItemRunner
    engines: EnginePool
    veil: Veil
    failures: Failures = field(default_factory=Failures)
    workflow: BoundWorkflow | None = None
    fixed: frozenset[str] = frozenset()
    iterations: int | None = None
    data: Sequence[Mapping[str, Json]] = ()


class Round:
    """What one user does: variables, cookies and captures are its own, and stay from one iteration to the next.

    Args:
        around: makes another way of running an item out of one.
        sleep: pauses between requests, in seconds.
    """

    def __init__(
        self, scenario: Scenario, around: Callable[[ItemRunner], ItemRunner], sleep: Callable[[float], None]
    ) -> None:
        self._scenario, self._around = scenario, around
        cancellation = Cancellation()
        self.session = scenario.session.fork(lambda: SharedEngine(scenario.engines, cancellation), cancellation)
        self.session.sleep = sleep
        cycles = scenario.iterations or max(1, len(scenario.data))
        self._plan = Plan(scenario.items, Targets(scenario.items), cycles, around(scenario.run_item))

    def events(self, iteration: int, row: Mapping[str, Json] | None) -> Generator[Event, None, None]:
        """Everything that happens in one iteration.

        Args:
            row: its data, if there is any.
        """
        session, workflow = self.session, self._scenario.workflow
        if row is not None:
            session.options = replace(session.options, data=(row,))
        if workflow is None:
            yield from run_iteration(session, self._plan, iteration, End())
        else:
            yield from run(session, workflow, self._scenario.fixed, lambda inner, step: self._around(inner))

    def close(self) -> None:
        """Gives up what scripts wanted to send."""
        self.session.end_script_requests()


class Rows:
    """Deals out the rows of data: each iteration of any user gets the next one, from the first again after the last."""

    def __init__(self, rows: Sequence[Mapping[str, Json]]) -> None:
        self._rows = rows
        self._dealt = 0

    def next(self, index: int, count: int) -> Mapping[str, Json] | None:
        """The next row of the ``index``-th of ``count`` processes, which share the rows."""
        if not self._rows:
            return None
        number, self._dealt = self._dealt, self._dealt + 1
        return self._rows[(number * count + index) % len(self._rows)]

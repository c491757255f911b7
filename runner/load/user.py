"""``CollectionUser``: a Locust user that runs a collection or workflow file from its first request to its last, again
and again."""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar

import gevent
from locust import User, events, task
from locust.exception import StopUser
from locust.runners import MasterRunner
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from runner.api.options import Duration, Path
from runner.engine.draft import Draft
from runner.engine.events import Event
from runner.engine.iteration import ItemRunner
from runner.engine.session import Session
from runner.errors import HtrunError
from runner.load.engines import LIMIT, warm_up
from runner.load.report import Reporter
from runner.load.runtime import Runtime, runtime_of
from runner.load.scenario import Round, Rows, Scenario
from runner.model.collection import Json, Located
from runner.model.result import Cursor


class CollectionUser(User):
    """Subclass it in a locustfile; Locust's own attributes (``wait_time``, ``weight``, ``fixed_count``, ``host``) mean
    what they always do.

    Attributes:
        collection: collection or workflow file, folder (v3), URL.
        environment_file, globals_file: Postman's files with variables.
        variables: win over those of the collection and of the environment, like ``--var``.
        secrets: the same, and their values are hidden in all statistics.
        data: JSON or CSV file, or rows; each iteration of any user gets the next row.
        folder: names or ids of folders and requests, of a workflow file names of steps.
        select: path, folder, glob or tag of the requests that are run, or several; all by default.
        captures: variable that is taken from a response, as for ``--capture``, or several.
        iterations: after which a user has nothing more to do; None for no end.
        delay_request: pause before every request, ms or ``timedelta``.
        timeout_request, timeout_script: time limits, likewise; 0 for none.
        max_response_size: bytes of a body beyond which a request fails; 0 for no limit.
        deny_private_addresses: send nothing to loopback, private and link-local addresses.
        follow_redirects, verify_tls: as in a browser by default.
        script_engines: script engines of one process, at most.
        host_variable: the variable that is given Locust's ``host``, if there is one.
    """

    abstract = True

    collection: ClassVar[Path] = ""
    environment_file: ClassVar[Path | None] = None
    globals_file: ClassVar[Path | None] = None
    variables: ClassVar[Mapping[str, Json]] = {}
    secrets: ClassVar[Mapping[str, Json]] = {}
    data: ClassVar[Path | Sequence[Mapping[str, Json]] | None] = None
    folder: ClassVar[str | Sequence[str]] = ()
    select: ClassVar[str | Sequence[str]] = ()
    captures: ClassVar[str | Sequence[str]] = ()
    iterations: ClassVar[int | None] = None
    delay_request: ClassVar[Duration] = 0
    timeout_request: ClassVar[Duration] = 0
    timeout_script: ClassVar[Duration] = 0
    max_response_size: ClassVar[int] = 0
    deny_private_addresses: ClassVar[bool] = False
    follow_redirects: ClassVar[bool] = True
    verify_tls: ClassVar[bool] = True
    script_engines: ClassVar[int] = LIMIT
    host_variable: ClassVar[str] = "baseUrl"

    _scenario: ClassVar[Scenario | None] = None
    _rows: ClassVar[Rows]

    @classmethod
    def scenario(cls) -> Scenario:
        """What the users of this class run; read when it is first asked for.

        Raises:
            HtrunError: it cannot be run.
        """
        if "_scenario" not in vars(cls) or cls._scenario is None:
            from runner.load.opening import open_scenario

            cls.use(open_scenario(cls))
        assert cls._scenario is not None
        return cls._scenario

    @classmethod
    def use(cls, scenario: Scenario) -> None:
        """Has the users of this class run a scenario that is there already."""
        cls._scenario, cls._rows = scenario, Rows(scenario.data)

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        scenario = self.scenario()
        self._runtime: Runtime = runtime_of(environment)
        self._round = Round(scenario, self._considerate, self._rest)
        self._iteration = 0
        self._idle = False
        self._reporter = Reporter(
            environment.events.request.fire,
            self._round.session,
            scenario.veil,
            scenario.failures,
            self._runtime.checks,
            self.context,
        )

    @property
    def session(self) -> Session:
        """Variables and cookies of this user."""
        return self._round.session

    @task
    def iterate(self) -> None:
        """One iteration; the user that has done all of its iterations waits here until the test ends."""
        share = self._runtime.share
        if (most := share.iterations or self.iterations) is not None and self._iteration >= most:
            self._idle = True
            self._runtime.done(1)
            self._wait_for_the_end()
        row = self._rows.next(share.index, share.count)
        handle = self._reporter.handle
        try:
            for event in self._round.events(self._iteration, row):
                handle(event)
        except HtrunError as error:
            self._runtime.fail(error)
            raise StopUser from error
        self._iteration += 1

    def on_stop(self) -> None:
        self._round.close()
        if self._idle:
            self._runtime.done(-1)

    def _considerate(self, inner: ItemRunner) -> ItemRunner:
        """Runs items at the pace that was asked for, and none for a user that is to stop. The steps of a workflow are
        not broken off: it may have to clean up."""
        whole = self.scenario().workflow is not None

        def run_item(located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
            if not whole and self._state == LOCUST_STATE_STOPPING:
                raise StopUser
            self._runtime.pace.wait(self._rest)
            return (yield from inner(located, cursor, session))

        return run_item

    def _rest(self, seconds: float) -> None:
        """Sleeps; Locust need not wait for a user that does."""
        resting = self._state == LOCUST_STATE_RUNNING
        if resting:
            self._state = LOCUST_STATE_WAITING
        gevent.sleep(seconds)
        if resting:
            self._state = LOCUST_STATE_RUNNING

    def _wait_for_the_end(self) -> None:
        while True:
            self._rest(3600)


def _prepare(environment: Any, runner: Any, **_: Any) -> None:
    """Reads the collections before the test begins, so that what is wrong with them is said at once."""
    classes = [one for one in environment.user_classes if issubclass(one, CollectionUser)]
    if not classes:
        return
    try:
        runtime_of(environment).connect()
        for one in classes:
            one.host = environment.host or one.host
            scenario = one.scenario()
            if not isinstance(runner, MasterRunner):
                warm_up(scenario.session, scenario.engines)
    except HtrunError as error:
        print(f"htrun: error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)


_events: Any = events
_events.init.add_listener(_prepare)

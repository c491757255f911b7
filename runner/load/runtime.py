"""What the users of one process share besides their scenario: the part of the work that is theirs, the pace, counts."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from locust.runners import MasterRunner, WorkerRunner

from runner.errors import HtrunError
from runner.load.checks import Checks
from runner.load.pace import Pace
from runner.load.shares import Share, divide

_KEY = "htrun_done"


class Runtime:
    """Belongs to one of Locust's environments."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self.share = Share()
        self.checks = Checks()
        self.pace = Pace(self.share)
        self.error: HtrunError | None = None  #: why the test cannot go on
        self._done = 0  #: users that have done all of their iterations
        self._done_elsewhere: dict[str, int] = {}  #: by worker

    def connect(self) -> None:
        """Takes part in what Locust's processes tell each other; to be called once, when there is a runner."""
        events = self._environment.events
        divide(self._environment, self.share)
        self.checks.connect(events)

        def report(client_id: str, data: dict[str, Any], **_: Any) -> None:
            data[_KEY] = self._done

        def take(client_id: str, data: dict[str, Any], **_: Any) -> None:
            self._done_elsewhere[client_id] = data.get(_KEY, 0)

        def last_report(**_: Any) -> None:
            # Locust's workers report every few seconds; the master may be gone before it is time again
            runner._send_stats()

        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            events.test_stop.add_listener(last_report)
        events.report_to_master.add_listener(report)
        events.worker_report.add_listener(take)

    def done(self, users: int) -> None:
        self._done += users

    @property
    def users_done(self) -> int:
        """Users, in all processes that there are, that have done all of their iterations."""
        runner = self._environment.runner
        if not isinstance(runner, MasterRunner):
            return self._done
        clients = runner.clients
        alive = {client.id for client in (*clients.ready, *clients.spawning, *clients.running)}
        return sum(count for worker, count in self._done_elsewhere.items() if worker in alive)

    def fail(self, error: HtrunError) -> None:
        """Notes why the test cannot go on, and ends it."""
        self.error = self.error or error
        runner = self._environment.runner
        if runner is not None:
            runner.greenlet.spawn(runner.stop)


_runtimes: WeakKeyDictionary[Any, Runtime] = WeakKeyDictionary()


def runtime_of(environment: Any) -> Runtime:
    """The one of this environment."""
    if environment not in _runtimes:
        _runtimes[environment] = Runtime(environment)
    return _runtimes[environment]

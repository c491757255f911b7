"""Which part of the work is this process's: the master tells its workers whenever there are more or fewer of them.

Locust divides the users; the rows of data and the rate of requests are divided by this.
"""

from __future__ import annotations

from typing import Any

import gevent
from locust.runners import MasterRunner, WorkerRunner

_MESSAGE = "htrun_share"
#: seconds between looks at which workers there are; Locust does not tell of those that die
_LOOK = 1.0
_FIELDS = ("index", "count", "rate", "iterations")


class Share:
    """The ``index``-th of ``count`` parts; it changes while workers come and go.

    Attributes:
        rate: requests per second of the whole test; None: as many as the users make.
        iterations: of each user; None: no end. What a master says of these two wins over what its workers were told.
    """

    def __init__(self) -> None:
        self.index, self.count = 0, 1
        self.rate: float | None = None
        self.iterations: int | None = None


def divide(environment: Any, share: Share) -> None:
    """Keeps ``share`` up to date: on a worker by what the master says, on the master by saying so."""
    runner = environment.runner
    if isinstance(runner, WorkerRunner):

        def take(environment: Any, msg: Any, **_: Any) -> None:
            for name in _FIELDS:
                setattr(share, name, msg.data[name])

        runner.register_message(_MESSAGE, take)
    elif isinstance(runner, MasterRunner):
        teller = _Teller(runner, share)
        environment.events.test_start.add_listener(lambda **_: teller.tell())
        runner.greenlet.spawn(teller.watch)


class _Teller:
    """Tells workers of their parts."""

    def __init__(self, runner: MasterRunner, share: Share) -> None:
        self._runner, self._share = runner, share
        self._told: tuple[str, ...] = ()

    def _workers(self) -> tuple[str, ...]:
        clients = self._runner.clients
        return tuple(sorted(client.id for client in (*clients.ready, *clients.spawning, *clients.running)))

    def tell(self) -> None:
        self._told = self._workers()
        for index, worker in enumerate(self._told):
            self._share.index, self._share.count = index, len(self._told)
            self._runner.send_message(_MESSAGE, {name: getattr(self._share, name) for name in _FIELDS}, worker)

    def watch(self) -> None:
        while True:
            gevent.sleep(_LOOK)
            if self._workers() != self._told:
                self.tell()

"""Threads for the parts of a run that run side by side, and the end of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from queue import SimpleQueue
from time import monotonic

from runner.engine.job import Job
from runner.transport.cancel import Cancellation
from runner.transport.errors import TransportError

#: seconds that a thread gets to end after it was told to, or last got on; what cannot be broken off (a look-up of a
#: name, a connection that is not answered) is left behind in a daemon thread
_FAREWELL = 3.0
#: seconds between looks at those that get on
_LOOK = 0.1


class Crew:
    """The threads and their work.

    Args:
        width: how many jobs are under way at most.
        name: of the threads.
        within: breaks off all jobs, if this is a part of something that may be broken off.
        break_off: what is done to jobs that are of no interest any more.
    """

    def __init__(
        self,
        width: int,
        name: str,
        *,
        within: Cancellation | None = None,
        break_off: Callable[[Job], None] = Job.cancel,
    ) -> None:
        self.width = width
        self.jobs: deque[Job] = deque()  # in order; the first is the one that is handed on next
        self._name, self._within, self._break_off = name, within, break_off
        self._lock = threading.Lock()
        self._last: int | None = None  # the job after which nothing is of interest
        self._newest = -1
        self._under_way: dict[int, Job] = {}
        self._work: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def add(self, job: Job) -> None:
        """Has a job run, unless the run ends before it.

        Raises:
            KeyboardInterrupt: what it would be a part of was broken off.
        """
        with self._lock:
            if self._last is not None and job.number > self._last:
                return
            self.jobs.append(job)
            self._newest = job.number
            self._under_way[job.number] = job
        if self._within is not None:
            try:
                self._within.hold(job)
            except TransportError:
                raise KeyboardInterrupt from None
        self._work.put(job)
        if len(self._threads) < self.width:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self) -> None:
        while (job := self._work.get()) is not None:
            try:
                with closing(job.stream(job.session)) as events:
                    job.work(events)
            except BaseException as error:
                job.error = error
            finally:
                job.release()
            with self._lock:
                self._under_way.pop(job.number, None)
            if self._within is not None:
                self._within.release(job)
            if job.stop or job.error is not None:
                self._stop_after(job.number)
            job.finish()

    def _stop_after(self, number: int) -> None:
        """Breaks off what comes after this job, and starts nothing more."""
        with self._lock:
            self._last = number if self._last is None else min(self._last, number)
            later = [job for place, job in self._under_way.items() if place > self._last]
        for job in later:
            self._break_off(job)

    def interrupt(self) -> None:
        """Breaks off what all jobs do now, and starts nothing more."""
        with self._lock:
            self._last = self._newest if self._last is None else min(self._last, self._newest)
            jobs = list(self._under_way.values())
        for job in jobs:
            job.interrupt()

    def dismiss(self) -> None:
        """Ends everything; returns when it has ended."""
        self._stop_after(-1)
        for _ in self._threads:
            self._work.put(None)
        since = monotonic()
        try:
            for thread in self._threads:
                while thread.is_alive() and monotonic() < self._touched(since) + _FAREWELL:
                    thread.join(_LOOK)
        finally:
            with self._lock:
                left = list(self._under_way.values())
            for job in left:
                job.cancel()

    def _touched(self, since: float) -> float:
        with self._lock:
            return max([since, *(job.touched for job in self._under_way.values())])

"""How fast requests follow each other, over all users of a process."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from runner.load.shares import Share


class Pace:
    """Gives each request its moment. What was missed is not made up for: a server that hangs is not met with a flood.

    Args:
        share: the rate of the whole test, and the part of it that is this process's.
    """

    def __init__(self, share: Share) -> None:
        self._share = share
        self._next = 0.0  # monotonic seconds

    def wait(self, sleep: Callable[[float], None]) -> None:
        """Sleeps until the next request may be sent."""
        rate = self._share.rate
        if rate is None:
            return
        now = monotonic()
        moment = max(self._next, now)
        self._next = moment + self._share.count / rate
        if moment > now:
            sleep(moment - now)

"""How the load of a test is made."""

from __future__ import annotations

import math

from locust.util.timespan import parse_timespan

from runner.errors import UsageError
from runner.load.thresholds import Threshold
from runner.model.records import dataclass


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a load test may be told besides what it runs; times in seconds."""

    users: int = 1
    spawn_rate: float = 1.0  #: users per second
    run_time: float | None = None
    rps: float | None = None  #: requests per second of the whole test
    wait: tuple[float, float] = (0.0, 0.0)  #: between two iterations of a user: from, to
    stop_timeout: float = 2.0  #: what is under way at the end may take so long
    role: str = "local"  #: local, master or worker
    master_host: str = "127.0.0.1"  #: where a worker finds its master
    master_bind_host: str = "127.0.0.1"  #: where a master listens
    master_port: int = 5557
    expect_workers: int = 1
    web: bool = False
    web_host: str = "127.0.0.1"
    web_port: int = 8089
    csv: str | None = None  #: what the names of the files begin with
    html: str | None = None
    thresholds: tuple[Threshold, ...] = ()


def seconds(text: str, option: str) -> float:
    """A time such as ``90``, ``90s``, ``2m`` or ``1h30m`` in seconds.

    Raises:
        UsageError: it is none, or no time at all.
    """
    try:
        found = float(parse_timespan(text))
    except ValueError:
        found = 0.0
    if found <= 0:
        raise UsageError(f"{option} takes a time such as 90s, 2m or 1h30m, not {text!r}")
    return found


def waiting_time(text: str) -> tuple[float, float]:
    """``2`` or ``1-3``: seconds, from and to.

    Raises:
        UsageError: it is neither.
    """
    low, _, high = text.partition("-")
    try:
        wait = float(low), float(high or low)
    except ValueError:
        wait = (1.0, 0.0)
    if not 0 <= wait[0] <= wait[1] < math.inf:
        raise UsageError(f"--wait takes seconds, such as 2 or 1-3, not {text!r}")
    return wait

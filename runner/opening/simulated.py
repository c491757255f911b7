"""A simulator for one run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runner.simulator import Simulator, find_simulator


@contextmanager
def simulated(name: str) -> Iterator[dict[str, str]]:
    """Runs a simulator on a free port while the block lasts; yields the variables that point to it."""
    simulator: Simulator = find_simulator(name)
    with simulator.load()() as server:
        yield {simulator.base_url_variable: server.url}

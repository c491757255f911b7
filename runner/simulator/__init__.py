"""Servers that stand in for a real API, so that a collection can be run without an account.

``SIMULATORS`` is the one table of them. Nothing heavy is imported here: a simulator's module (and Flask
with it) is imported when it is loaded.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

from runner.errors import SetupError, UsageError

if TYPE_CHECKING:
    from runner.simulator.server import SimulatorServer

__all__ = ["SIMULATORS", "Simulator", "find_simulator"]


@dataclass(frozen=True, slots=True)
class Simulator:
    """One row of the table of simulators.

    Attributes:
        name: what the user types, e.g. ``htrun simulate hypertrack``.
        title: the API in a few words.
        module: the module that holds the server class; imported by ``load`` only.
        server_class: the name of that class.
        base_url_variable: the collection variable that has to hold the server's URL.
        key_variable: the collection variable that holds the API key.
        sample_key: a key that the simulator accepts.
        default_port: the port of ``htrun simulate`` when none is given.
    """

    name: str
    title: str
    module: str
    server_class: str
    base_url_variable: str
    key_variable: str
    sample_key: str
    default_port: int

    def load(self) -> type[SimulatorServer]:
        """Import the server class; ``SetupError`` if the extra that it needs is not installed."""
        try:
            module = importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] not in {"flask", "werkzeug"}:
                raise
            raise SetupError("The simulator needs Flask: pip install 'htrun[simulator]'") from error
        server_class: type[SimulatorServer] = getattr(module, self.server_class)
        return server_class


SIMULATORS: Mapping[str, Simulator] = MappingProxyType(
    {
        simulator.name: simulator
        for simulator in (
            Simulator(
                name="hypertrack",
                title="HyperTrack REST API v2",
                module="runner.simulator.server",
                server_class="SimulatorServer",
                base_url_variable="base_url",
                key_variable="hypertrack_sk",
                sample_key="sk_test",
                default_port=8765,
            ),
        )
    }
)


def find_simulator(name: str) -> Simulator:
    """The simulator of that name; ``UsageError`` with the names that exist otherwise."""
    if name in SIMULATORS:
        return SIMULATORS[name]
    close = get_close_matches(name, SIMULATORS, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"There is: {', '.join(SIMULATORS)}."
    raise UsageError(f"There is no simulator named {name!r}. {hint}")

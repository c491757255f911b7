"""A reporter that says nothing."""

from __future__ import annotations

from runner.engine.events import Event


class Silence:
    """Takes the place of a terminal reporter when ``--silent`` is given."""

    def handle(self, event: Event) -> None:
        pass

    def close(self) -> None:
        pass

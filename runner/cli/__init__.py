"""The command line: parse, wire, map errors to exit codes. No logic of the run lives here."""

from __future__ import annotations

import sys
from collections.abc import Sequence

COMMANDS = ("run", "simulate")
_GLOBAL_OPTIONS = ("--version", "-v", "--help", "-h")


def main(arguments: Sequence[str] | None = None) -> None:
    """The ``htrun`` command. ``htrun FILE`` is short for ``htrun run FILE``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] not in COMMANDS and given[0] not in _GLOBAL_OPTIONS:
        given.insert(0, "run")
    from runner.cli.main import invoke

    sys.exit(invoke(given))

"""The command line: parse, wire, map errors to exit codes. No logic of the run lives here."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

COMMANDS = ("run", "walk", "check", "report", "graph", "init", "simulate", "mock", "convert", "import")
EXIT_INTERRUPTED = 130  # Ctrl-C, as shells have it: 128 + SIGINT
_GLOBAL_OPTIONS = ("--version", "-v", "--help", "-h")


def main(arguments: Sequence[str] | None = None) -> None:
    """The ``htrun`` command. ``htrun FILE`` is short for ``htrun run FILE``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] not in COMMANDS and given[0] not in _GLOBAL_OPTIONS:
        given.insert(0, "run")
    if given and given[0] == "run":
        from runner.cli.early import start

        start(given[1:])
    from runner.cli.main import invoke

    code = invoke(given)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a pipe that nobody reads any more
            stream.flush()
    # What is left to the interpreter to tear down (V8 above all) costs more than a short run.
    os._exit(code)

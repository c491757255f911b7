"""The command line: parse, wire, map errors to exit codes. No logic of the run lives here."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from runner.cli.process import EXIT_INTERRUPTED as EXIT_INTERRUPTED
from runner.cli.process import code_of_end, end_on_sigterm, flush_streams, require_streams

COMMANDS = (
    "run", "resume", "runs", "walk", "check", "report", "graph", "init", "load", "simulate", "mock", "convert",
    "import", "completion", "help",
)  # fmt: skip
_RUNS = ("run", "resume", "walk", "report")
_GLOBAL_OPTIONS = ("--version", "-v", "--help", "-h")


def main(arguments: Sequence[str] | None = None) -> None:
    """The ``htrun`` command. ``htrun FILE`` is short for ``htrun run FILE``."""
    try:
        require_streams()
        given = list(sys.argv[1:] if arguments is None else arguments)
        if given and _is_input(given[0]):
            given.insert(0, "run")
        if given and given[0] in _RUNS:
            end_on_sigterm()
        if given and given[0] == "run":
            from runner.cli.early import start

            start(given[1:])
        from runner.cli.main import invoke

        code = code_of_end(flush_streams(invoke(given)))
    except KeyboardInterrupt:  # before there was a run, or after it
        code = code_of_end(EXIT_INTERRUPTED)
    # What is left to the interpreter to tear down (V8 above all) costs more than a short run.
    os._exit(code)


def _is_input(word: str) -> bool:
    """Whether the first word is to be run: it is no command, no option of ``htrun`` itself, and no misspelt command."""
    if word in COMMANDS or word in _GLOBAL_OPTIONS:
        return False
    if not word.isalpha() or os.path.exists(word):
        return True
    from difflib import get_close_matches

    return not get_close_matches(word, COMMANDS)

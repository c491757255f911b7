"""The exceptions of htrun, each with the exit code that it ends the command with.

What goes wrong *inside* a run (a failed check, a refused connection, a script error) is data: see
``runner.model.result.Failure``. Exceptions are for wrong use, bad input and bugs::

    HtrunError                  1
    ├── UsageError              2   an option or argument that makes no sense
    ├── InputError              3   a file that cannot be read or is not what it should be
    │   └── FetchError          1   an input by URL or UID that cannot be had
    ├── ScriptEngineError       4   the embedded V8 cannot be started
    ├── SetupError              3   something the run needs is missing, e.g. an unset variable
    └── SelectionError          1   nothing in the collection has the name that was selected, or several have it
        └── EmptySelectionError 1   the selection leaves nothing to run
"""

from __future__ import annotations


class HtrunError(Exception):
    """Base of all errors that htrun reports in one plain sentence."""

    exit_code = 1


class UsageError(HtrunError):
    """The command or a call was used wrongly."""

    exit_code = 2


class InputError(HtrunError):
    """A file could not be read or does not hold what it should.

    Attributes:
        path: the file (or URL) as the user named it.
        line: 1-based line, if known.
        column: 1-based column, if known.
    """

    exit_code = 3

    def __init__(
        self, message: str, *, path: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        self.path, self.line, self.column = path, line, column
        place = path or ""
        if place and line is not None:
            place += f":{line}" + (f":{column}" if column is not None else "")
        super().__init__(f"{place}: {message}" if place else message)


class FetchError(InputError):
    """An input by URL or UID could not be fetched: no network, no permission, not there."""

    exit_code = 1


class SetupError(HtrunError):
    """The run cannot start because something that it needs is missing."""

    exit_code = 3


class SelectionError(HtrunError):
    """A folder or request was selected that the collection does not have, or that is not the only one."""


class EmptySelectionError(SelectionError):
    """Nothing is left to run: what was selected is not there, or all of it was excluded."""


class ScriptEngineError(HtrunError):
    """The embedded V8 could not be started or broke beyond repair."""

    exit_code = 4

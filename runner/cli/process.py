"""What the system does to a process: SIGTERM, and standard streams that are closed, full or read by nobody."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from runner.errors import HtrunError

EXIT_INTERRUPTED = 130  # Ctrl-C, as shells have it: 128 + SIGINT
EXIT_TERMINATED = 143  # 128 + SIGTERM

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
_terminated = False


class Terminated(KeyboardInterrupt):
    """SIGTERM: it ends what Ctrl-C ends, in the same way."""


def end_on_sigterm() -> None:
    """From now on SIGTERM raises ``Terminated``, unless whoever started us wants it to be ignored."""
    import signal

    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


def code_of_end(code: int) -> int:
    """The exit code of a run that was interrupted, by what it was interrupted by; any other one as it is."""
    return EXIT_TERMINATED if _terminated and code == EXIT_INTERRUPTED else code


def require_streams() -> None:
    """Opens standard streams that whoever started us has closed: files and sockets would take their places, and be
    written to by mistake."""
    for number, (name, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            with suppress(OSError):
                opened = os.open(os.devnull, os.O_RDWR)
                if opened != number:
                    os.dup2(opened, number)
                    os.close(opened)
                setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: SIM115 - it is open to the end


def give_up_output(error: OSError) -> HtrunError | None:
    """Standard output cannot be written to: from now on, what goes there goes nowhere.

    Returns:
        What is to be said of it; None if it is only that nobody reads it any more.
    """
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return None
    return HtrunError(f"cannot write to the standard output: {error.strerror or error}")


def flush_streams(code: int) -> int:
    """Writes out what waits in the standard streams, and returns the exit code: that of a run whose output is lost
    is no success."""
    try:
        sys.stdout.flush()
    except ValueError:  # it is closed
        pass
    except OSError as error:
        lost = give_up_output(error)
        if lost is not None:
            with suppress(OSError, ValueError):
                sys.stderr.write(f"htrun: error: {lost}\n")
            code = code or lost.exit_code
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    return code


def _terminate(number: int, frame: object) -> None:
    global _terminated
    _terminated = True
    raise Terminated

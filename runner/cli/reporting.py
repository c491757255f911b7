"""From events to reporters, and from the result of a run to an exit code: what ``run`` and ``report`` share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import click

from runner.cli import EXIT_INTERRUPTED
from runner.cli.config import Config
from runner.cli.options import reporter_arguments
from runner.cli.process import give_up_output
from runner.engine.events import Event, RunFinished
from runner.errors import HtrunError
from runner.model.result import RunResult
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.registry import create_reporter, dominant, unknown_options
from runner.reporters.text import clean


def make_reporters(
    names: Sequence[str], given: Mapping[str, Any], config: Config, arguments: Sequence[tuple[str, Any]], **more: Any
) -> list[Reporter]:
    """The reporters of these names, with what the command line and the configuration files say about them.

    Args:
        given: the options color, disable_unicode, silent, verbose and curl of the command.
        more: further fields of ``ReporterOptions``.

    Raises:
        UsageError: there is no such reporter, or it does not take its options.
    """
    spoken = reporter_arguments(arguments, names)
    options = config.under(spoken, names)
    elsewhere = {name for name in names if any(options.specific.get(name, {}).get(key) for key in ("export", "silent"))}
    if len(together := dominant(names, elsewhere)) > 1 and not given["silent"]:
        warn(f"the reporters {' and '.join(together)} write over each other")
    if not given["silent"]:
        for name in dict.fromkeys(names):
            for text in unknown_options(name, spoken.specific.get(name, ())):
                warn(text)
    out = sys.stdout
    interactive = out.isatty()
    return [
        create_reporter(
            name,
            ReporterOptions(
                out=out,
                color=colored(given["color"], interactive),
                unicode=not given["disable_unicode"] and can_unicode(out.encoding),
                silent=given["silent"],
                verbose=given["verbose"],
                curl=given["curl"],
                interactive=interactive,
                redraw=_can_redraw(),
                options=options.of(name),
                **more,
            ),
        )
        for name in dict.fromkeys(names)
    ]


def split_names(text: str) -> list[str]:
    """The names in a comma-separated list; ``auto`` stands for what the CI system around us understands."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if "auto" in names:
        from runner.reporters.auto import chosen

        return chosen(names, os.environ)
    return names


def listen(
    events: Generator[Event, None, None],
    reporters: Sequence[Reporter],
    complete: Callable[[Event], Event],
    show: Callable[[Event], Sequence[Event]],
    leave: Callable[[RunResult], object] = lambda result: None,
) -> RunResult:
    """Hands every event to every reporter. Ctrl-C ends the run, not the reports; and a report that cannot be written
    ends neither the run nor the other reports.

    Args:
        complete: adds to an event what the engine does not know.
        show: what of it is told to the reporters now.
        leave: what is done with the result after the reports, whether or not all of them could be written.

    Returns:
        The result of the run, as the engine knows it.

    Raises:
        HtrunError: a report cannot be written. If that is known at the first event, nothing else happens.
    """
    result: RunResult | None = None
    audience = Audience(reporters)
    with ExitStack() as open_reporters:
        for reporter in reporters:
            open_reporters.callback(audience.close, reporter)

        def tell(event: Event) -> None:
            nonlocal result
            if isinstance(event, RunFinished):
                result = event.result
            for shown in show(event):
                audience.tell(shown)

        while result is None:
            try:
                tell(complete(next(events)))
            except KeyboardInterrupt:
                if result is not None:  # it is the reports that are interrupted
                    raise
                tell(complete(events.throw(KeyboardInterrupt())))
    assert result is not None
    leave(result)
    if audience.lost:
        raise audience.lost[0]
    return result


class Audience:
    """The reporters of a run. One that fails is told nothing more."""

    def __init__(self, reporters: Sequence[Reporter]) -> None:
        self._reporters = list(reporters)
        self._begun = False
        self.lost: list[HtrunError] = []  #: why reports cannot be written

    def tell(self, event: Event) -> None:
        """Hands an event to all that are left.

        Raises:
            HtrunError: one of them fails at the first event.
        """
        for reporter in tuple(self._reporters):
            try:
                reporter.handle(event)
            except HtrunError as error:
                if not self._begun:
                    raise
                self._reporters.remove(reporter)
                self._lose(error)
            except OSError as error:
                self._lose_output(error)
        self._begun = True

    def close(self, reporter: Reporter) -> None:
        try:
            reporter.close()
        except HtrunError as error:
            if reporter in self._reporters:
                self._lose(error, at_end=True)
        except OSError as error:
            self._lose_output(error)

    def _lose_output(self, error: OSError) -> None:
        lost = give_up_output(error)
        if lost is not None:
            if not self._begun:
                raise lost
            self._lose(lost)

    def _lose(self, error: HtrunError, at_end: bool = False) -> None:
        if self.lost or not at_end:  # the first one is told at the end, as the error of the command
            warn(str(error) if at_end else f"{error}; the run goes on without it")
        self.lost.append(error)


def exit_code(result: RunResult, suppress: bool) -> int:
    """130 after Ctrl-C (or SIGTERM, see ``runner.cli.process``), 1 if something failed (0 with ``suppress``), or 0."""
    if result.interrupted:
        return EXIT_INTERRUPTED
    return 0 if result.passed or suppress else 1


def warn(text: str) -> None:
    # A status line may stand there: the warning takes its place.
    clear = "\r\x1b[2K" if sys.stderr.isatty() and sys.stdout.isatty() and _can_redraw() else ""
    click.echo(f"{clear}htrun: warning: {clean(text)}", err=True)


def _can_redraw() -> bool:
    if sys.platform == "win32" and not (os.environ.get("WT_SESSION") or os.environ.get("TERM")):
        return False  # an old console shows control sequences as they are
    return os.environ.get("TERM") != "dumb" and os.environ.get("CI", "").lower() in ("", "0", "false")


def colored(choice: str, interactive: bool) -> bool:
    """Whether to use colours: ``choice`` is that of ``--color``."""
    if choice != "auto":
        return choice == "on"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return interactive and os.environ.get("TERM") != "dumb"


def can_unicode(encoding: str | None) -> bool:
    """Whether a terminal of this encoding has the signs of the reports."""
    try:
        "✓❏↳".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True

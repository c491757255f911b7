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
from runner.engine.events import Event, RunFinished
from runner.model.result import RunResult
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.registry import create_reporter, dominant, unknown_options


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
    in_files = {name for name in names if options.specific.get(name, {}).get("export")}
    if len(together := dominant(names, in_files)) > 1 and not given["silent"]:
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
) -> RunResult:
    """Hands every event to every reporter. Ctrl-C ends the run, not the reports.

    Args:
        complete: adds to an event what the engine does not know.
        show: what of it is told to the reporters now.

    Returns:
        The result of the run, as the engine knows it.
    """
    result: RunResult | None = None
    with ExitStack() as open_reporters:
        for reporter in reporters:
            open_reporters.callback(reporter.close)

        def tell(event: Event) -> None:
            nonlocal result
            if isinstance(event, RunFinished):
                result = event.result
            for shown in show(event):
                for reporter in reporters:
                    reporter.handle(shown)

        while result is None:
            try:
                tell(complete(next(events)))
            except KeyboardInterrupt:
                if result is None:
                    tell(complete(events.throw(KeyboardInterrupt())))
    assert result is not None
    return result


def exit_code(result: RunResult, suppress: bool) -> int:
    """130 after Ctrl-C, 1 if something failed (0 with ``suppress``), 0 otherwise."""
    if result.interrupted:
        return EXIT_INTERRUPTED
    return 0 if result.passed or suppress else 1


def warn(text: str) -> None:
    # A status line may stand there: the warning takes its place.
    clear = "\r\x1b[2K" if sys.stderr.isatty() and sys.stdout.isatty() and _can_redraw() else ""
    click.echo(f"{clear}htrun: warning: {text}", err=True)


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

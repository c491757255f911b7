"""Who is told of a run from Python: callables, and reporters, which see no secrets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import CoroutineType
from typing import Any, TextIO

from runner.api.hooks import refuse_awaitable
from runner.api.options import Listener, RunOptions
from runner.engine.events import Event
from runner.errors import UsageError
from runner.opening.asked import Asked
from runner.opening.ground import Opened
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.registry import create_reporter, unknown_options


def reporter(
    name: str,
    *,
    out: TextIO | None = None,
    color: bool = False,
    unicode: bool = True,
    verbose: bool = False,
    curl: bool = False,
    **options: Any,
) -> Reporter:
    """One of htrun's reporters, or of an installed package, to be given to ``run`` or ``stream``.

    Args:
        name: as ``-r`` takes it: ``cli``, ``json``, ``junit``, ``html``, ...
        out: where it prints; None: the standard output.
        options: its own, as docs/reporters.md has them: ``export="report.xml"`` is ``--reporter-junit-export``.

    Raises:
        UsageError: there is no such reporter, or it does not take its options.
    """
    for text in unknown_options(name, options):
        raise UsageError(text)
    made = ReporterOptions(
        out=out or sys.stdout, color=color, unicode=unicode, verbose=verbose, curl=curl, redraw=False, options=options
    )
    return create_reporter(name, made)


def reporters_of(options: RunOptions, stack: ExitStack) -> list[Callable[[Event], object]]:
    """What takes the events of each reporter; they are closed with the stack."""
    taking: list[Callable[[Event], object]] = []
    given = options.get("reporters", ())
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise UsageError("reporters is a list of names, reporters or callables")
    for one in given:
        made = reporter(one) if isinstance(one, str) else one
        handle = getattr(made, "handle", None)
        if handle is not None:
            close = getattr(made, "close", None)
            if close is None:
                raise UsageError(f"the reporter {made!r} has no close()")
            stack.callback(close)
            taking.append(handle)
        elif callable(made):
            taking.append(made)
        else:
            raise UsageError(f"{made!r} is no reporter: it has neither handle() and close(), nor can it be called")
    return taking


class Telling:
    """Tells everybody of each event: ``listeners`` as it is, ``reporters`` without secrets.

    Args:
        learns: to know the secrets of the run also where there are no reporters, for ``hide``.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        reporters: Sequence[Callable[[Event], object]],
        run_of: Opened,
        asked: Asked,
        show_secrets: bool,
        *,
        learns: bool = False,
    ) -> None:
        self._listeners, self._reporters = listeners, reporters
        self._masker = None
        if (reporters or learns) and not show_secrets:
            from runner.reporters.masking import Masker

            session = run_of.session
            variables = session.scopes.collection.snapshot().values
            self._masker = Masker(asked.secrets, variables, session.options.data)

    def tell(self, event: Event) -> None:
        """Raises what they raise; TypeError for one that is async."""
        for listener in self._listeners:
            _told(listener, event)
        if self._reporters or self._masker is not None:
            for shown in self._masker.take(event) if self._masker is not None else (event,):
                for take in self._reporters:
                    _told(take, shown)

    def hide(self, text: str) -> str:
        """A text without the secrets that the run has shown so far, unless they may be shown."""
        return text if self._masker is None else self._masker.secrets.text(text)


def _told(listener: Listener, event: Event) -> None:
    answer = listener(event)
    if isinstance(answer, CoroutineType):  # a task or a future goes on without us
        refuse_awaitable(answer)

"""The events of one run from Python: hooks around it, listeners told of it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from runner.api.hooks import HookedTransport, Hooks, around, hooks_of, several
from runner.api.listeners import Telling, reporters_of
from runner.api.logs import log
from runner.api.options import RunOptions, asked_of
from runner.engine.events import Event, RunFinished
from runner.engine.needs import preflight
from runner.engine.session import Session
from runner.errors import UsageError
from runner.model.collection import Collection
from runner.model.records import replace
from runner.opening.events import advised, events_of
from runner.opening.ground import Opened, opened
from runner.opening.source import WORKFLOW_FILES

if TYPE_CHECKING:
    from runner.workflow.bind import BoundWorkflow


def session_events(
    given: str | Collection | BoundWorkflow, options: RunOptions, stack: ExitStack
) -> Generator[Event, None, None]:
    """The events of the run, which reporters and listeners have been told of.

    Args:
        stack: ends what was started.
    """
    if not isinstance(given, Collection) and _is_workflow(given):
        _require_fitting(options)
    asked = asked_of(options, log.warning, log.info)
    if (transport := options.get("transport")) is not None:
        from runner.api.transports import as_transport

        asked = replace(asked, transport=as_transport(transport))
    hooks = hooks_of(options)
    run_of = stack.enter_context(opened(given, asked))
    session = run_of.session
    _hook(session, hooks, run_of, options)
    telling = Telling(
        several(options.get("on", ()), "on"),
        reporters_of(options, stack),
        run_of,
        asked,
        options.get("show_secrets", False),
    )
    for text in preflight(run_of.collection):
        log.warning(text)
    wrap = around(hooks) if hooks.after or hooks.checks else None
    with closing(events_of(run_of, asked.captures, wrap=wrap)) as events:
        yield from _told(events, telling, run_of)


def _told(events: Generator[Event, None, None], telling: Telling, run_of: Opened) -> Generator[Event, None, None]:
    """The events, each after all others were told of it. Ctrl-C ends the run but not the reports, and goes on to the
    caller afterwards: a program that runs several collections must end too."""
    interrupted = False
    while True:
        try:
            event = advised(events.throw(KeyboardInterrupt()) if interrupted else next(events), run_of)
            interrupted = False
            telling.tell(event)
        except StopIteration:
            return
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            continue
        yield event
        if isinstance(event, RunFinished):
            if event.result.interrupted:
                raise KeyboardInterrupt
            return


def _hook(session: Session, hooks: Hooks, run_of: Opened, options: RunOptions) -> None:
    if (own := options.get("auth")) is not None:
        from runner.api.auth import schemes

        session.auth_schemes = schemes(own)
    if hooks.before:
        session.transport = HookedTransport(session.transport, hooks.before, run_of.collection)


def _is_workflow(given: str | BoundWorkflow) -> bool:
    return not isinstance(given, str) or given.lower().endswith(WORKFLOW_FILES)


def _require_fitting(options: RunOptions) -> None:
    for name, reason in (
        ("select", "folder chooses steps"),
        ("exclude", "folder chooses steps"),
        ("with_deps", "its steps say what they need (needs)"),
        ("capture", "its steps say what they take from responses (capture)"),
    ):
        if options.get(name):
            raise UsageError(f"{name} is for collections; in a workflow file {reason}")

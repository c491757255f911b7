"""The events of one run from Python: hooks around it, listeners told of it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from runner.api.hooks import HookedTransport, Hooks, around, hooks_of, several
from runner.api.listeners import Telling, reporters_of
from runner.api.logs import log
from runner.api.options import RunOptions, asked_of, in_python
from runner.engine.events import Event, RunFinished
from runner.engine.needs import preflight
from runner.engine.session import Session
from runner.errors import UsageError
from runner.model.collection import Collection
from runner.model.records import replace
from runner.opening.events import advised, both, events_of
from runner.opening.ground import Opened, opened
from runner.opening.source import WORKFLOW_FILES

if TYPE_CHECKING:
    from runner.opening.snapshots import Snapshots
    from runner.workflow.bind import BoundWorkflow

_NAME_A_FILE = 'name the file that keeps them, as in snapshot="shop.snapshots.yaml"'


def session_events(
    given: str | Collection | BoundWorkflow, options: RunOptions, stack: ExitStack
) -> Generator[Event, None, None]:
    """The events of the run, which reporters and listeners have been told of.

    Args:
        stack: ends what was started.
    """
    if not isinstance(given, Collection) and is_workflow(given):
        require_fitting(options)
    asked = asked_of(options, log.warning, log.info)
    if (transport := options.get("transport")) is not None:
        from runner.api.transports import as_transport

        asked = replace(asked, transport=as_transport(transport))
    hooks = hooks_of(options)
    run_of = stack.enter_context(opened(given, asked))
    session = run_of.session
    _hook(session, hooks, run_of, options)
    snapshots = _snapshots(given, options, run_of)
    telling = Telling(
        several(options.get("on", ()), "on"),
        reporters_of(options, stack),
        run_of,
        asked,
        options.get("show_secrets", False),
        learns=snapshots is not None,
    )
    for text in preflight(run_of.collection):
        log.warning(in_python(text))
    wrap = around(hooks) if hooks.after or hooks.checks else None
    if snapshots is not None:  # outermost: a response that a check finds fault with is not kept
        wrap = both(snapshots.around, wrap)
    with closing(events_of(run_of, asked.captures, wrap=wrap)) as events:
        yield from _told(events, telling, run_of, snapshots)


def _snapshots(given: str | Collection | BoundWorkflow, options: RunOptions, run_of: Opened) -> Snapshots | None:
    """Who keeps the shapes of responses; None if nobody is asked to."""
    snapshot, update = options.get("snapshot", False), options.get("update_snapshots", False)
    if not snapshot and not update:
        return None
    from pathlib import Path

    from runner.opening.snapshots import Snapshots, file_of

    if isinstance(snapshot, (str, os.PathLike)):
        file = Path(snapshot)
    elif not isinstance(snapshot, bool):
        raise UsageError(f"snapshot is True, False or the name of a file, not {snapshot!r}")
    elif (location := location_of(given)) is not None:
        file = file_of(location, option="snapshot", otherwise=_NAME_A_FILE)
    else:
        raise UsageError(f"snapshot: the collection is in no file: {_NAME_A_FILE}")
    return Snapshots(file, run_of, update=update, update_by="update_snapshots=True")


def location_of(given: str | Collection | BoundWorkflow) -> str | None:
    """Where it was read from; None if it was made in Python."""
    if isinstance(given, str):
        return given
    return given.path if isinstance(given, Collection) else given.workflow.path


def _told(
    events: Generator[Event, None, None], telling: Telling, run_of: Opened, snapshots: Snapshots | None
) -> Generator[Event, None, None]:
    """The events, each after all others were told of it. Ctrl-C ends the run but not the reports, and goes on to the
    caller afterwards: a program that runs several collections must end too."""
    interrupted = False
    while True:
        try:
            event = advised(events.throw(KeyboardInterrupt()) if interrupted else next(events), run_of)
            interrupted = False
            telling.tell(event)
            if snapshots is not None and isinstance(event, RunFinished):
                log.info("%s", "\n".join(snapshots.finish(event.result, telling.hide)))
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


def is_workflow(given: str | BoundWorkflow) -> bool:
    return not isinstance(given, str) or given.lower().endswith(WORKFLOW_FILES)


def require_fitting(options: RunOptions) -> None:
    """Refuses what makes no sense for a workflow file.

    Raises:
        UsageError: says what, and what to do instead.
    """
    for name, reason in (
        ("select", "folder chooses steps"),
        ("exclude", "folder chooses steps"),
        ("with_deps", "its steps say what they need (needs)"),
        ("capture", "its steps say what they take from responses (capture)"),
    ):
        if options.get(name):
            raise UsageError(f"{name} is for collections; in a workflow file {reason}")

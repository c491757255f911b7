"""From what is asked for, or from the attributes of a user class, to what users run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from runner.api.logs import log
from runner.api.options import RunOptions, asked_of, python_names, rows
from runner.api.session import is_workflow, require_fitting
from runner.engine.inherit import script_sources
from runner.errors import UsageError
from runner.load.engines import engine_pool, start_engine
from runner.load.failures import Veil
from runner.load.scenario import Scenario
from runner.model.collection import Json
from runner.model.records import replace
from runner.opening.asked import Asked
from runner.opening.events import item_runner
from runner.opening.ground import Opened, opened

if TYPE_CHECKING:
    from runner.load.user import CollectionUser

#: Users of one process that keep a connection each, if it is not known how many there will be.
_CONNECTIONS = 1000
#: what the options of ``runner.run`` are called in a user class, where the name is another one
_CALLED = {
    "environment": "environment_file",
    "globals": "globals_file",
    "capture": "captures",
    "insecure": "verify_tls",
}
#: holds what the user classes have opened, as long as the process lives
_open = ExitStack()


def scenario_of(ready: Opened, asked: Asked, *, engines: int, show_secrets: bool = False) -> Scenario:
    """What users run of something that was opened.

    Args:
        engines: script engines of this process, at most.

    Raises:
        UsageError: one of the captures is none.
    """
    session, data = ready.session, ready.session.options.data
    run_item = item_runner(asked.captures, session, ready.items)
    # Iterations, rows and the end are those of the users, and the steps of a workflow run one after another.
    session.options = replace(session.options, data=(), iterations=1, parallel=1, timeout=None)
    session.start_scripts = lambda: start_engine(script_sources(session.collection))
    secret: dict[str, Json] = dict(asked.secrets)
    if ready.workflow is not None:
        secret.update((one.text, session.scopes.text(one.text)) for one in ready.workflow.workflow.secrets)
    return Scenario(
        session,
        ready.items,
        run_item,
        engine_pool(session, engines),
        Veil(session, secret, show=show_secrets),
        workflow=ready.workflow,
        fixed=frozenset(ready.variables.variables),
        iterations=asked.options.iterations,
        data=data,
    )


@python_names()
def open_scenario(user: type[CollectionUser]) -> Scenario:
    """What the users of a class run.

    Raises:
        HtrunError: it cannot be run.
    """
    if not user.collection:
        raise UsageError(f'{user.__name__} has no collection: say collection = "file.json" in the class')
    variables = dict(user.variables)
    if user.host and user.host_variable:
        variables.setdefault(user.host_variable, user.host)
    options: RunOptions = {
        "environment": user.environment_file,
        "globals": user.globals_file,
        "variables": variables,
        "secrets": user.secrets,
        "folder": user.folder,
        "select": user.select,
        "capture": user.captures,
        "iterations": user.iterations,
        "delay_request": user.delay_request,
        "timeout_request": user.timeout_request,
        "timeout_script": user.timeout_script,
        "max_response_size": user.max_response_size or None,
        "deny_private_addresses": user.deny_private_addresses,
        "follow_redirects": user.follow_redirects,
        "insecure": not user.verify_tls,
        "parallel": _CONNECTIONS,
    }
    location = os.fspath(user.collection)
    if is_workflow(location):
        require_fitting(options)
    for text in _doubts(user):
        log.warning(text)
    asked = asked_of(options, log.warning, log.info)
    # All rows, however many iterations a user has: users share them.
    asked = replace(asked, data=rows(user.data, None))
    ready = _open.enter_context(opened(location, asked, lambda sources: None))
    return scenario_of(ready, asked, engines=user.script_engines)


def _doubts(user: type[CollectionUser]) -> Iterator[str]:
    """Attributes of a class that look like one of htrun's and are none: they would be passed over."""
    from difflib import get_close_matches

    from runner.load.user import CollectionUser

    known = [name for name in CollectionUser.__annotations__ if not name.startswith("_")]
    for one in user.__mro__[: user.__mro__.index(CollectionUser)]:
        for name, value in vars(one).items():
            if name.startswith("_") or callable(value) or hasattr(CollectionUser, name):
                continue
            near = [_CALLED[name]] if name in _CALLED else get_close_matches(name, known, n=1, cutoff=0.85)
            if near:
                yield f"{user.__name__}.{name} means nothing to htrun; did you mean {near[0]}?"

"""From what is asked for, or from the attributes of a user class, to what users run."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from runner.engine.inherit import script_sources
from runner.engine.session import RunOptions
from runner.errors import UsageError
from runner.load.engines import engine_pool, start_engine
from runner.load.failures import Veil
from runner.load.scenario import Scenario
from runner.model.collection import Json
from runner.model.records import replace
from runner.opening.asked import Asked, Selection
from runner.opening.events import item_runner
from runner.opening.ground import Opened, opened

if TYPE_CHECKING:
    from runner.load.user import CollectionUser

#: Users of one process that keep a connection each, if it is not known how many there will be.
_CONNECTIONS = 1000
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
    selection = Selection()
    if user.select:
        from runner.engine.selectors import Selectors

        selection = Selection(selectors=Selectors(select=tuple(user.select)))
    asked = Asked(
        options=RunOptions(
            iterations=user.iterations,
            delay_request=user.delay_request,
            timeout_request=user.timeout_request or None,
            timeout_script=user.timeout_script or None,
            max_response_size=user.max_response_size or None,
            deny_private_addresses=user.deny_private_addresses,
            follow_redirects=user.follow_redirects,
            strict_ssl=user.verify_tls,
            parallel=_CONNECTIONS,
        ),
        environment=user.environment_file,
        globals=user.globals_file,
        variables=variables,
        secrets=user.secrets,
        data=user.data,
        selection=selection,
        captures=tuple(user.captures),
    )
    ready = _open.enter_context(opened(user.collection, asked, lambda sources: None))
    return scenario_of(ready, asked, engines=user.script_engines)

"""Putting a session together from what the user gave."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from runner.engine.inherit import script_sources
from runner.engine.session import RunOptions, Session
from runner.model.collection import Collection, Json, VariableSet
from runner.model.records import dataclass, field
from runner.scripting.interface import ScriptEngine
from runner.transport.cookies import CookieJar
from runner.transport.files import FileReader
from runner.transport.interface import Transport
from runner.variables import Scopes, VariableScope


@dataclass(frozen=True, slots=True)
class Given:
    """Variables from outside of the collection.

    ``variables`` (``--var``) are set in the collection scope and, where the environment has the same
    name, there too, so that they win over it.
    """

    environment: VariableSet | None = None
    globals: VariableSet | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    environment_variables: Mapping[str, Json] = field(default_factory=dict)
    global_variables: Mapping[str, Json] = field(default_factory=dict)


def new_scopes(collection: Collection, given: Given) -> Scopes:
    """The scopes at the start of a run."""
    scopes = Scopes(
        globals=VariableScope(given.globals or _empty("globals")),
        environment=VariableScope(given.environment or _empty(None)),
        collection=VariableScope(VariableSet(collection.id, collection.name, collection.variables)),
        local=VariableScope(_empty(None)),
    )
    for key, value in given.environment_variables.items():
        scopes.environment.set(key, value)
    for key, value in given.global_variables.items():
        scopes.globals.set(key, value)
    for key, value in given.variables.items():
        scopes.collection.set(key, value)
        if scopes.environment.find(key):
            scopes.environment.set(key, value)
    return scopes


def start_engine(sources: Sequence[str]) -> ScriptEngine:
    """Starts V8 in the background; the first script waits for it if need be."""
    from runner.scripting.v8 import V8Engine

    engine = V8Engine(scripts=sources)
    engine.start()
    return engine


def new_session(
    collection: Collection,
    given: Given,
    options: RunOptions,
    *,
    transport: Transport,
    files: FileReader | None = None,
    jar: CookieJar | None = None,
    scripts: ScriptEngine | None = None,
    interactive: bool = False,
) -> Session:
    """A session ready to run.

    Args:
        scripts: an engine that is already starting; None starts one when the first script runs.
        interactive: a person is there who can log in with a browser.
    """
    return Session(
        collection=collection,
        scopes=new_scopes(collection, given),
        options=options,
        transport=transport,
        files=files or FileReader(),
        start_scripts=lambda: start_engine(script_sources(collection)),
        jar=CookieJar() if jar is None else jar,  # an empty one is somebody's too
        interactive=interactive,
        _scripts=scripts,
    )


def _empty(name: str | None) -> VariableSet:
    return VariableSet(str(uuid.uuid4()), name)

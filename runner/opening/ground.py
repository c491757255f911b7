"""From what a run is asked for to what is about to run: the session, and the requests in their order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from runner.engine.assemble import Given, new_session, start_engine
from runner.engine.inherit import script_sources
from runner.engine.selection import select
from runner.engine.session import Session
from runner.errors import UsageError
from runner.model.collection import Collection, Json, Located, VariableSet
from runner.model.records import dataclass, replace
from runner.opening.asked import Asked
from runner.opening.source import WORKFLOW_FILES, Source, read_cookies
from runner.scripting.interface import ScriptEngine
from runner.transport.fetch import fetcher
from runner.transport.files import FileReader
from runner.transport.requests_transport import MAX_IDLE, RequestsTransport, TransportSettings

if TYPE_CHECKING:
    from runner.workflow.bind import BoundWorkflow

#: Gives the engine for these scripts; None if there are none.
Start: TypeAlias = Callable[[Sequence[str]], ScriptEngine | None]


@dataclass(frozen=True, slots=True)
class Opened:
    """What is about to be run."""

    session: Session
    collection: Collection
    workflow: BoundWorkflow | None
    items: tuple[Located, ...]  #: in their order
    variables: Given


class Ground:
    """What all inputs of a run share: files, the network, the variables that the user gives.

    Args:
        stack: lets go of it all.
    """

    def __init__(self, asked: Asked, stack: ExitStack) -> None:
        self.asked, self.stack = asked, stack
        self.files = FileReader(asked.working_dir or ".", insecure_file_read=asked.insecure_file_read, seen=asked.seen)
        # one connection for each iteration that runs, and some for what their scripts send
        idle = MAX_IDLE + asked.options.parallel
        self.transport = RequestsTransport(
            TransportSettings(
                client_certificates=asked.client_certificates,
                extra_ca=asked.extra_ca,
                files=self.files,
                max_idle=idle,
                warn=asked.warn,
            )
        )
        stack.callback(self.transport.close)
        get = fetcher(self.transport, strict_ssl=asked.options.strict_ssl)
        self.source = Source(get, asked.api_key, asked.seen, asked.warn)

    @cached_property
    def variables(self) -> Given:
        """All variables from outside of the collection; those of a simulator, which is started here, give way to
        what the user says."""
        given = given_variables(self.asked, self.source)
        if not self.asked.simulate:
            return given
        from runner.opening.simulated import simulated

        simulator = self.stack.enter_context(simulated(self.asked.simulate))
        return replace(given, variables={**simulator, **given.variables})

    @cached_property
    def data(self) -> Sequence[Mapping[str, Json]]:
        data = self.asked.data
        return self.source.data(data) if isinstance(data, str) or data is None else data

    def read(self, location: str, steps: Sequence[str] | None = None) -> tuple[Collection, BoundWorkflow | None]:
        """A collection, or a workflow file and its collections as one.

        Args:
            steps: of a workflow file, in place of ``RunOptions.select``.
        """
        if not location.lower().endswith(WORKFLOW_FILES):
            return self.source.collection(location), None
        from runner.workflow.bind import bind, chosen
        from runner.workflow.load import load_workflow

        self.asked.seen(location)
        bound = bind(load_workflow(location), self.source.collection)
        workflow = chosen(bound, self.asked.options.select if steps is None else steps)
        return workflow.collection, workflow

    def _files_of(self, collection: Collection) -> FileReader:
        """Files that requests name; in a collection v3 they stand beside it, unless the user says otherwise."""
        path = collection.path
        if not path or not os.path.exists(path):
            return self.files
        if not os.path.isdir(path):
            return replace(self.files, beside=os.path.dirname(os.path.abspath(path)))
        return replace(self.files, beside=path, working_dir=self.asked.working_dir or path)

    def session(self, collection: Collection, engine: ScriptEngine | None) -> Session:
        """A new session; its cookies are its own, unless a jar was given."""
        asked = self.asked
        session = new_session(
            collection,
            self.variables,
            replace(asked.options, data=self.data),
            transport=asked.transport or self.transport,
            files=self._files_of(collection),
            jar=read_cookies(asked.cookies) if isinstance(asked.cookies, str) else asked.cookies,
            scripts=engine,
            interactive=asked.interactive,
        )
        # the transport closes with the stack
        self.stack.callback(session.rest)
        if asked.mock:
            if asked.simulate:
                raise UsageError("--mock and --simulate exclude each other: both answer in place of the real server")
            from runner.opening.mocking import answer_by_mock

            answer_by_mock(session, self.stack, asked.say)
        return session


def given_variables(asked: Asked, source: Source) -> Given:
    """All variables from outside of the collection.

    Raises:
        InputError: the environment or the globals cannot be read.
    """
    return Given(
        environment=_variable_set(asked.environment, source.environment),
        globals=_variable_set(asked.globals, source.globals),
        variables={**asked.variables, **asked.secrets},
        environment_variables=asked.environment_variables,
        global_variables=asked.global_variables,
    )


def _variable_set(given: str | VariableSet | None, read: Callable[[str], VariableSet | None]) -> VariableSet | None:
    return read(given) if isinstance(given, str) else given


def start_now(sources: Sequence[str]) -> ScriptEngine | None:
    """Starts an engine while other things are made ready."""
    return start_engine(sources) if sources else None


@contextmanager
def opened(given: str | Collection | BoundWorkflow, asked: Asked, start: Start = start_now) -> Iterator[Opened]:
    """Reads a collection or workflow file and all that it is run with; lets go of it when the block ends.

    Args:
        given: where it is, or what was read already.

    Raises:
        HtrunError: something cannot be read, or what was asked makes no sense.
    """
    with ExitStack() as stack:
        ground = Ground(asked, stack)
        collection, workflow = ground.read(given) if isinstance(given, str) else _ready(given, asked)
        engine = start(script_sources(collection))
        if engine is not None:
            stack.callback(engine.close)
        variables = ground.variables
        session = ground.session(collection, engine)
        items = tuple(workflow.all_items()) if workflow else _items(asked, session, ground.source)
        yield Opened(session, collection, workflow, items, variables)


def _ready(given: Collection | BoundWorkflow, asked: Asked) -> tuple[Collection, BoundWorkflow | None]:
    if isinstance(given, Collection):
        return given, None
    from runner.workflow.bind import chosen

    workflow = chosen(given, asked.options.select)
    return workflow.collection, workflow


def _items(asked: Asked, session: Session, source: Source) -> tuple[Located, ...]:
    if asked.selection.any:
        from runner.opening.choice import items_of_one

        items = items_of_one(asked.selection, session, source)
    else:
        items = select(session.collection, session.options.select)
    return with_dependencies(asked, session, items) if asked.selection.with_deps else items


def with_dependencies(asked: Asked, session: Session, items: tuple[Located, ...]) -> tuple[Located, ...]:
    """The items and what they need; says what was added."""
    from runner.opening.dependencies import items_with_dependencies

    return items_with_dependencies(session, items, asked.captures, asked.say)

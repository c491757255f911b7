"""From the options of a run to what is about to be run: the session, and the requests in their order."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli import early
from runner.cli.inputs import Source, cookie_jar, given_variables
from runner.cli.reporting import warn
from runner.cli.tls import transport_settings
from runner.engine.assemble import Given, new_session
from runner.engine.inherit import script_sources
from runner.engine.needs import preflight
from runner.engine.selection import select
from runner.engine.session import RunOptions, Session
from runner.errors import UsageError
from runner.model.collection import Collection, Json, Located
from runner.model.records import dataclass, replace
from runner.scripting.interface import ScriptEngine
from runner.transport.fetch import fetcher
from runner.transport.files import FileReader
from runner.transport.requests_transport import RequestsTransport

if TYPE_CHECKING:
    from runner.workflow.bind import BoundWorkflow

WORKFLOW_FILES = (".workflow.yaml", ".workflow.yml", ".workflow.json")

#: Options that choose requests, besides --folder.
SELECTION = (
    "select", "exclude", "method", "names", "tags", "from_", "to", "only_failed", "changed_since", "shard",
    "shard_times",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """What is about to be run."""

    session: Session
    collection: Collection
    workflow: BoundWorkflow | None
    items: tuple[Located, ...]  #: in their order
    variables: Given


class Ground:
    """What all inputs of a run share: files, the network, the variables that the user gives, the script engine.

    Args:
        stack: lets go of it all.
        seen: told about each file that is about to be read.
    """

    def __init__(
        self, given: dict[str, Any], stack: ExitStack, seen: Callable[[str | Path], None] | None = None
    ) -> None:
        self.given, self.stack = given, stack
        self.seen = seen or _nobody
        self.options = _options(given)
        self.files = FileReader(
            given["working_dir"] or ".", insecure_file_read=not given["no_insecure_file_read"], seen=self.seen
        )
        self.transport = RequestsTransport(transport_settings(given, self.files, warn))
        stack.callback(self.transport.close)
        self.source = Source(
            fetcher(self.transport, strict_ssl=self.options.strict_ssl), given["postman_api_key"], self.seen
        )

    @cached_property
    def variables(self) -> Given:
        return given_variables(self.given, self.source, self.stack, warn)

    @cached_property
    def data(self) -> Sequence[Mapping[str, Json]]:
        return self.source.data(self.given["iteration_data"])

    def read(self, location: str, options: Mapping[str, Any] | None = None) -> tuple[Collection, BoundWorkflow | None]:
        """A collection, or a workflow file and its collections as one.

        Args:
            options: for workflow files, in place of those of the run.
        """
        if not location.lower().endswith(WORKFLOW_FILES):
            return self.source.collection(location), None
        from runner.cli.workflows import read_workflow

        self.seen(location)
        workflow = read_workflow(location, self.source, self.given if options is None else options)
        return workflow.collection, workflow

    def _files_of(self, collection: Collection) -> FileReader:
        """Files that requests name; in a collection v3 they stand beside it, unless --working-dir says otherwise."""
        if self.given["working_dir"] or not collection.path or not os.path.isdir(collection.path):
            return self.files
        return replace(self.files, working_dir=collection.path)

    def session(self, collection: Collection, engine: ScriptEngine | None) -> Session:
        """A new session; its cookies are its own."""
        session = new_session(
            collection,
            self.variables,
            replace(self.options, data=self.data),
            transport=self.transport,
            files=self._files_of(collection),
            jar=cookie_jar(self.given["cookie_jar"]),
            scripts=engine,
            interactive=sys.stdin.isatty() and sys.stderr.isatty(),
        )
        self.stack.callback(session.close)
        if self.given.get("mock"):
            if self.given["simulate"]:
                raise UsageError("--mock and --simulate exclude each other: both answer in place of the real server")
            from runner.cli.mocking import answer_by_mock

            answer_by_mock(session, self.stack, silent=self.given["silent"])
        return session


@contextmanager
def opened(
    collection: str, given: dict[str, Any], seen: Callable[[str | Path], None] | None = None
) -> Iterator[Opened]:
    """Reads a collection or workflow file and all that it is run with; lets go of it when the block ends.

    Args:
        seen: told about each file that is about to be read.
    """
    with ExitStack() as stack:
        ground = Ground(given, stack, seen)
        loaded, workflow = ground.read(collection)
        engine = early.take(script_sources(loaded))
        if engine is not None:
            stack.callback(engine.close)
        variables = ground.variables
        session = ground.session(loaded, engine)
        items = tuple(workflow.all_items()) if workflow else _items(given, session, ground.source)
        yield Opened(session, loaded, workflow, items, variables)


def _items(given: dict[str, Any], session: Session, source: Source) -> tuple[Located, ...]:
    if any(given.get(name) for name in SELECTION):
        from runner.cli.selecting import items_of_one

        items = items_of_one(given, session, source)
    else:
        items = select(session.collection, session.options.select)
    return with_dependencies(given, session, items) if given["with_deps"] else items


def with_dependencies(given: dict[str, Any], session: Session, items: tuple[Located, ...]) -> tuple[Located, ...]:
    """The items and what they need, with --with-deps; says what was added."""
    from runner.cli.deps import items_with_dependencies

    def say(text: str) -> None:
        if not given["silent"]:
            click.echo(f"htrun: {text}", err=True)

    return items_with_dependencies(session, items, given["capture"], say)


def warn_before(given: Mapping[str, Any], collection: Collection) -> None:
    """Says what is certainly wrong with a collection, now that all else is ready."""
    if not given["silent"]:
        for text in preflight(collection):
            warn(text)


def _nobody(location: str | Path) -> None:
    """Tells nobody."""


def _options(given: dict[str, Any]) -> RunOptions:
    bail = set((given["bail"] or "").split(","))
    if unknown := bail - {"", "folder", "failure"}:
        raise UsageError(f"--bail takes folder or failure, not {sorted(unknown)[0]!r}")
    return RunOptions(
        iterations=given["iteration_count"],
        select=tuple(given["folder"]),
        delay_request=given["delay_request"],
        timeout=given["timeout"] or None,
        timeout_request=given["timeout_request"] or None,
        timeout_script=given["timeout_script"] or None,
        bail="failure" in bail,
        bail_on_error="folder" in bail,
        follow_redirects=not given["ignore_redirects"],
        strict_ssl=not given["insecure"],
        parallel=given["parallel"],
        strict=given["strict"],
    )

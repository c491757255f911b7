"""Running collections and workflow files from Python."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeAlias

from runner.api.logs import log
from runner.api.options import Path, RunOptions, python_names, require_known
from runner.errors import UsageError
from runner.model.collection import Collection, Json
from runner.opening.source import WORKFLOW_FILES

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from runner.engine.events import Event
    from runner.model.result import RunResult
    from runner.opening.source import Source as Reader
    from runner.workflow.bind import BoundWorkflow

#: A file, a folder, a URL or a UID; the JSON of a collection; or what ``load`` and ``load_workflow`` return.
Source: TypeAlias = "Path | Mapping[str, Json] | Collection | BoundWorkflow"


def load(source: Path | Mapping[str, Json], *, postman_api_key: str | None = None) -> Collection:
    """Reads a collection.

    Args:
        source: a file (formats v1 to v2.1), a folder or its definition file (v3), an http(s) URL, with
            ``postman_api_key`` a UID; or the JSON of a collection as Python has it.

    Raises:
        InputError: it cannot be read, or is no collection.
        FetchError: it cannot be fetched.
        UsageError: it is a workflow file.
    """
    if isinstance(source, Mapping):
        from runner.parse.collection import collection_from_json

        return collection_from_json(dict(source))
    location = os.fspath(source)
    if location.lower().endswith(WORKFLOW_FILES):
        raise UsageError(f"{location} is a workflow file: read it with load_workflow")
    with python_names(), ExitStack() as stack:
        return _reader(stack, postman_api_key).collection(location)


def load_workflow(path: Path, *, postman_api_key: str | None = None) -> BoundWorkflow:
    """Reads a workflow file and its collections.

    Raises:
        InputError: it cannot be read, or something in it is wrong; the message says in which line.
        FetchError: a collection cannot be fetched.
    """
    from runner.workflow.bind import bind
    from runner.workflow.load import load_workflow

    with ExitStack() as stack:
        return bind(load_workflow(os.fspath(path)), _reader(stack, postman_api_key).collection)


def run(source: Source, **options: Unpack[RunOptions]) -> RunResult:
    """Runs a collection or a workflow file to its end.

    What goes wrong inside of the run (a failed check, a refused connection, an error in a script or a hook) is in the
    result, never raised; see ``RunResult.passed`` and ``failures``.

    Args:
        source: see ``Source``.
        options: see ``RunOptions``.

    Raises:
        HtrunError: it cannot begin: an input cannot be read, an option makes no sense.
        TypeError: there is no such option.
        KeyboardInterrupt: after Ctrl-C, when the reports are written.
        Exception: what a callable of ``on`` or a reporter raised; the run ends with it.
    """
    require_known(options, "run")
    from runner.engine.events import RunFinished

    result: RunResult | None = None
    for event in _events(source, options):
        if isinstance(event, RunFinished):
            result = event.result
    assert result is not None
    return result


def stream(source: Source, **options: Unpack[RunOptions]) -> Generator[Event, None, None]:
    """Runs a collection or a workflow file, and yields what happens when it happens, ``RunFinished`` last.

    Nothing is read or sent before the first event is asked for. Closing the generator early ends the run and lets go
    of all that it has started: ``with contextlib.closing(runner.stream(...)) as events``.

    Args, Raises: see ``run``.
    """
    require_known(options, "stream")
    return _events(source, options)


def _reader(stack: ExitStack, api_key: str | None) -> Reader:
    from runner.opening.source import Source as Reader
    from runner.transport.fetch import fetcher
    from runner.transport.requests_transport import RequestsTransport

    transport = RequestsTransport()
    stack.callback(transport.close)
    return Reader(fetcher(transport, strict_ssl=True), api_key, warn=log.warning)


def _events(source: Source, options: RunOptions) -> Generator[Event, None, None]:
    from runner.api.session import session_events

    with python_names(), ExitStack() as stack:
        yield from session_events(_given(source, options), options, stack)


def _given(source: Source, options: RunOptions) -> str | Collection | BoundWorkflow:
    if isinstance(source, Collection):
        return source
    if isinstance(source, Mapping):
        return load(source)
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    from runner.workflow.bind import BoundWorkflow

    if not isinstance(source, BoundWorkflow):
        kind = type(source).__name__
        raise UsageError(f"what is run is a file, a URL, the JSON of a collection or what load() returns, not a {kind}")
    return source

"""``htrun run``: from options to a session, and from its events to reporters."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli import early
from runner.cli.config import load_config
from runner.cli.inputs import Source, cookie_jar, given_variables
from runner.cli.options import assignments, run_options, split_reporter_arguments
from runner.cli.reporting import exit_code, listen, make_reporters, split_names, warn
from runner.cli.tls import transport_settings
from runner.engine.assemble import Given, new_session
from runner.engine.events import Event, RunFinished
from runner.engine.inherit import script_sources
from runner.engine.item import run_item
from runner.engine.run import ItemRunner, run
from runner.engine.selection import select
from runner.engine.session import RunOptions, Session
from runner.errors import UsageError
from runner.export import Exports
from runner.model.collection import Collection, Json, Located
from runner.model.records import dataclass, replace
from runner.reporters.masking import Masker
from runner.transport.fetch import fetcher
from runner.transport.files import FileReader
from runner.transport.requests_transport import RequestsTransport

if TYPE_CHECKING:
    from runner.workflow.bind import BoundWorkflow

WORKFLOW_FILES = (".workflow.yaml", ".workflow.yml", ".workflow.json")


class RunCommand(click.Command):
    """Reads the configuration files first, and lets ``--reporter-<name>-<option>`` through, which
    click cannot know."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        config = load_config(self)
        ctx.default_map = dict(config.defaults)
        rest, found = split_reporter_arguments(args)
        ctx.meta["reporter_options"] = (config, found)
        ctx.meta["arguments"] = tuple(args)
        return super().parse_args(ctx, rest)


@click.command("run", cls=RunCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("collection")
@run_options
@click.option("--watch", is_flag=True, help="Run again whenever a file changes that was read, until Ctrl-C.")
@click.pass_context
def command(ctx: click.Context, /, collection: str, watch: bool, **given: Any) -> int:
    """Run a Postman collection, or a workflow file (*.workflow.yaml) over collections.

    Exit codes: 0 all passed, 1 something failed, 2 wrong options, 3 unreadable or missing input, 130 Ctrl-C.
    """
    if watch and ctx.obj is None:
        from runner.cli.watching import keep_running

        return keep_running(ctx, ctx.meta["arguments"], silent=given["silent"])
    return execute(ctx, collection, given, item_runner)


def execute(
    ctx: click.Context,
    collection: str,
    given: dict[str, Any],
    make_runner: Callable[[dict[str, Any], Session, Sequence[Located]], ItemRunner | None],
) -> int:
    """Runs a collection or workflow file with the options of a command, and returns the exit code.

    Args:
        make_runner: how to run the items of a collection; if it gives None nothing is run.
    """
    with opened(collection, given, ctx.obj) as run_of:
        session, workflow, items = run_of.session, run_of.workflow, run_of.items
        if workflow:
            from runner.cli.workflows import workflow_events

            events = workflow_events(session, workflow, run_of.variables.variables)
        else:
            runner = make_runner(given, session, items)
            if runner is None:
                return 0
            events = run(session, runner, items)
        reporters = make_reporters(split_names(given["reporters"]), given, *ctx.meta["reporter_options"])
        if given["record"]:
            from runner.reporters.record.write import RecordWriter

            record = RecordWriter(
                Path(given["record"]), bodies=given["record_bodies"], masked=not given["show_secrets"]
            )
            reporters.append(record)
        exports = Exports(*(given[f"export_{name}"] for name in ("environment", "globals", "collection", "cookie_jar")))
        exports.check()
        early.started()
        result = listen(
            events,
            reporters,
            lambda event: _advised(event, session, items, workflow is not None),
            shower(given, session),
        )
        if result.error is None:  # as in Newman: an aborted run leaves what earlier ones exported
            exports.write(
                environment=session.scopes.environment.snapshot(),
                globals=session.scopes.globals.snapshot(),
                collection=run_of.collection,
                cookies=session.jar.to_json(),
            )
    return exit_code(result, given["suppress_exit_code"])


@dataclass(frozen=True, slots=True)
class Opened:
    """What is about to be run."""

    session: Session
    collection: Collection
    workflow: BoundWorkflow | None
    items: tuple[Located, ...]  #: in their order
    variables: Given


@contextmanager
def opened(
    collection: str, given: dict[str, Any], seen: Callable[[str | Path], None] | None = None
) -> Iterator[Opened]:
    """Reads a collection or workflow file and all that it is run with; lets go of it when the block ends.

    Args:
        seen: told about each file that is about to be read.
    """
    options = _options(given)
    seen = seen or _nobody
    with ExitStack() as stack:
        files = FileReader(
            given["working_dir"] or ".", insecure_file_read=not given["no_insecure_file_read"], seen=seen
        )
        transport = RequestsTransport(transport_settings(given, files, warn))
        stack.callback(transport.close)
        source = Source(fetcher(transport, strict_ssl=options.strict_ssl), given["postman_api_key"], seen)
        workflow = None
        if collection.lower().endswith(WORKFLOW_FILES):
            from runner.cli.workflows import read_workflow

            seen(collection)
            workflow = read_workflow(collection, source, given)
        loaded = workflow.collection if workflow else source.collection(collection)
        engine = early.take(script_sources(loaded))
        if engine is not None:
            stack.callback(engine.close)
        variables = given_variables(given, source, stack, warn)
        session = new_session(
            loaded,
            variables,
            replace(options, data=source.data(given["iteration_data"])),
            transport=transport,
            files=files,
            jar=cookie_jar(given["cookie_jar"]),
            scripts=engine,
            interactive=sys.stdin.isatty() and sys.stderr.isatty(),
        )
        stack.callback(session.close)
        items = tuple(workflow.all_items()) if workflow else _items(given, session)
        yield Opened(session, loaded, workflow, items, variables)


def _nobody(location: str | Path) -> None:
    """Tells nobody."""


def _items(given: dict[str, Any], session: Session) -> tuple[Located, ...]:
    if not given["with_deps"]:
        return select(session.collection, session.options.select)
    from runner.cli.deps import items_with_dependencies

    def say(text: str) -> None:
        if not given["silent"]:
            click.echo(f"htrun: {text}", err=True)

    return items_with_dependencies(session, given["capture"], say)


def item_runner(given: dict[str, Any], session: Session, items: Sequence[Located]) -> ItemRunner:
    if not given["capture"]:
        return run_item
    from runner.cli.captures import capturing_runner

    return capturing_runner(given["capture"], session, items)


def _advised(event: Event, session: Session, items: Sequence[Located], in_steps: bool) -> Event:
    """The same event; if variables had no value, the last one says which request would set them."""
    if not isinstance(event, RunFinished) or not event.result.unresolved:
        return event
    from runner.workflow.advice import advice

    try:
        remedy = ("give it a step before",) if in_steps else ()
        found = advice(event.result.unresolved, session.collection, items, session.scopes, *remedy)
    except KeyboardInterrupt:  # it is no longer the run that is interrupted
        return event
    return RunFinished(replace(event.result, advice=found))


def shower(
    given: dict[str, Any], session: Session, more: Mapping[str, Json] | None = None
) -> Callable[[Event], Sequence[Event]]:
    """What of an event reporters are told: all but the secrets.

    Args:
        more: further variables of which the user says that they are secret.
    """
    if given["show_secrets"]:
        return lambda event: (event,)
    secret = {**assignments(given["secret"], "--secret", hidden=True), **(more or {})}
    return Masker(secret, session.scopes.collection.snapshot().values, session.options.data).take


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
    )

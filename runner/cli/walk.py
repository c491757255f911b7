"""``htrun walk``: from options to a guided tour in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from runner.cli import EXIT_INTERRUPTED
from runner.cli.command import PATH, Command
from runner.cli.config import load_config
from runner.cli.opening import opened
from runner.cli.reporting import can_unicode, colored, exit_code
from runner.cli.run import command as run_command
from runner.cli.run import shower
from runner.engine.events import RunStarted
from runner.engine.run import run
from runner.errors import UsageError
from runner.model.collection import Collection
from runner.model.records import replace
from runner.opening.dependencies import defines_of
from runner.opening.events import item_runner
from runner.opening.ground import Opened
from runner.opening.source import WORKFLOW_FILES
from runner.reporters.history import History
from runner.simulator import find_simulator
from runner.walk.asking import Asker, Ended, Terminal
from runner.walk.document import TourDocument
from runner.walk.facts import Facts
from runner.walk.flow import tour_flow
from runner.walk.guide import Guide, in_sequence
from runner.walk.needs import Need, ask_for, needs
from runner.walk.screen import Screen
from runner.walk.souvenirs import Keeper
from runner.walk.terminal import TerminalView

#: Options of ``htrun run`` that make sense on a tour: it is one iteration, and it is its own report.
_SHARED = (
    "environment", "globals_", "var", "secret", "env_var", "global_var", "folder", "with_deps", "capture",
    "postman_api_key", "cookie_jar", "delay_request", "timeout", "timeout_request", "timeout_script",
    "max_response_size", "ignore_redirects", "insecure", "ssl_client_cert", "ssl_client_key", "ssl_client_passphrase",
    "ssl_client_cert_list", "ssl_extra_ca_certs", "suppress_exit_code", "working_dir", "insecure_file_read", "color",
    "deny_private_addresses", "disable_unicode", "show_secrets", "simulate", "mock",
)  # fmt: skip
#: One time through; all others are as if nobody had given them.
_FIXED: Mapping[str, Any] = {"iteration_count": 1}


class WalkCommand(Command):
    """Takes what the configuration files say about the options that it shares with ``htrun run``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        config = load_config(run_command)
        ctx.default_map = {name: value for name, value in config.defaults.items() if name in _SHARED}
        return super().parse_args(ctx, args)


@click.command("walk", cls=WalkCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("collection", type=PATH, metavar="COLLECTION|WORKFLOW")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing and send everything; needs no terminal.")
@click.option("--save", type=PATH, metavar="FILE", help="Write the tour, with the real answers, as .md or .html.")
def command(collection: str, yes: bool, save: str | None, **given: Any) -> int:
    """Walk through a collection or workflow file, one request at a time, with explanations.

    Exit codes are those of `htrun run`: 0 all passed, 1 something failed, 2 wrong options, 3 unreadable or missing
    input, 130 Ctrl-C.
    """
    if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("a tour asks questions, and there is no terminal to ask at: use --yes to send everything")
    given = {**_defaults(), **given, **_FIXED}
    with opened(collection, given) as tour:
        return _walk(tour, collection, given, save, asks=not yes)


def _walk(tour: Opened, location: str, given: dict[str, Any], save: str | None, *, asks: bool) -> int:
    session = tour.session
    if tour.workflow:
        workflow = replace(
            tour.workflow, steps=in_sequence(tour.workflow.steps), always=in_sequence(tour.workflow.always)
        )
        tour = replace(tour, workflow=workflow, items=tuple(workflow.all_items()))
    defines = {} if tour.workflow else defines_of(session, given["capture"])
    flow = tour_flow(session, tour.items, tour.workflow, defines)
    screen = Screen(
        sys.stdout,
        color=colored(given["color"], sys.stdout.isatty()),
        unicode=not given["disable_unicode"] and can_unicode(sys.stdout.encoding),
    )
    asker: Asker | None = Terminal(screen) if asks else None
    secret = frozenset(one.text for one in tour.workflow.workflow.secrets) if tour.workflow else frozenset[str]()
    needed = needs(flow, session, secret)
    keeper = Keeper(_stem(location), given["environment"], given["globals_"], tour.collection.name, screen, asker)
    history = History()
    # First of all: nobody is asked for keys by a tour that cannot be saved.
    document = TourDocument(save, flow, history) if save else None
    title = _shown_title(tour, Facts(shower(given, session), History()))
    TerminalView(screen, flow, History()).collection(title, len(tour.items))
    try:
        answers = _prepare(needed, given["simulate"], asker, screen)
        keeper.given(answers, needed)
    except (KeyboardInterrupt, Ended):
        click.echo()
        return EXIT_INTERRUPTED
    for name, value in answers.items():
        session.scopes.environment.set(name, value)
        if session.scopes.collection.find(name):  # a script may ask the collection alone
            session.scopes.collection.set(name, value)
    hidden = {need.name: answers[need.name] for need in needed if need.secret and need.name in answers}
    facts = Facts(shower(given, session, hidden), history)
    view = TerminalView(screen, flow, history)
    guide = Guide(session, tour.items, facts, view, screen, asker)
    if tour.workflow:
        from runner.workflow.run import run as run_workflow

        events = run_workflow(session, tour.workflow, {*tour.variables.variables, *answers}, guide.wrap)
    else:
        events = run(session, guide.wrap(item_runner(given["capture"], session, tour.items)), tour.items)
    guide.document = document
    if document is not None:
        document.begin(title, needed)
    result = None
    try:
        result = guide.follow(events)
    finally:
        if document is not None:
            document.close(early=guide.decisions.quit or result is None or result.interrupted or bool(result.error))
    view.summary(result)
    if document is not None:
        screen.line(f"The tour is saved in {save}.")
    try:
        keeper.captured(guide.captured, session)
        keeper.farewell(location)
    except Ended:
        click.echo()
    except KeyboardInterrupt:
        click.echo()
        return EXIT_INTERRUPTED
    return exit_code(result, given["suppress_exit_code"])


def _shown_title(tour: Opened, facts: Facts) -> Collection:
    """The collection as it may be shown, under the name of the workflow."""
    scopes = tour.session.scopes
    started = RunStarted(
        replace(tour.collection, name=tour.workflow.workflow.name) if tour.workflow else tour.collection,
        scopes.environment.snapshot(),
        scopes.globals.snapshot(),
        iterations=1,
        length=len(tour.items),
        started=tour.session.clock(),
    )
    shown = facts.take(started)[0]
    assert isinstance(shown, RunStarted)
    return shown.collection


def _prepare(needed: Sequence[Need], simulator: str | None, asker: Asker | None, screen: Screen) -> dict[str, str]:
    """The values for what is missing; a simulator's own key is one that it takes."""
    defaults: dict[str, tuple[str, str]] = {}
    if simulator:
        found = find_simulator(simulator)
        defaults[found.key_variable] = found.sample_key, f"{found.sample_key}, which the simulator takes"
    if asker is not None and needed:
        screen.line()
        screen.rule("Before you begin")
        screen.line()
        count = len(needed)
        screen.line(f"There {'are' if count > 1 else 'is'} {count} value{'s' if count > 1 else ''} to fill in first.")
        return ask_for(needed, defaults, asker, screen)
    return {need.name: defaults[need.name][0] for need in needed if need.name in defaults}


def _defaults() -> dict[str, Any]:
    """The options of ``htrun run`` when none is given."""
    run_alone = click.Command("run", params=run_command.params)
    return run_alone.make_context("run", ["collection"]).params


def _stem(location: str) -> str:
    """The name of the collection's file without its endings, for the files of the tour."""
    name = Path(location.rpartition("/")[2] if "://" in location else location).name
    for ending in (*WORKFLOW_FILES, ".postman_collection.json", ".json"):
        if name.lower().endswith(ending):
            return name[: -len(ending)] or "tour"
    return name or "tour"


command.params += [option for option in run_command.params if option.name in _SHARED]

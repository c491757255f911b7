"""``htrun resume``: goes on with a run that was killed, interrupted, or stopped by its time limit."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import click

from runner.cli.command import PATH, Command
from runner.cli.journaling import OFF, RESUME, Resumption, opened_journal
from runner.cli.options import assignments, environment_assignments, split_reporter_arguments
from runner.cli.run import command as run_command
from runner.errors import SetupError, UsageError
from runner.model.collection import Json

#: Options of ``htrun run`` that may be given anew: how things are shown, and what could not be kept.
_ANEW = (
    "var", "secret", "env_var", "global_var", "reporters", "color", "disable_unicode", "silent", "curl", "verbose",
    "suppress_exit_code", "show_secrets", "timeout", "timeout_request", "record", "record_bodies", "postman_api_key",
    "ssl_client_passphrase", "export_environment", "export_globals", "export_collection", "export_cookie_jar",
)  # fmt: skip


class ResumeCommand(Command):
    """Keeps the options as they were written, to hand them on to ``htrun run``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest, _ = split_reporter_arguments(args)
        own = {option for one in self.params if one.name not in _ANEW for option in one.opts}
        ctx.meta["anew"] = _without(args, own, self)
        return super().parse_args(ctx, rest)


@click.command("resume", cls=ResumeCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", metavar="ID|last")
@click.option("--repeat-unknown", is_flag=True, help="Send again what may have arrived when the run was killed.")
@click.option("--force", is_flag=True, help="Go on though files have changed since the run began.")
@click.option(
    "--journal", type=PATH, metavar="FILE", envvar="HTRUN_JOURNAL", help="The journal; .htrun/runs.db by default."
)
@click.pass_context
def command(ctx: click.Context, /, run: str, repeat_unknown: bool, force: bool, journal: str | None, **_: Any) -> int:
    """Go on with a run that was killed, interrupted, or stopped by its time limit.

    Requests that had ended are not sent again: their results, variables and cookies come from the journal. What was
    being sent when the run was killed is sent again if its method is idempotent (GET, HEAD, OPTIONS, PUT, DELETE,
    TRACE); otherwise it is reported as unknown. Reports cover the whole run.

    Exit codes are those of `htrun run`; 1 also if something is unknown, 2 if the run cannot be resumed.
    """
    if (journal or "").lower() == OFF:
        raise UsageError("HTRUN_JOURNAL is off: name the journal of the run with --journal FILE")
    from runner.journal.alive import Hold
    from runner.journal.command import opened
    from runner.journal.place import location
    from runner.journal.queries import find_run, progress
    from runner.journal.resuming import Past
    from runner.journal.sealing import Sealer
    from runner.journal.state import Missing

    database = opened_journal(location(journal), create=False)
    found = find_run(database, run)
    if found.over:
        raise UsageError(f"run {found.id} has ended ({found.status}): only what did not get to its end can be resumed")
    hold = Hold(database.path.absolute(), found.id)
    if found.status == "running" or not hold.take():
        raise UsageError(f"run {found.id} is still going on in another process")
    try:
        if not found.whole:
            raise UsageError(f"run {found.id} cannot be resumed: its journal could not be written to the end")
        anew: list[str] = ctx.meta["anew"]
        given = _given(anew)
        sealer = Sealer(found.token, create=False)
        kept = opened(found.command, sealer)
        past = Past(database, found.id, found.base, sealer, given, repeat_unknown)
        missing = {name for name in kept.missing if name not in given and f"--{name.lstrip('-')}" not in anew}
        try:
            secrets = past.secrets()
        except Missing as error:
            missing |= error.names
            if error.cookies and not sealer.available:
                missing.add("")
        _require(missing, sealer)
        _enter(found.folder)
        if not force:
            _require_same(json.loads(found.files))
        for name, value in kept.variables.items():
            os.environ.setdefault(f"HTRUN_VAR_{name}", value)
        arguments = [*_still(kept.arguments, anew), *anew]
        ctx.meta[RESUME] = Resumption(database, found.id, found.token, hold, past, secrets)
        with run_command.make_context("run", arguments, parent=ctx.parent) as inner:
            if inner.params["simulate"]:  # by whatever way: also from the configuration file
                raise SetupError(
                    f"run {found.id} cannot be resumed: what it had made in the simulated API ended with it; "
                    "run it again from its beginning"
                )
            inner.meta[RESUME] = ctx.meta[RESUME]
            if not _is_silent(arguments):
                # a loop may have run as many as the plan has, and more are to come
                done = str(past.count) if past.count == found.length else progress(past.count, found.length)
                click.echo(f"htrun: run {found.id} goes on after {done} requests", err=True)
            code: int = run_command.invoke(inner)
        return code
    finally:
        hold.release()


def _given(anew: Sequence[str]) -> dict[str, Json]:
    """The variables that are given anew."""
    rest, _ = split_reporter_arguments(anew)
    values = command.make_context("resume", [*rest, "last"], resilient_parsing=True).params
    found: dict[str, Json] = dict(environment_assignments())
    for name in ("global_var", "env_var", "var", "secret"):
        found.update(assignments(values[name] or (), f"--{name.replace('_', '-')}", hidden=True))
    return found


def _require(missing: set[str], sealer: Any) -> None:
    """Raises SetupError if something is missing that nobody can decrypt."""
    from runner.journal.sealing import ENVIRONMENT, key_file

    if not missing:
        return
    names = sorted(name for name in missing if name)
    where = f"the key is not in {key_file()}, nor in {ENVIRONMENT}"
    if sealer.available:
        where = f"the key in {ENVIRONMENT if os.environ.get(ENVIRONMENT) else key_file()} is another one"
    if "" in missing:
        raise SetupError(f"the run cannot be resumed: its cookies cannot be decrypted, because {where}")
    options = " ".join(name if name.startswith("-") else f"--secret {name}=..." for name in names)
    raise SetupError(f"secrets of the run cannot be decrypted, because {where}: give them with {options}")


def _enter(folder: str) -> None:
    """Goes to the directory in which the run was begun: its paths start there."""
    if os.path.abspath(folder) == os.getcwd():
        return
    try:
        os.chdir(folder)
    except OSError as error:
        raise SetupError(f"the run was begun in {folder}, which cannot be entered: {error.strerror}") from None


def _require_same(files: Mapping[str, Any]) -> None:
    from runner.journal.files import changed

    found = changed(files)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise SetupError(f"{found[0]}{more} changed since the run began: undo that, or go on all the same with --force")


def _still(arguments: Sequence[str], anew: Sequence[str]) -> list[str]:
    """What of the options of the run still holds: it is run once, and who asks for other reports wants to see them."""
    shown = any(word.startswith(("-r", "--reporters", "--verbose")) for word in anew)
    return [word for word in arguments if word != "--watch" and not (shown and word == "--silent")]


def _is_silent(arguments: Sequence[str]) -> bool:
    return "--silent" in arguments


def _without(args: Sequence[str], own: set[str], of: click.Command) -> list[str]:
    """What is written for ``htrun run``: without the options of this command and their values, and the run."""
    takes = {o for one in of.params if isinstance(one, click.Option) and not one.is_flag for o in one.opts}
    rest: list[str] = []
    words = list(args)
    seen_run = False
    while words:
        word = words.pop(0)
        option, equals, _ = word.partition("=")
        if word.startswith("--reporter-"):
            rest.append(word)
            if not equals and words and not words[0].startswith("-"):
                rest.append(words.pop(0))
        elif word.startswith("-"):
            value = [words.pop(0)] if option in takes and not equals and words else []
            if option not in own:
                rest += [word, *value]
        elif not seen_run:
            seen_run = True
        else:
            rest.append(word)
    return rest


command.params += [option for option in run_command.params if option.name in _ANEW]

"""``htrun check``: what is wrong with collections, without sending anything."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import click

from runner.atomic import write_whole
from runner.check.fix import fixed
from runner.check.model import SEVERITIES, Problem, Report, Severity
from runner.check.rules import BY_CODE, RULES
from runner.check.run import check, unreadable
from runner.check.subject import Inputs
from runner.check.text import text_report
from runner.cli.command import PATH, Command
from runner.cli.config import load_config
from runner.cli.expand import expanded
from runner.cli.inputs import given_variables, reading
from runner.cli.reporting import colored
from runner.cli.saying import print_json, say
from runner.errors import FetchError, HtrunError, InputError, UsageError
from runner.model.records import replace
from runner.opening.source import WORKFLOW_FILES, Source
from runner.parse.remote import is_remote
from runner.parse.text import decode, read_bytes
from runner.transport.files import FileReader

#: Name -> ``module:function`` that writes it; text has options of its own.
_FORMATS = {"json": "runner.check.json_report:json_report", "sarif": "runner.check.sarif:sarif_report"}
_SUFFIXES = {".json": "json", ".sarif": "sarif"}


class CheckCommand(Command):
    """Takes its options from the configuration files too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.default_map = dict(load_config(self, section="check").defaults)
        return super().parse_args(ctx, args)


@click.command("check", cls=CheckCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("collections", nargs=-1, type=PATH, metavar="COLLECTION...")
@click.option("--format", "format_", type=click.Choice(["text", *_FORMATS]), help="Otherwise -o's ending says it.")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write the report there instead of to the terminal.")
@click.option("--disable", multiple=True, metavar="CODES", help="Rules to leave out, e.g. HT404,HT401. Repeatable.")
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    default="error",
    help="Exit with 1 from this severity on; by default errors.",
)
@click.option("--fix", is_flag=True, help="Replace the old API where that changes nothing about a run.")
@click.option("--variables", is_flag=True, help="Also list each variable and where its value comes from.")
@click.option("--rules", is_flag=True, help="List all rules.")
@click.option("-e", "--environment", type=PATH, help="Environment file.")
@click.option("-g", "--globals", "globals_", type=PATH, help="Globals file.")
@click.option("-d", "--iteration-data", type=PATH, help="Data file: its columns count as given.")
@click.option("--var", multiple=True, metavar="NAME=VALUE", help="A variable that will be given. Repeatable.")
@click.option("--secret", multiple=True, metavar="NAME=VALUE", help="The same.")
@click.option("--env-var", multiple=True, metavar="NAME=VALUE", help="The same, in the environment.")
@click.option("--global-var", multiple=True, metavar="NAME=VALUE", help="The same, in the globals.")
@click.option("--working-dir", type=PATH, help="Where relative file paths in bodies start.")
@click.option("--ssl-client-cert", type=PATH, help="Client certificate that a run will be given.")
@click.option("--ssl-client-key", type=PATH, help="Its private key.")
@click.option("--ssl-extra-ca-certs", type=PATH, help="Trusted authorities that a run will be given.")
@click.option("--color", type=click.Choice(["auto", "on", "off"]), default="auto", help="Colours.")
@click.option(
    "--postman-api-key", metavar="KEY", envvar="POSTMAN_API_KEY", help="To get collections and environments by UID."
)
def command(collections: Sequence[str], format_: str | None, output: str | None, **given: Any) -> int:
    """Look for mistakes in collections. Nothing is sent, and no script is run.

    Exit codes: 0 nothing as bad as --fail-on, 1 something was found, 2 wrong options, 3 an input is not there.
    """
    if given["rules"]:
        for rule in RULES:
            click.echo(f"{rule.code}  {rule.severity:<7}  {rule.name:<24}  {rule.summary}")
        return 0
    if not collections:
        raise UsageError("htrun check needs a collection: htrun check FILE...")
    gc.disable()  # what is read stays, and looking for garbage in it took a quarter of the time
    chosen = format_ or _SUFFIXES.get(Path(output or "").suffix.lower(), "text")
    reports = _reports(collections, given, _disabled(given["disable"]))
    if chosen == "text":
        document = text_report(reports, _paint(given["color"], output), variables=given["variables"])
    else:
        document = _writer(chosen)(reports)
    if output is None and chosen != "text":
        print_json(document)
    elif output is None:
        click.echo(document, nl=False)
    else:
        _write(output, document)
    return int(_fails([problem for report in reports for problem in report.problems], given["fail_on"]))


def _disabled(texts: Sequence[str]) -> frozenset[str]:
    codes = frozenset(code.strip().upper() for text in texts for code in text.split(",") if code.strip())
    if unknown := sorted(codes - BY_CODE.keys()):
        raise UsageError(f"--disable: there is no rule {unknown[0]}; htrun check --rules lists them")
    return codes


def _reports(collections: Sequence[str], given: dict[str, Any], disabled: frozenset[str]) -> list[Report]:
    with ExitStack() as stack:
        source, _ = reading(stack, given["postman_api_key"])
        rows = source.data(given["iteration_data"])
        inputs = Inputs(
            given_variables(given, source),
            tuple(dict.fromkeys(name for row in rows for name in row)),
            FileReader(given["working_dir"] or "."),
            tuple(
                (option, given[name])
                for option, name in (
                    ("--ssl-client-cert", "ssl_client_cert"),
                    ("--ssl-client-key", "ssl_client_key"),
                    ("--ssl-extra-ca-certs", "ssl_extra_ca_certs"),
                )
                if given[name]
            ),
        )
        locations = expanded(collections, given["postman_api_key"])
        of_workflows: tuple[Report, ...] = ()
        names: Mapping[str, tuple[str, ...]] = {}
        checked: Mapping[str, frozenset[int]] = {}
        if any(one.lower().endswith(WORKFLOW_FILES) for one in locations):
            from runner.cli.check_workflows import inspect

            inspection = inspect(locations, source)
            of_workflows, locations = inspection.reports, list(inspection.collections)
            names, checked = inspection.names, inspection.checked
        reports = []
        for location in locations:
            columns = (*inputs.columns, *names.get(location, ()))
            given_here = replace(inputs, columns=columns, checked=checked.get(location, frozenset()))
            reports.append(_report(location, source, given_here, disabled, fix=given["fix"]))
        return [*of_workflows, *reports]


def _report(location: str, source: Source, inputs: Inputs, disabled: frozenset[str], *, fix: bool) -> Report:
    remote = is_remote("collection", location, source.api_key)
    data = None if remote or Path(location).is_dir() else read_bytes(location)
    try:
        collection = source.collection(location)
    except FetchError:
        raise
    except InputError as error:
        return unreadable(location, error)
    text = decode(data) if data is not None else None
    if not remote and data is None and inputs.files.working_dir == ".":
        inputs = replace(inputs, files=replace(inputs.files, working_dir=location))  # its files stand beside it
    report = check(location, collection, inputs, text, disabled=disabled)
    if not fix:
        return report
    if text is None or data is None:
        raise UsageError(f"--fix changes collections that are one JSON file; {location} is none")
    changed, done = fixed(text, report.problems)
    if done:
        _replace(location, data, text, changed)
        say(f"htrun: {done} finding{'s' if done > 1 else ''} fixed in {location}")
        return _report(location, source, inputs, disabled, fix=False)
    return report


def _replace(path: str, data: bytes, text: str, changed: str) -> None:
    """Writes the file anew, in the encoding that it has."""
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"):
        try:
            if text.encode(encoding) == data:
                break
        except UnicodeEncodeError:
            continue
    else:
        raise HtrunError(f"{path} cannot be fixed: it has an encoding that cannot be written again")
    try:
        write_whole(Path(path), changed.encode(encoding))
    except OSError as error:
        raise HtrunError(f"{path} cannot be written: {error.strerror or error}") from None


def _fails(problems: Sequence[Problem], level: str) -> bool:
    if level == "never":
        return False
    worst = SEVERITIES.index(cast("Severity", level))
    return any(SEVERITIES.index(problem.severity) <= worst for problem in problems)


def _paint(choice: str, output: str | None) -> Callable[[str, str], str]:
    if output is None and colored(choice, sys.stdout.isatty()):
        return lambda text, color: click.style(text, fg=color, bold=True)
    return lambda text, color: text


def _writer(name: str) -> Callable[[Sequence[Report]], str]:
    module, _, function = _FORMATS[name].partition(":")
    return cast("Callable[[Sequence[Report]], str]", getattr(import_module(module), function))


def _write(path: str, document: str) -> None:
    try:
        write_whole(Path(path), document.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise HtrunError(f"{path} cannot be written: {error.strerror or error}") from None

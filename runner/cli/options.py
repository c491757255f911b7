"""The options of ``htrun run``: Newman's names and meanings, then our own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import click

from runner.cli.command import PATH
from runner.cli.completing import folder_names, reporter_names, request_names, simulator_names
from runner.cli.sizes import Size
from runner.errors import UsageError
from runner.model.collection import UNDEFINED, Json
from runner.model.records import dataclass, field

F = TypeVar("F", bound=Callable[..., Any])

_MS = click.IntRange(min=0)
LAST_RUN = "last"  #: what --only-failed means without a report

SELECTION_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--select",
        multiple=True,
        metavar="PATTERN",
        shell_complete=request_names,
        help="Run only this request, folder, glob (Users/**) or tag ('#smoke'), by path or name. Repeatable.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        shell_complete=request_names,
        help="Do not run this; the same forms. Repeatable.",
    ),
    click.option("--method", multiple=True, metavar="METHOD", help="Run only requests with this method. Repeatable."),
    click.option(
        "--name", "names", multiple=True, metavar="REGEX", help="Run only requests whose name matches. Repeatable."
    ),
    click.option(
        "--tag",
        "tags",
        multiple=True,
        metavar="TAG",
        help="Run only requests with #TAG in their name or description, or in that of a folder around. Repeatable.",
    ),
    click.option(
        "--from", "from_", metavar="PATTERN", shell_complete=request_names, help="Begin with this request or folder."
    ),
    click.option("--to", metavar="PATTERN", shell_complete=request_names, help="End with this request or folder."),
    click.option(
        "--only-failed",
        type=PATH,
        is_flag=False,
        flag_value=LAST_RUN,
        metavar="[REPORT]",
        help="Run only what failed in an earlier run, by its --record file, JSON or JUnit report, or by the journal.",
    ),
    click.option(
        "--last-failed", is_flag=True, help="Run only what failed in the last run of the collection, by the journal."
    ),
    click.option(
        "--changed-since", metavar="GITREF", help="Run only requests that differ from those at this commit or branch."
    ),
    click.option("--shard", metavar="I/N", help="Run only the I-th of N shares of what is selected."),
    click.option(
        "--shard-times", type=PATH, metavar="REPORT", help="Cut shares of equal time, by the times of an earlier run."
    ),
)

RUN_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("-e", "--environment", type=PATH, help="Environment file."),
    click.option("-g", "--globals", "globals_", type=PATH, help="Globals file."),
    click.option(
        "--var",
        "var",
        multiple=True,
        metavar="NAME=VALUE",
        help="Set a collection variable; it also wins "
        "over the environment. HTRUN_VAR_<NAME> in the process environment does the same. Repeatable.",
    ),
    click.option(
        "--secret",
        multiple=True,
        metavar="NAME=VALUE",
        help="Like --var, and the value is hidden in all that is shown and written. Repeatable.",
    ),
    click.option("--env-var", multiple=True, metavar="NAME=VALUE", help="Set an environment variable. Repeatable."),
    click.option("--global-var", multiple=True, metavar="NAME=VALUE", help="Set a global variable. Repeatable."),
    click.option(
        "--folder",
        multiple=True,
        metavar="NAME",
        shell_complete=folder_names,
        help="Run only this folder or request, by name or id. Repeatable.",
    ),
    click.option(
        "--with-deps", is_flag=True, help="With a selection: first run the earlier requests whose values it needs."
    ),
    *SELECTION_OPTIONS,
    click.option(
        "--capture",
        multiple=True,
        metavar="NAME=EXPRESSION @ REQUEST",
        help="Take a variable from a response, e.g. `user_id=$.id @ Users/Create user`; `auto` infers what later "
        "requests need. Repeatable.",
    ),
    click.option("-n", "--iteration-count", type=click.IntRange(min=1), metavar="N", help="Number of iterations."),
    click.option(
        "--parallel",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help="Run up to N iterations or inputs side by side, each with its own variables and cookies.",
    ),
    click.option("-d", "--iteration-data", type=PATH, help="JSON or CSV file with one row per iteration."),
    click.option(
        "--postman-api-key", metavar="KEY", envvar="POSTMAN_API_KEY", help="To get collections and environments by UID."
    ),
    click.option("--cookie-jar", type=PATH, help="Start with these cookies (tough-cookie JSON)."),
    click.option("--export-cookie-jar", type=PATH, help="Write the cookies at the end."),
    click.option("--export-environment", type=PATH, help="Write the environment at the end."),
    click.option("--export-globals", type=PATH, help="Write the globals at the end."),
    click.option("--export-collection", type=PATH, help="Write the collection, as it was read, at the end."),
    click.option("--delay-request", type=_MS, default=0, metavar="MS", help="Pause before every request."),
    click.option("--timeout", type=_MS, default=0, metavar="MS", help="Time limit for the whole run."),
    click.option(
        "--timeout-request",
        type=_MS,
        default=0,
        metavar="MS",
        help="Time limit for each request: from the look-up of the name to the last byte, with its redirects.",
    ),
    click.option(
        "--max-response-size",
        type=Size(),
        metavar="SIZE",
        help="Give up a request whose response is larger, packed or unpacked: bytes, or with a unit, as in 10MB.",
    ),
    click.option("--timeout-script", type=_MS, default=0, metavar="MS", help="Time limit for each script."),
    click.option(
        "--bail",
        is_flag=False,
        flag_value="failure",
        metavar="[folder|failure]",
        help="Stop at the first failure (or, with `folder`, only at errors and names that are not there).",
    ),
    click.option(
        "--strict",
        is_flag=True,
        help="Fail for what a run passes over: undefined variables, files that are not sent, 5xx answers and runs that "
        "nothing checks, TLS that is not verified.",
    ),
    click.option("--ignore-redirects", is_flag=True, help="Do not follow 3xx responses."),
    click.option(
        "--deny-private-addresses",
        is_flag=True,
        help="Send nothing to loopback, private and link-local addresses, whatever name stands for them.",
    ),
    click.option("-k", "--insecure", is_flag=True, help="Do not verify TLS certificates."),
    click.option("--ssl-client-cert", type=PATH, help="Client certificate (PEM)."),
    click.option("--ssl-client-key", type=PATH, help="Its private key (PEM)."),
    click.option("--ssl-client-passphrase", metavar="TEXT", help="Passphrase of the key."),
    click.option("--ssl-client-cert-list", type=PATH, help="JSON file with client certificates by URL pattern."),
    click.option("--ssl-extra-ca-certs", type=PATH, help="PEM file with more trusted authorities."),
    click.option("-x", "--suppress-exit-code", is_flag=True, help="Exit with 0 even if something failed."),
    click.option("--working-dir", type=PATH, help="Where relative file paths in bodies start."),
    click.option(
        "--insecure-file-read/--no-insecure-file-read",
        default=None,
        help="Read files that requests name wherever they are, or only in the working directory. By default: there and "
        "beside the collection.",
    ),
    click.option(
        "-r",
        "--reporters",
        default="cli",
        metavar="LIST",
        shell_complete=reporter_names,
        help="Comma-separated: cli, json, junit, html, github, gitlab, tap, ...; auto: cli and what the CI system "
        "understands. Each takes --reporter-<name>-<option> [VALUE].",
    ),
    click.option("--color", type=click.Choice(["auto", "on", "off"]), default="auto", help="Colours."),
    click.option("--disable-unicode", is_flag=True, help="Plain symbols."),
    click.option("--silent", is_flag=True, help="Print nothing."),
    click.option("--curl", is_flag=True, help="Show each failed request as a curl command, without its secrets."),
    click.option("--verbose", is_flag=True, help="More about each request."),
    click.option(
        "--record",
        type=PATH,
        metavar="FILE",
        help="Write what happens, as lines of JSON, for `htrun report`.",
    ),
    click.option(
        "--record-bodies",
        type=click.IntRange(min=0),
        default=1024 * 1024,
        metavar="BYTES",
        help="How much of each body the record keeps; 1 MiB by default.",
    ),
    click.option(
        "--journal",
        type=PATH,
        metavar="FILE",
        envvar="HTRUN_JOURNAL",
        help="Where the run is kept, for `htrun runs` and `htrun resume`; .htrun/runs.db by default; off: nowhere.",
    ),
    click.option("--no-journal", is_flag=True, help="Keep the run in no journal."),
    click.option(
        "--snapshot",
        is_flag=True,
        help="Keep the shape of each response (types and names, no values), and fail when a later one breaks it.",
    ),
    click.option("--update-snapshots", is_flag=True, help="Keep the shapes as they are now."),
    click.option(
        "--snapshot-dir", type=PATH, metavar="DIR", help="Where they are kept; beside each input by default."
    ),
    click.option(
        "--snapshot-ci/--no-snapshot-ci",
        default=None,
        help="Fail if nothing is kept of a response, and keep nothing new; by default if CI is set.",
    ),
    click.option(
        "--baseline", metavar="ID|last", help="Compare response times with this run in the journal, see `htrun runs`."
    ),
    click.option(
        "--fail-if-slower", metavar="PERCENT", help="Fail if a request is slower than in the baseline by more: 20%."
    ),
    click.option("--show-secrets", is_flag=True, help="Hide no secrets, as Newman does."),
    click.option(
        "--simulate",
        metavar="NAME",
        shell_complete=simulator_names,
        help="Run against a built-in simulator: hypertrack.",
    ),
    click.option("--mock", is_flag=True, help="Run against the examples that the collection has saved."),
)


def run_options(function: F) -> F:
    """Adds all of them to a command."""
    for option in reversed(RUN_OPTIONS):
        function = option(function)
    return function


def assignments(
    values: Iterable[str], option: str, warn: Callable[[str], None] | None = None, *, hidden: bool = False
) -> dict[str, Json]:
    """``k=v`` texts, split at the first ``=``.

    Args:
        warn: told about a name without ``=``, which then is undefined, as in Newman.
        hidden: never quote what was given.

    Raises:
        UsageError: one without ``=``, if there is no ``warn``, or without a name.
    """
    pairs: dict[str, Json] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not name or not (equals or warn):
            raise UsageError(f"{option} takes NAME=VALUE" + ("" if hidden else f", not {text!r}"))
        pairs[name] = value if equals else UNDEFINED
        if not equals and warn:
            warn(f"{option} takes NAME=VALUE; there is no value for {text!r}, which now is undefined")
    return pairs


def environment_assignments(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables given as ``HTRUN_VAR_<name>`` in the process environment."""
    prefix = "HTRUN_VAR_"
    return {key[len(prefix) :]: value for key, value in environ.items() if key.startswith(prefix) and key != prefix}


@dataclass(frozen=True, slots=True)
class ReporterArguments:
    """``--reporter-...`` options: for one reporter, or (generic) for all."""

    specific: dict[str, dict[str, Any]] = field(default_factory=dict)
    generic: dict[str, Any] = field(default_factory=dict)

    def of(self, reporter: str) -> dict[str, Any]:
        """A generic option wins over a specific one, as in Newman."""
        return {**self.specific.get(reporter, {}), **self.generic}


def split_reporter_arguments(arguments: Sequence[str]) -> tuple[list[str], list[tuple[str, Any]]]:
    """Takes the ``--reporter-...`` options out of a command line: their names depend on the reporters.
    A value follows after ``=`` or as the next word that does not start with ``-``; without one the
    option is true (newman, bin/util.js)."""
    rest: list[str] = []
    found: list[tuple[str, Any]] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        if word == "--":
            rest += [word, *words]
            break
        if not word.startswith("--reporter-"):
            rest.append(word)
            continue
        name, equals, value = word.removeprefix("--reporter-").partition("=")
        if equals:
            found.append((name, value))
        elif words and not words[0].startswith("-"):
            found.append((name, words.pop(0)))
        else:
            found.append((name, True))
    return rest, found


def reporter_arguments(found: Iterable[tuple[str, Any]], reporters: Sequence[str]) -> ReporterArguments:
    """Tells options of one reporter from generic ones by the names of the reporters in use."""
    result = ReporterArguments()
    for name, value in found:
        owner = next((r for r in sorted(reporters, key=len, reverse=True) if name.startswith(r + "-")), None)
        if owner is None:
            result.generic[name.replace("-", "_")] = value
        else:
            result.specific.setdefault(owner, {})[name[len(owner) + 1 :].replace("-", "_")] = value
    return result

"""``htrun load``: a collection or workflow file as Locust users."""

from __future__ import annotations

import os
from typing import Any

import click

from runner.cli.command import PATH, Command
from runner.cli.config import load_config
from runner.cli.run import command as run_command
from runner.cli.run import warn_of
from runner.errors import UsageError

#: Options of ``htrun run`` that make sense for users that run the same again and again.
_SHARED = (
    "environment", "globals_", "var", "secret", "env_var", "global_var", "folder", "with_deps", "select", "exclude",
    "method", "names", "tags", "from_", "to", "capture", "iteration_data", "postman_api_key", "cookie_jar",
    "delay_request", "timeout_request", "max_response_size", "timeout_script", "ignore_redirects", "insecure",
    "ssl_client_cert", "ssl_client_key", "ssl_client_passphrase", "ssl_client_cert_list", "ssl_extra_ca_certs",
    "working_dir", "insecure_file_read", "deny_private_addresses", "silent", "show_secrets", "simulate", "mock",
)  # fmt: skip
#: Without --spawn-rate all users are there after so many seconds.
_RAMP = 10


class LoadCommand(Command):
    """Takes what the configuration files say about the options that it shares with ``htrun run``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        config = load_config(run_command)
        ctx.default_map = {name: value for name, value in config.defaults.items() if name in _SHARED}
        return super().parse_args(ctx, args)


@click.command("load", cls=LoadCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("collection", type=PATH, metavar="COLLECTION|WORKFLOW")
@click.option("-u", "--users", type=click.IntRange(min=1), default=1, metavar="N", help="Users at the same time.")
@click.option(
    "-r",
    "--spawn-rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Users that are started per second; all within 10 s by default.",
)
@click.option("-t", "--run-time", metavar="TIME", help="How long: 90s, 2m, 1h30m. Without it: until -n, or Ctrl-C.")
@click.option("-n", "--iteration-count", type=click.IntRange(min=1), metavar="N", help="Iterations of each user.")
@click.option(
    "--rps",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="At most so many requests per second, in all.",
)
@click.option("--wait", metavar="SECONDS", help="Pause of a user between two iterations: 2, or 1-3.")
@click.option("--bail", is_flag=True, help="Begin the next iteration at the first failure.")
@click.option(
    "--fail-if",
    multiple=True,
    metavar="CONDITION",
    help="When the test has failed: 'p95>500ms', 'errors>1%', 'rps<100', 'p99 of Users/Create user > 1s'. Without it: "
    "if any request has failed. Repeatable.",
)
@click.option("--csv", metavar="PREFIX", help="Write Locust's CSV files: PREFIX_stats.csv, PREFIX_failures.csv ...")
@click.option("--html", type=PATH, metavar="FILE", help="Write Locust's HTML report at the end.")
@click.option("--web", is_flag=True, help="Start and watch the test in Locust's web interface.")
@click.option("--web-host", default="127.0.0.1", metavar="HOST", help="Where it listens; 127.0.0.1 by default.")
@click.option("--web-port", type=click.IntRange(0, 65535), default=8089, metavar="PORT", help="8089 by default.")
@click.option("--master", is_flag=True, help="Lead the workers; send nothing.")
@click.option("--worker", is_flag=True, help="Work for a master.")
@click.option("--master-host", default="127.0.0.1", metavar="HOST", help="For workers: where the master is.")
@click.option(
    "--master-bind-host",
    default="127.0.0.1",
    metavar="HOST",
    help="For the master: where it listens; * for everywhere.",
)
@click.option("--master-port", type=click.IntRange(1, 65535), default=5557, metavar="PORT", help="5557 by default.")
@click.option(
    "--expect-workers", type=click.IntRange(min=1), default=1, metavar="N", help="Begin when so many workers are there."
)
@click.option(
    "--stop-timeout", default="2s", metavar="TIME", help="Time at the end for what is under way; 2s by default."
)
@click.option(
    "--script-engines",
    type=click.IntRange(min=1),
    default=16,
    metavar="N",
    help="Script engines of a process, at most; only scripts that wait need more than one.",
)
def command(collection: str, **given: Any) -> int:
    """Load a server with users that run a collection or workflow file, by Locust (pip install "htrun[load]").

    Exit codes: 0 passed, 1 failed (--fail-if, or a request), 2 wrong options, 3 unreadable or missing input, 130
    Ctrl-C.
    """
    # Locust replaces threads by greenlets when it is imported, so this comes before what uses them.
    from runner.load.main import LoadTest
    from runner.load.opening import scenario_of
    from runner.load.thresholds import check_items

    from runner.cli.opening import asked_of, require_fitting  # isort: skip
    from runner.opening.ground import opened  # isort: skip

    options = _options(given)
    given = {**_defaults(), **given, "bail": "failure" if given["bail"] else None, "parallel": given["users"]}
    asked = asked_of(given)
    require_fitting(collection, given)
    with opened(collection, asked, lambda sources: None) as ready:
        scenario = scenario_of(ready, asked, engines=given["script_engines"], show_secrets=given["show_secrets"])
        check_items(options.thresholds, (located.path for located in ready.items))
        warn_of(ready.collection, given)
        say = _nobody if given["silent"] else click.echo
        return LoadTest(options, scenario, os.path.basename(collection), say, asked.say).run()


def _nobody(line: str) -> None:
    """Tells nobody."""


def _defaults() -> dict[str, Any]:
    """The options of ``htrun run`` when none is given."""
    run_alone = click.Command("run", params=run_command.params)
    return run_alone.make_context("run", ["collection"]).params


def _options(given: dict[str, Any]) -> Any:
    from runner.load.settings import LoadOptions, seconds, waiting_time
    from runner.load.thresholds import parse_threshold

    if given["master"] and given["worker"]:
        raise UsageError("--master and --worker exclude each other")
    if given["worker"] and given["web"]:
        raise UsageError("the web interface is the master's: --worker has none")
    if given["web"] and (given["run_time"] or given["iteration_count"]):
        raise UsageError("with --web the test is ended in the web interface, not by --run-time or -n")
    return LoadOptions(
        users=given["users"],
        spawn_rate=given["spawn_rate"] or max(1.0, given["users"] / _RAMP),
        run_time=seconds(given["run_time"], "--run-time") if given["run_time"] else None,
        rps=given["rps"],
        wait=waiting_time(given["wait"]) if given["wait"] else (0.0, 0.0),
        stop_timeout=seconds(given["stop_timeout"], "--stop-timeout"),
        role="master" if given["master"] else "worker" if given["worker"] else "local",
        master_host=given["master_host"],
        master_bind_host=given["master_bind_host"],
        master_port=given["master_port"],
        expect_workers=given["expect_workers"],
        web=given["web"],
        web_host=given["web_host"],
        web_port=given["web_port"],
        csv=given["csv"],
        html=given["html"],
        thresholds=tuple(parse_threshold(text) for text in given["fail_if"]),
    )


command.params += [option for option in run_command.params if option.name in _SHARED]

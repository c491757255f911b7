"""``htrun mock``: a server that answers from a collection's saved examples."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

import click

from runner.cli.command import PATH, Command
from runner.cli.inputs import given_variables, reading
from runner.cli.saying import say
from runner.engine.assemble import new_scopes
from runner.errors import InputError, UsageError
from runner.mock.api import MockApi, mock_api
from runner.mock.log import RequestLog
from runner.mock.server import HOST, MockOptions, MockServer
from runner.model.collection import Collection
from runner.opening.mocking import fill_hosts

_DELAY = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?(?:ms)?")


@click.command("mock", cls=Command)
@click.argument("collection", type=PATH)
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", default=8766, help="TCP port; 0 picks a free one."
)
@click.option(
    "--host", default=HOST, metavar="ADDRESS", help="The address to listen on: this machine only, by default."
)
@click.option("-e", "--environment", type=PATH, help="Environment file: its values fill the examples.")
@click.option("-g", "--globals", "globals_", type=PATH, help="Globals file.")
@click.option("--var", multiple=True, metavar="NAME=VALUE", help="A variable for the examples. Repeatable.")
@click.option("--env-var", multiple=True, metavar="NAME=VALUE", help="The same, in the environment.")
@click.option("--global-var", multiple=True, metavar="NAME=VALUE", help="The same, in the globals.")
@click.option("--delay", default="0", metavar="MS|MIN-MAX", help="Wait before each answer: 300, or 100-500 at random.")
@click.option("--cors", metavar="ORIGIN", help="Let web pages of this origin read the answers; `*` for all.")
@click.option("--log", type=PATH, metavar="FILE", help="Append each request to this file as a line of JSON.")
@click.option("--show-secrets", is_flag=True, help="Keep keys and cookies in the log of requests.")
@click.option("--verbose", is_flag=True, help="One line per request.")
@click.option(
    "--postman-api-key", metavar="KEY", envvar="POSTMAN_API_KEY", help="To get collections and environments by UID."
)
def command(collection: str, port: int, host: str, delay: str, cors: str | None, **given: Any) -> None:
    """Answer requests from the examples saved in a collection, until Ctrl-C.

    GET /__htrun/requests tells what was asked, GET /__htrun/examples what can be.
    """
    read, api = _read(collection, given)
    options = MockOptions(
        delay=delay_of(delay),
        cors=cors,
        log=RequestLog(given["log"], show_secrets=given["show_secrets"]),
        say=_say if given["verbose"] else None,
    )
    with MockServer(api, options, host=host, port=port) as server:
        fill_hosts(read, api.scopes, server, whole=True)
        count = len(api.stubs)
        _say(f"Mock of {api.name or collection}: {server.url} ({count} example{'s' if count > 1 else ''})")
        click.echo("Ctrl-C ends it.")
        server.wait()


def delay_of(text: str) -> tuple[int, int]:
    """``300`` or ``100-500`` in ms, as the least and the most.

    Raises:
        UsageError: something else.
    """
    match = _DELAY.fullmatch(text.strip())
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if low > high:
        raise UsageError(f"--delay takes milliseconds, 300 or 100-500, not {text!r}")
    return low, high


def _read(location: str, given: dict[str, Any]) -> tuple[Collection, MockApi]:
    with ExitStack() as stack:
        source, _ = reading(stack, given["postman_api_key"])
        collection = source.collection(location)
        variables = given_variables(given, source)
    api = mock_api(collection, new_scopes(collection, variables))
    if not api.stubs:
        raise InputError(
            "has no saved examples to answer from; save responses as examples in Postman first", path=location
        )
    return collection, api


def _say(text: str) -> None:
    say(text, err=False)

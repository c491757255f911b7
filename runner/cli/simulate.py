"""``htrun simulate``: a built-in server that stands in for a real API."""

from __future__ import annotations

import click

from runner.cli.command import Command
from runner.simulator import SIMULATORS, find_simulator


@click.command("simulate", cls=Command)
@click.argument("name", metavar=f"[{'|'.join(SIMULATORS)}]")
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="TCP port on loopback; 0 picks a free one.")
@click.option("--verbose", is_flag=True, help="One line per request.")
def command(name: str, port: int | None, verbose: bool) -> None:
    """Serve a simulated API on loopback until Ctrl-C."""
    simulator = find_simulator(name)
    server_class = simulator.load()
    with server_class(simulator.default_port if port is None else port, verbose=verbose) as server:
        click.echo(f"{simulator.title}, simulated: {server.url}")
        click.echo(
            f"Try: htrun COLLECTION --var {simulator.base_url_variable}={server.url} "
            f"--var {simulator.key_variable}={simulator.sample_key}"
        )
        click.echo("Ctrl-C ends it.")
        server.wait()

"""What the options of a command say about its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from runner.cli.options import assignments, environment_assignments
from runner.cli.reporting import warn
from runner.engine.assemble import Given
from runner.opening import ground
from runner.opening.asked import Asked
from runner.opening.source import Source
from runner.transport.interface import Transport


def reading(stack: ExitStack, api_key: str | None) -> tuple[Source, Transport]:
    """For commands that read inputs and send nothing else; the transport is closed with the stack."""
    from runner.transport.fetch import fetcher
    from runner.transport.requests_transport import RequestsTransport

    transport = RequestsTransport()
    stack.callback(transport.close)
    return Source(fetcher(transport, strict_ssl=True), api_key, warn=warn), transport


def variables(options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ``Asked`` that are about variables.

    Raises:
        UsageError: an assignment is none.
    """
    told: Callable[[str], None] = warn
    return {
        "environment": options["environment"] or None,
        "globals": options["globals_"] or None,
        "variables": {**environment_assignments(), **assignments(options["var"], "--var")},
        "secrets": assignments(options.get("secret", ()), "--secret", hidden=True),
        "environment_variables": assignments(options["env_var"], "--env-var", told),
        "global_variables": assignments(options["global_var"], "--global-var", told),
    }


def given_variables(options: Mapping[str, Any], source: Source) -> Given:
    """All variables from outside of the collection, for commands that run nothing."""
    return ground.given_variables(Asked(**variables(options)), source)

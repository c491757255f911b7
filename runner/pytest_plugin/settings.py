"""From the options of pytest to what is asked of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.api.options import values
from runner.cli.options import assignments, environment_assignments
from runner.engine.session import RunOptions
from runner.model.collection import Json
from runner.opening.asked import Asked
from runner.parse.data import load_data
from runner.pytest_plugin.options import size, value

if TYPE_CHECKING:
    from runner.opening.ground import Opened
    from runner.opening.snapshots import Snapshots


def rows_of(config: pytest.Config) -> tuple[Mapping[str, Json], ...]:
    """The rows of the iteration data; none without a file.

    Raises:
        InputError: it cannot be read.
    """
    path = value(config, "data")
    return tuple(load_data(path)) if path else ()


def asked_of(
    config: pytest.Config, rows: Sequence[Mapping[str, Json]], variables: Mapping[str, Json], say: Callable[[str], None]
) -> Asked:
    """What the options ask for.

    Args:
        rows: of the iteration data, those that run.
        variables: from Python tests; the command line wins over them.
        say: told what is done beyond what was asked.

    Raises:
        UsageError: a value makes no sense.
    """
    return Asked(
        options=RunOptions(
            timeout=_milliseconds(config, "timeout"),
            timeout_request=_milliseconds(config, "timeout-request"),
            timeout_script=_milliseconds(config, "timeout-script"),
            strict=bool(value(config, "strict")),
            strict_ssl=not value(config, "insecure"),
            max_response_size=size(config, "max-response-size"),
            deny_private_addresses=bool(value(config, "deny-private-addresses")),
        ),
        environment=value(config, "environment"),
        globals=value(config, "globals"),
        variables=variables_of(config, variables),
        secrets=secrets_of(config),
        data=tuple(rows) or None,
        captures=tuple(value(config, "capture")),
        simulate=value(config, "simulate"),
        mock=bool(value(config, "mock")),
        working_dir=value(config, "working-dir"),
        warn=lambda text: say(f"warning: {text}"),
        say=say,
    )


def snapshots_of(config: pytest.Config, path: str, opened: Opened) -> Snapshots | None:
    """Who keeps the shapes of responses, beside the file that runs; None if nobody is asked to.

    Raises:
        InputError: what is kept cannot be read.
    """
    update = bool(value(config, "update-snapshots"))
    if not update and not value(config, "snapshot"):
        return None
    from runner.opening.snapshots import Snapshots, file_of

    return Snapshots(Path(os.path.abspath(file_of(path))), opened, update=update)


def variables_of(config: pytest.Config, variables: Mapping[str, Json]) -> dict[str, Json]:
    """Variables of the collection scope, the strongest last: of the process, of Python tests, of the options.

    Raises:
        UsageError: one is no JSON value, or an option is not NAME=VALUE.
    """
    return {
        **environment_assignments(),
        **values(variables, "htrun_variables"),
        **assignments(value(config, "var"), "--htrun-var"),
    }


def secrets_of(config: pytest.Config) -> dict[str, Json]:
    """Raises UsageError."""
    return assignments(value(config, "secret"), "--htrun-secret", hidden=True)


def _milliseconds(config: pytest.Config, name: str) -> int | None:
    return int(value(config, name) or 0) or None

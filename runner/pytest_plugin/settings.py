"""From the options of pytest to what is asked of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from runner.cli.options import assignments, environment_assignments
from runner.engine.session import RunOptions
from runner.errors import UsageError
from runner.model.collection import Json
from runner.opening.asked import Asked
from runner.parse.data import load_data
from runner.pytest_plugin.options import value


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
        ),
        environment=value(config, "environment"),
        globals=value(config, "globals"),
        variables={
            **environment_assignments(),
            **variables,
            **assignments(value(config, "var"), "--htrun-var"),
        },
        secrets=assignments(value(config, "secret"), "--htrun-secret", hidden=True),
        data=tuple(rows) or None,
        captures=tuple(value(config, "capture")),
        simulate=value(config, "simulate"),
        mock=bool(value(config, "mock")),
        say=say,
    )


def _milliseconds(config: pytest.Config, name: str) -> int | None:
    given: Any = value(config, name)
    if given in (None, ""):
        return None
    if not str(given).isdecimal():
        raise UsageError(f"--htrun-{name} takes milliseconds, not {given!r}")
    return int(given) or None

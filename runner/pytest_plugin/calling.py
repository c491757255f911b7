"""Running a collection from a Python test."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runner.api.run import run
from runner.api.session import location_of
from runner.engine import events as ev
from runner.errors import HtrunError
from runner.model.result import RunResult
from runner.pytest_plugin.failing import Told, near
from runner.pytest_plugin.options import size, value
from runner.pytest_plugin.outcome import Ledger
from runner.pytest_plugin.settings import secrets_of, variables_of

if TYPE_CHECKING:
    from runner.api.run import Source

#: Options of ``run`` that pytest's options set: with the name of the latter.
_SET = {
    "environment": "environment",
    "globals": "globals",
    "data": "data",
    "capture": "capture",
    "simulate": "simulate",
    "mock": "mock",
    "strict": "strict",
    "insecure": "insecure",
    "deny_private_addresses": "deny-private-addresses",
    "working_dir": "working-dir",
    "timeout": "timeout",
    "timeout_request": "timeout-request",
    "timeout_script": "timeout-script",
}


def call(
    config: pytest.Config, source: Source, variables: Mapping[str, Any], options: dict[str, Any]
) -> tuple[RunResult, list[str]]:
    """Runs it, and says what failed, line by line.

    Args:
        variables: of ``htrun_variables``.
        options: of ``runner.run``; they win.
    """
    ledger, failed = Ledger(), list[str]()
    start = config.invocation_params.dir

    def listen(event: ev.Event) -> None:
        done = ledger.take(event)
        if done is not None and any(one.bad for one in done.checks):
            located = done.result.located
            row = f" [row {done.cursor.iteration + 1}]" if done.cursor.cycles > 1 else ""
            failed.append(f"{located.path}{row}")
            failed.extend(_lines(done.checks, start))
            failed.extend(f"    {line}" for line in done.exchange)
        if isinstance(event, ev.RunFinished):
            failed.extend(_lines(tuple(ledger.of_run(event)), start))

    merged = {**_defaults(config), **options, **_snapshots(config, source, options)}
    merged["variables"] = {**variables_of(config, variables), **options.get("variables", {})}
    merged["secrets"] = {**secrets_of(config), **options.get("secrets", {})}
    merged["reporters"] = [*options.get("reporters", ()), listen]
    try:
        return run(source, **merged), failed
    except HtrunError as error:
        problem = str(error)
    pytest.fail(problem, pytrace=False)


def _defaults(config: pytest.Config) -> dict[str, Any]:
    found = {name: value(config, option) for name, option in _SET.items()}
    times = {name: int(given) for name, given in found.items() if name.startswith("timeout") and given}
    limits = {**times, "max_response_size": size(config, "max-response-size")}
    return {name: given for name, given in {**found, **limits}.items() if given}


def _snapshots(config: pytest.Config, source: Source, options: Mapping[str, Any]) -> dict[str, Any]:
    """Shapes are kept of what is in a file; a call that says something about snapshots itself is right."""
    update = bool(value(config, "update-snapshots"))
    if not update and not value(config, "snapshot"):
        return {}
    snapshot = options.get("snapshot", _is_in_file(source))
    return {"snapshot": snapshot, "update_snapshots": bool(options.get("update_snapshots", update and snapshot))}


def _is_in_file(source: Source) -> bool:
    if isinstance(source, Mapping):
        return False
    location = source if isinstance(source, (str, os.PathLike)) else location_of(source)
    return location is not None and os.path.exists(location)


def _lines(checks: tuple[Told, ...] | list[Told], start: Path) -> Iterator[str]:
    for one in checks:
        if one.bad:
            yield f"  {one.name}: {one.message}" if one.message else f"  {one.name}"
            if one.code:
                yield f"    >   {one.code}"
            yield from (f"    {line}" for line in one.lines)
            if one.path:
                yield f"    {near(one.path, start)}:{one.line}: {one.kind}"

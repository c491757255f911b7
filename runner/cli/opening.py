"""From the options of a command to what is asked of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runner.cli import early
from runner.cli.inputs import variables
from runner.cli.options import LAST_RUN
from runner.cli.reporting import warn
from runner.cli.saying import say
from runner.cli.tls import client_certificates
from runner.engine.session import RunOptions
from runner.errors import UsageError
from runner.model.collection import Collection
from runner.opening import ground
from runner.opening.asked import Asked, Selection
from runner.opening.ground import Opened
from runner.opening.source import WORKFLOW_FILES, nobody

#: The options behind ``Selectors``.
_SELECTORS = ("select", "exclude", "method", "names", "tags", "from_", "to")


def asked_of(given: Mapping[str, Any], seen: Callable[[str | Path], None] | None = None) -> Asked:
    """What the options ask for.

    Args:
        seen: told about each file that is about to be read.

    Raises:
        HtrunError: they make no sense, or the list of client certificates cannot be read.
    """

    def tell(text: str) -> None:
        if not given["silent"]:
            say(f"htrun: {text}")

    return Asked(
        options=_options(given),
        **variables(given),
        data=given["iteration_data"] or None,
        selection=_selection(given),
        captures=tuple(given["capture"]),
        cookies=given["cookie_jar"] or None,
        working_dir=given["working_dir"],
        insecure_file_read=given["insecure_file_read"],
        client_certificates=client_certificates(given),
        extra_ca=given["ssl_extra_ca_certs"],
        api_key=given["postman_api_key"],
        simulate=given["simulate"],
        mock=bool(given.get("mock")),
        interactive=sys.stdin.isatty() and sys.stderr.isatty(),
        warn=warn,
        say=tell,
        seen=seen or nobody,
    )


@contextmanager
def opened(
    location: str, given: Mapping[str, Any], seen: Callable[[str | Path], None] | None = None
) -> Iterator[Opened]:
    """Reads a collection or workflow file and all that it is run with; lets go of it when the block ends.

    Args:
        seen: told about each file that is about to be read.
    """
    asked = asked_of(given, seen)
    require_fitting(location, given)
    with ground.opened(location, asked, early.take) as ready:
        yield ready


def require_fitting(location: str, given: Mapping[str, Any]) -> None:
    """Raises UsageError if it is a workflow file and there are options that are for collections."""
    if location.lower().endswith(WORKFLOW_FILES):
        from runner.cli.workflows import require_no_options_of_collections

        require_no_options_of_collections(given)


def _selection(given: Mapping[str, Any]) -> Selection:
    for name in ("only_failed", "changed_since", "shard", "shard_times"):
        if given[name] == "":
            option = name.replace("_", "-")
            raise UsageError(f"--{option} is empty: give a value, or leave the option out to run everything")
    selectors = None
    if any(given[name] not in (None, ()) for name in _SELECTORS):
        from runner.engine.selectors import Selectors

        selectors = Selectors(
            select=tuple(given["select"]),
            exclude=tuple(given["exclude"]),
            methods=tuple(given["method"]),
            names=tuple(given["names"]),
            tags=tuple(given["tags"]),
            first=given["from_"],
            last=given["to"],
        )
    last_failed = given.get("last_failed") or given["only_failed"] == LAST_RUN
    return Selection(
        selectors=selectors,
        only_failed=None if given["only_failed"] == LAST_RUN else given["only_failed"],
        failed_before=_failed_before(given) if last_failed else None,
        changed_since=given["changed_since"],
        shard=given["shard"],
        shard_times=given["shard_times"],
        with_deps=given["with_deps"],
    )


def _failed_before(given: Mapping[str, Any]) -> Callable[[Collection], frozenset[str]]:
    from runner.cli.last_failed import failed_before

    return failed_before(given)


def _options(given: Mapping[str, Any]) -> RunOptions:
    bail = set((given["bail"] or "").split(","))
    if unknown := bail - {"", "folder", "failure"}:
        raise UsageError(f"--bail takes folder or failure, not {sorted(unknown)[0]!r}")
    return RunOptions(
        iterations=given["iteration_count"],
        select=tuple(given["folder"]),
        delay_request=given["delay_request"],
        timeout=given["timeout"] or None,
        timeout_request=given["timeout_request"] or None,
        max_response_size=given["max_response_size"],
        deny_private_addresses=given["deny_private_addresses"],
        timeout_script=given["timeout_script"] or None,
        bail="failure" in bail,
        bail_on_error="folder" in bail,
        follow_redirects=not given["ignore_redirects"],
        strict_ssl=not given["insecure"],
        parallel=given["parallel"],
        strict=given["strict"],
    )

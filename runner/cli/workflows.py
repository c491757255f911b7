"""Which options of ``htrun run`` a workflow file takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.errors import UsageError

_OF_COLLECTIONS = {
    "with_deps": "its steps say what they need (needs)",
    "capture": "its steps say what they take from responses (capture)",
    **dict.fromkeys(
        (
            *("select", "exclude", "method", "name", "tag", "from", "to"),
            *("only_failed", "last_failed", "changed_since", "shard", "shard_times"),
        ),
        "--folder chooses steps",
    ),
}
_PARAMETERS = {"name": "names", "tag": "tags", "from": "from_"}


def require_no_options_of_collections(options: Mapping[str, Any]) -> None:
    """For a workflow file; of the options that choose it takes ``--folder``, for its steps.

    Raises:
        UsageError: an option that makes no sense here.
    """
    for name, reason in _OF_COLLECTIONS.items():
        if options.get(_PARAMETERS.get(name, name)):
            raise UsageError(f"--{name.replace('_', '-')} is for collections; in a workflow file {reason}")

"""``htrun run FILE.workflow.yaml``: the steps of a workflow file in place of a collection's own order."""

from __future__ import annotations

from collections.abc import Collection as Container
from collections.abc import Generator, Mapping
from typing import Any

from runner.cli.inputs import Source
from runner.engine.events import Event
from runner.engine.session import Session
from runner.errors import UsageError
from runner.workflow.bind import BoundWorkflow, bind, chosen
from runner.workflow.load import load_workflow
from runner.workflow.run import run
from runner.workflow.steps import Wrap

_OF_COLLECTIONS = {
    "with_deps": "its steps say what they need (needs)",
    "capture": "its steps say what they take from responses (capture)",
    **dict.fromkeys(
        (
            *("select", "exclude", "method", "name", "tag", "from", "to"),
            *("only_failed", "changed_since", "shard", "shard_times"),
        ),
        "--folder chooses steps",
    ),
}
_PARAMETERS = {"name": "names", "tag": "tags", "from": "from_"}


def read_workflow(path: str, source: Source, options: Mapping[str, Any]) -> BoundWorkflow:
    """The workflow and its collections; ``--folder`` chooses steps.

    Raises:
        InputError: something in the file is wrong.
        SelectionError: there is no such step.
        UsageError: an option that makes no sense here.
    """
    for name, reason in _OF_COLLECTIONS.items():
        if options.get(_PARAMETERS.get(name, name)):
            raise UsageError(f"--{name.replace('_', '-')} is for collections; in a workflow file {reason}")
    return chosen(bind(load_workflow(path), source.collection), options["folder"])


def workflow_events(
    session: Session, workflow: BoundWorkflow, fixed: Container[str], wrap: Wrap | None = None
) -> Generator[Event, None, None]:
    """The events of the run.

    Args:
        fixed: names of the variables that the user has set.
        wrap: around the way in which the items of each step are run.

    Raises:
        InputError: a secret is not set.
    """
    return run(session, workflow, fixed, wrap)

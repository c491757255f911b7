"""``htrun run --list``: what would run, in its order. Nothing is sent, except to read inputs that are URLs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from runner.cli.opening import opened
from runner.cli.saying import print_json
from runner.cli.several import open_all
from runner.engine.addresses import places
from runner.engine.selectors import tags_of
from runner.model.collection import Located, walk
from runner.opening.ground import Opened
from runner.parse.remote import shown_location
from runner.reporters.text import clean_line
from runner.workflow.bind import BoundStep


def show(locations: Sequence[str], given: dict[str, Any], seen: Callable[[str | Path], None] | None) -> int:
    """Prints it, as text or JSON (``--list-format``).

    Returns:
        The exit code.

    Raises:
        HtrunError: what a run would be refused for.
    """
    with ExitStack() as stack:
        if len(locations) == 1:
            inputs = [(locations[0], stack.enter_context(opened(locations[0], given, seen)))]
        else:
            inputs = open_all(locations, given, seen, stack)
        told = [_input(location, one) for location, one in inputs]
    if given["list_format"] == "json":
        print_json(json.dumps({"inputs": told}, indent=2, ensure_ascii=False))
    else:
        for line in _lines(told):
            click.echo(line)
    return 0


def _input(location: str, one: Opened) -> dict[str, Any]:
    options = one.session.options
    workflow = one.workflow
    addresses = _addresses(one)
    steps = list(_steps((*workflow.steps, *workflow.always))) if workflow else [(None, each) for each in one.items]
    return {
        "input": shown_location(location),
        "name": workflow.workflow.name if workflow else one.collection.name,
        "kind": "workflow" if workflow else "collection",
        "iterations": options.iterations or max(1, len(options.data)),
        "items": [
            {
                "id": located.item.id,
                "name": located.item.name,
                "path": addresses.get(id(located.item), located.path),
                "method": located.item.request.method,
                "tags": sorted(tags_of(located)),
                **({"step": step} if step is not None else {}),
            }
            for step, located in steps
        ],
    }


def _addresses(one: Opened) -> dict[int, str]:
    """What each request can be selected by, by ``id()`` of the item."""
    requests = [place for place in places(one.collection) if not place.is_folder]
    return {id(located.item): place.address for located, place in zip(walk(one.collection), requests, strict=True)}


def _steps(steps: Sequence[BoundStep]) -> Iterator[tuple[str, Located]]:
    for one in steps:
        yield from ((one.step.name, located) for located in one.items)
        yield from _steps((*one.steps, *one.branches))


def _lines(inputs: Sequence[dict[str, Any]]) -> Iterator[str]:
    for number, one in enumerate(inputs):
        if number:
            yield ""
        items, iterations = one["items"], one["iterations"]
        count = f"{len(items)} request{'' if len(items) == 1 else 's'}"
        times = f", {iterations} iterations" if iterations > 1 else ""
        yield f"{clean_line(one['name'])} ({clean_line(one['input'])}): {count}{times}"
        width = max((len(each["method"]) for each in items), default=0)
        for each in items:
            step = f"  [{clean_line(each['step'])}]" if "step" in each else ""
            yield f"  {clean_line(each['method']).ljust(width)}  {clean_line(each['path'])}{step}"

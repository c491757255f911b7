"""``htrun init``: what ``--capture auto`` infers, as a workflow file."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Any

import click

from runner.atomic import write_whole
from runner.cli.command import PATH
from runner.cli.options import run_options
from runner.cli.run import RunCommand, execute
from runner.engine.run import ItemRunner
from runner.engine.session import Session
from runner.errors import InputError, UsageError
from runner.model.collection import Located
from runner.opening.source import WORKFLOW_FILES
from runner.workflow.inferring import Inference, infer
from runner.workflow.init_file import learn_from_examples, workflow_text

_SUFFIX = re.compile(r"(\.postman_collection)?\.json$", re.IGNORECASE)


@click.command("init", cls=RunCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("collection", type=PATH)
@click.option("-o", "--output", type=PATH, metavar="FILE", help="The file; `-` is the standard output.")
@click.option("--no-run", is_flag=True, help="Send nothing: infer from the saved examples.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@run_options
@click.pass_context
def command(ctx: click.Context, /, collection: str, output: str | None, no_run: bool, force: bool, **given: Any) -> int:
    """Write a workflow file (NAME.workflow.yaml) that captures what later requests need.

    Runs the collection once to see which field of which answer that is; takes the options of `htrun run`.
    """
    path = _output(output, collection)
    if path is not None and path.exists() and not force:
        raise UsageError(f"{path} exists; choose another name with -o, or replace it with --force")
    if given["capture"] or given["with_deps"]:
        raise UsageError("htrun init infers what is captured; --capture and --with-deps are for htrun run")
    if collection.lower().endswith(WORKFLOW_FILES):
        raise UsageError(f"{collection} is a workflow file; htrun init makes one from a collection")
    made: list[Inference] = []

    def inferring(session: Session, items: Sequence[Located]) -> ItemRunner | None:
        if not items:
            raise InputError("has no requests, so that there is nothing to write", path=collection)
        made.append(infer(session, items))
        return None if no_run else made[0].run_item

    # what is told of the run is not part of the file
    with redirect_stdout(sys.stderr) if path is None else nullcontext():
        code = execute(ctx, collection, given, inferring)
    inference = made[0]
    missing = learn_from_examples(inference) if no_run else ()
    text = workflow_text(
        inference,
        name=inference.collection.name or "collection",
        collection=_beside(collection, path),
        missing=missing,
    )
    if path is None:
        sys.stdout.write(text)
    else:
        _write(path, text)
        click.echo(f"htrun: {len(inference.inferred)} captures written to {path}", err=True)
    return code


def _output(output: str | None, collection: str) -> Path | None:
    if output == "-":
        return None
    if output:
        return Path(output)
    name = collection.rstrip("/").rpartition("/")[2] if "://" in collection else collection
    return Path(f"{_SUFFIX.sub('', name)}.workflow.yaml")


def _beside(collection: str, path: Path | None) -> str:
    """The collection's file as the workflow file names it: relative to itself."""
    if "://" in collection or not Path(collection).exists():
        return collection
    return os.path.relpath(collection, path.parent if path else ".").replace(os.sep, "/")


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", path=str(path)) from None

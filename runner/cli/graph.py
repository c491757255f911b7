"""``htrun graph``: which request of a collection sets and which one uses each variable."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import click

from runner.atomic import write_whole
from runner.cli.command import PATH, Command
from runner.cli.completing import folder_names
from runner.cli.inputs import given_variables, reading
from runner.engine.assemble import new_session
from runner.engine.selection import select
from runner.engine.session import RunOptions
from runner.errors import HtrunError, UsageError
from runner.model.collection import walk
from runner.opening.dependencies import defines_of
from runner.opening.source import WORKFLOW_FILES
from runner.parse.text import read_json
from runner.workflow.dataflow import flow_of
from runner.workflow.graph import Graph, graph_of
from runner.workflow.recorded import recorded_writes

#: Name -> ``module:function`` that writes it.
_FORMATS = {
    "text": "runner.workflow.graph_text:text_graph",
    "mermaid": "runner.workflow.graph_markup:mermaid_graph",
    "dot": "runner.workflow.graph_markup:dot_graph",
    "svg": "runner.workflow.graph_svg:svg_graph",
    "html": "runner.workflow.graph_html:html_graph",
}
_SUFFIXES = {".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot", ".svg": "svg", ".html": "html"}


@click.command("graph", cls=Command)
@click.argument("collection", type=PATH)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(_FORMATS)),
    help="How it is drawn; otherwise the end of the output file's name says it, else it is text.",
)
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write it there instead of to the terminal.")
@click.option(
    "--folder",
    multiple=True,
    metavar="NAME",
    shell_complete=folder_names,
    help="Only this folder or request and what sets its values.",
)
@click.option(
    "--capture", multiple=True, metavar="NAME=EXPRESSION @ REQUEST", help="As in htrun run, `auto` too. Repeatable."
)
@click.option("--run", "report", type=PATH, help="JSON report of an earlier run, for names that scripts compute.")
@click.option("-e", "--environment", type=PATH, help="Environment file.")
@click.option("-g", "--globals", "globals_", type=PATH, help="Globals file.")
@click.option("-d", "--iteration-data", type=PATH, help="Data file: its columns count as given.")
@click.option("--var", multiple=True, metavar="NAME=VALUE", help="A variable that will be given. Repeatable.")
@click.option("--env-var", multiple=True, metavar="NAME=VALUE", help="The same, in the environment.")
@click.option("--global-var", multiple=True, metavar="NAME=VALUE", help="The same, in the globals.")
@click.option(
    "--postman-api-key", metavar="KEY", envvar="POSTMAN_API_KEY", help="To get collections and environments by UID."
)
def command(collection: str, format_: str | None, output: str | None, **given: Any) -> None:
    """Show which request sets and which one uses each variable. Nothing is sent: scripts are read, not run."""
    chosen = format_ or _SUFFIXES.get(Path(output or "").suffix.lower(), "text")
    document = _writer(chosen)(_graph(collection, given))
    if output is None:
        click.echo(document, nl=False)
        return
    try:
        write_whole(Path(output), document.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise HtrunError(f"{output} cannot be written: {error.strerror or error}") from None


def _graph(location: str, given: dict[str, Any]) -> Graph:
    if location.lower().endswith(WORKFLOW_FILES):
        raise UsageError(f"{location} is a workflow file; htrun graph shows the data flow of a collection")
    with ExitStack() as stack:
        source, transport = reading(stack, given["postman_api_key"])
        collection = source.collection(location)
        variables = given_variables(given, source)
        rows = source.data(given["iteration_data"])
        session = new_session(collection, variables, RunOptions(data=rows), transport=transport)
        defines = defines_of(session, given["capture"])
    selected = select(collection, given["folder"]) if given["folder"] else None
    report = given["report"]
    recorded = recorded_writes(read_json(report), report, tuple(walk(collection))) if report else {}
    columns = dict.fromkeys(name for row in rows[:1] for name in row)
    flow = flow_of(collection, scopes=session.scopes, data=columns, captures=defines, recorded=recorded)
    return graph_of(flow, collection.name or location, selected)


def _writer(name: str) -> Callable[[Graph], str]:
    module, _, function = _FORMATS[name].partition(":")
    return cast("Callable[[Graph], str]", getattr(import_module(module), function))

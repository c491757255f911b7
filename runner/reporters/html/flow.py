"""The picture of the data flow in the collection that was run."""

from __future__ import annotations

from runner.engine.assemble import Given, new_scopes
from runner.engine.events import RunStarted
from runner.model.collection import Collection, walk
from runner.reporters.text import clean, clean_line

#: Items; pictures of more are no help, and take long to make.
_LIMIT = 300


def flow_picture(started: RunStarted, title: str) -> str:
    """The picture of the data flow, of several inputs one for each; empty if there is nothing in it,
    or too much for one picture."""
    inputs = [child for child in started.collection.children if isinstance(child, Collection)]
    given = Given(environment=started.environment, globals=started.globals)
    if not 0 < sum(1 for _ in walk(started.collection)) <= _LIMIT:
        return ""
    if not inputs:
        return _picture(started.collection, given, title)
    pictures = [_picture(one, given, clean_line(one.name)) for one in inputs]  # each has its title in it
    return "".join(f"<div>{picture}</div>" for picture in pictures if picture)


def _picture(collection: Collection, given: Given, title: str) -> str:
    from runner.errors import HtrunError
    from runner.workflow.dataflow import flow_of
    from runner.workflow.graph import graph_of
    from runner.workflow.graph_svg import svg_element

    try:
        graph = graph_of(flow_of(collection, scopes=new_scopes(collection, given)), title)
    except HtrunError:  # without V8 the scripts cannot be read
        return ""
    has_variables = graph.edges or graph.given or graph.troubles("missing") or graph.troubles("empty")
    return clean(svg_element(graph)) if has_variables else ""

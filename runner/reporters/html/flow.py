"""The picture of the data flow in the collection that was run."""

from __future__ import annotations

from runner.engine.events import RunStarted
from runner.model.collection import Collection, walk
from runner.reporters.text import clean

#: Items; pictures of more are no help, and take long to make.
_LIMIT = 300


def flow_picture(started: RunStarted, title: str) -> str:
    """The picture of the data flow; empty if there is nothing in it, or too much for one picture."""
    from runner.engine.assemble import Given, new_scopes
    from runner.errors import HtrunError
    from runner.workflow.dataflow import flow_of
    from runner.workflow.graph import graph_of
    from runner.workflow.graph_svg import svg_element

    if any(isinstance(child, Collection) for child in started.collection.children):
        return ""  # of several inputs, whose variables have nothing to do with each other
    if not 0 < sum(1 for _ in walk(started.collection)) <= _LIMIT:
        return ""
    given = Given(environment=started.environment, globals=started.globals)
    try:
        graph = graph_of(flow_of(started.collection, scopes=new_scopes(started.collection, given)), title)
    except HtrunError:  # without V8 the scripts cannot be read
        return ""
    has_variables = graph.edges or graph.given or graph.troubles("missing") or graph.troubles("empty")
    return clean(svg_element(graph)) if has_variables else ""

"""Requests in their folders: the boxes of a drawing."""

from __future__ import annotations

from typing import TypeAlias

from runner.model.records import dataclass, field
from runner.workflow.graph import Graph


@dataclass(slots=True)
class Box:
    """A folder: indices of ``Graph.nodes``, and folders inside. A folder whose requests do not stand together
    has several boxes."""

    name: str
    children: list[Child] = field(default_factory=list)
    key: int = 0  #: ``id()`` of the folder; two may have one name


Child: TypeAlias = "int | Box"


def boxes(graph: Graph) -> Box:
    """The outermost box, in the order of the nodes."""
    top = Box("")
    for index, node in enumerate(graph.nodes):
        box = top
        for folder in node.flow.located.parents[1:]:
            last = box.children[-1] if box.children else None
            if not isinstance(last, Box) or last.key != id(folder):
                last = Box(folder.name, [], id(folder))
                box.children.append(last)
            box = last
        box.children.append(index)
    return top

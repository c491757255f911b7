"""The picture of a collection's data flow, before it is drawn: requests in order and what passes between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from runner.model.collection import Located
from runner.model.records import dataclass
from runner.workflow.dataflow import Flow, ItemFlow, Link

#: Why no arrow leads to a use: nothing sets the variable; it is declared without a value.
Trouble: TypeAlias = Literal["missing", "empty"]


@dataclass(frozen=True, slots=True)
class Node:
    """A request. ``outside``: it is not selected, but selected ones use what it sets."""

    flow: ItemFlow
    outside: bool = False

    @property
    def folders(self) -> tuple[str, ...]:
        return self.flow.located.folders

    @property
    def name(self) -> str:
        return self.flow.located.item.name

    @property
    def method(self) -> str:
        return self.flow.located.item.request.method

    @property
    def patterns(self) -> tuple[str, ...]:
        """Names, known in parts, of variables that it sets too."""
        return tuple(dict.fromkeys(computed.pattern for computed in self.flow.computed))


@dataclass(frozen=True, slots=True)
class Edge:
    """A value goes from one request to another, both as indices of ``Graph.nodes``. ``late``: the consumer runs
    before the producer. ``where``: the places of the use."""

    producer: int
    consumer: int
    name: str
    where: tuple[str, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """A request uses a variable that no request sets."""

    consumer: int
    name: str
    where: tuple[str, ...]
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order in which they run. ``given``: variables that have a value from the start, with the
    number of requests that use it."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    gaps: tuple[Gap, ...]
    given: tuple[tuple[str, int], ...]

    def troubles(self, trouble: Trouble) -> dict[str, list[int]]:
        """Name -> the nodes that lack it."""
        found: dict[str, list[int]] = {}
        for gap in self.gaps:
            if gap.trouble == trouble:
                found.setdefault(gap.name, []).append(gap.consumer)
        return found


def graph_of(flow: Flow, title: str, selected: Sequence[Located] | None = None) -> Graph:
    """The graph of the selected items; of the others come those that set what these use.

    Args:
        flow: of the whole collection.
        selected: None for all.
    """
    chosen = {id(located.item) for located in selected} if selected is not None else None
    links = [link for link in flow.links() if chosen is None or id(link.consumer.located.item) in chosen]
    producers = {id(link.producer.located.item) for link in links if link.producer is not None}
    nodes = [
        Node(item, outside=chosen is not None and id(item.located.item) not in chosen)
        for item in flow.items
        if chosen is None or id(item.located.item) in chosen or id(item.located.item) in producers
    ]
    index = {id(node.flow.located.item): number for number, node in enumerate(nodes)}
    edges: dict[tuple[int, int, str], Edge] = {}
    gaps: dict[tuple[int, str], Gap] = {}
    given: dict[str, int] = {}
    for link in links:
        consumer, name = index[id(link.consumer.located.item)], link.use.name
        if link.producer is not None:
            producer = index[id(link.producer.located.item)]
            edge = Edge(producer, consumer, name, _places(link), link.status == "late")
            edges.setdefault((producer, consumer, name), edge)
        elif link.status == "given":
            given[name] = given.get(name, 0) + 1
        else:
            gap = Gap(consumer, name, _places(link), "empty" if link.status == "empty" else "missing")
            gaps.setdefault((consumer, name), gap)
    return Graph(title, tuple(nodes), tuple(edges.values()), tuple(gaps.values()), tuple(given.items()))


def _places(link: Link) -> tuple[str, ...]:
    return tuple(dict.fromkeys(use.where for use in link.consumer.needs if use.name == link.use.name))

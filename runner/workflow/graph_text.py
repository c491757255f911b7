"""The data-flow graph as text: what each request needs, from whom, and what it sets, for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from runner.reporters.text import clean_line
from runner.workflow.graph import Edge, Gap, Graph, Node

_SHOWN = 4  # names in a list; the rest is counted


def text_graph(graph: Graph) -> str:
    """Plain text. The whole graph is in it, one block for each request that has to do with variables."""
    return "".join(f"{clean_line(line)}\n" for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    names = {edge.name for edge in graph.edges}
    yield f"{graph.title}: {_count(len(graph.nodes), 'request')}, {_count(len(names), 'variable')} between them"
    yield ""
    if graph.given:
        yield f"given at the start: {', '.join(f'{name} ({count})' for name, count in graph.given)}"
    for name, consumers in graph.troubles("empty").items():
        yield f"to be given: {name} ({len(consumers)})"
    for name, consumers in graph.troubles("missing").items():
        yield f"missing: {name}, for {_some([_path(graph.nodes[index]) for index in consumers])}"
    for edge in graph.edges:
        if edge.late:
            producer, consumer = graph.nodes[edge.producer], graph.nodes[edge.consumer]
            yield f"too late: {edge.name} is set by {_path(producer)}, which runs after {_path(consumer)}"
    into: defaultdict[int, list[Edge]] = defaultdict(list)
    out: defaultdict[int, list[Edge]] = defaultdict(list)
    lacking: defaultdict[int, list[Gap]] = defaultdict(list)
    for edge in graph.edges:
        into[edge.consumer].append(edge)
        out[edge.producer].append(edge)
    for gap in graph.gaps:
        lacking[gap.consumer].append(gap)
    for index, node in enumerate(graph.nodes):
        block = [*_needs(graph, into[index], lacking[index]), *_sets(graph, node, out[index])]
        if block:
            yield ""
            yield f"{node.method} {_path(node)}{' (not selected)' if node.outside else ''}"
            yield from block


def _needs(graph: Graph, into: Sequence[Edge], lacking: Sequence[Gap]) -> Iterator[str]:
    for edge in into:
        source = _path(graph.nodes[edge.producer])
        yield f"  needs  {edge.name} from {source}{' (later)' if edge.late else ''} in {_some(edge.where)}"
    for gap in lacking:
        if gap.trouble == "missing":
            yield f"  needs  {gap.name}, which nothing sets, in {_some(gap.where)}"


def _sets(graph: Graph, node: Node, out: Sequence[Edge]) -> Iterator[str]:
    flow = node.flow
    for name in dict.fromkeys(define.name for define in flow.defines):
        places = [define.where for define in flow.defines if define.name == name]
        users = [_path(graph.nodes[edge.consumer]) for edge in out if edge.name == name]
        yield f"  sets   {name} in {_some(places)}{f' for {_some(users)}' if users else ''}"
    for name in dict.fromkeys(define.name for define in flow.removes):
        yield f"  unsets {'everything' if name == '*' else name}"
    for target in flow.next:
        yield f"  jumps  to {target}"
    for computed in flow.computed:
        yield f"  sets?  {computed.pattern} in {computed.where}: {computed.reason}"


def _path(node: Node) -> str:
    return node.flow.located.path


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more

"""The data-flow graph for other programs: Mermaid flow charts and Graphviz DOT."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner.reporters.text import clean_line
from runner.workflow.graph import Graph, Trouble
from runner.workflow.graph_folders import Box, boxes

_RED = "#c62828"
_COLOURS: dict[Trouble, str] = {"missing": _RED, "empty": "#b26a00"}


def mermaid_graph(graph: Graph) -> str:
    """A Mermaid flow chart, folders as subgraphs."""
    return "".join(f"{line}\n" for line in _mermaid(graph))


def _mermaid(graph: Graph) -> Iterator[str]:
    yield "flowchart TD"

    def node(index: int, indent: str) -> str:
        one = graph.nodes[index]
        return f'{indent}n{index}["{_entities(f"{one.method} {one.name}")}"]'

    yield from _nested(boxes(graph), node, lambda number, name: f'subgraph f{number}["{_entities(name)}"]', "end")
    late: list[int] = []
    for number, edge in enumerate(graph.edges):
        arrow = "-.->" if edge.late else "-->"
        yield f'  n{edge.producer} {arrow}|"{_entities(edge.name)}"| n{edge.consumer}'
        if edge.late:
            late.append(number)
    for trouble, colour in _COLOURS.items():
        for number, (name, consumers) in enumerate(graph.troubles(trouble).items()):
            yield f'  {trouble}{number}(["{_entities(f"{name} ({trouble})")}"])'
            yield f"  style {trouble}{number} stroke:{colour},color:{colour}"
            for consumer in consumers:
                yield f"  {trouble}{number} --> n{consumer}"
    for index, one in enumerate(graph.nodes):
        if one.outside:
            yield f"  style n{index} stroke-dasharray: 4 3"
    if late:
        yield f"  linkStyle {','.join(map(str, late))} stroke:{_RED}"


def dot_graph(graph: Graph) -> str:
    """A digraph for Graphviz, folders as clusters."""
    return "".join(f"{line}\n" for line in _dot(graph))


def _dot(graph: Graph) -> Iterator[str]:
    yield f"digraph {_quoted(graph.title)} {{"
    yield '  node [shape=box, style=rounded, fontname="sans-serif"];'
    yield '  edge [fontname="sans-serif", fontsize=10];'

    def node(index: int, indent: str) -> str:
        one = graph.nodes[index]
        style = ', style="rounded,dashed"' if one.outside else ""
        return f"{indent}n{index} [label={_quoted(f'{one.method} {one.name}')}{style}];"

    yield from _nested(
        boxes(graph), node, lambda number, name: f"subgraph cluster_{number} {{ label={_quoted(name)};", "}"
    )
    for edge in graph.edges:
        style = f', style=dashed, color="{_RED}", constraint=false' if edge.late else ""
        yield f"  n{edge.producer} -> n{edge.consumer} [label={_quoted(edge.name)}{style}];"
    for trouble, colour in _COLOURS.items():
        for number, (name, consumers) in enumerate(graph.troubles(trouble).items()):
            label = _quoted(f"{name} ({trouble})")
            look = f'shape=ellipse, style="", color="{colour}", fontcolor="{colour}"'
            yield f"  {trouble}{number} [label={label}, {look}];"
            for consumer in consumers:
                yield f'  {trouble}{number} -> n{consumer} [color="{colour}"];'
    yield "}"


def _nested(
    top: Box, node: Callable[[int, str], str], opening: Callable[[int, str], str], closing: str
) -> Iterator[str]:
    """Folders around their requests; ``opening`` gets a number that no other folder has."""
    number = 0

    def inside(box: Box, depth: int) -> Iterator[str]:
        nonlocal number
        indent = "  " * depth
        for child in box.children:
            if isinstance(child, int):
                yield node(child, indent)
            else:
                number += 1
                yield indent + opening(number, child.name)
                yield from inside(child, depth + 1)
                yield indent + closing

    yield from inside(top, 1)


def _entities(text: str) -> str:
    """Text between the quotes of Mermaid, which reads ``#quot;`` and ``#35;`` as characters. Whatever means
    something to Mermaid, Markdown or HTML is written so."""
    return "".join(one if one.isalnum() or one in " _-./:,()" else f"#{ord(one)};" for one in clean_line(text))


def _quoted(text: str) -> str:
    escaped = clean_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

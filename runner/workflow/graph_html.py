"""The data-flow graph as a page of its own: the picture, and a table of the variables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from runner.workflow.graph import Graph
from runner.workflow.graph_svg import markup, svg_element

_STYLE = (
    "body{font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;margin:2rem;color:#24292f;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0 2rem}th,td{border:1px solid #d0d7de;padding:.3rem .6rem;"
    "text-align:left;vertical-align:top}th{background:#f4f6f8}td.bad{color:#c62828}td.open{color:#b26a00}"
    "figure{margin:0;overflow-x:auto}"
)


def html_graph(graph: Graph) -> str:
    """The document; nothing in it comes from elsewhere, and it holds no scripts."""
    title = markup(f"Data flow of {graph.title}")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            "<table><thead><tr><th>variable</th><th>set by</th><th>used by</th></tr></thead><tbody>",
            *_rows(graph),
            "</tbody></table>",
            f"<figure>{svg_element(graph)}</figure>",
            "</body></html>\n",
        )
    )


def _rows(graph: Graph) -> Iterator[str]:
    users: defaultdict[str, dict[int, None]] = defaultdict(dict)
    late: set[str] = set()
    for edge in graph.edges:
        users[edge.name].setdefault(edge.consumer)
        if edge.late:
            late.add(edge.name)
    producers: defaultdict[str, list[int]] = defaultdict(list)
    for index, node in enumerate(graph.nodes):
        for name in dict.fromkeys(define.name for define in node.flow.defines):
            producers[name].append(index)
    missing, empty = graph.troubles("missing"), graph.troubles("empty")
    for name, consumers in [*missing.items(), *empty.items()]:
        users[name].update(dict.fromkeys(consumers))
    for name in sorted({*users, *producers}):
        source = _requests(graph, producers[name])
        kind = ""
        if name in missing and not source:
            kind, source = ' class="bad"', "nothing"
        elif name in empty and not source:
            kind, source = ' class="open"', "to be given"
        elif name in late or name in missing:
            kind = ' class="bad"'
            source += "<br>(for some only afterwards)"
        yield f"<tr><td>{markup(name)}</td><td{kind}>{source}</td><td>{_requests(graph, list(users[name]))}</td></tr>"
    for name, count in graph.given:
        used = f"{count} request{'' if count == 1 else 's'}"
        yield f"<tr><td>{markup(name)}</td><td>given at the start</td><td>{used}</td></tr>"


def _requests(graph: Graph, indices: list[int]) -> str:
    return "<br>".join(markup(f"{index + 1} {graph.nodes[index].flow.located.path}") for index in sorted(indices))

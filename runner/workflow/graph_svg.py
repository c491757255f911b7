"""The data-flow graph as a picture: one SVG without scripts, fonts or references to anything outside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from runner.workflow.graph import Graph, Node
from runner.workflow.graph_layout import (
    FONT,
    HEAD,
    INSIDE,
    MARGIN,
    NAME_LIMIT,
    SMALL,
    WIDTH,
    Layout,
    Port,
    Rect,
    Wire,
    fitted,
    layout,
    text_width,
)

_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLOURS = (
    "#1565c0",
    "#2e7d32",
    "#6a1b9a",
    "#00838f",
    "#ad1457",
    "#4e342e",
    "#37474f",
    "#9e6b00",
    "#283593",
    "#558b2f",
)
_METHODS = {"GET": "#2e7d32", "POST": "#b26a00", "PUT": "#1565c0", "PATCH": "#6a1b9a", "DELETE": "#c62828"}
_RED, _AMBER, _GREY = "#c62828", "#b26a00", "#78818a"
_LINE = 16
_LIST_WIDTH = WIDTH + 220
_STYLE = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#24292f}"
    ".folder{fill:#f4f6f8;stroke:#d0d7de}.request{fill:#fff;stroke:#b6bfc8}.outside{stroke-dasharray:4 3}"
    ".wire path{fill:none;stroke-width:1.4}.wire:hover path{stroke-width:3}"
)


def svg_graph(graph: Graph) -> str:
    """The whole document."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + svg_element(graph)


def svg_element(graph: Graph) -> str:
    """The ``<svg>`` element, to be put into a page."""
    head, top = _head(graph)
    plan = layout(graph, top)
    width, height = max(plan.width, _LIST_WIDTH + 2 * MARGIN), plan.height
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" role="img" aria-label="{markup("Data flow of " + graph.title)}">',
        f"<title>{markup('Data flow of ' + graph.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{_n(width)}" height="{_n(height)}" fill="#fff"/>',
        *head,
        *(line for folder in plan.folders for line in _folder(folder)),
        *(line for wire in plan.wires for line in _wire(wire)),
        *(line for rect in plan.requests for line in _request(graph, rect, plan)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _head(graph: Graph) -> tuple[list[str], float]:
    """The title and what has to be known before the first request; where it ends."""
    names = {edge.name for edge in graph.edges}
    lists = [
        (
            f"{len(graph.nodes)} requests, {len(names)} variables between them, in the order in which they run",
            [],
            _GREY,
        ),
        ("given at the start:", [name for name, _ in graph.given], _GREY),
        ("to be given:", list(graph.troubles("empty")), _AMBER),
        ("set by nothing:", [_counted(*row) for row in graph.troubles("missing").items()], _RED),
        ("set too late:", list(dict.fromkeys(edge.name for edge in graph.edges if edge.late)), _RED),
    ]
    y = MARGIN + 14.0
    lines = [_text(MARGIN, y, fitted(graph.title, 16, _LIST_WIDTH), 16, bold=True)]
    for number, (label, members, colour) in enumerate(lists):
        if members or not number:
            for line in _wrapped(label, members):
                y += _LINE
                lines.append(_text(MARGIN, y, line, SMALL, colour))
    return lines, y + 14


def _counted(name: str, users: Sequence[int]) -> str:
    return f"{name} ({len(users)} requests)" if len(users) > 1 else name


def _wrapped(label: str, names: Sequence[str]) -> Iterator[str]:
    line = label
    for number, name in enumerate(names):
        word = fitted(name, SMALL, _LIST_WIDTH / 2) + ("," if number < len(names) - 1 else "")
        if text_width(f"{line} {word}", SMALL) > _LIST_WIDTH and line != label:
            yield line
            line = "  "
        line = f"{line} {word}"
    yield line


def _folder(rect: Rect) -> Iterator[str]:
    yield _box(rect, "folder")
    room = rect.width - 20
    yield _text(rect.x + 8, rect.y + 16, fitted(rect.name, FONT, room), FONT, bold=True, title=rect.name)


def _request(graph: Graph, rect: Rect, plan: Layout) -> Iterator[str]:
    assert rect.node is not None
    node = graph.nodes[rect.node]
    yield "<g>"
    yield f"<title>{markup(_about(node))}</title>"
    yield _box(rect, "request outside" if node.outside else "request")
    number, method = str(rect.node + 1), node.method[:8]
    x, y = rect.x + 8, rect.y + HEAD - 8
    yield _text(x, y, number, 10, _GREY)
    x += text_width(number, 10) + 6
    yield _text(x, y, method, 10, _METHODS.get(method.upper(), _GREY), bold=True)
    x += text_width(method, 10) + 6
    yield _text(x, y, fitted(rect.name, FONT, rect.x + rect.width - 8 - x), FONT)
    yield "</g>"
    for port in rect.ports:
        yield from _port(port, rect, plan)


def _about(node: Node) -> str:
    lines = [f"{node.method} {node.flow.located.path}"]
    lines += [f"uses {use.name} in {use.where}" for use in node.flow.uses]
    lines += [f"sets {define.name} in {define.where}" for define in node.flow.defines]
    return "\n".join(lines)


def _port(port: Port, rect: Rect, plan: Layout) -> Iterator[str]:
    """The name of a variable; for one that nothing sets its arrow too, for the others the wire has been drawn."""
    right = rect.x + rect.width
    name = port.name if len(port.name) <= NAME_LIMIT else port.name[: NAME_LIMIT - 1] + "…"
    title = f"{port.name}: {', '.join(port.where)}"
    if port.kind in INSIDE:
        shown = name if port.kind == "unused" else f"{name} (computed)"
        colour = _GREY if port.kind == "unused" else _AMBER
        yield _text(right - 8, port.y + 4, shown, SMALL, colour, title=title, anchor="end")
        return
    if port.kind == "missing":
        end = plan.lanes - 8
        yield f'<g stroke="{_RED}" fill="none"><path d="M{_n(end - 5)} {_n(port.y)}H{_n(right + 7)}"/>'
        yield f'<circle cx="{_n(end)}" cy="{_n(port.y)}" r="5"/>'
        yield f'<path d="M{_n(end - 3)} {_n(port.y - 3)}l6 6m0 -6l-6 6"/></g>'
        yield _arrow(right, port.y, _RED)
    colour = _RED if port.kind in ("missing", "late") else "#24292f"
    yield _text(right + 12, port.y - 3, name, SMALL, colour, title=title)


def _wire(wire: Wire) -> Iterator[str]:
    colour = _RED if wire.late else _COLOURS[wire.colour % len(_COLOURS)]
    dashes = ' stroke-dasharray="5 3"' if wire.late else ""
    yield f'<g class="wire" stroke="{colour}"{dashes}><title>{markup(wire.name)}</title>'
    x, y = wire.start
    for end, at in wire.ends:
        turn = 5 if at > y else -5
        yield (
            f'<path d="M{_n(x)} {_n(y)}H{_n(wire.x - 5)}Q{_n(wire.x)} {_n(y)} {_n(wire.x)} {_n(y + turn)}'
            f'V{_n(at - turn)}Q{_n(wire.x)} {_n(at)} {_n(wire.x - 5)} {_n(at)}H{_n(end + 7)}"/>'
        )
    yield "</g>"
    yield f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3" fill="{colour}"/>'
    for end, at in wire.ends:
        yield _arrow(end, at, colour)


def _arrow(x: float, y: float, colour: str) -> str:
    """A head that points to the left, at the edge of a box."""
    return f'<path d="M{_n(x + 1)} {_n(y)}l8 -4v8z" fill="{colour}"/>'


def _box(rect: Rect, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{_n(rect.x)}" y="{_n(rect.y)}" width="{_n(rect.width)}" '
        f'height="{_n(rect.height)}" rx="4"/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    size: int,
    colour: str | None = None,
    *,
    bold: bool = False,
    title: str | None = None,
    anchor: str | None = None,
) -> str:
    more = f' style="fill:{colour}"' if colour else ""
    more += ' font-weight="600"' if bold else ""
    more += f' text-anchor="{anchor}"' if anchor else ""
    hint = f"<title>{markup(title)}</title>" if title else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}"{more}>{hint}{markup(text)}</text>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def markup(text: str) -> str:
    """Text as it stands in XML and HTML, also in attributes; characters that cannot be there are replaced."""
    return escape(_IMPOSSIBLE.sub("�", text))

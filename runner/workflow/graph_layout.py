"""Where everything of the data-flow picture goes: requests from top to bottom in the boxes of their folders, and on
the right a lane for each variable, like the wires of a circuit diagram. All numbers are SVG user units (pixels)."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from runner.model.records import dataclass, field
from runner.workflow.graph import Edge, Gap, Graph
from runner.workflow.graph_folders import Box, boxes

MARGIN = 16
WIDTH = 400  #: of the outermost boxes
INSET = 10  #: of a box inside its folder
HEAD = 24  #: height of a folder's name, and of a request without variables
ROW = 17  #: height of one variable at a request
GAP = 6  #: between boxes
LANE = 11  #: distance of lanes
NAME_LIMIT = 34  #: characters of a variable's name that are shown
FONT, SMALL = 12, 11

#: An arrow ends; one starts; one ends, from below; nothing sets it; it is set for nobody; names that are computed.
PortKind: TypeAlias = Literal["in", "out", "late", "missing", "unused", "pattern"]
INSIDE = ("unused", "pattern")  #: kinds whose name stands inside of the request's box


@dataclass(frozen=True, slots=True)
class Port:
    """A variable at the right side of a request: where its arrow starts or ends."""

    kind: PortKind
    name: str
    y: float
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rect:
    """A folder or a request (``node``: its index)."""

    x: float
    y: float
    width: float
    height: float
    name: str
    node: int | None = None
    ports: tuple[Port, ...] = ()


@dataclass(frozen=True, slots=True)
class Wire:
    """A variable's way from the request that sets it to those that use it. Starts and ends are ``(x, y)``."""

    name: str
    start: tuple[float, float]
    ends: tuple[tuple[float, float], ...]
    x: float  #: of its lane
    late: bool
    colour: int  #: a running number, the same for all wires of a variable


@dataclass(frozen=True, slots=True)
class Layout:
    """``right``: where the boxes end and the names begin; ``lanes``: where the lanes begin. Folders stand before what
    is in them."""

    width: float
    height: float
    right: float
    lanes: float
    folders: tuple[Rect, ...]
    requests: tuple[Rect, ...]
    wires: tuple[Wire, ...]


@dataclass(slots=True)
class _Plan:
    graph: Graph
    into: dict[int, list[Edge]]
    gaps: dict[int, list[Gap]]
    used: dict[int, dict[str, None]]
    folders: list[Rect] = field(default_factory=list)
    requests: list[Rect] = field(default_factory=list)


def text_width(text: str, size: float) -> float:
    """An estimate for a sans-serif font; rather too wide than too narrow."""
    units = sum(
        1.0 if unicodedata.east_asian_width(one) in "WF" else 0.72 if one.isupper() or one in "@%mwMW" else 0.58
        for one in text
    )
    return units * size


def fitted(text: str, size: float, room: float) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    if text_width(text, size) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle] + "…", size) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def layout(graph: Graph, top: float) -> Layout:
    """Places everything below ``top``."""
    plan = _Plan(graph, defaultdict(list), defaultdict(list), defaultdict(dict))
    for edge in graph.edges:
        plan.into[edge.consumer].append(edge)
        plan.used[edge.producer].setdefault(edge.name)
    everywhere = _everywhere(graph)
    for gap in graph.gaps:
        if gap.trouble == "missing" and gap.name not in everywhere:
            plan.gaps[gap.consumer].append(gap)
    bottom = _place(plan, boxes(graph), MARGIN, top, WIDTH)
    right = MARGIN + WIDTH
    names = [port.name[:NAME_LIMIT] for rect in plan.requests for port in rect.ports if port.kind not in INSIDE]
    lanes = right + 24 + max((text_width(name, SMALL) for name in names), default=0)
    wires, count = _wires(plan, lanes)
    return Layout(
        lanes + count * LANE + MARGIN,
        bottom + MARGIN,
        right,
        lanes,
        tuple(plan.folders),
        tuple(sorted(plan.requests, key=lambda rect: rect.node or 0)),
        wires,
    )


def _everywhere(graph: Graph) -> frozenset[str]:
    """Missing variables that so many requests use (a host, a key) that an arrow at each would hide the rest."""
    most = max(5, len(graph.nodes) // 4)
    return frozenset(name for name, users in graph.troubles("missing").items() if len(users) > most)


def _place(plan: _Plan, box: Box, x: float, y: float, width: float) -> float:
    """Places what is in a folder; returns where it ends."""
    for child in box.children:
        if isinstance(child, Box):
            at = len(plan.folders)
            inset = min(INSET, max(0.0, (width - 160) / 2))  # boxes inside of boxes do not shrink to nothing
            end = _place(plan, child, x + inset, y + HEAD, width - 2 * inset)
            plan.folders.insert(at, Rect(x, y, width, end - y, child.name))
            y = end + GAP
        else:
            ports = _ports(plan, child, y)
            height = max([HEAD, *(port.y - y + ROW / 2 + 4 for port in ports)])
            plan.requests.append(Rect(x, y, width, height, plan.graph.nodes[child].name, child, ports))
            y += height + GAP
    return y


def _ports(plan: _Plan, index: int, y: float) -> tuple[Port, ...]:
    node = plan.graph.nodes[index]
    rows: dict[tuple[PortKind, str], tuple[str, ...]] = {}
    for edge in plan.into[index]:
        rows.setdefault(("late" if edge.late else "in", edge.name), edge.where)
    for gap in plan.gaps[index]:
        rows.setdefault(("missing", gap.name), gap.where)
    defines = sorted(node.flow.defines, key=lambda define: define.name not in plan.used[index])
    for define in defines:
        kind: PortKind = "out" if define.name in plan.used[index] else "unused"
        rows.setdefault((kind, define.name), (define.where,))
    for computed in node.flow.computed:
        rows.setdefault(("pattern", computed.pattern), (f"{computed.where}: {computed.reason}",))
    ports: list[Port] = []
    at = y + HEAD / 2
    for (kind, name), where in rows.items():
        if kind in INSIDE and not ports:
            at += ROW  # beside the request's own name there is no room
        ports.append(Port(kind, name, at, where))
        at += ROW
    return tuple(ports)


def _wires(plan: _Plan, left: float) -> tuple[tuple[Wire, ...], int]:
    """The wires, and how many lanes they need. Short wires are on the inside."""
    places: dict[tuple[int, str, str], tuple[float, float]] = {}
    for rect in plan.requests:
        for port in rect.ports:
            assert rect.node is not None
            places[rect.node, port.kind, port.name] = rect.x + rect.width, port.y
    groups: dict[tuple[int, str, bool], list[Edge]] = {}
    for edge in plan.graph.edges:
        groups.setdefault((edge.producer, edge.name, edge.late), []).append(edge)
    colours: dict[str, int] = {}
    drawn = []
    for (producer, name, late), edges in groups.items():
        start = places[producer, "out", name]
        ends = tuple(places[edge.consumer, "late" if late else "in", name] for edge in edges)
        drawn.append((name, start, ends, late, colours.setdefault(name, len(colours))))
    lanes = _Lanes()
    wires = []
    for name, start, ends, late, colour in sorted(drawn, key=lambda one: (_length(one[1], one[2]), one[1])):
        ys = [start[1], *(y for _, y in ends)]
        wires.append(Wire(name, start, ends, left + lanes.take(min(ys), max(ys)) * LANE, late, colour))
    return tuple(sorted(wires, key=lambda wire: wire.start)), lanes.count


def _length(start: tuple[float, float], ends: Iterable[tuple[float, float]]) -> float:
    return max(abs(y - start[1]) for _, y in ends)


class _Lanes:
    """Gives each interval the first lane in which nothing overlaps it."""

    def __init__(self) -> None:
        self._taken: list[list[tuple[float, float]]] = []

    @property
    def count(self) -> int:
        return len(self._taken)

    def take(self, low: float, high: float) -> int:
        for number, lane in enumerate(self._taken):
            if _free(lane, low, high):
                insort(lane, (low, high))
                return number
        self._taken.append([(low, high)])
        return len(self._taken) - 1


def _free(lane: Sequence[tuple[float, float]], low: float, high: float) -> bool:
    at = bisect_left(lane, (low, high))
    return (at == 0 or lane[at - 1][1] < low) and (at == len(lane) or lane[at][0] > high)

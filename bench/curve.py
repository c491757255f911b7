"""Peak memory over the number of iterations, as a picture (SVG)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 190, 60, 60
COLORS = ("#c2410c", "#1d4ed8", "#6b7280", "#047857")
Lines = Mapping[str, Sequence[tuple[int, float]]]  # name -> (iterations, MiB), ascending


def step(most: float, ticks: int = 5) -> float:
    """The distance of grid lines: 1, 2 or 5 times a power of ten, about ``ticks`` of them up to ``most``."""
    power = 10.0 ** math.floor(math.log10(most / ticks))
    return next(size * power for size in (1, 2, 5, 10) if size * power * ticks >= most)


def svg(title: str, lines: Lines) -> str:
    """A line for each name, over a logarithmic axis of iterations."""
    counts = sorted({count for points in lines.values() for count, _ in points})
    most = max(value for points in lines.values() for _, value in points)
    grid = step(most)
    top = math.ceil(most / grid) * grid
    low, high = math.log10(counts[0]), math.log10(counts[-1])

    def x(count: int) -> float:
        return LEFT + (math.log10(count) - low) / ((high - low) or 1) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 30, title, "start", "#111827", 'font-size="16" font-weight="600"'),
    ]
    for number in range(round(top / grid) + 1):
        value = number * grid
        parts.append(
            f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="{"#9ca3af" if not number else "#e5e7eb"}"/>'
        )
        parts.append(_text(LEFT - 8, y(value) + 4, f"{value:g} MiB", "end"))
    parts += [_text(x(count), HEIGHT - BOTTOM + 20, f"{count:,}", "middle") for count in counts]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "iterations", "middle"))
    labels = _apart([y(points[-1][1]) for points in lines.values()])
    for (name, points), color, label in zip(lines.items(), COLORS, labels, strict=False):
        places = [(x(count), y(value)) for count, value in points]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{color}"/>' for a, b in places]
        text = f"{name} {points[-1][1]:.0f} MiB"
        parts.append(_text(places[-1][0] + 10, label + 4, text, "start", color, 'font-weight="600"'))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, anchor: str, color: str = "#4b5563", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" {more}>{escape(text)}</text>'


def _apart(heights: Sequence[float], least: float = 18) -> list[float]:
    """The same heights, moved so far down that labels there do not cover each other."""
    placed = dict.fromkeys(range(len(heights)), 0.0)
    last = -math.inf
    for index in sorted(placed, key=lambda number: heights[number]):
        last = placed[index] = max(heights[index], last + least)
    return list(placed.values())

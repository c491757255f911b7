"""Places on the globe: distances, routes as text, and addresses turned into points by a fixed rule.

Nothing here asks a map service: the same address always gives the same point, in the right city if the city
is one of the few in the table, else somewhere inhabited-looking.
"""

from __future__ import annotations

import hashlib
import math

from runner.simulator.entities import Point

EARTH_RADIUS = 6_371_008.8
"""Mean radius in metres (IUGG)."""

CITIES: dict[str, Point] = {
    "san francisco": (-122.4194, 37.7749),
    "new york": (-74.0060, 40.7128),
    "los angeles": (-118.2437, 34.0522),
    "chicago": (-87.6298, 41.8781),
    "toronto": (-79.3832, 43.6532),
    "sao paulo": (-46.6333, -23.5505),
    "london": (-0.1276, 51.5072),
    "paris": (2.3522, 48.8566),
    "berlin": (13.4050, 52.5200),
    "madrid": (-3.7038, 40.4168),
    "lagos": (3.3792, 6.5244),
    "dubai": (55.2708, 25.2048),
    "delhi": (77.2090, 28.6139),
    "mumbai": (72.8777, 19.0760),
    "bangalore": (77.5946, 12.9716),
    "bengaluru": (77.5946, 12.9716),
    "singapore": (103.8198, 1.3521),
    "tokyo": (139.6917, 35.6895),
    "sydney": (151.2093, -33.8688),
}
HOME_CITY = CITIES["san francisco"]


def fraction(*texts: str) -> float:
    """A number in [0, 1) that depends on the texts only; it takes the part of chance."""
    digest = hashlib.sha256("\0".join(texts).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def distance(a: Point, b: Point) -> float:
    """Great-circle distance in metres (haversine formula)."""
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (*a, *b))
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, h)))


def offset(point: Point, metres: float, bearing: float) -> Point:
    """The point so many metres away in a direction (degrees from north); good for a few kilometres."""
    angle = math.radians(bearing)
    dlat = math.degrees(metres * math.cos(angle) / EARTH_RADIUS)
    narrowing = max(0.01, math.cos(math.radians(point[1])))
    dlon = math.degrees(metres * math.sin(angle) / (EARTH_RADIUS * narrowing))
    lon = (point[0] + dlon + 180.0) % 360.0 - 180.0
    return round(lon, 6), round(max(-90.0, min(90.0, point[1] + dlat)), 6)


def between(a: Point, b: Point, share: float) -> Point:
    """The point at that share (0 to 1) of the way from ``a`` to ``b``."""
    return round(a[0] + (b[0] - a[0]) * share, 6), round(a[1] + (b[1] - a[1]) * share, 6)


def near(point: Point, seed: str, nearest: float, farthest: float) -> Point:
    """A point between ``nearest`` and ``farthest`` metres away; which one depends on ``seed``."""
    metres = nearest + (farthest - nearest) * fraction(seed, "metres")
    return offset(point, metres, 360.0 * fraction(seed, "bearing"))


def geocode(*parts: str | None) -> Point | None:
    """The point of an address, given as its parts from the street to the country; None for no address."""
    words = [" ".join(part.split()).casefold() for part in parts if part and part.strip()]
    if not words:
        return None
    text = ", ".join(words)
    centre = next((point for city, point in CITIES.items() if city in text), None)
    if centre is None:
        region = words[-1]
        centre = (-120.0 + 240.0 * fraction(region, "lon"), -35.0 + 90.0 * fraction(region, "lat"))
    return near(centre, text, 300.0, 4000.0)


def encode_polyline(points: list[Point]) -> str:
    """Points as text in the encoded polyline format (precision 5, latitude first)."""
    out: list[str] = []
    last = (0, 0)
    for lon, lat in points:
        now = (round(lat * 1e5), round(lon * 1e5))
        for value, before in zip(now, last, strict=True):
            delta = value - before
            rest = ~(delta << 1) if delta < 0 else delta << 1
            while rest >= 0x20:
                out.append(chr((0x20 | (rest & 0x1F)) + 63))
                rest >>= 5
            out.append(chr(rest + 63))
        last = now
    return "".join(out)

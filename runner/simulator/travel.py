"""How simulated people move: one leg per assigned action, straight and at a steady speed.

A person who gets an action sets out for its place at once, or after the legs that were planned before. Where
a person is, how far an action's trip went and the placeline are all computed from the legs and the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from runner.simulator import geo
from runner.simulator.entities import Action, Json, Leg, Place, Point, User

SPEED = 10.0
"""Metres per second, in a city with traffic."""


def plan(user: User, action: Action, place: Place | None, now: datetime, duration: float | None) -> Leg:
    """The leg that an assignment leads to; ``duration`` (seconds from now until arrival) overrides the speed."""
    target = place.location if place is not None else None
    if user.legs:
        origin, free_at = user.legs[-1].end, user.legs[-1].arrives_at
        if free_at < now:
            origin, free_at = position(user, now) or origin, now
    else:
        around = target or geo.near(geo.HOME_CITY, user.id, 0.0, 5000.0)
        origin, free_at = geo.near(around, user.id, 1500.0, 3500.0) if target else around, now
    target = target or geo.near(origin, action.id, 1000.0, 3000.0)
    if duration is None:
        needed = timedelta(seconds=geo.distance(origin, target) / SPEED)
        return Leg(action.id, origin, target, free_at, free_at + needed)
    arrives_at = now + timedelta(seconds=duration)
    return Leg(action.id, origin, target, min(free_at, arrives_at), arrives_at)


def finish(legs: tuple[Leg, ...], action_id: str, when: datetime, end: Point | None) -> tuple[Leg, ...]:
    """The legs after an action ended: its leg ends at ``end``, or where the person is if that is None."""
    done: list[Leg] = []
    for leg in legs:
        if leg.action_id == action_id:
            stop = end or _at(leg, when)
            leg = replace(leg, end=stop, departs_at=min(leg.departs_at, when), arrives_at=min(leg.arrives_at, when))
        elif done and done[-1].action_id == action_id:
            leg = replace(leg, start=done[-1].end)
        done.append(leg)
    return tuple(done)


def leg_of(user: User | None, action_id: str) -> Leg | None:
    """The latest leg of a user that belongs to an action."""
    legs = user.legs if user is not None else ()
    return next((leg for leg in reversed(legs) if leg.action_id == action_id), None)


def position(user: User, now: datetime) -> Point | None:
    """Where a user is; None for one who was never tracked. Tracking that has stopped freezes the position."""
    if not user.legs:
        return None
    when = now if user.is_tracking or user.last_heartbeat_at is None else user.last_heartbeat_at
    underway = [leg for leg in user.legs if leg.departs_at <= when]
    return _at(underway[-1], when) if underway else user.legs[0].start


def travelled(leg: Leg, now: datetime) -> float:
    """Metres of a leg done so far."""
    return geo.distance(leg.start, leg.end) * _share(leg, now)


def underway_for(leg: Leg, now: datetime) -> float:
    """Seconds that a leg has lasted so far."""
    return max(0.0, (min(now, leg.arrives_at) - leg.departs_at).total_seconds())


def segments(legs: Iterable[Leg], now: datetime) -> list[Json]:
    """Trips and the stops between and after them, oldest first, as the placeline shows them."""
    shown: list[Json] = []
    before: Leg | None = None
    for leg in legs:
        if leg.departs_at > now:
            break
        if before is not None and before.arrives_at < leg.departs_at:
            shown.append(_stop(before, leg.departs_at))
        shown.append(_trip(leg, now))
        before = leg
    if before is not None and before.arrives_at < now:
        shown.append(_stop(before, None))
    return shown


def _share(leg: Leg, now: datetime) -> float:
    length = (leg.arrives_at - leg.departs_at).total_seconds()
    if length <= 0:
        return 1.0 if now >= leg.arrives_at else 0.0
    return min(1.0, max(0.0, (now - leg.departs_at).total_seconds() / length))


def _at(leg: Leg, now: datetime) -> Point:
    return geo.between(leg.start, leg.end, _share(leg, now))


def _trip(leg: Leg, now: datetime) -> Json:
    share = _share(leg, now)
    steps = 8
    points = [geo.between(leg.start, leg.end, share * step / steps) for step in range(steps + 1)]
    return {
        "type": "trip",
        "action_id": leg.action_id,
        "started_at": time_text(leg.departs_at),
        "ended_at": time_text(leg.arrives_at) if leg.arrives_at <= now else None,
        "distance": round(travelled(leg, now), 1),
        "duration": round(underway_for(leg, now), 1),
        "start_location": point_json(points[0]),
        "end_location": point_json(points[-1]),
        "encoded_polyline": geo.encode_polyline(points),
    }


def _stop(leg: Leg, until: datetime | None) -> Json:
    return {
        "type": "stop",
        "action_id": leg.action_id,
        "started_at": time_text(leg.arrives_at),
        "ended_at": time_text(until),
        "location": point_json(leg.end),
    }


def point_json(point: Point | None) -> Json:
    """A point as GeoJSON."""
    return None if point is None else {"type": "Point", "coordinates": [point[0], point[1]]}


def time_text(when: datetime | None) -> str | None:
    """A time as the API writes it: ISO 8601, UTC, microseconds."""
    return None if when is None else when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

"""What the simulated API keeps: frozen rows. A change is a new row (``dataclasses.replace``).

Times are aware datetimes in UTC; points are ``(longitude, latitude)`` in degrees, as in GeoJSON; lengths are
metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

Json: TypeAlias = Any
Point: TypeAlias = tuple[float, float]

CREATED, ASSIGNED, STARTED, COMPLETED, CANCELED = "created", "assigned", "started", "completed", "canceled"
STATUSES = (CREATED, ASSIGNED, STARTED, COMPLETED, CANCELED)
PENDING = (ASSIGNED, STARTED)
ENDED = (COMPLETED, CANCELED)


@dataclass(frozen=True, slots=True)
class Leg:
    """One trip of a user: towards the place of one action, at a steady speed."""

    action_id: str
    start: Point
    end: Point
    departs_at: datetime
    arrives_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    token: str
    created_at: datetime
    modified_at: datetime
    name: str
    unique_id: str | None = None
    parent_group_id: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """``pending`` holds the ids of actions that are assigned and not ended, in the order of assignment."""

    id: str
    created_at: datetime
    modified_at: datetime
    unique_id: str | None = None
    group_id: str | None = None
    name: str | None = None
    phone: str | None = None
    photo: str | None = None
    metadata: Json = None
    vehicle_type: str | None = None
    is_tracking: bool = False
    last_heartbeat_at: datetime | None = None
    pending: tuple[str, ...] = ()
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    id: str
    created_at: datetime
    modified_at: datetime
    unique_id: str | None = None
    name: str | None = None
    address: str | None = None
    landmark: str | None = None
    zip_code: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    location: Point | None = None


@dataclass(frozen=True, slots=True)
class Action:
    id: str
    created_at: datetime
    modified_at: datetime
    user_id: str
    unique_id: str | None = None
    collection_id: str | None = None
    type: str | None = None
    metadata: Json = None
    expected_place_id: str | None = None
    expected_at: datetime | None = None
    scheduled_at: datetime | None = None
    autocomplete_rule: Json = None
    autocancel_after: float | None = None
    tracking_url: str = ""
    status: str = CREATED
    assigned_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    completed_place: Place | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """``data`` names the object that the event is about and its state at that time."""

    id: str
    user_id: str | None
    type: str
    recorded_at: datetime
    created_at: datetime
    data: Json
    unique_id: str | None = None

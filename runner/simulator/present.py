"""The rows as JSON, the way the API shows them."""

from __future__ import annotations

from datetime import datetime

from runner.simulator import travel
from runner.simulator.entities import COMPLETED, ENDED, PENDING, STARTED, Action, Event, Group, Json, Leg, Place, User
from runner.simulator.state import State
from runner.simulator.travel import point_json, time_text


def group_json(group: Group) -> Json:
    return {
        "id": group.id,
        "unique_id": group.unique_id,
        "name": group.name,
        "parent_group_id": group.parent_group_id,
        "token": group.token,
        "created_at": time_text(group.created_at),
        "modified_at": time_text(group.modified_at),
    }


def place_json(place: Place | None) -> Json:
    if place is None:
        return None
    return {
        "id": place.id,
        "unique_id": place.unique_id,
        "name": place.name,
        "address": place.address,
        "landmark": place.landmark,
        "zip_code": place.zip_code,
        "city": place.city,
        "state": place.state,
        "country": place.country,
        "location": point_json(place.location),
        "created_at": time_text(place.created_at),
        "modified_at": time_text(place.modified_at),
    }


def availability(user: User) -> str:
    """``active`` is tracked and at work, ``online`` tracked and free, ``offline`` not tracked."""
    if not user.is_tracking:
        return "offline"
    return "active" if user.pending else "online"


def user_json(state: State, user: User, now: datetime) -> Json:
    group = state.groups.get(user.group_id or "")
    moving = user.is_tracking and any(leg.departs_at <= now < leg.arrives_at for leg in user.legs)
    return {
        "id": user.id,
        "unique_id": user.unique_id,
        "lookup_id": user.unique_id,
        "group_id": user.group_id,
        "group": None if group is None else group_json(group),
        "name": user.name,
        "phone": user.phone,
        "photo": user.photo,
        "metadata": user.metadata,
        "vehicle_type": user.vehicle_type,
        "is_tracking": user.is_tracking,
        "availability_status": availability(user),
        "pending_actions": list(user.pending),
        "location": point_json(travel.position(user, now)),
        "activity": None if not user.is_tracking else "driving" if moving else "stationary",
        "health": "healthy" if user.is_tracking else None,
        "last_heartbeat_at": time_text(now if user.is_tracking else user.last_heartbeat_at),
        "created_at": time_text(user.created_at),
        "modified_at": time_text(user.modified_at),
    }


def action_json(state: State, action: Action, now: datetime) -> Json:
    user = state.users.get(action.user_id)
    leg = travel.leg_of(user, action.id)
    place = state.places.get(action.expected_place_id or "")
    return {
        "id": action.id,
        "unique_id": action.unique_id,
        "lookup_id": action.unique_id,
        "collection_id": action.collection_id,
        "type": action.type,
        "user_id": action.user_id,
        "user": None if user is None else user_json(state, user, now),
        "expected_place_id": None if place is None else place.id,
        "expected_place": place_json(place),
        "expected_at": time_text(action.expected_at),
        "scheduled_at": time_text(action.scheduled_at),
        "autocomplete_rule": action.autocomplete_rule,
        "autocancel_after": action.autocancel_after,
        "metadata": action.metadata,
        "tracking_url": action.tracking_url,
        "status": action.status,
        "sub_status": _sub_status(action, leg, now),
        "eta": time_text(leg.arrives_at) if leg is not None and action.status in PENDING else None,
        "distance": None if leg is None else round(travel.travelled(leg, now), 1),
        "assigned_at": time_text(action.assigned_at),
        "started_at": time_text(action.started_at),
        "completed_at": time_text(action.completed_at),
        "canceled_at": time_text(action.canceled_at),
        "completed_place": place_json(action.completed_place),
        "created_at": time_text(action.created_at),
        "modified_at": time_text(action.modified_at),
    }


def _sub_status(action: Action, leg: Leg | None, now: datetime) -> str | None:
    if leg is None or action.status != STARTED:
        return None
    if action.expected_at is not None and max(leg.arrives_at, now) > action.expected_at:
        return "delayed"
    return "on_the_way" if now < leg.arrives_at else "arrived"


def event_json(event: Event) -> Json:
    """No webhook can be set up here, so no event was ever delivered."""
    return {
        "id": event.id,
        "user_id": event.user_id,
        "type": event.type,
        "recorded_at": time_text(event.recorded_at),
        "data": event.data,
        "has_been_delivered": False,
        "delivered_at": None,
        "created_at": time_text(event.created_at),
    }


def action_mileage_json(state: State, action: Action, now: datetime) -> Json:
    """``distance`` in metres, ``duration`` in seconds."""
    leg = travel.leg_of(state.users.get(action.user_id), action.id)
    return {
        "action_id": action.id,
        "distance": 0.0 if leg is None else round(travel.travelled(leg, now), 1),
        "duration": 0.0 if leg is None else round(travel.underway_for(leg, now), 1),
        "started_at": time_text(leg.departs_at) if leg is not None and leg.departs_at <= now else None,
        "ended_at": time_text(action.completed_at if action.status == COMPLETED else action.canceled_at),
    }


def action_placeline_json(state: State, action: Action, now: datetime) -> Json:
    """An action's trip, and the stop at its end once it has ended."""
    leg = travel.leg_of(state.users.get(action.user_id), action.id)
    ended = action.completed_at or action.canceled_at if action.status in ENDED else None
    return {
        "id": action.id,
        "action_id": action.id,
        "unique_id": action.unique_id,
        "collection_id": action.collection_id,
        "user_id": action.user_id,
        "status": action.status,
        "distance": 0.0 if leg is None else round(travel.travelled(leg, now), 1),
        "segments": [] if leg is None else travel.segments([leg], min(now, ended or now)),
    }

"""What happens to actions and tracking, by a call or by the clock, and the events that this leaves behind.

    created -> assigned -> started -> completed | canceled

The clock moves an action on: its person departs and it is ``started``; with an ``autocomplete_rule`` it is
``completed`` on arrival, with ``autocancel_after`` ``canceled`` so many hours after its creation. Two keys of an
action's metadata, read when it is assigned, make that quick enough for a demonstration or a test:
``simulate_start_after`` and ``simulate_complete_after``, in seconds from the assignment.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

from runner.simulator import travel
from runner.simulator.entities import (
    ASSIGNED,
    CANCELED,
    COMPLETED,
    CREATED,
    ENDED,
    PENDING,
    STARTED,
    Action,
    Json,
    Leg,
    Place,
    User,
)
from runner.simulator.state import State

START_AFTER = 5.0
"""Seconds from a person's departure until their action counts as started."""


def note_user(state: State, type: str, user: User, now: datetime) -> None:
    """Record an event about a user."""
    state.record(type, now, user.id, {"object": "user", "id": user.id, "unique_id": user.unique_id})


def note_action(state: State, type: str, action: Action, now: datetime) -> None:
    """Record an event about an action."""
    data = {"object": "action", "id": action.id, "unique_id": action.unique_id, "status": action.status}
    state.record(type, now, action.user_id, data)


def created(state: State, action: Action, now: datetime) -> None:
    """A new action exists."""
    note_action(state, "action.created", action, now)
    if action.autocancel_after is not None:
        state.schedule(now + timedelta(hours=action.autocancel_after), action.id, CANCELED)


def start_tracking(state: State, user: User, now: datetime) -> User:
    """The user's app reports its location from now on."""
    if user.is_tracking:
        return user
    user = state.users.put(replace(user, is_tracking=True, last_heartbeat_at=now))
    note_user(state, "tracking.started", user, now)
    return user


def stop_tracking(state: State, user: User, now: datetime) -> User:
    """The user's app is silent from now on; pending actions stay pending."""
    if not user.is_tracking:
        return user
    user = state.users.put(replace(user, is_tracking=False, last_heartbeat_at=now, modified_at=now))
    note_user(state, "tracking.ended", user, now)
    return user


def assign(state: State, user: User, action: Action, now: datetime) -> User:
    """Give an action to a user, who starts moving. Giving it to the same user again changes nothing."""
    if action.id in user.pending:
        return user
    if action.user_id != user.id:
        _drop(state, action, now)
    place = state.places.get(action.expected_place_id or "")
    complete_after = _seconds(action.metadata, "simulate_complete_after")
    user = start_tracking(state, user, now)
    leg = travel.plan(user, action, place, now, complete_after)
    user = replace(user, pending=(*user.pending, action.id), legs=(*user.legs, leg), modified_at=now)
    user = state.users.put(user)
    action = replace(action, user_id=user.id, status=ASSIGNED, assigned_at=now, started_at=None, modified_at=now)
    state.actions.put(action)
    note_action(state, "action.assigned", action, now)
    _plan_changes(state, action, leg, now, complete_after)
    return user


def complete(state: State, action: Action, when: datetime, place: Place | None = None) -> Action:
    """The work is done, at ``place`` or else where the action was expected; the person has come there."""
    user = state.users.get(action.user_id)
    place = place or state.places.get(action.expected_place_id or "")
    if user is not None:
        legs = travel.finish(user.legs, action.id, when, place.location if place is not None else None)
        user = _without(state, replace(user, legs=legs), action, when)
        if place is None and (leg := travel.leg_of(user, action.id)) is not None:
            place = Place(id=state.new_id(), created_at=when, modified_at=when, location=leg.end)
    action = replace(action, status=COMPLETED, completed_at=when, modified_at=when, completed_place=place)
    state.actions.put(action)
    note_action(state, "action.completed", action, when)
    return action


def cancel(state: State, action: Action, when: datetime) -> Action:
    """The work will not be done; the person stays where they are."""
    _drop(state, action, when)
    action = state.actions.put(replace(action, status=CANCELED, canceled_at=when, modified_at=when))
    note_action(state, "action.canceled", action, when)
    return action


def delete_action(state: State, action: Action, now: datetime) -> None:
    """The action is gone; what was recorded about it stays."""
    _drop(state, action, now)
    state.actions.remove(action)
    note_action(state, "action.deleted", action, now)


def delete_user(state: State, user: User, now: datetime) -> None:
    """The user is gone, with their actions."""
    for action in [row for row in state.actions.newest_first() if row.user_id == user.id]:
        delete_action(state, action, now)
    user = stop_tracking(state, state.users.get(user.id) or user, now)
    state.users.remove(user)
    note_user(state, "user.deleted", user, now)


def advance(state: State, now: datetime) -> None:
    """Do what the clock has brought since the last call, each change at its own time."""
    while (due := state.pop_due(now)) is not None:
        when, change = due.when, due.change
        action = state.actions.get(due.action_id)
        if action is None or action.status in ENDED or due.assigned_at not in (None, action.assigned_at):
            continue
        if change == STARTED and action.status == ASSIGNED:
            action = state.actions.put(replace(action, status=STARTED, started_at=when, modified_at=when))
            note_action(state, "action.started", action, when)
        elif change == COMPLETED and action.status in PENDING:
            complete(state, action, when)
        elif change == CANCELED and action.status in (CREATED, *PENDING):
            cancel(state, action, when)


def _plan_changes(state: State, action: Action, leg: Leg, now: datetime, complete_after: float | None) -> None:
    start_after = _seconds(action.metadata, "simulate_start_after")
    if start_after is not None:
        starts_at = now + timedelta(seconds=start_after)
    else:
        halfway = leg.departs_at + (leg.arrives_at - leg.departs_at) / 2
        starts_at = min(leg.departs_at + timedelta(seconds=START_AFTER), halfway)
    state.schedule(starts_at, action.id, STARTED, action.assigned_at)
    if complete_after is not None or action.autocomplete_rule:
        state.schedule(leg.arrives_at, action.id, COMPLETED, action.assigned_at)


def _drop(state: State, action: Action, when: datetime) -> None:
    """Take an action from its user, if it is pending there."""
    user = state.users.get(action.user_id)
    if user is not None and action.id in user.pending:
        _without(state, replace(user, legs=travel.finish(user.legs, action.id, when, None)), action, when)


def _without(state: State, user: User, action: Action, when: datetime) -> User:
    pending = tuple(id for id in user.pending if id != action.id)
    return state.users.put(replace(user, pending=pending, modified_at=when))


def _seconds(metadata: Json, key: str) -> float | None:
    value = metadata.get(key) if isinstance(metadata, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(min(max(value, 0), 86_400 * 365))

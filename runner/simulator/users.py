"""The calls under ``users/``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from runner.simulator import geo, lifecycle, travel
from runner.simulator.entities import ENDED, Json, User
from runner.simulator.fields import Field, anything, clean, phone, reference, references, text, unique_id, url
from runner.simulator.present import availability, user_json
from runner.simulator.state import State
from runner.simulator.web import Call, Reply, Routes, bad_request, lookup, matching, page_reply

AVAILABILITIES = ("online", "offline", "active")

FILTERS: dict[str, Callable[[User, str], bool]] = {
    "id": lambda user, value: user.id == value,
    "unique_id": lambda user, value: user.unique_id == value,
    "lookup_id": lambda user, value: user.unique_id == value,
    "group_id": lambda user, value: user.group_id == value,
    "name": lambda user, value: user.name == value,
    "phone": lambda user, value: user.phone == value,
    "vehicle_type": lambda user, value: user.vehicle_type == value,
    "availability_status": lambda user, value: availability(user) == value,
    "is_tracking": lambda user, value: user.is_tracking == (value.lower() in {"true", "1"}),
}


def create(call: Call) -> Reply:
    values = clean(call.data, _fields(call.state, None))
    known = call.state.users.by_unique_id(values.get("unique_id") or "")
    if known is not None:
        return _shown(call, known)
    user = User(id=call.state.new_id(), created_at=call.now, modified_at=call.now, **values)
    call.state.users.put(user)
    lifecycle.note_user(call.state, "user.created", user, call.now)
    return _shown(call, user, 201)


def listing(call: Call) -> Reply:
    status = call.query.get("availability_status")
    if status and status not in AVAILABILITIES:
        message = f"Select a valid choice. {status} is not one of the available choices."
        raise bad_request(availability_status=message)
    rows = matching(call.state.users, call.query, FILTERS)
    return page_reply(call, rows, lambda user: user_json(call.state, user, call.now))


def retrieve(call: Call) -> Reply:
    return _shown(call, _user(call))


def change(call: Call) -> Reply:
    user = _user(call)
    values = clean(call.data, _fields(call.state, user.id), partial=True)
    return _shown(call, call.state.users.put(replace(user, **values, modified_at=call.now)))


def delete(call: Call) -> Reply:
    lifecycle.delete_user(call.state, _user(call), call.now)
    return Reply(204)


def assign_actions(call: Call) -> Reply:
    """All of the actions are assigned, or, if one of them has ended, none."""
    user = _user(call)
    values = clean(call.data, {"action_ids": Field(references(call.state.actions), required=True, null=False)})
    actions = [action for id in values["action_ids"] if (action := call.state.actions.get(id)) is not None]
    for action in actions:
        if action.status in ENDED:
            raise bad_request(action_ids=f"Action {action.id} is already {action.status}.")
    for action in actions:
        user = lifecycle.assign(call.state, user, action, call.now)
    return _shown(call, user)


def cancel_actions(call: Call) -> Reply:
    """Cancels all pending actions of the user, or only those in ``action_ids``."""
    user = _user(call)
    values = clean(call.data, {"action_ids": Field(references(call.state.actions))})
    ids = values.get("action_ids")
    for id in ids or ():
        if id not in user.pending:
            raise bad_request(action_ids=f"Action {id} is not pending for this user.")
    for id in user.pending if ids is None else ids:
        action = call.state.actions.get(id)
        if action is not None:
            lifecycle.cancel(call.state, action, call.now)
    return _shown(call, _user(call))


def stop_tracking(call: Call) -> Reply:
    return _shown(call, lifecycle.stop_tracking(call.state, _user(call), call.now))


def placeline(call: Call) -> Reply:
    """What the user did, as trips and stops; ``date`` (YYYY-MM-DD, UTC) picks one day."""
    user = _user(call)
    segments = travel.segments(user.legs, _seen_until(user, call.now))
    day = call.query.get("date")
    if day:
        try:
            datetime.strptime(day, "%Y-%m-%d")
        except ValueError:
            raise bad_request(date="Date has wrong format. Use one of these formats instead: YYYY-MM-DD.") from None
        segments = [part for part in segments if part["started_at"][:10] <= day <= (part["ended_at"] or day)[:10]]
    body = user_json(call.state, user, call.now)
    return Reply(200, {**body, "user_id": user.id, "date": day or None, "segments": segments})


def mileage(call: Call) -> Reply:
    """Metres and seconds on the way, in all and per action."""
    user = _user(call)
    now = _seen_until(user, call.now)
    legs = [leg for leg in user.legs if leg.departs_at <= now]
    trips = [
        {
            "action_id": leg.action_id,
            "distance": round(travel.travelled(leg, now), 1),
            "duration": round(travel.underway_for(leg, now), 1),
        }
        for leg in legs
    ]
    return Reply(
        200,
        {
            "user_id": user.id,
            "distance": round(sum(travel.travelled(leg, now) for leg in legs), 1),
            "duration": round(sum(travel.underway_for(leg, now) for leg in legs), 1),
            "trips": trips,
        },
    )


def nearby(call: Call) -> Reply:
    """Users whose position is known, the nearest to the place of the action first; ``distance`` in metres."""
    values = clean(dict(call.query), {"action_id": Field(reference(call.state.actions), required=True)})
    action = call.state.actions.get(values["action_id"])
    place = call.state.places.get(action.expected_place_id or "") if action is not None else None
    if place is None or place.location is None:
        raise bad_request(action_id="The action has no expected place with a location.")
    found: list[tuple[float, User]] = []
    for user in matching(call.state.users, {k: v for k, v in call.query.items() if k == "group_id"}, FILTERS):
        position = travel.position(user, call.now)
        if position is not None:
            found.append((geo.distance(position, place.location), user))
    found.sort(key=lambda pair: pair[0])

    def show(pair: tuple[float, User]) -> Json:
        return {**user_json(call.state, pair[1], call.now), "distance": round(pair[0], 1)}

    return page_reply(call, iter(found), show)


def _user(call: Call) -> User:
    return lookup(call.state.users, call.id)


def _shown(call: Call, user: User, status: int = 200) -> Reply:
    return Reply(status, user_json(call.state, user, call.now))


def _seen_until(user: User, now: datetime) -> datetime:
    """The time up to which the movements of a user are known."""
    return now if user.is_tracking or user.last_heartbeat_at is None else user.last_heartbeat_at


def _fields(state: State, own_id: str | None) -> dict[str, Field]:
    return {
        "unique_id": Field(unique_id(state.users, "user", own_id), alias="lookup_id"),
        "group_id": Field(reference(state.groups)),
        "name": Field(text()),
        "phone": Field(phone),
        "photo": Field(url),
        "metadata": Field(anything),
        "vehicle_type": Field(text()),
    }


ROUTES: Routes = {
    "users/": {"GET": listing, "POST": create},
    "users/nearby/": {"GET": nearby},
    "users/<id>/": {"GET": retrieve, "PATCH": change, "DELETE": delete},
    "users/<id>/assign_actions/": {"POST": assign_actions},
    "users/<id>/cancel_actions/": {"POST": cancel_actions},
    "users/<id>/stop_tracking/": {"POST": stop_tracking},
    "users/<id>/placeline/": {"GET": placeline},
    "users/<id>/mileage/": {"GET": mileage},
}

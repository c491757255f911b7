"""The calls under ``actions/``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from runner.simulator import lifecycle
from runner.simulator.entities import ENDED, STATUSES, Action, Json, Place
from runner.simulator.fields import (
    Field,
    Invalid,
    anything,
    clean,
    hours,
    mapping,
    moment,
    point,
    reference,
    text,
    unique_id,
)
from runner.simulator.geo import fraction
from runner.simulator.places import get_or_create
from runner.simulator.present import action_json, action_mileage_json, action_placeline_json
from runner.simulator.state import State
from runner.simulator.travel import time_text
from runner.simulator.web import ApiError, Call, Reply, Routes, bad_request, lookup, matching, page_reply

TRACKING_SITE = "https://track.example/"
"""Where the tracking pages would be; the name cannot exist (RFC 2606)."""


def create(call: Call) -> Reply:
    values = clean(call.data, _fields(call.state, None))
    known = call.state.actions.by_unique_id(values.get("unique_id") or "")
    if known is not None:
        return _shown(call, known)
    values = _resolved(call, values, required=True)
    id = call.state.new_id()
    values.setdefault("type", "task")
    link = f"{TRACKING_SITE}{int(fraction(id, 'track') * 2**40):010x}"
    action = Action(id=id, created_at=call.now, modified_at=call.now, tracking_url=link, **values)
    call.state.actions.put(action)
    lifecycle.created(call.state, action, call.now)
    return _shown(call, action, 201)


def listing(call: Call) -> Reply:
    rows = matching(call.state.actions, _query(call), filters(call.state))
    return page_reply(call, rows, lambda action: action_json(call.state, action, call.now))


def retrieve(call: Call) -> Reply:
    return _shown(call, _action(call))


def change(call: Call) -> Reply:
    """Changes what the caller may set. The user of an action changes with ``assign_actions`` only."""
    action = _action(call)
    fields = _fields(call.state, action.id)
    values = clean(call.data, {k: v for k, v in fields.items() if not k.startswith("user_")}, partial=True)
    values = _resolved(call, values, required=False)
    return _shown(call, call.state.actions.put(replace(action, **values, modified_at=call.now)))


def delete(call: Call) -> Reply:
    lifecycle.delete_action(call.state, _action(call), call.now)
    return Reply(204)


def complete(call: Call) -> Reply:
    action = _open_action(call)
    values = clean(call.data, {"completion_location": Field(point)})
    location = values.get("completion_location")
    place = None
    if location is not None:
        place = Place(id=call.state.new_id(), created_at=call.now, modified_at=call.now, location=location)
    return _shown(call, lifecycle.complete(call.state, action, call.now, place))


def cancel(call: Call) -> Reply:
    return _shown(call, lifecycle.cancel(call.state, _open_action(call), call.now))


def mileage(call: Call) -> Reply:
    return Reply(200, action_mileage_json(call.state, _action(call), call.now))


def placeline(call: Call) -> Reply:
    """The placelines of the actions that the filters pick, e.g. of one ``collection_id``."""
    rows = matching(call.state.actions, _query(call), filters(call.state))
    return page_reply(call, rows, lambda action: action_placeline_json(call.state, action, call.now))


def autocreate(call: Call) -> Reply:
    """Takes the rule and answers with it. What a rule would create does not happen here."""
    fields = {
        "autocreate_rule": Field(_filled, required=True, null=False),
        "user_id": Field(reference(call.state.users)),
    }
    values = clean(call.data, fields)
    rule = {
        "id": call.state.new_id(),
        "autocreate_rule": values["autocreate_rule"],
        "user_id": values.get("user_id"),
        "created_at": time_text(call.now),
    }
    return Reply(201, rule)


def _action(call: Call) -> Action:
    return lookup(call.state.actions, call.id)


def _open_action(call: Call) -> Action:
    action = _action(call)
    if action.status in ENDED:
        raise ApiError(400, {"detail": f"The action is already {action.status}."})
    return action


def _shown(call: Call, action: Action, status: int = 200) -> Reply:
    return Reply(status, action_json(call.state, action, call.now))


def _filled(value: Json) -> Json:
    if value in ("", {}, []):
        raise Invalid("This field may not be blank.")
    return value


def _query(call: Call) -> Mapping[str, str]:
    status = call.query.get("status")
    if status and status not in STATUSES:
        raise bad_request(status=f"Select a valid choice. {status} is not one of the available choices.")
    return call.query


def filters(state: State) -> dict[str, Callable[[Action, str], bool]]:
    def of_user(action: Action, value: str) -> bool:
        user = state.users.get(action.user_id)
        return user is not None and user.unique_id == value

    return {
        "id": lambda action, value: action.id == value,
        "action_id": lambda action, value: action.id == value,
        "unique_id": lambda action, value: action.unique_id == value,
        "lookup_id": lambda action, value: action.unique_id == value,
        "user_id": lambda action, value: action.user_id == value,
        "user_unique_id": of_user,
        "collection_id": lambda action, value: action.collection_id == value,
        "status": lambda action, value: action.status == value,
        "type": lambda action, value: action.type == value,
    }


def _resolved(call: Call, values: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """The values with ids in place of what named a user or described a place."""
    named_user = values.pop("user_unique_id", None)
    if named_user is not None:
        user = call.state.users.by_unique_id(named_user)
        if user is None:
            raise bad_request(user_unique_id=f'User with unique id "{named_user}" does not exist.')
        if values.get("user_id") not in (None, user.id):
            raise bad_request(user_unique_id="user_id and user_unique_id name different users.")
        values["user_id"] = user.id
    if required and values.get("user_id") is None:
        raise bad_request(user_id="This field is required.")
    if "expected_place" not in values:
        return values
    described = values.pop("expected_place")
    if described is None:
        values.setdefault("expected_place_id", None)
    elif values.get("expected_place_id") is None:
        known = call.state.places.get(str(described.get("id")))
        if known is not None:
            values["expected_place_id"] = known.id
        else:
            try:
                values["expected_place_id"] = get_or_create(call, described)[0].id
            except ApiError as error:
                raise ApiError(error.status, {"expected_place": error.body}) from error
    return values


def _fields(state: State, own_id: str | None) -> dict[str, Field]:
    return {
        "user_id": Field(reference(state.users)),
        "user_unique_id": Field(text(blank=False)),
        "unique_id": Field(unique_id(state.actions, "action", own_id), alias="lookup_id"),
        "collection_id": Field(text()),
        "type": Field(text(blank=False)),
        "metadata": Field(anything),
        "expected_place": Field(mapping),
        "expected_place_id": Field(reference(state.places)),
        "expected_at": Field(moment),
        "scheduled_at": Field(moment),
        "autocomplete_rule": Field(anything),
        "autocancel_after": Field(hours),
    }


ROUTES: Routes = {
    "actions/": {"GET": listing, "POST": create},
    "actions/placeline/": {"GET": placeline},
    "actions/autocreate/": {"POST": autocreate},
    "actions/<id>/": {"GET": retrieve, "PATCH": change, "DELETE": delete},
    "actions/<id>/complete/": {"POST": complete},
    "actions/<id>/cancel/": {"POST": cancel},
    "actions/<id>/mileage/": {"GET": mileage},
}

"""What the clock does to actions."""

from __future__ import annotations

import pytest


def status(api, action):
    return api.get(f"actions/{action['id']}/")["status"]


def test_an_assigned_action_starts_after_a_while(api, clock):
    _, action = api.assigned()
    clock.advance(seconds=4.9)
    assert status(api, action) == "assigned"
    clock.advance(seconds=0.1)
    shown = api.get(f"actions/{action['id']}/")
    assert (shown["status"], shown["sub_status"]) == ("started", "on_the_way")
    clock.advance(hours=5)
    shown = api.get(f"actions/{action['id']}/")
    assert (shown["status"], shown["sub_status"]) == ("started", "arrived")


def test_sub_status_says_when_it_will_be_late(api, clock):
    _, action = api.assigned(expected_at="2018-03-09T05:20:30Z", metadata={"simulate_start_after": 0})
    assert api.get(f"actions/{action['id']}/")["sub_status"] == "delayed"


def test_simulate_complete_after_completes_by_the_clock(api, clock):
    user, action = api.assigned(metadata={"simulate_complete_after": 3})
    shown = api.get(f"actions/{action['id']}/")
    assert (shown["status"], shown["eta"]) == ("assigned", "2018-03-09T05:20:22.742229Z")
    clock.advance(seconds=2)
    assert status(api, action) == "started"
    clock.advance(seconds=60)
    done = api.get(f"actions/{action['id']}/")
    assert (done["status"], done["completed_at"]) == ("completed", "2018-03-09T05:20:22.742229Z")
    assert done["completed_place"] == action["expected_place"]
    assert done["distance"] > 1000
    assert api.get(f"users/{user['id']}/")["pending_actions"] == []


def test_it_counts_from_the_assignment(api, clock):
    user = api.post("users/", name="Asha")
    action = api.post("actions/", user_id=user["id"], metadata={"simulate_complete_after": 1})
    clock.advance(hours=1)
    assert status(api, action) == "created"


@pytest.mark.parametrize("value", ["3", None, True, {}, [3]])
def test_a_value_that_is_no_number_is_ignored(api, clock, value):
    _, action = api.assigned(metadata={"simulate_complete_after": value})
    clock.advance(days=1)
    assert status(api, action) == "started"


def test_an_autocomplete_rule_completes_on_arrival(api, clock):
    _, action = api.assigned(autocomplete_rule={"type": "geofence"})
    eta = api.get(f"actions/{action['id']}/")["eta"]
    assert "2018-03-09T05:22:00" < eta < "2018-03-09T05:27:00"
    clock.advance(hours=1)
    done = api.get(f"actions/{action['id']}/")
    assert (done["status"], done["completed_at"]) == ("completed", eta)


def test_without_a_rule_nothing_completes_by_itself(api, clock):
    _, action = api.assigned()
    clock.advance(days=30)
    assert status(api, action) == "started"


def test_autocancel_counts_hours_from_the_creation(api, clock):
    user = api.post("users/", name="Asha")
    action = api.post("actions/", user_id=user["id"], autocancel_after=0.5)
    clock.advance(minutes=29)
    assert status(api, action) == "created"
    clock.advance(minutes=2)
    shown = api.get(f"actions/{action['id']}/")
    assert (shown["status"], shown["canceled_at"]) == ("canceled", "2018-03-09T05:50:19.742229Z")


def test_what_was_ended_by_a_call_is_left_alone_by_the_clock(api, clock):
    _, action = api.assigned(metadata={"simulate_complete_after": 10}, autocancel_after=1)
    canceled = api.post(f"actions/{action['id']}/cancel/", 200)
    clock.advance(hours=2)
    assert api.get(f"actions/{action['id']}/")["canceled_at"] == canceled["canceled_at"]
    assert status(api, action) == "canceled"


def test_an_action_moved_to_another_user_completes_with_that_one(api, clock):
    _, action = api.assigned(metadata={"simulate_complete_after": 10})
    clock.advance(seconds=9)
    other = api.post("users/", name="Ben")
    api.post(f"users/{other['id']}/assign_actions/", 200, action_ids=[action["id"]])
    clock.advance(seconds=2)
    assert status(api, action) != "completed"
    clock.advance(seconds=9)
    done = api.get(f"actions/{action['id']}/")
    assert (done["status"], done["completed_at"]) == ("completed", "2018-03-09T05:20:38.742229Z")


def test_a_user_does_one_action_after_the_other(api, clock):
    user = api.post("users/", name="Asha")
    places = [{"address": f"{n} Market Street", "city": "San Francisco"} for n in (1, 500)]
    ids = [api.post("actions/", user_id=user["id"], expected_place=place)["id"] for place in places]
    api.post(f"users/{user['id']}/assign_actions/", 200, action_ids=ids)
    first, second = (api.get(f"actions/{id}/") for id in ids)
    assert first["eta"] < second["eta"]
    clock.advance(days=1)
    trips = [part for part in api.get(f"users/{user['id']}/placeline/")["segments"] if part["type"] == "trip"]
    assert [trip["action_id"] for trip in trips] == ids
    assert trips[0]["end_location"] == trips[1]["start_location"] == first["expected_place"]["location"]
    assert trips[0]["ended_at"] == trips[1]["started_at"] == first["eta"]


def test_the_events_of_one_life_in_their_order_and_at_their_times(api, clock):
    user, action = api.assigned(unique_id="order-1", metadata={"simulate_complete_after": 10})
    clock.advance(minutes=1)
    api.post(f"users/{user['id']}/stop_tracking/", 200)
    events = api.get("events/", user_id=user["id"])["results"][::-1]
    assert [(event["type"], event["recorded_at"][17:19]) for event in events] == [
        ("user.created", "19"),
        ("action.created", "19"),
        ("tracking.started", "19"),
        ("action.assigned", "19"),
        ("action.started", "24"),
        ("action.completed", "29"),
        ("tracking.ended", "19"),
    ]
    about = events[-2]["data"]
    assert about == {"object": "action", "id": action["id"], "unique_id": "order-1", "status": "completed"}

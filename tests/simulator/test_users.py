from __future__ import annotations

import uuid

import pytest

STRANGER = "00000000-0000-4000-8000-000000000000"


def test_a_new_user_has_what_was_given_and_what_the_server_adds(api):
    group = api.post("groups/", name="Drivers")
    given = {
        "unique_id": "driver-1",
        "group_id": group["id"],
        "name": "Asha Rao",
        "phone": "+16502469293",
        "photo": "https://photos.example/asha.png",
        "metadata": {"shift": ["early", 1, None]},
        "vehicle_type": "car",
    }
    user = api.post("users/", **given)
    assert {name: user[name] for name in given} == given
    assert uuid.UUID(user["id"]).version == 4
    assert user["group"] == group
    assert user["created_at"] == user["modified_at"] == "2018-03-09T05:20:19.742229Z"
    assert (user["is_tracking"], user["availability_status"], user["pending_actions"]) == (False, "offline", [])
    assert (user["location"], user["last_heartbeat_at"], user["activity"], user["health"]) == (None, None, None, None)
    assert api.get(f"users/{user['id']}/") == user


def test_creating_with_a_known_unique_id_gives_the_existing_user_unchanged(api, clock):
    user = api.post("users/", unique_id="driver-1", name="Asha")
    clock.advance(hours=1)
    assert api.post("users/", 200, unique_id="driver-1", name="Other") == user
    assert api.post("users/", 200, lookup_id="driver-1") == user
    assert api.get("users/")["count"] == 1


def test_look_up_by_unique_id_and_by_its_older_name(api):
    user = api.post("users/", unique_id="driver 1/ä")
    api.post("users/", unique_id="driver-2")
    for name in ("unique_id", "lookup_id"):
        assert api.get("users/", **{name: "driver 1/ä"})["results"] == [user]
        assert api.get("users/", **{name: "driver-3"})["results"] == []


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("phone", "6502469293", "The phone number entered is not valid. Use E.164, e.g. +16502469293."),
        ("photo", "no url", "Enter a valid URL."),
        ("photo", "http://[", "Enter a valid URL."),
        ("name", ["Asha"], "Not a valid string."),
        ("name", True, "Not a valid string."),
        ("name", "x" * 256, "Ensure this field has no more than 255 characters."),
        ("unique_id", "", "This field may not be blank."),
        ("group_id", STRANGER, f'Invalid pk "{STRANGER}" - object does not exist.'),
        ("group_id", 7, 'Invalid pk "7" - object does not exist.'),
    ],
)
def test_wrong_input_is_400_under_the_name_of_the_field(api, field, value, message):
    assert api.post("users/", 400, **{field: value}) == {field: [message]}
    user = api.post("users/", name="Asha")
    assert api.patch(f"users/{user['id']}/", 400, **{field: value}) == {field: [message]}
    assert api.get("users/")["count"] == 1


def test_all_wrong_fields_are_named_at_once(api):
    assert sorted(api.post("users/", 400, phone="1", photo="2", group_id="3")) == ["group_id", "phone", "photo"]


def test_a_change_touches_what_was_sent_only(api, clock):
    user = api.post("users/", name="Asha", phone="+16502469293", unique_id="driver-1")
    clock.advance(minutes=1)
    changed = api.patch(f"users/{user['id']}/", name="Asha Rao", phone=None)
    assert changed == {**user, "name": "Asha Rao", "phone": None, "modified_at": "2018-03-09T05:21:19.742229Z"}


def test_a_unique_id_can_change_but_not_to_that_of_another(api):
    user = api.post("users/", unique_id="driver-1")
    api.post("users/", unique_id="driver-2")
    refused = api.patch(f"users/{user['id']}/", 400, unique_id="driver-2")
    assert refused == {"unique_id": ["user with this unique id already exists."]}
    assert api.patch(f"users/{user['id']}/", unique_id="driver-1")["unique_id"] == "driver-1"
    assert api.patch(f"users/{user['id']}/", unique_id="driver-3")["unique_id"] == "driver-3"
    assert api.get("users/", unique_id="driver-1")["count"] == 0
    assert api.get("users/", unique_id="driver-3")["count"] == 1


def test_filters(api):
    group = api.post("groups/", name="Drivers")
    inside = api.post("users/", name="Asha", group_id=group["id"], vehicle_type="car")
    tracked, _ = api.assigned()
    assert [user["id"] for user in api.get("users/", group_id=group["id"])["results"]] == [inside["id"]]
    assert [user["id"] for user in api.get("users/", availability_status="active")["results"]] == [tracked["id"]]
    assert [user["id"] for user in api.get("users/", is_tracking="false")["results"]] == [inside["id"]]
    assert api.get("users/", vehicle_type="car", name="Asha")["count"] == 1
    assert list(api.get("users/", 400, availability_status="asleep")) == ["availability_status"]


def test_assigning_makes_the_action_pending_and_tracks_the_user(api):
    user = api.post("users/", name="Asha")
    ids = [api.post("actions/", user_id=user["id"])["id"] for _ in range(2)]
    answer = api.post(f"users/{user['id']}/assign_actions/", 200, action_ids=ids)
    assert (answer["pending_actions"], answer["is_tracking"], answer["availability_status"]) == (ids, True, "active")
    assert answer["location"]["type"] == "Point"
    again = api.post(f"users/{user['id']}/assign_actions/", 200, action_ids=ids[:1])
    assert again["pending_actions"] == ids
    action = api.get(f"actions/{ids[0]}/")
    assert (action["status"], action["assigned_at"]) == ("assigned", "2018-03-09T05:20:19.742229Z")


def test_assigning_to_another_user_moves_the_action(api):
    first, action = api.assigned()
    second = api.post("users/", name="Ben")
    answer = api.post(f"users/{second['id']}/assign_actions/", 200, action_ids=[action["id"]])
    assert answer["pending_actions"] == [action["id"]]
    assert api.get(f"users/{first['id']}/")["pending_actions"] == []
    assert api.get(f"actions/{action['id']}/")["user"]["id"] == second["id"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "This field is required."),
        ({"action_ids": []}, "This list may not be empty."),
        ({"action_ids": None}, "This field may not be null."),
        ({"action_ids": "x"}, 'Expected a list of items but got type "str".'),
        ({"action_ids": [STRANGER]}, f'Invalid pk "{STRANGER}" - object does not exist.'),
    ],
)
def test_wrong_action_ids_are_400(api, data, message):
    user = api.post("users/", name="Asha")
    assert api.post(f"users/{user['id']}/assign_actions/", 400, **data) == {"action_ids": [message]}


def test_if_one_action_has_ended_none_is_assigned(api):
    user = api.post("users/", name="Asha")
    fresh, ended = (api.post("actions/", user_id=user["id"])["id"] for _ in range(2))
    api.post(f"actions/{ended}/cancel/", 200)
    refused = api.post(f"users/{user['id']}/assign_actions/", 400, action_ids=[fresh, ended])
    assert refused == {"action_ids": [f"Action {ended} is already canceled."]}
    assert api.get(f"actions/{fresh}/")["status"] == "created"


def test_cancelling_all_or_some_actions_of_a_user(api):
    user = api.post("users/", name="Asha")
    ids = [api.post("actions/", user_id=user["id"])["id"] for _ in range(3)]
    path = f"users/{user['id']}/cancel_actions/"
    api.post(f"users/{user['id']}/assign_actions/", 200, action_ids=ids)
    assert api.post(path, 200, action_ids=[ids[1]])["pending_actions"] == [ids[0], ids[2]]
    refused = api.post(path, 400, action_ids=[ids[1]])
    assert refused == {"action_ids": [f"Action {ids[1]} is not pending for this user."]}
    answer = api.post(path, 200)
    assert (answer["pending_actions"], answer["availability_status"]) == ([], "online")
    assert {api.get(f"actions/{id}/")["status"] for id in ids} == {"canceled"}
    assert api.post(path, 200)["pending_actions"] == []


def test_stopping_to_track_freezes_the_position(api, clock):
    user, _ = api.assigned()
    clock.advance(seconds=30)
    stopped = api.post(f"users/{user['id']}/stop_tracking/", 200)
    assert stopped["location"] != user["location"]
    assert (stopped["is_tracking"], stopped["availability_status"], stopped["health"]) == (False, "offline", None)
    clock.advance(seconds=30)
    later = api.get(f"users/{user['id']}/")
    assert later["location"] == stopped["location"]
    assert later["last_heartbeat_at"] == "2018-03-09T05:20:49.742229Z"
    api.post(f"users/{user['id']}/stop_tracking/", 200)
    types = [event["type"] for event in api.get("events/", user_id=user["id"])["results"]]
    assert types.count("tracking.ended") == 1


def test_the_placeline_shows_the_trip_and_the_stop_after_it(api, clock):
    user, action = api.assigned(metadata={"simulate_complete_after": 100})
    path = f"users/{user['id']}/placeline/"
    clock.advance(seconds=25)
    (trip,) = api.get(path)["segments"]
    assert (trip["type"], trip["action_id"], trip["ended_at"]) == ("trip", action["id"], None)
    assert trip["start_location"] == user["location"]
    assert trip["end_location"] == api.get(f"users/{user['id']}/")["location"]
    clock.advance(seconds=100)
    body = api.get(path)
    assert body["id"] == body["user_id"] == user["id"]
    trip, stop = body["segments"]
    assert (trip["started_at"], trip["ended_at"]) == ("2018-03-09T05:20:19.742229Z", "2018-03-09T05:21:59.742229Z")
    assert trip["duration"] == 100
    assert (stop["type"], stop["started_at"], stop["ended_at"]) == ("stop", trip["ended_at"], None)
    assert stop["location"] == trip["end_location"] == action["expected_place"]["location"]


def test_a_placeline_of_one_day(api, clock):
    user, _ = api.assigned(metadata={"simulate_complete_after": 60})
    clock.advance(days=1)
    path = f"users/{user['id']}/placeline/"
    assert [part["type"] for part in api.get(path, date="2018-03-09")["segments"]] == ["trip", "stop"]
    assert [part["type"] for part in api.get(path, date="2018-03-10")["segments"]] == ["stop"]
    assert api.get(path, date="2018-03-08")["segments"] == []
    assert list(api.get(path, 400, date="yesterday")) == ["date"]


def test_the_mileage_grows_with_the_way(api, clock):
    user, action = api.assigned(metadata={"simulate_complete_after": 100})
    path = f"users/{user['id']}/mileage/"
    assert api.get(path)["distance"] == 0
    clock.advance(seconds=50)
    half = api.get(path)
    clock.advance(seconds=500)
    whole = api.get(path)
    assert 1400 < whole["distance"] < 3600
    assert half["distance"] == pytest.approx(whole["distance"] / 2, rel=0.01)
    assert (half["duration"], whole["duration"]) == (50, 100)
    assert whole["trips"] == [{"action_id": action["id"], "distance": whole["distance"], "duration": 100}]


def test_nearby_users_come_nearest_first(api, clock):
    far, action = api.assigned(metadata={"simulate_complete_after": 3600})
    near, _ = api.assigned(metadata={"simulate_complete_after": 10})
    api.post("users/", name="Never tracked")
    clock.advance(seconds=20)
    page = api.get("users/nearby/", action_id=action["id"], page_size=1)
    assert (page["count"], [user["id"] for user in page["results"]]) == (2, [near["id"]])
    (other,) = api.session.get(page["next"], timeout=10).json()["results"]
    assert other["id"] == far["id"]
    assert other["distance"] > page["results"][0]["distance"] == 0


def test_nearby_needs_an_action_with_a_place(api):
    assert api.get("users/nearby/", 400) == {"action_id": ["This field is required."]}
    assert list(api.get("users/nearby/", 400, action_id=STRANGER)) == ["action_id"]
    user = api.post("users/", name="Asha")
    action = api.post("actions/", user_id=user["id"])
    assert list(api.get("users/nearby/", 400, action_id=action["id"])) == ["action_id"]


def test_deleting_a_user_deletes_their_actions_and_keeps_the_events(api):
    user, action = api.assigned(unique_id="order-1")
    api.delete(f"users/{user['id']}/")
    api.get(f"users/{user['id']}/", 404)
    api.get(f"actions/{action['id']}/", 404)
    api.delete(f"users/{user['id']}/", 404)
    types = [event["type"] for event in api.get("events/", user_id=user["id"])["results"]]
    assert types[:3] == ["user.deleted", "tracking.ended", "action.deleted"]
    other = api.post("users/", name="Ben")
    assert api.post("actions/", user_id=other["id"], unique_id="order-1")["id"] != action["id"]


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "assign_actions/"),
        ("POST", "cancel_actions/"),
        ("POST", "stop_tracking/"),
        ("GET", "placeline/"),
        ("GET", "mileage/"),
    ],
)
def test_every_call_of_an_unknown_user_is_404(api, method, call):
    assert api.call(method, f"users/{STRANGER}/{call}").status_code == 404

from __future__ import annotations

import pytest

STRANGER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def user(api):
    return api.post("users/", name="Asha", unique_id="driver-1")


def test_a_new_action_has_what_was_given_and_what_the_server_adds(api, user):
    place = api.post("places/", address="270 Linden Street", city="San Francisco")
    given = {
        "unique_id": "order-1",
        "collection_id": "round-1",
        "type": "delivery",
        "metadata": {"parcels": 2},
        "autocomplete_rule": {"type": "geofence"},
        "autocancel_after": 2,
    }
    action = api.post(
        "actions/",
        user_id=user["id"],
        expected_place_id=place["id"],
        expected_at="2018-03-09T16:30:00+01:00",
        scheduled_at="2018-03-09T15:00:00.5Z",
        **given,
    )
    assert {name: action[name] for name in given} == given
    assert (action["user"], action["user_id"]) == (user, user["id"])
    assert (action["expected_place"], action["expected_place_id"]) == (place, place["id"])
    assert (action["expected_at"], action["scheduled_at"]) == (
        "2018-03-09T15:30:00.000000Z",
        "2018-03-09T15:00:00.500000Z",
    )
    assert action["status"] == "created"
    assert action["tracking_url"].startswith("https://")
    for name in ("sub_status", "eta", "distance", "assigned_at", "completed_at", "canceled_at", "completed_place"):
        assert action[name] is None
    assert api.get(f"actions/{action['id']}/") == action


def test_the_user_may_be_named_by_unique_id(api, user):
    assert api.post("actions/", user_unique_id="driver-1")["user"]["id"] == user["id"]
    assert api.post("actions/", user_unique_id="driver-1", user_id=user["id"])["user"]["id"] == user["id"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "user_id"),
        ({"user_id": None}, "user_id"),
        ({"user_id": STRANGER}, "user_id"),
        ({"user_unique_id": "driver-2"}, "user_unique_id"),
    ],
)
def test_without_an_existing_user_it_is_400(api, user, data, field):
    assert list(api.post("actions/", 400, type="visit", **data)) == [field]
    assert api.get("actions/")["count"] == 0


def test_two_names_of_different_users_are_400(api, user):
    other = api.post("users/", name="Ben")
    assert list(api.post("actions/", 400, user_unique_id="driver-1", user_id=other["id"])) == ["user_unique_id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expected_at", "tomorrow"),
        ("expected_at", 1520572819),
        ("expected_at", "2018-02-30T00:00:00Z"),
        ("scheduled_at", "2018-03-09"),
        ("autocancel_after", "soon"),
        ("autocancel_after", 0),
        ("autocancel_after", True),
        ("type", ""),
        ("expected_place", "Linden Street"),
        ("expected_place_id", STRANGER),
    ],
)
def test_wrong_input_is_400_under_the_name_of_the_field(api, user, field, value):
    assert list(api.post("actions/", 400, user_id=user["id"], **{field: value})) == [field]


def test_an_expected_place_can_be_described_or_named(api, user):
    first = api.post(
        "actions/", user_id=user["id"], expected_place={"unique_id": "depot", "address": "1 Ferry Building"}
    )
    place = first["expected_place"]
    assert api.get("places/")["results"] == [place]
    again = api.post("actions/", user_id=user["id"], expected_place={"unique_id": "depot"})
    known = api.post("actions/", user_id=user["id"], expected_place={"id": place["id"]})
    assert again["expected_place"] == known["expected_place"] == place
    wrong = api.post("actions/", 400, user_id=user["id"], expected_place={"location": {"type": "Point"}})
    assert list(wrong["expected_place"]) == ["location"]
    assert api.patch(f"actions/{first['id']}/", expected_place=None)["expected_place"] is None


def test_creating_with_a_known_unique_id_gives_the_existing_action(api, user):
    action = api.post("actions/", user_id=user["id"], unique_id="order-1")
    assert api.post("actions/", 200, user_id=user["id"], unique_id="order-1", type="other") == action
    assert api.get("actions/", unique_id="order-1")["results"] == [action]
    assert api.get("actions/", lookup_id="order-2")["results"] == []


def test_filters(api, user):
    api.assigned(type="visit", collection_id="round-1")
    mine = api.post("actions/", user_id=user["id"], type="pickup", collection_id="round-2")
    for query in (
        {"user_id": user["id"]},
        {"user_unique_id": "driver-1"},
        {"collection_id": "round-2"},
        {"status": "created"},
        {"type": "pickup"},
        {"id": mine["id"]},
    ):
        assert [action["id"] for action in api.get("actions/", **query)["results"]] == [mine["id"]]
    assert api.get("actions/", status="created", type="visit")["count"] == 0
    assert list(api.get("actions/", 400, status="lost")) == ["status"]


def test_a_change_keeps_user_and_status(api, user):
    other = api.post("users/", name="Ben")
    action = api.post("actions/", user_id=user["id"], metadata={"parcels": 2})
    changed = api.patch(f"actions/{action['id']}/", metadata={"parcels": 3}, user_id=other["id"], status="completed")
    assert changed == {**action, "metadata": {"parcels": 3}}


def test_completing_at_a_location(api):
    user, action = api.assigned()
    here = {"type": "Point", "coordinates": [-122.41, 37.78]}
    done = api.post(f"actions/{action['id']}/complete/", 200, completion_location=here)
    assert (done["status"], done["completed_at"], done["eta"]) == ("completed", "2018-03-09T05:20:19.742229Z", None)
    assert done["completed_place"]["location"] == here
    after = api.get(f"users/{user['id']}/")
    assert (after["pending_actions"], after["availability_status"]) == ([], "online")
    assert after["location"] == here
    assert done["distance"] > 1000


def test_completing_without_a_location_is_at_the_expected_place(api):
    _, action = api.assigned()
    done = api.call("POST", f"actions/{action['id']}/complete/").json()
    assert done["completed_place"] == action["expected_place"]


def test_completing_without_any_place_is_where_the_user_is(api, user):
    action = api.post("actions/", user_id=user["id"])
    api.post(f"users/{user['id']}/assign_actions/", 200, action_ids=[action["id"]])
    done = api.post(f"actions/{action['id']}/complete/", 200)
    assert done["completed_place"]["location"] == api.get(f"users/{user['id']}/")["location"]


@pytest.mark.parametrize(
    "location",
    [
        {"type": "Point"},
        {"type": "Point", "coordinates": [0]},
        {"type": "Point", "coordinates": [181, 0]},
        {"type": "Point", "coordinates": [37.78, -122.41]},
        {"type": "Point", "coordinates": ["0", "0"]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
        "0,0",
    ],
)
def test_a_wrong_completion_location_is_400_and_changes_nothing(api, location):
    _, action = api.assigned()
    assert list(api.post(f"actions/{action['id']}/complete/", 400, completion_location=location)) == [
        "completion_location"
    ]
    assert api.get(f"actions/{action['id']}/")["status"] == "assigned"


@pytest.mark.parametrize(("first", "status"), [("complete", "completed"), ("cancel", "canceled")])
@pytest.mark.parametrize("second", ["complete", "cancel"])
def test_what_has_ended_cannot_end_again(api, first, status, second):
    _, action = api.assigned()
    ended = api.post(f"actions/{action['id']}/{first}/", 200)
    assert ended["status"] == status
    refused = api.post(f"actions/{action['id']}/{second}/", 400)
    assert refused == {"detail": f"The action is already {status}."}
    assert api.get(f"actions/{action['id']}/") == ended


def test_mileage_and_placeline_of_an_action(api, clock):
    user, action = api.assigned(collection_id="round-1", metadata={"simulate_complete_after": 100})
    created = api.post("actions/", user_id=user["id"], collection_id="round-1")
    clock.advance(seconds=200)
    mileage = api.get(f"actions/{action['id']}/mileage/")
    assert mileage["action_id"] == action["id"]
    assert (mileage["distance"], mileage["duration"]) == (api.get(f"actions/{action['id']}/")["distance"], 100)
    assert (mileage["started_at"], mileage["ended_at"]) == (
        "2018-03-09T05:20:19.742229Z",
        "2018-03-09T05:21:59.742229Z",
    )
    assert api.get(f"actions/{created['id']}/mileage/")["distance"] == 0
    lines = api.get("actions/placeline/", collection_id="round-1")
    assert [line["id"] for line in lines["results"]] == [created["id"], action["id"]]
    assert [[part["type"] for part in line["segments"]] for line in lines["results"]] == [[], ["trip"]]
    assert lines["results"][1]["distance"] == mileage["distance"]


def test_autocreate_needs_its_rule(api, user):
    rule = {"type": "on_arrival"}
    answer = api.post("actions/autocreate/", autocreate_rule=rule, user_id=user["id"])
    assert (answer["autocreate_rule"], answer["user_id"]) == (rule, user["id"])
    assert api.post("actions/autocreate/", 400) == {"autocreate_rule": ["This field is required."]}
    assert list(api.post("actions/autocreate/", 400, autocreate_rule={})) == ["autocreate_rule"]
    assert list(api.post("actions/autocreate/", 400, autocreate_rule=rule, user_id=STRANGER)) == ["user_id"]


def test_deleting_takes_the_action_from_its_user(api):
    user, action = api.assigned()
    api.delete(f"actions/{action['id']}/")
    api.get(f"actions/{action['id']}/", 404)
    assert api.get(f"users/{user['id']}/")["pending_actions"] == []
    assert api.get("actions/")["count"] == 0


@pytest.mark.parametrize(
    ("method", "call"),
    [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "complete/"), ("POST", "cancel/"), ("GET", "mileage/")],
)
def test_every_call_of_an_unknown_action_is_404(api, method, call):
    assert api.call(method, f"actions/{STRANGER}/{call}").status_code == 404

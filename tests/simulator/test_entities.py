"""Places, groups and events."""

from __future__ import annotations

import pytest

from runner.simulator import geo

STRANGER = "00000000-0000-4000-8000-000000000000"
ADDRESS = {"address": "270 Linden Street", "zip_code": "94102", "city": "San Francisco", "country": "US"}


def test_an_address_without_a_location_is_geocoded_in_its_city(api):
    place = api.post("places/", name="Shop", landmark="Park", state="California", unique_id="shop", **ADDRESS)
    assert place["location"]["type"] == "Point"
    assert geo.distance(tuple(place["location"]["coordinates"]), geo.CITIES["san francisco"]) < 5000
    assert api.get(f"places/{place['id']}/") == place


def test_geocoding_is_the_same_every_time_and_differs_by_address(api):
    one, same, other = (
        api.post("places/", address=address)["location"]
        for address in ("1 Main Street, Springfield", "1  main street, SPRINGFIELD ", "2 Main Street, Springfield")
    )
    assert one == same != other


def test_a_given_location_is_kept(api):
    location = {"type": "Point", "coordinates": [2.2945, 48.8584]}
    place = api.post("places/", location=location, **ADDRESS)
    assert place["location"] == location
    assert api.patch(f"places/{place['id']}/", name="Tower")["location"] == location


def test_a_new_address_is_geocoded_again(api):
    place = api.post("places/", **ADDRESS)
    moved = api.patch(f"places/{place['id']}/", city="Paris")
    assert geo.distance(tuple(moved["location"]["coordinates"]), geo.CITIES["paris"]) < 5000
    assert moved["address"] == ADDRESS["address"]


def test_a_place_without_address_and_location_has_no_location(api):
    assert api.post("places/", name="Nowhere")["location"] is None


def test_places_are_found_changed_and_deleted(api):
    place = api.post("places/", unique_id="shop", **ADDRESS)
    api.post("places/", city="Paris")
    assert api.post("places/", 200, unique_id="shop", city="Rome") == place
    for query in ({"unique_id": "shop"}, {"city": "San Francisco"}, {"zip_code": "94102"}):
        assert api.get("places/", **query)["results"] == [place]
    api.delete(f"places/{place['id']}/")
    api.get(f"places/{place['id']}/", 404)
    api.delete(f"places/{place['id']}/", 404)
    assert api.get("places/", unique_id="shop")["count"] == 0


def test_an_action_outlives_its_place(api):
    _, action = api.assigned()
    api.delete(f"places/{action['expected_place_id']}/")
    shown = api.get(f"actions/{action['id']}/")
    assert (shown["expected_place"], shown["expected_place_id"], shown["status"]) == (None, None, "assigned")


def test_a_new_group_has_a_token_of_its_own(api):
    first = api.post("groups/", name="North", unique_id="north")
    second = api.post("groups/", name="South")
    assert first["token"].startswith("gk_")
    assert first["token"] != second["token"]
    assert api.get(f"groups/{first['id']}/") == first
    assert api.get("groups/", token=second["token"])["results"] == [second]
    assert api.post("groups/", 200, unique_id="north", name="Other") == first


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": None}, {"name": ["This field may not be null."]}),
        ({"name": " "}, {"name": ["This field may not be blank."]}),
        (
            {"name": "x", "parent_group_id": STRANGER},
            {"parent_group_id": [f'Invalid pk "{STRANGER}" - object does not exist.']},
        ),
    ],
)
def test_a_group_needs_a_name_and_an_existing_parent(api, data, errors):
    assert api.post("groups/", 400, **data) == errors


def test_groups_nest_but_not_in_circles(api):
    top = api.post("groups/", name="Country")
    middle = api.post("groups/", name="City", parent_group_id=top["id"])
    bottom = api.post("groups/", name="Team", parent_group_id=middle["id"])
    assert api.get("groups/", parent_group_id=top["id"])["results"] == [middle]
    for group in (top, middle, bottom):
        refused = api.patch(f"groups/{top['id']}/", 400, parent_group_id=group["id"])
        assert refused == {"parent_group_id": ["A group cannot be inside itself."]}
    assert api.patch(f"groups/{bottom['id']}/", parent_group_id=top["id"])["parent_group_id"] == top["id"]
    assert api.patch(f"groups/{bottom['id']}/", parent_group_id=None)["parent_group_id"] is None
    assert api.patch(f"groups/{bottom['id']}/", 400, name="") == {"name": ["This field may not be blank."]}


def test_events_are_listed_filtered_and_read(api):
    user, action = api.assigned()
    every = api.get("events/")
    assert every["count"] == 4
    (assigned,) = api.get("events/", type="action.assigned", user_id=user["id"])["results"]
    assert api.get(f"events/{assigned['id']}/") == assigned
    assert assigned["user_id"] == user["id"]
    assert (assigned["has_been_delivered"], assigned["delivered_at"]) == (False, None)
    assert assigned["recorded_at"] == assigned["created_at"] == "2018-03-09T05:20:19.742229Z"
    assert api.get("events/", action_id=action["id"])["count"] == 2
    assert api.get("events/", user_id=STRANGER)["count"] == 0
    api.get(f"events/{STRANGER}/", 404)


def test_polylines_are_encoded_as_published():
    # The worked example of the format's documentation.
    points = [(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]
    assert geo.encode_polyline(points) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


def test_distances_are_those_of_the_globe():
    paris, london = geo.CITIES["paris"], geo.CITIES["london"]
    assert geo.distance(paris, london) == pytest.approx(343_500, rel=0.005)
    moved = geo.offset(paris, 1000, 45)
    assert geo.distance(paris, moved) == pytest.approx(1000, rel=0.001)
    assert geo.offset((179.999, 0.0), 1000, 90)[0] < -179

"""The public Python client of HyperTrack, unchanged, against the simulator."""

from __future__ import annotations

import hypertrack
import pytest
from hypertrack import Action, Event, Group, Place, User
from hypertrack.exceptions import (
    APIConnectionException,
    APIException,
    AuthenticationException,
    InvalidRequestException,
    RateLimitException,
)
from hypertrack.resource import APIResource


@pytest.fixture(autouse=True)
def _client(simulator, monkeypatch):
    monkeypatch.setattr(hypertrack, "base_url", simulator.url.removesuffix("v2"))
    monkeypatch.setattr(hypertrack, "api_version", "v2")
    monkeypatch.setattr(hypertrack, "secret_key", "sk_1234567890abcde")


@pytest.fixture
def user():
    return User.create(name="Asha")


@pytest.fixture
def action(user):
    place = Place.create(address="270 Linden Street", city="San Francisco", country="US")
    return Action.create(user_id=user.id, type="delivery", expected_place_id=place.id)


def test_create_and_retrieve(user):
    assert user.name == "Asha"
    assert User.retrieve(user.hypertrack_id) == user


def test_create_twice_with_a_lookup_id_is_get_or_create():
    assert User.create(lookup_id="driver-1").id == User.create(lookup_id="driver-1").id
    assert [user.lookup_id for user in User.list(lookup_id="driver-1")] == ["driver-1"]


def test_save_sends_the_changes(user):
    user.name = "Asha Rao"
    user.metadata = {"shift": "early"}
    saved = user.save()
    assert isinstance(saved, User)
    assert (saved.name, User.retrieve(user.id).metadata) == ("Asha Rao", {"shift": "early"})


def test_save_without_a_change_sends_an_empty_body(user):
    assert user.save().id == user.id


def test_list_and_page():
    names = [User.create(name=f"User {n}").name for n in range(5)][::-1]
    first = User.list(page_size=2)
    second = first.next_page()
    third = second.next_page()
    assert [[user.name for user in page] for page in (first, second, third)] == [names[:2], names[2:4], names[4:]]
    assert list(third.next_page()) == []
    assert [user.name for user in third.previous_page()] == names[2:4]
    assert [user.name for user in second.previous_page()] == names[:2]
    assert isinstance(first.results[0], User)


def test_assign_complete_and_measure(user, action, clock):
    assert user.assign_actions(action_ids=[action.id]).pending_actions == [action.id]
    clock.advance(minutes=1)
    done = action.complete(completion_location={"type": "Point", "coordinates": [-122.42, 37.77]})
    assert isinstance(done, Action)
    assert done.status == "completed"
    assert action.mileage().distance == user.mileage().distance > 0
    assert [segment["type"] for segment in user.placeline().segments] == ["trip"]
    (line,) = Action.placeline(user_id=user.id)
    assert line.id == action.id
    assert User.retrieve(user.id).pending_actions == []


def test_cancel_one_action_or_all_of_a_user(user, action):
    other = Action.create(user_id=user.id)
    user.assign_actions(action_ids=[action.id, other.id])
    assert action.cancel().status == "canceled"
    assert user.cancel_actions().pending_actions == []
    assert Action.retrieve(other.id).status == "canceled"


def test_stop_tracking(user, action):
    assert user.assign_actions(action_ids=[action.id]).availability_status == "active"
    assert user.stop_tracking().availability_status == "offline"


def test_delete(user, action):
    action.delete()
    user.delete()
    for resource, id in ((Action, action.id), (User, user.id)):
        with pytest.raises(InvalidRequestException) as caught:
            resource.retrieve(id)
        assert caught.value.http_status == 404


def test_groups_places_and_events(user):
    group = Group.create(name="Drivers")
    group.name = "Drivers of the night"
    assert group.save().name == "Drivers of the night"
    assert [found.id for found in Group.list()] == [group.id]
    place = Place.create(city="Paris")
    place.name = "Depot"
    assert place.save().name == "Depot"
    place.delete()
    assert list(Place.list()) == []
    (event,) = Event.list(user_id=user.id)
    assert Event.retrieve(event.id).type == "user.created"


def test_a_photo_can_be_uploaded():
    user = User.create(name="Asha", files={"photo": ("asha.png", b"png")})
    assert user.photo.endswith("asha.png")


def test_400_and_404_are_invalid_requests(action):
    action.complete()
    with pytest.raises(InvalidRequestException) as caught:
        action.complete()
    assert caught.value.http_status == 400
    with pytest.raises(InvalidRequestException) as caught:
        Group.create()
    assert "This field is required." in caught.value.http_body


@pytest.mark.parametrize(("key", "status"), [("wrong", 401), (None, 401), ("pk_test", 403)])
def test_401_and_403_are_authentication_errors(monkeypatch, key, status):
    monkeypatch.setattr(hypertrack, "secret_key", key)
    with pytest.raises(AuthenticationException) as caught:
        User.list()
    assert caught.value.http_status == status


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimitException), (402, APIException), (500, APIException), (503, APIException)]
)
def test_statuses_on_demand_reach_their_exceptions(monkeypatch, status, kind):
    headers = {"Authorization": "token sk_test", "X-Simulate-Status": str(status)}
    monkeypatch.setattr(APIResource, "_get_headers", classmethod(lambda cls, has_files=False: headers))
    with pytest.raises(kind) as caught:
        User.list()
    assert type(caught.value) is kind
    assert caught.value.http_status == status


def test_a_wrong_method_is_an_api_exception(simulator):
    with pytest.raises(APIException) as caught:
        User._make_request("put", f"{simulator.url}/users/")
    assert caught.value.http_status == 405


def test_no_server_is_a_connection_error(simulator):
    simulator.stop()
    with pytest.raises(APIConnectionException):
        User.list()

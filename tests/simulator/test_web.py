"""Pages of lists."""

from __future__ import annotations

import pytest


@pytest.fixture
def five(api):
    """The ids of five users, newest first."""
    return [api.post("users/", name=f"User {n}", vehicle_type="car")["id"] for n in range(5)][::-1]


def test_pages_follow_one_another(api, five):
    first = api.get("users/", page_size=2, vehicle_type="car")
    assert (first["count"], first["previous"]) == (5, None)
    assert first["next"] == f"{api.url}/users/?page=2&page_size=2&vehicle_type=car"
    second = api.session.get(first["next"], timeout=10).json()
    third = api.session.get(second["next"], timeout=10).json()
    assert third["next"] is None
    assert [user["id"] for page in (first, second, third) for user in page["results"]] == five
    assert third["previous"] == f"{api.url}/users/?page=2&page_size=2&vehicle_type=car"
    assert second["previous"] == f"{api.url}/users/?page_size=2&vehicle_type=car"
    assert api.session.get(second["previous"], timeout=10).json() == first


def test_the_last_page_can_be_asked_for(api, five):
    assert [user["id"] for user in api.get("users/", page_size=2, page="last")["results"]] == five[-1:]


@pytest.mark.parametrize("page", ["0", "4", "-1", "two", "1.5", "9" * 5000])
def test_a_page_that_does_not_exist_is_404(api, five, page):
    assert api.get("users/", 404, page=page, page_size=2) == {"detail": "Invalid page."}


def test_the_first_page_of_nothing_exists(api):
    assert api.get("events/") == {"count": 0, "next": None, "previous": None, "results": []}


@pytest.mark.parametrize("size", ["0", "-2", "many", "²", ""])
def test_a_page_size_that_makes_no_sense_is_ignored(api, five, size):
    assert len(api.get("users/", page_size=size)["results"]) == 5


def test_a_page_holds_25_by_default_and_100_at_most(api):
    for _ in range(101):
        api.post("groups/", name="Group")
    assert len(api.get("groups/")["results"]) == 25
    assert len(api.get("groups/", page_size=1000)["results"]) == 100


def test_an_id_in_a_path_may_be_spelt_as_any_uuid(api, five):
    assert api.get(f"users/{five[0].upper()}/")["id"] == five[0]
    assert api.get(f"users/{five[0].replace('-', '')}/")["id"] == five[0]
    assert api.get("users/not-a-uuid/", 404) == {"detail": "Not found."}

"""Keys, permissions, and statuses on demand."""

from __future__ import annotations

import pytest


def with_key(api, header):
    del api.session.headers["Authorization"]
    if header is not None:
        api.session.headers["Authorization"] = header
    return api


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "Authentication credentials were not provided."),
        ("Basic c2tfdGVzdDo=", "Authentication credentials were not provided."),
        ("sk_test", "Authentication credentials were not provided."),
        ("token", "Invalid token header. No credentials provided."),
        ("token sk_a b", "Invalid token header. Token string should not contain spaces."),
        ("token {{hypertrack_sk}}", "Invalid token."),
        ("token gk_1234", "Invalid token."),
        ("token sk_", "Invalid token."),
    ],
)
def test_a_missing_or_invalid_key_is_401(api, header, detail):
    response = with_key(api, header).call("GET", "users/")
    assert response.status_code == 401
    assert response.json() == {"detail": detail}
    assert response.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["token sk_1234567890abcde", "Token sk_test_1", "TOKEN sk_A-b"])
def test_any_secret_key_of_the_right_form_opens_everything(api, header):
    assert with_key(api, header).get("users/")["count"] == 0


def test_a_publishable_key_opens_calls_with_an_identifier_only(api):
    user = api.post("users/", unique_id="driver-1", name="Asha")
    action = api.post("actions/", user_id=user["id"], collection_id="round")
    with_key(api, "token pk_test")
    refused = {"detail": "You do not have permission to perform this action."}
    assert api.get("users/", 403) == refused
    assert api.get("users/", 403, page=1, unique_id="") == refused
    assert api.get("events/", 403) == refused
    assert api.get("actions/placeline/", 403) == refused
    assert api.post("users/", 403, name="Nobody") == refused
    assert api.post("places/", 403, address="Here") == refused
    assert api.get("", 403) == refused

    assert api.get(f"users/{user['id']}/")["name"] == "Asha"
    assert api.get("users/", unique_id="driver-1")["count"] == 1
    assert api.get("actions/placeline/", collection_id="round")["count"] == 1
    assert api.get("events/", user_id=user["id"])["count"] == 2
    assert api.post("users/", 200, unique_id="driver-1")["id"] == user["id"]
    assert api.post(f"users/{user['id']}/assign_actions/", 200, action_ids=[action["id"]])
    assert api.post("actions/", user_unique_id="driver-1")["status"] == "created"


@pytest.mark.parametrize("status", [402, 429, 500, 502, 503, 504])
def test_a_status_on_demand_is_given_and_nothing_is_done(api, status):
    response = api.call("POST", "users/", json={"name": "Asha"}, headers={"X-Simulate-Status": str(status)})
    assert response.status_code == status
    assert response.json()["detail"]
    assert response.headers.get("Retry-After") == ("1" if status in (429, 503) else None)
    assert api.get("users/")["count"] == 0


@pytest.mark.parametrize("value", ["200", "418", "none", "", "5e2", "٥٠٣"])
def test_another_status_on_demand_is_refused(api, value):
    response = api.call("GET", "users/", headers={"X-Simulate-Status": value.encode()})
    assert response.status_code == 400
    assert "402, 429, 500, 502, 503, 504" in response.json()["detail"]


def test_a_wrong_key_comes_before_a_status_on_demand(api):
    response = with_key(api, None).call("GET", "users/", headers={"X-Simulate-Status": "503"})
    assert response.status_code == 401

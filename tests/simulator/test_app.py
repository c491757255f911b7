"""URLs, methods and bodies: what a call meets before the entities see it."""

from __future__ import annotations

import pytest


def test_a_missing_slash_is_answered_with_301_and_the_query_is_kept(api):
    response = api.call("GET", "users?unique_id=a%20b&page=1")
    assert response.status_code == 301
    assert response.headers["Location"] == "/api/v2/users/?unique_id=a%20b&page=1"


@pytest.mark.parametrize("path", ["users", "users/nearby", "users/some-id/assign_actions", "actions/placeline"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_known_url_without_its_slash_is_redirected(api, method, path):
    response = api.call(method, path)
    assert response.status_code == 301
    assert response.headers["Location"] == f"/api/v2/{path}/"


def test_a_client_that_follows_the_redirect_arrives(api):
    response = api.session.get(f"{api.url}/users?page_size=3", timeout=10)
    assert response.status_code == 200
    assert response.url.endswith("/api/v2/users/?page_size=3")
    assert [before.status_code for before in response.history] == [301]


@pytest.mark.parametrize("path", ["drivers/", "drivers", "users/a/b/c/", "users//"])
def test_an_unknown_url_is_404(api, path):
    assert api.get(path, 404) == {"detail": "Not found."}


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "groups/00000000-0000-4000-8000-000000000000/", "GET, PATCH, HEAD, OPTIONS"),
        ("PUT", "users/00000000-0000-4000-8000-000000000000/", "GET, PATCH, DELETE, HEAD, OPTIONS"),
        ("POST", "events/", "GET, HEAD, OPTIONS"),
        ("PATCH", "events/00000000-0000-4000-8000-000000000000/", "GET, HEAD, OPTIONS"),
        ("GET", "actions/autocreate/", "POST, OPTIONS"),
        ("DELETE", "users/", "GET, POST, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_a_resource_does_not_have_is_405_with_allow(api, method, path, allow):
    response = api.call(method, path)
    assert response.status_code == 405
    assert response.json() == {"detail": f'Method "{method}" not allowed.'}
    assert response.headers["Allow"] == allow


def test_an_unheard_of_method_is_405(api):
    assert api.call("BREW", "users/").status_code == 405


def test_head_and_options(api):
    head = api.call("HEAD", "users/")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0
    options = api.call("OPTIONS", "users/")
    assert options.status_code == 200
    assert options.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_the_root_names_the_entities(api):
    body = api.get("")
    assert sorted(body) == ["actions", "events", "groups", "places", "users"]
    assert api.session.get(body["places"], timeout=10).json()["count"] == 0


def test_broken_json_is_400(api):
    headers = {"Content-Type": "application/json"}
    for data in (b"{", b'{"name": NaN}', b'{"name": "\xff"}', b"[" * 100_000):
        response = api.call("POST", "groups/", data=data, headers=headers)
        assert response.status_code == 400
        assert response.json()["detail"].startswith("JSON parse error - ")


def test_a_body_that_is_no_object_is_400(api):
    response = api.call("POST", "groups/", json=[1])
    assert response.status_code == 400
    assert response.json() == {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}


def test_an_unknown_media_type_is_415(api):
    response = api.call("POST", "groups/", data=b"name: x", headers={"Content-Type": "text/yaml"})
    assert response.status_code == 415
    assert response.json() == {"detail": 'Unsupported media type "text/yaml" in request.'}


def test_an_accept_header_that_rules_json_out_is_406(api):
    assert api.call("GET", "users/", headers={"Accept": "image/png"}).status_code == 406
    assert api.call("GET", "users/", headers={"Accept": "application/*"}).status_code == 200


def test_forms_are_understood(api):
    form = {"name": "Asha", "metadata": '{"a": [1]}'}
    user = api.call("POST", "users/", data=form).json()
    assert (user["name"], user["metadata"]) == ("Asha", {"a": [1]})
    user = api.call("POST", "users/", data=form, files={"photo": ("asha 1.png", b"png")}).json()
    assert user["metadata"] == {"a": [1]}
    assert user["photo"].endswith("/media/asha%201.png")


def test_unknown_and_read_only_fields_are_ignored(api):
    user = api.post("users/", name="Asha", id="mine", is_tracking=True, hobby="chess")
    assert user["id"] != "mine"
    assert user["is_tracking"] is False
    assert "hobby" not in user

"""Which example answers. One mock with many examples is asked from many sides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.mocks import Mock, example, item, json_body, request

UUID = "0b5a1c1e-7f3b-4a52-9a58-6a3c8d9e0f11"


def shop() -> list[dict]:
    users = "{{base_url}}/users"
    one = {"host": ["{{base_url}}"], "path": ["orders", ":order"], "variable": [{"key": "order", "value": "7"}]}
    new = "{{base_url}}/users"
    return [
        item("List", request(users), example("all", body="all")),
        item(
            "Search",
            request(users + "?role={{role}}"),
            example("admins", body="admins", request=request(users + "?role=admin")),
            example("by role", body="by role", request=request(users + "?role={{role}}")),
            example("page 2", body="page 2", request=request(users + "?role=admin&page=2")),
        ),
        item("Me", request(users + "/me"), example("me", body="me")),
        item(
            "One",
            request(users + "/{{user_id}}"),
            example("gone", 404, "gone"),
            example("found", 200, "user {{user_id}}"),
            example("found too", 200, "second"),
        ),
        item("Order", request(one), example("order 7", body="order 7 {{order}}")),
        item("Order 9", request("{{base_url}}/orders/9"), example("order 9", body="order 9")),
        item("File", request("{{base_url}}/files/{{name}}.{{ext}}"), example("file", body="{{name}} as {{ext}}")),
        item("Fixed", request(f"{{{{base_url}}}}/carts/{UUID}/lines"), example("lines", body="lines")),
        item("Spaces", request("{{base_url}}/a%20b/{{rest}}"), example("spaces", body="<{{rest}}>")),
        item(
            "Create",
            request(new, "POST", body=json_body({"name": "{{name}}"})),
            example("ann", 201, "ann", request(new, "POST", body=json_body({"name": "Ann", "tags": [1, 2]}))),
            example("bob", 201, "bob", request(new, "POST", body=json_body({"name": "Bob", "tags": []}))),
            example("any", 201, "any", request(new, "POST", body=json_body('{"name": "{{$guid}}", "tags": {{tags}}}'))),
            example("none", 400, "none", request(new, "POST")),
            example(
                "form",
                201,
                "form",
                request(new, "POST", body={"mode": "urlencoded", "urlencoded": [{"key": "name", "value": "Ann"}]}),
            ),
            example(
                "parts",
                201,
                "parts",
                request(
                    new,
                    "POST",
                    body={
                        "mode": "formdata",
                        "formdata": [{"key": "name", "value": "Cy"}, {"key": "f", "type": "file", "src": "x.png"}],
                    },
                ),
            ),
        ),
        item(
            "Report",
            request("{{base_url}}/report"),
            example("json", body="json", request=request("{{base_url}}/report", header=[h("Accept", "text/json")])),
            example("csv", body="csv", request=request("{{base_url}}/report", header=[h("Accept", "text/csv")])),
        ),
    ]


def h(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


@pytest.fixture
def api(mock: Callable[..., Mock]) -> Mock:
    return mock(*shop(), variable=[{"key": "base_url", "value": "https://shop.example.com/api/v2"}])


def test_the_path_the_query_and_the_status_decide(api: Mock) -> None:
    expected = {
        "/users": "all",
        "/api/v2/users": "all",  # with the part of the path that is in base_url
        "/users/": "all",
        "/USERS": "all",
        "/users?x=1": "all",
        "/users?role=admin": "admins",
        "/users?role=guest": "by role",
        "/users?page=2&role=admin": "page 2",
        "/users/me": "me",  # exact before a wildcard
        "/users/77": "user 77",  # 200 before 404, and of two the first
        "/users/a%2Fb": "user a/b",
        "/orders/7": "order 7 7",
        "/orders/8": "order 7 8",
        "/orders/9": "order 9",
        "/files/report.final.pdf": "report.final as pdf",
        f"/carts/{UUID}/lines": "lines",
        "/carts/1b5a1c1e-7f3b-4a52-9a58-6a3c8d9e0f12/lines": "lines",  # an id like the saved one
        "/a%20b/%C3%A9": "<é>",
    }
    assert {path: api.get(path).text for path in expected} == expected


@pytest.mark.parametrize("path", ["/", "/user", "/users/1/x", "/carts/x/lines", "/api/v1/users", "/files/readme"])
def test_other_paths_have_no_example(api: Mock, path: str) -> None:
    assert api.get(path).status_code == 404
    assert api.get(path).json()["error"]["name"] == "mockRequestNotFoundError"


def test_headers_choose_the_example(api: Mock) -> None:
    assert api.get("/users/1", x_mock_response_code="404").text == "gone"
    assert api.get("/users/1", x_mock_response_name="found too").text == "second"
    assert api.get("/users/1", x_mock_response_id="id-found too").text == "second"
    assert api.get("/users/5", x_mock_response_id="123456-id-found").text == "user 5"
    assert api.get("/anything", x_mock_response_id="id-me").text == "me"
    assert api.get("/users/1", x_mock_response_id="id-me", x_mock_response_code="404").text == "me"
    assert api.get("/report", Accept="text/csv").text == "csv"
    assert api.get("/report", Accept="text/csv, */*").text == "json"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x_mock_response_code": "503"}, "status code '503'"),
        ({"x_mock_response_name": "nobody"}, "name 'nobody'"),
        ({"x_mock_response_id": "nothing"}, "id 'nothing'"),
        ({"x_mock_match_request_headers": "Accept, X-Tenant"}, "header accept"),
        ({"x_mock_match_request_body": "true", "Content-Type": "text/plain"}, None),
    ],
)
def test_what_headers_ask_for_and_nobody_has_is_said(api: Mock, headers: dict[str, str], said: str | None) -> None:
    answer = api.get("/report", **headers)
    if said is None:  # a request without a body is like the example's
        assert (answer.status_code, answer.text) == (200, "json")
    else:
        assert answer.status_code == 404
        assert said in answer.json()["error"]["message"]


def test_headers_can_be_made_to_count(api: Mock) -> None:
    assert api.get("/report", Accept="text/csv", x_mock_match_request_headers="accept").text == "csv"


def test_the_body_decides_between_equals(api: Mock) -> None:
    def post(**options: object) -> str:
        return api.call("POST", "/users", **options).text

    assert post(json={"tags": [1, 2], "name": "Ann"}) == "ann"
    assert post(json={"name": "Bob", "tags": []}) == "bob"
    assert post(json={"name": "Eve", "tags": 3}) == "any"
    assert post() == "none"
    assert post(data={"name": "Ann"}) == "form"
    assert post(data={"name": "Cy"}, files={"f": b"\x89PNG"}) == "parts"
    assert post(json={"name": "Bob", "tags": [1, 2, 3]}) == "any"


def test_the_body_can_be_made_to_count(api: Mock) -> None:
    insist = {"x-mock-match-request-body": "true"}
    assert api.call("POST", "/users", json={"name": "Bob", "tags": []}, headers=insist).text == "bob"
    refused = api.call("POST", "/users", json={"name": "Bob"}, headers=insist)
    assert (refused.status_code, "body" in refused.json()["error"]["message"]) == (404, True)


def test_a_miss_names_the_method_that_would_do_and_what_comes_closest(api: Mock) -> None:
    error = api.call("DELETE", "/users/me").json()["error"]
    assert error["message"] == "No saved example fits DELETE /users/me; there is one for GET."
    assert error["request"] == {"method": "DELETE", "path": "/users/me"}
    error = api.get("/usres").json()["error"]
    assert error["nearest"][0] == {
        "id": "id-all", "name": "all", "item": "List", "method": "GET", "path": "/users", "code": 200,
    }  # fmt: skip
    assert len(error["nearest"]) == 5


def test_two_hosts_with_the_same_path_are_told_apart_by_the_host(mock: Callable[..., Mock]) -> None:
    api = mock(
        item("A", request("https://a.example.com/status"), example("a", body="a")),
        item("B", request("https://b.example.com:8443/status"), example("b", body="b")),
    )
    assert api.get("/status", Host="b.example.com:8443").text == "b"
    assert api.get("/status", Host="a.example.com").text == "a"
    assert api.get("/status").text == "a"


def test_a_variable_that_holds_several_segments(mock: Callable[..., Mock]) -> None:
    api = mock(
        item("A", request("https://{{host}}/{{prefix}}/things"), example("a", body="a")),
        variable=[{"key": "prefix", "value": "api/v3"}],
    )
    assert api.get("/api/v3/things").text == "a"
    assert api.get("/api/v4/things").status_code == 404

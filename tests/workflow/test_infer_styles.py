"""``--capture auto`` on collections in the styles that people write them in: each pins a rule of its own."""

from __future__ import annotations

from typing import Any

import pytest

from cli.conftest import folder, request
from support.server import Answer, Received
from workflow.auto import Json, Play, bearer, get, post
from workflow.stateful_server import StatefulApi, made


def test_short_names_are_those_of_the_long_ones(play: Play) -> None:
    result = play(
        post("Create organization", "/organizations"),
        post("Create environment", "/organizations/{{orgId}}/environments"),
        get("Get environment", "/organizations/{{orgId}}/environments/{{envId}}"),
    )
    assert result.inferred == {("orgId", "$.id", "Create organization"), ("envId", "$.id", "Create environment")}
    assert (result.code, result.api.refused) == (0, [])


def test_german_plurals_are_plurals(play: Play) -> None:
    result = play(post("Bestellung aufgeben", "/bestellungen"), get("Lesen", "/bestellungen/{{bestellungId}}"))
    assert result.inferred == {("bestellungId", "$.id", "Bestellung aufgeben")}


def test_a_field_may_say_less_than_the_variable(play: Play) -> None:
    """Two accounts, each answered as ``accountId``."""
    result = play(
        post("Create source account", "/accounts"),
        post("Create target account", "/accounts"),
        post("Transfer", "/transfers", {"from": "{{sourceAccountId}}", "to": "{{targetAccountId}}"}),
        shapes={"POST /accounts$": made("accountId", iban="DE")},
    )
    assert result.inferred == {
        ("sourceAccountId", "$.accountId", "Create source account"),
        ("targetAccountId", "$.accountId", "Create target account"),
    }


def test_an_answer_about_the_parent_gives_the_id_of_what_was_added_to_it(play: Play) -> None:
    def cart(api: StatefulApi, value: Json, request: Received) -> Json:
        parent = request.target.split("/")[2]
        return {"id": parent, "items": [{"id": value["id"], "product": {"id": "p-1"}}]}

    result = play(
        post("Create cart", "/carts"),
        post("Add item", "/carts/{{cartId}}/items"),
        get("Get item", "/carts/{{cartId}}/items/{{itemId}}"),
        shapes={"POST /carts/[^/]+/items$": cart},
    )
    assert result.inferred == {("cartId", "$.id", "Create cart"), ("itemId", "$.items[0].id", "Add item")}
    assert result.api.refused == []


def test_ids_that_happen_to_be_equal_are_still_those_of_their_own_things(play: Play) -> None:
    """A fresh database counts users and posts from 1."""
    result = play(
        post("Create user", "/users"),
        post("Create post", "/users/{{userId}}/posts"),
        get("Get post", "/users/{{userId}}/posts/{{postId}}"),
        respond=lambda one: Answer(200, b'{"id": 1, "user": {"id": 1}}', (("Content-Type", "application/json"),)),
    )
    assert result.inferred == {("userId", "$.id", "Create user"), ("postId", "$.id", "Create post")}


@pytest.mark.parametrize(
    ("create", "path", "name", "field"),
    [
        ("Create Article", "/articles", "slug", "slug"),
        ("Create issue", "/rest/api/issue", "issueKey", "key"),
        ("New repository", "/repos", "repo_name", "name"),
    ],
)
def test_what_stands_in_a_url_as_an_id_would_is_a_member_of_what_was_created(
    play: Play, create: str, path: str, name: str, field: str
) -> None:
    result = play(
        post(create, path, {}), get("Read it", f"{path}/{{{{{name}}}}}"), shapes={f"POST {path}$": made(field, id=7)}
    )
    assert result.inferred == {(name, f"$.{field}", create)}
    assert (result.code, result.api.refused) == (0, [])


def test_such_a_member_means_another_thing_behind_each_path(play: Play) -> None:
    result = play(
        post("Create article", "/articles", {}),
        post("Create category", "/categories", {}),
        get("Get article", "/articles/{{slug}}"),
        get("Get category", "/categories/{{slug}}"),
        shapes={"POST /(articles|categories)$": lambda api, value, _: {"slug": value["id"]}},
    )
    assert {item for _, _, item in result.inferred} == {"Create article", "Create category"}
    assert (result.code, result.api.refused) == (0, [])


def test_the_id_of_an_object_with_that_name_is_taken_from_any_answer(play: Play) -> None:
    def shape(api: StatefulApi, value: Json, _: Any) -> Json:
        return {**value, "user": {"id": api.new_id("user"), "role": {"id": "r"}}}

    result = play(
        post("Log in", "/login"),
        post("Capture payment", "/orders/given-1/capture"),
        get("Profile", "/users/{{user_id}}", auth=bearer("token")),
        get("A capture", "/captures/{{capture_id}}"),
        shapes={
            "POST /login$": shape,
            "POST /capture$": lambda api, *_: {"units": [{"captures": [{"id": api.new_id("c")}]}]},
        },
    )
    assert result.inferred == {
        ("token", "$.access_token", "Log in"),
        ("user_id", "$.user.id", "Log in"),
        ("capture_id", "$.units[0].captures[0].id", "Capture payment"),
    }
    assert (result.code, result.api.refused) == (0, [])


@pytest.mark.parametrize(("name", "path"), [("Sign up", "/signup"), ("Register", "/auth/register")])
def test_signing_up_makes_a_user_who_is_logged_in(play: Play, name: str, path: str) -> None:
    result = play(
        post(name, path),
        get("Profile", "/users/{{userId}}", auth=bearer("user_token")),
        shapes={f"POST {path}$": lambda api, *_: {"id": api.new_id("user"), "token": api.new_token()}},
    )
    assert result.inferred == {("userId", "$.id", name), ("user_token", "$.token", name)}
    assert (result.code, result.api.refused) == (0, [])


def test_somebody_who_signed_up_before_is_named_by_the_log_in(play: Play) -> None:
    result = play(
        post("Register", "/refused/9x9/register"),
        post("Log in", "/login"),
        get("Profile", "/users/{{user_id}}"),
        shapes={"POST /login$": lambda api, *_: {"user": {"id": api.new_id("user")}}},
    )
    assert result.inferred == {("user_id", "$.user.id", "Log in")}


def test_sending_a_message_makes_one(play: Play) -> None:
    result = play(
        post("Create conversation", "/conversations"),
        post("Send message", "/conversations/{{conversationId}}/messages"),
        request("Edit message", "{{base}}/messages/{{messageId}}", method="PATCH"),
    )
    assert ("messageId", "$.id", "Send message") in result.inferred
    assert (result.code, result.api.refused) == (0, [])


def test_tokens_for_a_purpose_come_from_no_log_in(play: Play) -> None:
    """Not even if the collection is called after the purpose."""
    result = play(
        post("Log in", "/login"),
        post("Accept", "/invitations", {"token": "{{inviteToken}}"}),
        post("Set password", "/passwords", {"token": "{{reset_token}}"}),
        info={"name": "Team invite and reset"},
    )
    assert (result.code, result.inferred) == (1, set())


def test_an_api_key_comes_from_the_request_that_creates_it(play: Play) -> None:
    result = play(
        post("Create API key", "/api-keys"),
        get("Use it", "/whoami", header=[{"key": "X-Api-Key", "value": "{{apiKey}}"}]),
        shapes={"POST /api-keys$": made("apiKey", id="no")},
    )
    assert result.inferred == {("apiKey", "$.apiKey", "Create API key")}


def test_a_token_may_be_in_a_header_of_the_answer(play: Play) -> None:
    api = StatefulApi()
    token = api.new_token()

    def respond(one: Received) -> Answer:
        if one.target == "/users/sign_in":
            return Answer(200, b'{"data": {"id": 5}}', (("Authorization", f"Bearer {token}"),))
        return api(one)

    result = play(post("Sign in", "/users/sign_in"), get("Me", "/me", auth=bearer("token")), respond=respond)
    assert [(name, item) for name, _, item in result.inferred] == [("token", "Sign in")]
    assert (result.code, api.refused) == (0, [])


def test_what_is_created_after_a_deletion_takes_the_place_of_what_was_deleted(play: Play) -> None:
    result = play(
        post("Create note", "/notes"),
        request("Delete note", "{{base}}/notes/{{noteId}}", method="DELETE"),
        post("Create note again", "/notes"),
        get("Get note", "/notes/{{noteId}}"),
    )
    assert {item for _, _, item in result.inferred} == {"Create note", "Create note again"}
    assert (result.code, result.api.refused) == (0, [])


def test_the_name_that_a_request_gave_is_no_id_in_a_body(play: Play) -> None:
    """Keycloak answers a new role with its name in Location; the role's id is something else."""

    def respond(one: Received) -> Answer:
        return Answer(201, b"", (("Location", "http://127.0.0.1/roles/boss"),))

    result = play(
        folder("Roles", post("Create role", "/roles", {"name": "boss"})),
        get("Read", "/roles/{{role_id}}"),
        post("Assign", "/mappings", {"id": "{{role_id}}"}),
        respond=respond,
    )
    assert (result.code, result.inferred) == (1, set())
    assert "Roles/Create role, whose Location has only the name that it was given" in result.out


def test_who_is_logged_in_is_a_user_but_is_not_deleted(play: Play) -> None:
    me = get("My profile", "/v1/me")
    shapes: Any = {"GET /me$": lambda api, *_: {"id": api.new_id("user"), "product": {"id": "p"}}}
    result = play(me, post("Create playlist", "/v1/users/{{user_id}}/playlists"), shapes=shapes)
    assert result.inferred == {("user_id", "$.id", "My profile")}
    deleted = play(me, request("Delete user", "{{base}}/users/{{user_id}}", method="DELETE"), shapes=shapes)
    assert deleted.targets == ("GET /v1/me",)


def test_what_a_search_finds_is_known_by_the_name_of_the_list(play: Play) -> None:
    """But not what belongs to the things that it finds."""
    answer = {"tracks": {"items": [{"id": "given-t1", "artist": {"id": "given-a1"}}, {"id": "given-t2"}]}}
    result = play(
        get("Search", "/search?q=x"),
        get("Get track", "/tracks/{{track_id}}"),
        get("Get artist", "/artists/{{artist_id}}"),
        shapes={"GET /search$": lambda *_: answer},
    )
    assert result.inferred == {("track_id", "$.tracks.items[0].id", "Search")}
    assert result.targets == ("GET /search?q=x", "GET /tracks/given-t1")


def test_the_token_of_a_thing_comes_from_the_request_that_makes_it(play: Play) -> None:
    result = play(
        post("Log in", "/login"),
        post("Register device", "/devices"),
        post("Publish", "/telemetry", auth=bearer("deviceToken")),
        shapes={"POST /devices$": lambda api, *_: {"device": {"id": 5}, "credentials": {"token": api.new_token()}}},
    )
    assert result.inferred == {("deviceToken", "$.credentials.token", "Register device")}
    assert (result.code, result.api.refused) == (0, [])

"""``--capture auto`` through the command, against a server that refuses every id and token that it did not give."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun, folder, request
from support.server import Answer, Received, RecordingServer
from workflow.auto import Json, Play, bearer, get, post
from workflow.stateful_server import StatefulApi


@pytest.mark.parametrize(
    "name", ["user_id", "userId", "USER_ID", "user-id", "UserID", "userid", "new_user_id", "user_uuid"]
)
def test_an_id_comes_from_the_request_that_creates_the_thing(play: Play, name: str) -> None:
    result = play(post("Create user", "/api/v1/users"), get("Get user", f"/api/v1/users/{{{{{name}}}}}"))
    assert result.inferred == {(name, "$.id", "Create user")}
    assert (result.code, result.api.refused) == (0, [])


@pytest.mark.parametrize(
    "answer",
    [
        {"user": {"_id": "ID", "name": "x"}},
        {"data": {"user": {"id": "ID"}, "team": {"id": "other"}}},
        {"status": "ok", "result": {"userId": "ID", "companyId": "other"}},
        {"id": "row", "user_id": "ID"},
        {"data": {"id": "ID", "owner": {"id": "other"}}},
        [{"id": "ID"}],
        "ID",
        {"uuid": "ID", "name": "x"},
        {"acknowledged": True, "insertedId": "ID"},
        {"status": "success", "data": {"data": {"_id": "ID", "photo": "user.jpg", "guides": [{"_id": "other"}]}}},
        {"data": {"createUser": {"id": "ID", "group": {"id": "other"}}}},
        {"success": True, "newUser": {"_id": "ID", "roles": [{"_id": "r1"}, {"_id": "r2"}]}},
    ],
)
def test_the_id_is_found_wherever_the_answer_has_it(play: Play, answer: Json) -> None:
    def shape(api: StatefulApi, value: Json, _: Any) -> Json:
        text = json.dumps(answer).replace('"ID"', json.dumps(value["id"]))
        return json.loads(text)

    result = play(post("Create user", "/users"), get("Get user", "/users/{{user_id}}"), shapes={"POST /users$": shape})
    assert (result.code, result.api.refused) == (0, []), result.out


@pytest.mark.parametrize("name", ["user_id", "id"])
def test_the_location_of_what_was_created_has_its_id(play: Play, server: RecordingServer, name: str) -> None:
    def respond(one: Received) -> Answer:
        if one.method == "POST":
            return Answer(201, b"", (("Location", f"{server.url}/users/u-77?full=1"),))
        return Answer(200 if one.target == "/users/u-77" else 404, b"{}", (("Content-Type", "application/json"),))

    result = play(post("Create user", "/users"), get("Get user", f"/users/{{{{{name}}}}}"), respond=respond)
    assert result.targets == ("POST /users", "GET /users/u-77")


def test_path_variables_without_a_value_are_filled(play: Play) -> None:
    url = {
        "raw": "{{base}}/users/:id/posts/:postId",
        "host": ["{{base}}"],
        "path": ["users", ":id", "posts", ":postId"],
    }
    filled = {**url, "variable": [{"key": "id", "value": ""}, {"key": "postId", "value": "<string>"}]}
    result = play(
        post("Create user", "/users"),
        post("Create post", "/users/{{user_id}}/posts"),
        request("Get post", url),
        request("Get it again", filled),
    )
    assert {(name, item) for name, _, item in result.inferred} == {
        ("user_id", "Create user"),
        ("postId", "Create post"),
    }
    assert (result.code, result.api.refused) == (0, [])


@pytest.mark.parametrize("placeholder", ["<user id>", "<userId>", "{id}", "{user_id}", "YOUR_USER_ID", "[id]"])
def test_placeholders_are_filled(play: Play, placeholder: str) -> None:
    result = play(post("Create user", "/users"), get("Get user", f"/users/{placeholder}/posts"))
    assert [item for _, _, item in result.inferred] == ["Create user"]
    assert (result.code, result.api.refused) == (0, []), result.out


def test_an_id_that_was_copied_from_an_answer_is_replaced_if_the_run_creates_such_things(play: Play) -> None:
    copied = "5c88fa8cf4afda39709c2951"
    made = play(post("Create tour", "/tours"), get("Get tour", f"/tours/{copied}"), get("Shop", f"/shops/{copied}"))
    assert made.api.refused == [f"GET /shops/{copied}: there is no {copied}"]
    assert [item for _, _, item in made.inferred] == ["Create tour"]


def test_plain_numbers_and_requests_about_errors_keep_what_they_say(play: Play) -> None:
    unknown = "5c88fa8cf4afda39709c2951"
    result = play(
        post("Create tour", "/tours"),
        get("Get tour 1", "/tours/1"),
        get("Get an unknown tour", f"/tours/{unknown}"),
    )
    assert result.targets[1:] == ("GET /tours/1", f"GET /tours/{unknown}")
    assert result.inferred == set()


def test_the_same_name_means_another_thing_in_each_place(play: Play) -> None:
    result = play(
        post("Create user", "/users"),
        post("Create order", "/orders"),
        get("Get user", "/users/{{id}}"),
        get("Get order", "/orders/{{id}}"),
    )
    assert {item for _, _, item in result.inferred} == {"Create user", "Create order"}
    assert (result.code, result.api.refused) == (0, []), result.out


def test_a_name_that_says_more_has_a_request_of_its_own(play: Play) -> None:
    result = play(
        post("Create user", "/users"),
        post("Create admin user", "/users"),
        post("Create another user", "/users"),
        get("Get user", "/users/{{user_id}}"),
        get("Get admin", "/users/{{admin_user_id}}"),
        get("Get second", "/users/{{second_user_id}}"),
    )
    assert {(name, item) for name, _, item in result.inferred} == {
        ("user_id", "Create user"),
        ("admin_user_id", "Create admin user"),
        ("second_user_id", "Create another user"),
    }


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("token", {"token": "TOKEN"}),
        ("access_token", {"data": {"accessToken": "TOKEN", "refreshToken": "no"}}),
        ("jwt", {"jwt": "TOKEN", "user": {"id": 5}}),
        ("authToken", {"success": True, "tokens": {"access": {"token": "TOKEN"}, "refresh": {"token": "no"}}}),
        ("bearer_token", {"access_token": "TOKEN", "token_type": "bearer"}),
        ("token", {"id_token": "no", "access_token": "TOKEN"}),
    ],
)
def test_a_token_comes_from_a_log_in(play: Play, name: str, answer: Json) -> None:
    def shape(api: StatefulApi, value: Json, _: Any) -> Json:
        return json.loads(json.dumps(answer).replace("TOKEN", value["access_token"]))

    result = play(
        post("Sign in", "/auth/login"), get("Me", "/me", auth=bearer(name)), shapes={"POST /auth/login$": shape}
    )
    assert {(one, item) for one, _, item in result.inferred} == {(name, "Sign in")}
    assert (result.code, result.api.refused) == (0, []), result.out


def test_whose_token_it_is_decides_which_log_in_gives_it(play: Play) -> None:
    result = play(
        post("Login as admin", "/login"),
        post("Login as customer", "/login"),
        get("Stock", "/stock", auth=bearer("admin_token")),
        get("Cart", "/cart", auth=bearer("customerToken")),
        get("News", "/news", auth=bearer("editor_token")),
    )
    assert {(name, item) for name, _, item in result.inferred} == {
        ("admin_token", "Login as admin"),
        ("customerToken", "Login as customer"),
    }
    assert result.sentences == [
        "{{editor_token}} (auth) has no value, and no request of this run gives it; set it with --var editor_token=... "
        "or say where it comes from with --capture 'editor_token=$.id @ REQUEST'"
    ]


@pytest.mark.parametrize(
    ("name", "login", "inferred"),
    [
        ("user_token", "Log in", True),
        ("user_token", "Get user access token", True),
        ("app_token", "Get user access token", False),
        ("refresh_token", "Log in", True),
        ("token_type", "Log in", False),
    ],
)
def test_the_only_log_in_gives_the_token_of_whom_it_names(play: Play, name: str, login: str, inferred: bool) -> None:
    result = play(post(login, "/login"), post("Use", "/use", {"value": f"{{{{{name}}}}}"}))
    assert bool(result.inferred) == inferred


def test_the_list_gives_the_id_if_nothing_creates_such_things(play: Play) -> None:
    result = play(get("List pets", "/pets"), get("Get pet", "/pets/{{pet_id}}"))
    assert result.inferred == {("pet_id", "$[0].id", "List pets")}
    assert (result.code, result.api.refused) == (0, [])


def test_what_only_a_list_names_is_not_deleted(play: Play) -> None:
    result = play(get("List pets", "/pets"), request("Delete pet", "{{base}}/pets/{{pet_id}}", method="DELETE"))
    assert result.targets == ("GET /pets",)
    assert result.code == 1
    assert (
        "only the list List pets would give it, and nothing is deleted because it comes first in a list" in result.out
    )


def test_what_two_requests_could_give_is_taken_from_neither(play: Play) -> None:
    result = play(
        folder("Buyers", post("Create account", "/buyers/accounts")),
        folder("Sellers", post("Create account", "/sellers/accounts")),
        get("Payments", "/payments?account={{account_id}}"),
        get("A seller's account", "/sellers/accounts/{{account_id}}"),
    )
    assert (result.code, result.inferred) == (1, {("account_id", "$.id", "Sellers/Create account")})
    assert result.sentences == [
        "{{account_id}} (query parameter account) has no value: it could come from Buyers/Create account or "
        "Sellers/Create account; say which with --capture 'account_id=$.id @ Buyers/Create account'"
    ]


def test_fields_that_contradict_each_other_are_not_taken(play: Play) -> None:
    answer = {"web": {"token": "a-1"}, "mobile": {"token": "b-2"}}
    result = play(
        post("Login", "/login"),
        get("Me", "/me", auth=bearer("token")),
        shapes={"POST /login$": lambda api, value, _: answer},
    )
    assert (result.code, result.inferred) == (1, set())
    assert "token was not inferred from Login, whose answer has several with different values" in result.out
    assert "$.web.token, $.mobile.token" in result.out.replace("\n", " ")


def test_what_is_given_is_never_replaced(play: Play) -> None:
    items = (post("Create user", "/users"), get("Get user", "/users/{{user_id}}"))
    by_var = play(*items, args=("--var", "user_id=mine"))
    by_environment = play(*items, args=("--env-var", "user_id=mine"))
    assert by_var.inferred == by_environment.inferred == set()
    assert by_var.targets[1] == by_environment.targets[1] == "GET /users/mine"


def test_what_a_script_sets_is_never_replaced(play: Play) -> None:
    script = 'pm.globals.set("user_id", "from-script");'
    result = play(
        request("Create user", "{{base}}/users", test=script, method="POST"), get("Get user", "/users/{{user_id}}")
    )
    assert (result.inferred, result.targets[1]) == (set(), "GET /users/from-script")


def test_a_name_that_a_script_puts_together_is_the_scripts_own(play: Play) -> None:
    script = 'for (const one of ["user"]) pm.globals.set(one + "_id", "from-script");'
    result = play(
        request("Create user", "{{base}}/users", test=script, method="POST"), get("Get user", "/users/{{user_id}}")
    )
    assert (result.inferred, result.targets[1]) == (set(), "GET /users/from-script")


def test_parameters_of_a_token_that_is_there_do_not_stop_a_request(play: Play) -> None:
    params = {"accessToken": "given-token", "clientId": "{{client}}", "accessTokenUrl": "{{login_url}}"}
    auth = {"type": "oauth2", "oauth2": [{"key": key, "value": value} for key, value in params.items()]}
    result = play(get("Me", "/me", auth=auth))
    assert (result.code, result.targets) == (0, ("GET /me",))


@pytest.mark.parametrize("value", ["", None, "<user id>", "YOUR_USER_ID", "INSERT ID HERE"])
def test_a_variable_that_only_asks_for_a_value_is_filled_where_it_is_declared(play: Play, value: Json) -> None:
    result = play(
        post("Create user", "/users"),
        get("Get user", "/users/{{user_id}}"),
        variable=[{"key": "user_id", "value": value}],
    )
    assert result.code == 0
    assert re.search(r"user_id ← .* \(collection\)", result.out)


def test_every_iteration_uses_its_own(play: Play) -> None:
    items = (post("Create user", "/users"), get("Get user", "/users/{{user_id}}"))
    for args in (("-n", "3"), ("-n", "4", "--parallel", "2")):
        result = play(*items, args=args)
        read = [target for target in result.targets if target.startswith("GET")]
        assert (result.code, result.api.refused) == (0, [])
        assert len(set(read)) == len(read) == int(args[1])


def test_what_an_iteration_before_was_given_does_not_stand_in_for_what_this_one_was_refused(play: Play) -> None:
    api = StatefulApi()
    posts: list[str] = []

    def respond(one: Received) -> Answer:
        posts.extend([one.target] if one.method == "POST" else [])
        return Answer(500, b"{}", ()) if one.method == "POST" and len(posts) == 2 else api(one)

    items = (post("Create user", "/users"), get("Get user", "/users/{{user_id}}"))
    result = play(*items, args=("-n", "3"), respond=respond)
    assert [target.split("/")[0] for target in result.targets] == ["POST ", "GET ", "POST ", "POST ", "GET "]
    assert result.sentences[0] == "{{user_id}} (URL) has no value: it would come from Create user, which answered 500"


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        (
            (get("Get user", "/users/{{user_id}}"), post("Create user", "/users")),
            "{{user_id}} (URL) has no value: no request before it creates or lists users; Create user would, and runs "
            "later",
        ),
        (
            (post("Create user", "/refused/9x9"), get("Get user", "/users/{{user_id}}")),
            "{{user_id}} (URL) has no value: it would come from Create user, which answered 404",
        ),
        (
            (post("Create user", "/empty"), get("Get user", "/users/{{user_id}}")),
            "{{user_id}} (URL) has no value: it would come from Create user, whose answer has no field for it "
            "($.ok, $.n.a)",
        ),
        (
            (get("Get user", "/users/{{tenant}}"),),
            "{{tenant}} (URL) has no value, and no request of this run gives it; set it with --var tenant=... "
            "or say where it comes from with --capture 'tenant=$.id @ REQUEST'",
        ),
    ],
)
def test_a_value_that_is_missing_is_explained_before_the_request_is_sent(
    play: Play, items: tuple[Json, ...], sentence: str
) -> None:
    result = play(*items, shapes={"POST /empty$": lambda api, value, _: {"ok": 1, "n": {"a": "b"}}})
    assert (result.code, result.sentences) == (1, [sentence])
    assert not any("users/" in target for target in result.targets)


def test_text_in_a_body_that_looks_like_a_template_is_sent(play: Play) -> None:
    api = {"POST /mails$": lambda api, value, _: value}
    result = play(post("Send mail", "/mails", {"text": "Dear {{first_name}}"}), shapes=api)
    assert result.targets == ("POST /mails",)


def test_a_request_outside_of_the_selection_is_named(play: Play) -> None:
    result = play(
        folder("Setup", post("Create user", "/users")),
        folder("Use", get("Get user", "/users/{{user_id}}")),
        args=("--folder", "Use"),
    )
    assert result.sentences == [
        "{{user_id}} (URL) has no value: no request before it creates or lists users; Setup/Create user would, and is "
        "not part of this run"
    ]


@pytest.mark.parametrize("capture", ["auto", "token=$.access_token @ Log in"])
def test_an_empty_token_that_a_log_in_gives_does_not_stop_the_run(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, capture: str
) -> None:
    server.respond = StatefulApi()
    file = collection(
        post("Log in", "/login", auth={"type": "noauth"}),
        get("Me", "/me"),
        auth=bearer("token"),
        variable=[{"key": "token", "value": "", "description": "from the log-in"}],
    )
    done = htrun(file, "--global-var", f"base={server.url}", "--capture", capture)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_json_report_says_where_a_value_was_found(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, tmp_path: Path
) -> None:
    server.respond = StatefulApi()
    file = collection(post("Create user", "/users"), get("Get user", "/users/{{user_id}}"))
    htrun(
        file,
        "--global-var",
        f"base={server.url}",
        "--capture",
        "auto",
        "-r",
        "json",
        "--reporter-json-export",
        "o.json",
    )
    changes = json.loads((tmp_path / "o.json").read_text())["variableChanges"]
    assert [(one["key"], one["scope"], one["item"], one["origin"]) for one in changes] == [
        ("user_id", "globals", "Create user", "$.id of Create user (inferred)")
    ]

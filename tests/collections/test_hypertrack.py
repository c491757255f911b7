"""The collection as a file: what Postman's format asks for, and what a newcomer may expect of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.simulator.app import ROUTES

FILE = Path(__file__).parents[2] / "collections" / "hypertrack.postman_collection.json"
COLLECTION = json.loads(FILE.read_text("utf-8"))
FOLDERS = {folder["name"]: folder for folder in COLLECTION["item"]}
ITEMS = [(folder["name"], item) for folder in COLLECTION["item"] for item in folder["item"]]
every_item = pytest.mark.parametrize(("folder", "item"), ITEMS, ids=[f"{f} / {i['name']}" for f, i in ITEMS])

COLLECTION_VARIABLES = {"base_url", "hypertrack_sk", "hypertrack_pk"}
EXPECTED_ERRORS = {"301", "400", "401", "403", "404", "405"}


def script_of(item: dict[str, Any]) -> str:
    return "\n".join(line for event in item["event"] for line in event["script"]["exec"])


def texts(value: Any) -> Iterator[str]:
    """All strings inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def uses(item: dict[str, Any]) -> set[str]:
    """The variables that a request needs: in its templates, and those that its script reads."""
    request = {name: value for name, value in item["request"].items() if name != "description"}
    templates = {name for text in texts(request) for name in re.findall(r"\{\{([^$}]+)\}\}", text)}
    return templates | set(re.findall(r'globals\.get\("(\w+)"\)', script_of(item)))


def sets(item: dict[str, Any]) -> set[str]:
    return set(re.findall(r'globals\.set\("(\w+)"', script_of(item)))


def test_there_is_no_python_package_beside_the_collections():
    assert [path.name for path in FILE.parent.rglob("*.py")] == []


def test_the_collection_says_which_format_it_is():
    assert COLLECTION["info"]["schema"] == "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    assert COLLECTION["info"]["name"]
    assert set(COLLECTION) == {"info", "item", "auth", "variable"}


def test_the_key_is_empty_and_the_url_is_the_real_one():
    variables = {row["key"]: row["value"] for row in COLLECTION["variable"]}
    assert variables["hypertrack_sk"] == ""
    assert variables["base_url"] == "https://api.hypertrack.com/api/v2"
    assert set(variables) == COLLECTION_VARIABLES


def test_every_request_is_signed_by_the_collection():
    auth = COLLECTION["auth"]
    assert auth["type"] == "apikey"
    values = {row["key"]: row["value"] for row in auth["apikey"]}
    assert values == {"key": "Authorization", "value": "token {{hypertrack_sk}}", "in": "header"}
    signed_otherwise = {folder for folder, item in ITEMS if "auth" in item["request"]}
    assert signed_otherwise == {"Errors"}


def test_the_folders_are_in_their_order():
    assert list(FOLDERS) == ["Setup", "Users", "Actions", "Places", "Groups", "Events", "Errors", "Clean-up"]


def test_the_error_guide_names_every_status_of_the_api():
    for text in (COLLECTION["info"]["description"], FOLDERS["Errors"]["description"]):
        rows = set(re.findall(r"^\| (\w+) \|", text, re.MULTILINE))
        assert rows >= EXPECTED_ERRORS | {"402", "5xx"}


def test_names_are_unique_within_their_folder():
    for folder in COLLECTION["item"]:
        names = [item["name"] for item in folder["item"]]
        assert len(set(names)) == len(names)
        assert len(folder["description"]) > 60


@every_item
def test_each_request_has_a_description_a_test_and_an_example(folder, item):
    assert len(item["request"]["description"]) > 20
    (event,) = item["event"]
    assert (event["listen"], event["script"]["type"]) == ("test", "text/javascript")
    names = re.findall(r'pm\.test\("([^"]+)"', script_of(item))
    assert names
    assert len(set(names)) == len(names)
    (example,) = item["response"]
    assert example["originalRequest"]["url"] == item["request"]["url"]
    assert example["name"] == f"{example['code']} {example['status']}"


@every_item
def test_each_example_is_one_that_the_tests_would_accept(folder, item):
    (example,) = item["response"]
    status = re.search(r"have\.status\((\d+)\)|oneOf\(\[([\d, ]+)\]\)", script_of(item))
    assert status is not None
    assert example["code"] in [int(number) for number in (status[1] or status[2]).split(",")]
    if example["_postman_previewlanguage"] == "json":
        json.loads(example["body"])
    else:
        assert example["body"] == ""
        assert example["code"] in (204, 301)
    assert "127.0.0.1" not in example["body"]


@every_item
def test_each_request_is_well_formed(folder, item):
    request = item["request"]
    assert set(item) - {"protocolProfileBehavior"} == {"name", "event", "request", "response"}
    url = request["url"]
    path, _, query = url["raw"].partition("?")
    assert [*url["host"], *url["path"]] == path.split("/")
    assert "&".join(f"{row['key']}={row['value']}" for row in url.get("query", [])) == query
    assert url["host"] == ["{{base_url}}"]
    assert (url["path"][-1] == "") is (not item["name"].startswith("301"))
    headers = {row["key"]: row["value"] for row in request["header"]}
    assert headers == ({"Content-Type": "application/json"} if request["method"] in ("POST", "PATCH") else {})
    if "body" in request:
        assert request["body"]["mode"] == "raw"
        assert isinstance(json.loads(request["body"]["raw"]), dict)


@pytest.mark.parametrize("folder", list(FOLDERS))
def test_each_folder_needs_only_what_setup_or_itself_has_set(folder):
    known = set(COLLECTION_VARIABLES)
    if folder != "Setup":
        known |= {name for item in FOLDERS["Setup"]["item"] for name in sets(item)}
    for item in FOLDERS[folder]["item"]:
        missing = uses(item) - known - sets(item)
        assert not missing, f"{item['name']} needs {missing}"
        known |= sets(item)


def test_setup_leaves_the_ids_that_the_other_folders_need():
    left = {name for item in FOLDERS["Setup"]["item"] for name in sets(item)}
    assert left >= {"group_id", "user_id", "place_id", "action_id"}


def test_only_clean_up_ends_what_setup_has_made():
    own = re.compile(r"\{\{(user_id|action_id|place_id)\}\}")
    for folder, item in ITEMS:
        raw = item["request"]["url"]["raw"]
        ends = item["request"]["method"] == "DELETE" or re.search(r"/(complete|cancel\w*|stop_tracking)/$", raw)
        if ends and folder != "Clean-up":
            assert not own.search(raw), f"{folder} / {item['name']}"
    assert [item["request"]["url"]["raw"] for item in FOLDERS["Clean-up"]["item"]] == [
        "{{base_url}}/actions/{{action_id}}/",
        "{{base_url}}/places/{{place_id}}/",
        "{{base_url}}/users/{{user_id}}/",
    ]


def test_every_call_of_the_api_is_made():
    def call_of(item: dict[str, Any]) -> tuple[str, str]:
        path = item["request"]["url"]["raw"].partition("?")[0].removeprefix("{{base_url}}/")
        return item["request"]["method"], re.sub(r"\{\{[^}]+\}\}", "<id>", path)

    made = {call_of(item) for folder, item in ITEMS if folder != "Errors"}
    served = {(method, path) for path, methods in ROUTES.items() if path for method in methods}
    assert made == served


def test_every_error_is_provoked():
    assert {item["name"][:3] for item in FOLDERS["Errors"]["item"]} >= EXPECTED_ERRORS
    for item in FOLDERS["Errors"]["item"]:
        expected = item["name"][:3] if item["name"][:3].isdigit() else "200"
        assert f"have.status({expected})" in script_of(item)
    (redirect,) = [item for _, item in ITEMS if "protocolProfileBehavior" in item]
    assert redirect["name"].startswith("301")
    assert redirect["protocolProfileBehavior"] == {"followRedirects": False}

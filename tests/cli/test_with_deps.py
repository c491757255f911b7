"""``--with-deps``, and which request would set a variable that had no value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.conftest import Htrun, Json, folder, request
from runner.simulator import find_simulator
from support.marks import slow
from support.server import RecordingServer

Write = Callable[..., str]
HYPERTRACK = Path(__file__).parents[2] / "collections" / "hypertrack.postman_collection.json"
WITHOUT_SCRIPTS = HYPERTRACK.with_name("hypertrack-noscript.postman_collection.json")
FOLDERS = [part["name"] for part in json.loads(HYPERTRACK.read_text("utf-8"))["item"]]


@pytest.fixture
def simulator() -> Iterator[str]:
    """URL of a fresh one."""
    with find_simulator("hypertrack").load()() as running:
        yield running.url


@pytest.mark.parametrize("name", FOLDERS)
def test_each_folder_of_the_hypertrack_collection_passes_alone(htrun: Htrun, simulator: str, name: str) -> None:
    variables = ("--var", f"base_url={simulator}", "--var", "hypertrack_sk=sk_test")
    done = htrun(str(HYPERTRACK), "--folder", name, "--with-deps", *variables)
    assert done.returncode == 0, done.stdout
    assert "variables without a value" not in done.stdout
    assert ("added (--with-deps)" in done.stderr) == (name != "Setup")


@pytest.mark.parametrize("name", [FOLDERS[1], *slow(FOLDERS[0], *FOLDERS[2:])])
def test_so_does_each_folder_of_the_one_without_scripts(htrun: Htrun, simulator: str, name: str) -> None:
    variables = ("--var", f"base_url={simulator}", "--var", "hypertrack_sk=sk_test")
    done = htrun(str(WITHOUT_SCRIPTS), "--folder", name, "--with-deps", "--capture", "auto", *variables)
    assert done.returncode == 0, done.stdout
    assert "variables without a value" not in done.stdout


def test_what_a_capture_takes_counts_as_set(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(
        step(server, "Create", "json", method="POST"),
        step(server, "Other", "other"),
        step(server, "Get", "get/{{thing}}"),
    )
    done = htrun(file, "--folder", "Get", "--with-deps", "--capture", "thing=$.id @ Create")
    assert done.returncode == 0, done.stderr
    assert targets(server) == ["POST /json", "GET /get/42"]
    assert done.stderr.splitlines()[1] == "htrun:   Create sets thing for Get"


def step(server: RecordingServer, name: str, path: str, sets: str = "", **more: Json) -> Json:
    scripts = "".join(f"pm.globals.set('{one}', 'v-{one}');" for one in sets.split())
    return request(name, f"{server.url}/{path}", scripts, **more)


def targets(server: RecordingServer) -> list[str]:
    return [f"{received.method} {received.target}" for received in server.take()]


def test_exactly_what_is_needed_runs_first_and_is_told(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(
        step(server, "Log in", "login", "token"),
        step(server, "Other", "other", "unused"),
        step(server, "Create", "create/{{token}}", "id secret"),
        folder("F", step(server, "Get", "get/{{id}}"), step(server, "Get again", "again/{{id}}/{{token}}")),
        step(server, "After", "after", "id"),
    )
    done = htrun(file, "--folder", "F", "--with-deps")
    assert done.returncode == 0
    assert targets(server) == ["GET /login", "GET /create/v-token", "GET /get/v-id", "GET /again/v-id/v-token"]
    assert done.stderr.splitlines() == [
        "htrun: 2 requests added (--with-deps):",
        "htrun:   Log in sets token for Create and 1 more",
        "htrun:   Create sets id for F/Get and 1 more",
    ]
    assert htrun(file, "--folder", "F", "--with-deps", "--silent").stderr == ""


def test_what_has_a_value_is_not_fetched(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    (tmp_path / "env.json").write_text(json.dumps({"values": [{"key": "a", "value": "1"}]}))
    (tmp_path / "rows.json").write_text(json.dumps([{"c": "3"}]))
    file = collection(
        step(server, "Set", "set", "a b c d e"),
        step(server, "Use", "{{a}}{{b}}{{c}}"),
        step(server, "Use empty", "{{d}}"),
        variable=[{"key": "d", "value": ""}],
    )
    given = ("-e", "env.json", "--var", "b=2", "-d", "rows.json")
    assert htrun(file, "--folder", "Use", "--with-deps", *given).returncode == 0
    assert targets(server) == ["GET /123"]
    assert htrun(file, "--folder", "Use empty", "--with-deps").returncode == 0
    assert targets(server) == ["GET /set", "GET /"]


def test_of_several_the_nearest_that_creates_is_taken(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(
        step(server, "Create first", "1", "id", method="POST"),
        step(server, "Create", "2", "id", method="POST"),
        step(server, "List", "3", "id other"),
        step(server, "Use", "{{id}}"),
        step(server, "Use other", "{{id}}/{{other}}"),
        step(server, "Create later", "4", "id", method="POST"),
    )
    htrun(file, "--folder", "Use", "--with-deps")
    assert targets(server) == ["POST /2", "GET /v-id"]
    htrun(file, "--folder", "Use other", "--with-deps")
    assert targets(server) == ["POST /2", "GET /3", "GET /v-id/v-other"]


def test_selected_requests_serve_each_other_and_those_that_are_added(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(
        step(server, "Log in", "login", "token"),
        step(server, "Create", "create/{{token}}", "id"),
        step(server, "Get", "get/{{id}}"),
    )
    htrun(file, "--folder", "Log in", "--folder", "Get", "--with-deps")
    assert targets(server) == ["GET /login", "GET /create/v-token", "GET /get/v-id"]


def test_what_no_earlier_request_sets_is_said(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(step(server, "Use", "{{late}}/{{never}}"), step(server, "Late", "late", "late"))
    done = htrun(file, "--folder", "Use", "--with-deps")
    assert targets(server) == ["GET /%7B%7Blate%7D%7D/%7B%7Bnever%7D%7D"]
    assert done.stderr.splitlines() == [
        "htrun:   Use needs late: only Late sets it, which comes later",
        "htrun:   Use needs never: no request sets it",
    ]


def test_names_cannot_move_the_cursor(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(step(server, "Set \x1b[2J", "set", "a"), step(server, "Use", "{{a}}"))
    done = htrun(file, "--folder", "Use", "--with-deps")
    assert done.stderr.splitlines()[1] == "htrun:   Set \\x1b[2J sets a for Use"


def test_without_a_selection_nothing_is_added(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    done = htrun(collection(step(server, "Use", "{{x}}"), step(server, "Set", "set", "x")), "--with-deps")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.take()) == 2


def test_a_wrong_selection_is_refused(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    done = htrun(collection(step(server, "Use", "x")), "--folder", "Us", "--with-deps")
    assert done.returncode == 1
    assert "did you mean 'Use'" in done.stderr
    assert server.take() == ()


def advice(stdout: str) -> list[str]:
    lines = stdout.partition("variables without a value")[2].splitlines()
    return [line.strip() for line in lines if line.startswith("    {{")]


def test_a_variable_without_a_value_says_who_would_set_it(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(
        folder("Users", step(server, "Create user", "create", "user_id")),
        folder(
            "Actions",
            step(server, "Get", "{{user_id}}/{{later}}/{{own}}/{{User_ID}}/{{nobody}}", "own"),
            step(server, "Later", "x", "later"),
        ),
    )
    assert advice(htrun(file, "--folder", "Actions").stdout) == [
        "{{user_id}} is set by Users/Create user (test script, line 1), which did not run before (run it first, or use "
        "--with-deps)",
        "{{later}} is set by Actions/Later (test script, line 1), which comes after it (run it first)",
        "{{own}} is set by Actions/Get (test script, line 1) itself, but only after it was used",
        "{{User_ID}} is set by no request of the collection; did you mean {{user_id}}?",
        "{{nobody}} is set by no request of the collection (give it with --var nobody=...)",
    ]
    assert not [line for line in advice(htrun(file).stdout) if "{{user_id}} is set" in line]


def test_a_request_that_was_to_set_it_is_named_too(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(
        request("Create", f"{server.url}/x", "if (pm.response.code === 201) pm.globals.set('id', 1)"),
        step(server, "Get", "{{id}}"),
    )
    assert advice(htrun(file).stdout) == [
        "{{id}} is set by Create (test script, line 1), which ran before but did not set it"
    ]

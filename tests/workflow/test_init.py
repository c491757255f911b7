"""``htrun init``: the workflow file that it writes runs by itself, without inferring anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Htrun, folder, request
from support.server import RecordingServer
from workflow.stateful_server import StatefulApi

Json = Any
USER = {"id": 5, "name": "Ann"}


@pytest.fixture
def api(server: RecordingServer) -> StatefulApi:
    made = StatefulApi()
    server.respond = made
    return made


def post(name: str, path: str, **more: Json) -> Json:
    return request(name, f"{{{{base}}}}{path}", method="POST", **more)


def get(name: str, path: str) -> Json:
    return request(name, f"{{{{base}}}}{path}")


ITEMS = (
    folder("Setup", post("Create user", "/users"), post("Create order", "/orders")),
    folder(
        "Use",
        get("Get user", "/users/{{id}}"),
        get("Get order", "/orders/{{id}}"),
        request("Get by path variable", {"host": ["{{base}}"], "path": ["users", ":id", "orders"]}),
        get("Get by placeholder", "/orders/<orderId>?user=<userId>&x=1"),
    ),
    folder("End", get("See order", "/orders/{{order_id}}")),
)


def test_the_file_that_it_writes_runs_by_itself(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, api: StatefulApi, tmp_path: Path
) -> None:
    base = ("--global-var", f"base={server.url}")
    made = htrun("init", collection(*ITEMS), *base)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "captures written to collection.workflow.yaml" in made.stderr
    first = [one.target.partition("?")[0].split("/")[1] for one in server.take()]
    run = htrun("collection.workflow.yaml", *base)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "(inferred)" not in run.stdout
    assert [one.target.partition("?")[0].split("/")[1] for one in server.take()] == first
    assert api.refused == []


def test_what_it_writes_can_be_read(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, api: StatefulApi, tmp_path: Path
) -> None:
    htrun("init", collection(*ITEMS), "--global-var", f"base={server.url}", "-o", "out.workflow.yaml")
    written = yaml.safe_load((tmp_path / "out.workflow.yaml").read_text())
    steps = {step["run"]: step for step in written["steps"]}
    assert written["collection"] == "collection.json"
    assert steps["Setup"]["capture"]["order_id"] == {"from": "$.id", "of": "Create order"}
    assert steps["Use/Get by path variable"]["overrides"] == {"path": {":id": "{{ user_id }}"}}
    assert steps["Use/Get by placeholder"]["overrides"] == {
        "path": {"<orderId>": "{{ orderId }}"},
        "query": {"user": "{{ userId }}"},
    }
    assert steps["End"] == {"run": "End"}


def test_an_existing_file_is_kept_unless_it_is_to_be_replaced(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, api: StatefulApi, tmp_path: Path
) -> None:
    base = ("--global-var", f"base={server.url}")
    (tmp_path / "collection.workflow.yaml").write_text("mine")
    kept = htrun("init", collection(*ITEMS), *base)
    assert (kept.returncode, server.take()) == (2, ())
    assert "collection.workflow.yaml exists; choose another name with -o, or replace it with --force" in kept.stderr
    assert htrun("init", "collection.json", *base, "--force").returncode == 0
    assert "steps:" in (tmp_path / "collection.workflow.yaml").read_text()


def test_a_collection_without_requests_gives_no_file(
    htrun: Htrun, collection: Callable[..., str], tmp_path: Path
) -> None:
    done = htrun("init", collection())
    assert done.returncode == 3
    assert "collection.json: has no requests, so that there is nothing to write" in done.stderr
    assert not list(tmp_path.glob("*.yaml"))


def test_saved_examples_are_enough(htrun: Htrun, collection: Callable[..., str], tmp_path: Path) -> None:
    example = {"name": "made", "code": 201, "body": json.dumps({"data": {"user": USER}})}
    items = (
        {**post("Create user", "/users"), "response": [{"name": "refused", "code": 400, "body": "{}"}, example]},
        post("Create order", "/orders"),
        get("Get user", "/users/{{user_id}}"),
        get("Get order", "/orders/{{order_id}}"),
    )
    done = htrun("init", collection(*items), "--no-run", "-o", "-")
    written = yaml.safe_load(done.stdout)
    assert written["steps"][0] == {"run": "Create user", "capture": {"user_id": "$.data.user.id"}}
    assert "# no saved example: Create order" in done.stdout
    assert "# to be given: order_id" in done.stdout
    assert not list(tmp_path.glob("*.yaml"))


def test_several_requests_that_give_the_same_variable(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, api: StatefulApi, tmp_path: Path
) -> None:
    items = (
        folder(
            "Quotes",
            post("Create quote", "/quotes"),
            get("Get quote", "/quotes/{{quote_id}}"),
            post("Create quote", "/quotes"),
            get("Get the quote again", "/quotes/{{quote_id}}"),
        ),
    )
    done = htrun("init", collection(*items), "--global-var", f"base={server.url}", "-o", "q.workflow.yaml")
    assert done.returncode == 0
    server.take()
    run = htrun("q.workflow.yaml", "--global-var", f"base={server.url}")
    assert run.returncode == 0, (tmp_path / "q.workflow.yaml").read_text() + run.stdout + run.stderr
    read = [one.target for one in server.take() if one.method == "GET"]
    assert len(set(read)) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.workflow.yaml",), "a.workflow.yaml is a workflow file; htrun init makes one from a collection"),
        (("a.json", "--capture", "auto"), "htrun init infers what is captured"),
    ],
)
def test_what_makes_no_sense_is_said(htrun: Htrun, arguments: tuple[str, ...], message: str) -> None:
    done = htrun("init", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_selection_is_written_request_by_request(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, api: StatefulApi
) -> None:
    base = ("--global-var", f"base={server.url}")
    done = htrun(
        "init", collection(*ITEMS), *base, "--folder", "Create order", "--folder", "End", "-o", "-", "--silent"
    )
    assert [step["run"] for step in yaml.safe_load(done.stdout)["steps"]] == ["Setup/Create order", "End"]


def test_requests_and_folders_with_odd_or_equal_names_are_told_apart(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer
) -> None:
    server.respond = StatefulApi()
    names = ["Get", "Get", "/users/", "/", "", "a/b", "a*b", " x ", "Größe 日本", "- x: {y}", '"quoted"', "#9", "yes"]
    paths = [f"/{chr(97 + at)}" for at in range(len(names))]
    items = [request(name, f"{{{{base}}}}{path}") for name, path in zip(names, paths, strict=True)]
    create = request("Create", "{{base}}/users", method="POST")
    use = request("Use", "{{base}}/users/{{user_id}}/<user id>")  # which needs a step of its own
    folders = [folder(name, *items) for name in ("Same", "Lone", "x/", "")]
    folders.insert(1, folder("Same", create, use))
    file = collection(*folders, *items)
    base = ("--global-var", f"base={server.url}")
    made = htrun("init", file, *base, "-o", "odd.workflow.yaml")
    assert made.returncode == 0, made.stdout + made.stderr
    first = [one.target for one in server.take()]
    again = htrun("odd.workflow.yaml", *base)
    assert again.returncode == 0, again.stdout + again.stderr
    second = [one.target for one in server.take()]
    assert len(first) == 5 * len(names) + 2
    assert [one for one in second if "/users" not in one] == [one for one in first if "/users" not in one]


def test_the_file_alone_is_on_the_standard_output(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer
) -> None:
    server.respond = StatefulApi()
    done = htrun("init", collection(*ITEMS), "--global-var", f"base={server.url}", "-o", "-")
    assert yaml.safe_load(done.stdout)["steps"]
    assert "Create user" in done.stderr

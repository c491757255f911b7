"""Collections v3 from the command line: runs, files beside them, places of failures, conversion."""

# ruff: noqa: E501  (documents in one line)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun
from support.server import RecordingServer


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def collection(server: RecordingServer, requests: dict[str, str], definition: str = "") -> dict[str, str]:
    """The files of a collection; ``@BASE@`` in them is the server."""
    files = {".resources/definition.yaml": f"$kind: collection\nname: API\n{definition}"}
    files |= {f"{name}.request.yaml": f"$kind: http-request\n{text}" for name, text in requests.items()}
    return {name: text.replace("@BASE@", server.url) for name, text in files.items()}


def test_a_folder_runs(htrun: Htrun, server: RecordingServer, tmp_path: Path) -> None:
    files = collection(
        server,
        {
            "Users/Create": "url: '{{base}}/users'\nmethod: POST\norder: 1\nbody: {type: json, content: '{\"a\": 1}'}\n"
            "scripts:\n- type: afterResponse\n  code: |-\n    pm.environment.set('id', 7)\n"
            "    pm.test('made', () => pm.response.to.have.status(200))\n",
            "Users/Get": "url: '{{base}}/users/:id'\npathVariables: {id: '{{id}}'}\norder: 2\n",
        },
        f"variables: {{base: {server.url}}}\nauth: {{type: bearer, credentials: {{token: '{{{{token}}}}'}}}}\n",
    )
    write(tmp_path / "api", files)
    write(tmp_path, {"dev.environment.yaml": "name: Dev\nvalues: [{key: token, value: t0k, enabled: true}]\n"})
    write(tmp_path, {"w.globals.yaml": "name: Globals\nvalues: [{key: unused, value: x}]\n"})
    done = htrun(
        "api", "-e", "dev.environment.yaml", "-g", "w.globals.yaml", "-r", "json", "--reporter-json-export", "r.json"
    )
    assert (done.returncode, done.stderr) == (0, "")
    created, got = server.take()
    assert (created.method, created.target, created.body) == ("POST", "/users", b'{"a": 1}')
    assert got.target == "/users/7"
    assert dict(got.headers)["Authorization"] == "Bearer t0k"
    report: Any = json.loads((tmp_path / "r.json").read_text())
    assert report["collection"]["info"]["name"] == "API"
    assert [one["item"]["name"] for one in report["run"]["executions"]] == ["Create", "Get"]
    assert report["run"]["executions"][0]["assertions"] == [{"assertion": "made", "skipped": False}]


def test_files_are_relative_to_the_collection(htrun: Htrun, server: RecordingServer, tmp_path: Path) -> None:
    text = "url: '@BASE@/upload'\nmethod: PUT\nbody: {type: file, content: {src: data/a.bin}}\n"
    write(tmp_path / "api", {**collection(server, {"Up": text}), "data/a.bin": "beside"})
    write(tmp_path / "other", {"data/a.bin": "elsewhere"})
    assert htrun("api", "--no-insecure-file-read").returncode == 0
    assert htrun("api", "--working-dir", "other").returncode == 0
    assert [received.body for received in server.take()] == [b"beside", b"elsewhere"]


def test_failures_are_placed_in_their_files(htrun: Htrun, server: RecordingServer, tmp_path: Path) -> None:
    one = "name: First\nurl: '@BASE@/x'\nscripts:\n- type: afterResponse\n  code: |-\n    // a comment\n"
    one += "    pm.test('no', () => pm.expect(1).to.eql(2))\n"
    two = "url: '@BASE@/x'\nscripts:\n- {type: beforeRequest, code: 'nonsense()'}\n"
    definition = "scripts:\n- type: http:afterResponse\n  code: |-\n    1;\n    missing()\n"
    write(tmp_path / "api", collection(server, {"One": one, "Two": two}, definition))
    done = htrun("run", "api", "-r", "github", env={"GITHUB_ACTIONS": "true"})
    assert done.returncode == 1
    places = [line.partition("file=")[2].split(",")[:2] for line in done.stdout.splitlines() if "file=" in line]
    assert sorted(places) == [
        ["api/.resources/definition.yaml", "line=7"],
        ["api/.resources/definition.yaml", "line=7"],
        ["api/One.request.yaml", "line=8"],
        ["api/Two.request.yaml", "line=4"],
    ]


def test_an_error_names_file_and_line(htrun: Htrun, server: RecordingServer, tmp_path: Path) -> None:
    write(tmp_path / "api", collection(server, {"One": "url: {{base}}/x\n"}))
    done = htrun("api")
    assert done.returncode == 3
    assert done.stderr.startswith("htrun: error: api/One.request.yaml:2: ")
    assert len(done.stderr.splitlines()) == 1
    write(tmp_path / "api", collection(server, {"One": "url: @BASE@/x\nheaders: 5\n"}))
    assert "api/One.request.yaml:3: headers must be a mapping" in htrun("api").stderr


def test_what_cannot_be_sent_is_told(htrun: Htrun, server: RecordingServer, tmp_path: Path) -> None:
    write(tmp_path / "api", collection(server, {"One": "url: '@BASE@/x'\n"}))
    write(tmp_path / "api", {"Stream.request.yaml": "$kind: grpc-request\nurl: x\nmethodPath: a.B/C\n"})
    done = htrun("api")
    assert done.returncode == 0
    assert "api/Stream.request.yaml: a grpc-request cannot be sent by htrun; it is left out" in done.stderr


V21: Any = {
    "info": {"_postman_id": "c-1", "name": "API", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "variable": [{"key": "base", "value": "http://example.test"}],
    "item": [
        {
            "name": "Users",
            "item": [
                {
                    "name": "Get: user",
                    "id": "i-1",
                    "request": {"method": "GET", "url": "{{base}}/users/:id", "auth": {"type": "basic", "basic": [{"key": "username", "value": "u"}]}},
                    "event": [{"listen": "test", "script": {"exec": ["pm.test('a');", "", "pm.test('b');"]}}],
                    "response": [{"id": "e-1", "name": "OK", "code": 200, "status": "OK", "body": "{}"}],
                }
            ],
        }
    ],
}  # fmt: skip


def tree(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_convert_there_and_back(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(V21))
    assert htrun("convert", "a.json", "-o", "api").returncode == 0
    files = tree(tmp_path / "api")
    assert sorted(files) == [
        ".resources/definition.yaml",
        "Users/.resources/Get- user.resources/examples/OK.example.yaml",
        "Users/.resources/definition.yaml",
        "Users/Get- user.request.yaml",
    ]
    assert files["Users/Get- user.request.yaml"].decode() == (
        "$kind: http-request\nid: i-1\nname: 'Get: user'\nurl: '{{base}}/users/:id'\nmethod: GET\n"
        "auth:\n  type: basic\n  credentials:\n    username: u\n"
        "scripts:\n- type: afterResponse\n  code: |-\n    pm.test('a');\n\n    pm.test('b');\n  language: text/javascript\n"
        "examples: ./.resources/Get- user.resources/examples\norder: 1000\n"
    )
    assert htrun("convert", "api", "-o", "b.json").returncode == 0
    back = json.loads((tmp_path / "b.json").read_text())
    assert back["info"] == V21["info"]
    assert back["variable"] == V21["variable"]
    item = back["item"][0]["item"][0]
    assert (item["id"], item["name"], item["request"]["url"]) == ("i-1", "Get: user", "{{base}}/users/:id")
    assert item["request"]["auth"]["basic"] == [{"key": "username", "value": "u", "type": "string"}]
    assert item["event"][0]["script"]["exec"] == ["pm.test('a');", "", "pm.test('b');"]
    assert item["response"][0]["body"] == "{}"
    assert htrun("convert", "b.json", "-o", "again").returncode == 0
    assert tree(tmp_path / "again") == files


def test_convert_older_formats(htrun: Htrun, tmp_path: Path) -> None:
    v20 = {"info": {"name": "Old", "schema": "x"}, "auth": {"type": "bearer", "bearer": {"token": "t"}}, "custom": [1],
           "item": [{"name": "a", "request": "http://x/a"}]}  # fmt: skip
    v1 = {
        "id": "1",
        "name": "Older",
        "order": ["r"],
        "requests": [{"id": "r", "name": "one", "method": "GET", "url": "http://x/1"}],
    }
    for name, document in (("v20.json", v20), ("v1.json", v1), ("wrapped.json", {"collection": v20})):
        (tmp_path / name).write_text(json.dumps(document))
        assert htrun("convert", name, "-o", f"new/{name}").returncode == 0
        assert htrun("convert", name, "-o", f"new/{name[:-5]}").returncode == 0
        assert (tmp_path / "new" / name[:-5] / ".resources" / "definition.yaml").is_file()
    made = {name: json.loads((tmp_path / "new" / f"{name}.json").read_text()) for name in ("v20", "v1", "wrapped")}
    assert all(document["info"]["schema"].endswith("v2.1.0/collection.json") for document in made.values())
    assert made["v20"]["auth"] == {"type": "bearer", "bearer": [{"key": "token", "value": "t", "type": "string"}]}
    assert made["v20"]["custom"] == [1]  # what htrun does not know is kept
    assert made["wrapped"] == made["v20"]
    assert made["v1"]["item"][0]["name"] == "one"


def test_convert_overwrites_nothing_without_force(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(V21))
    (tmp_path / "b.json").write_text("mine")
    done = htrun("convert", "a.json", "-o", "b.json")
    assert (done.returncode, (tmp_path / "b.json").read_text()) == (2, "mine")
    assert done.stderr == "htrun: error: b.json exists; choose another file with -o, or replace it with --force\n"
    assert htrun("convert", "a.json", "-o", "b.json", "--force").returncode == 0
    assert json.loads((tmp_path / "b.json").read_text())["info"]["name"] == "API"

    assert htrun("convert", "a.json", "-o", "api").returncode == 0
    before = tree(tmp_path / "api")
    changed = {**V21, "item": []}
    (tmp_path / "a.json").write_text(json.dumps(changed))
    done = htrun("convert", "a.json", "-o", "api")
    assert (done.returncode, tree(tmp_path / "api")) == (2, before)
    assert "api exists; choose another folder with -o, or replace it with --force" in done.stderr
    (tmp_path / "api" / "users.csv").write_text("mine")
    done = htrun("convert", "a.json", "-o", "api", "--force")
    assert done.returncode == 2
    assert "users.csv is no part of a collection and would be lost" in done.stderr
    (tmp_path / "api" / "users.csv").unlink()
    assert htrun("convert", "a.json", "-o", "api", "--force").returncode == 0
    assert list(tree(tmp_path / "api")) == [".resources/definition.yaml"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("mine")
    done = htrun("convert", "a.json", "-o", "data", "--force")
    assert (done.returncode, tree(tmp_path / "data")) == (2, {"x": b"mine"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "api", "b.json", "data"]  # no drafts are left


def test_convert_that_fails_leaves_what_was_there(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(V21))
    (tmp_path / "file").write_text("mine")
    done = htrun("convert", "a.json", "-o", "file/api")
    assert done.returncode == 1
    assert done.stderr.startswith("htrun: error: cannot write file/api: ")
    (tmp_path / "broken.json").write_text("{")
    done = htrun("convert", "broken.json", "-o", "b.json")
    assert (done.returncode, (tmp_path / "b.json").exists()) == (3, False)
    assert htrun("convert", "a.json", "-o", "api").returncode == 0
    before = tree(tmp_path / "api")
    assert htrun("convert", "broken.json", "-o", "api", "--force").returncode == 3
    assert tree(tmp_path / "api") == before


def test_convert_refuses_names_that_do_not_fit(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(V21))
    (tmp_path / "e.json").write_text('{"name": "E", "values": []}')
    for arguments, text in (
        (("a.json", "-o", "x.json", "--to", "v3"), "a collection v3 is a folder"),
        (("a.json", "-o", "x.yaml"), "a collection v3 is a folder"),
        (("a.json", "-o", "x.yaml", "--to", "v2.1"), "should end with .json"),
        (("e.json", "-o", "x"), "do not fit together"),
        (("e.json", "-o", "x.yaml", "--to", "v2.1"), "do not fit together"),
    ):
        done = htrun("convert", *arguments)
        assert done.returncode == 2
        assert text in done.stderr


def test_convert_names_that_no_file_can_have(htrun: Htrun, server: RecordingServer, tmp_path: Path) -> None:
    names = ["a/b", "A:b", "..", "", "con", ".hidden", "x" * 300, "é", "e\u0301", "end. ", "*?<>|", "a/b"]
    items = [{"name": name, "request": f"{server.url}/{n}"} for n, name in enumerate(names)]
    items.append({"name": "a/b", "item": [{"name": "in", "request": f"{server.url}/in"}]})
    (tmp_path / "a.json").write_text(json.dumps({"info": {"name": "x"}, "item": items}))
    assert htrun("convert", "a.json", "-o", "api").returncode == 0
    assert htrun("api", "-r", "json", "--reporter-json-export", "r.json").returncode == 0
    assert [received.target for received in server.take()] == [*(f"/{n}" for n in range(len(names))), "/in"]
    report = json.loads((tmp_path / "r.json").read_text())
    assert [one["item"].get("name", "") for one in report["run"]["executions"]] == [*names, "in"]


def test_convert_environments(htrun: Htrun, server: RecordingServer, tmp_path: Path) -> None:
    document = {"id": "e-1", "name": "Dev", "values": [{"key": "a", "value": "1", "enabled": True}, {"key": "b", "value": "x", "type": "secret", "enabled": False}],
                "_postman_variable_scope": "environment", "_postman_exported_using": "Postman/12"}  # fmt: skip
    (tmp_path / "dev.json").write_text(json.dumps(document))
    assert htrun("convert", "dev.json", "-o", "dev.environment.yaml").returncode == 0
    assert (tmp_path / "dev.environment.yaml").read_text() == (
        'id: e-1\nname: Dev\nvalues:\n- key: a\n  value: "1"\n  enabled: true\n'
        "- key: b\n  value: x\n  type: secret\n  enabled: false\n"
    )
    assert htrun("convert", "dev.environment.yaml", "-o", "back.json").returncode == 0
    back = json.loads((tmp_path / "back.json").read_text())
    assert back == {name: document[name] for name in ("id", "name", "values", "_postman_variable_scope")}
    write(tmp_path, {"w.globals.yaml": "name: Globals\nvalues: []\n"})
    assert htrun("convert", "w.globals.yaml", "-o", "globals.json").returncode == 0
    assert json.loads((tmp_path / "globals.json").read_text())["_postman_variable_scope"] == "globals"


@pytest.mark.parametrize("saved", [None, True, 1.5, {}, "text", [None, 1]])
def test_what_stands_in_place_of_examples_is_left_out(htrun: Htrun, tmp_path: Path, saved: Any) -> None:
    item = {"name": "r", "request": "http://h/", "response": saved}
    (tmp_path / "a.json").write_text(json.dumps({**V21, "item": [item]}))
    assert htrun("convert", "a.json", "-o", "api").returncode == 0
    assert set(tree(tmp_path / "api")) == {".resources/definition.yaml", "r.request.yaml"}

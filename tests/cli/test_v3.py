"""Collections v3 from the command line: runs, files beside them, places of failures, conversion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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

"""``--snapshot``: what is kept, what breaks it, what is said of it, and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from urllib.parse import quote

import pytest

from cli.conftest import Htrun, folder, request
from cli.conftest import collection as collection
from cli.conftest import htrun as htrun
from support.server import Answer, RecordingServer

HERE = {"CI": "", "HTRUN_JOURNAL": "off"}
CI = {"CI": "true", "HTRUN_JOURNAL": "off"}
KEPT = "collection.snapshots.yaml"


def answering(server: RecordingServer, body: Any, status: int = 200, media: str = "application/json") -> str:
    text = body if isinstance(body, str) else json.dumps(body)
    return f"{server.url}/respond?status={status}&type={quote(media)}&body={quote(text)}"


def failures(run: CompletedProcess[str], tmp_path: Path) -> list[tuple[str, str, str]]:
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["run"]["failures"]
    return [(one["source"]["name"], one["error"]["test"], one["error"]["message"]) for one in found]


REPORT = ("-r", "json", "--reporter-json-export", "report.json")


def test_a_run_keeps_shapes_and_a_later_one_fails_where_they_are_broken(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    item = {"id": 7, "price": 2.5, "note": "hush-hush"}
    collection(
        folder("Shop", request("items", answering(server, {"items": [item, {"id": 8, "price": 3}]}))),
        request("gone", answering(server, "", 204)),
        request("text", answering(server, "secret-text", media="text/html; charset=utf-8")),
    )
    first = htrun("run", "collection.json", "--snapshot", "--silent", env=HERE)
    assert (first.returncode, first.stderr) == (0, "")
    kept = (tmp_path / KEPT).read_text(encoding="utf-8")
    assert kept.split("responses:\n")[1] == (
        '  "Shop/items":\n'
        "    200 application/json:\n"
        "      $: object\n"
        "      $.items: array\n"
        "      $.items[]: object\n"
        "      $.items[].id: integer\n"
        "      $.items[].note?: string\n"
        "      $.items[].price: number\n"
        '  "gone":\n'
        "    204: {}\n"
        '  "text":\n'
        "    200 text/html: {}\n"
    )
    again = htrun("run", "collection.json", "--snapshot", *REPORT, env=HERE)
    assert again.returncode == 0
    assert f"htrun: snapshots in {KEPT}: 3 match" in again.stderr
    assert [one["assertion"] for one in _assertions(tmp_path)] == ["matches its snapshot"] * 3
    collection(
        folder("Shop", request("items", answering(server, {"items": [{"id": "7", "price": 2.5}], "next": None}))),
        request("gone", answering(server, "", 200)),
        request("text", answering(server, "secret-text", media="text/plain")),
    )
    broken = htrun("run", "collection.json", "--snapshot", *REPORT, env=HERE)
    assert broken.returncode == 1
    assert failures(broken, tmp_path) == [
        ("items", "matches its snapshot", "$.items[].id: integer -> string"),
        ("gone", "matches its snapshot", "status: 204 -> 200"),
        ("text", "matches its snapshot", "content type: text/html -> text/plain"),
    ]
    assert "3 changed" in broken.stderr
    assert "  Shop/items: $.next: added (null)\n" in broken.stderr
    assert (tmp_path / KEPT).read_text(encoding="utf-8") == kept

    update = htrun("run", "collection.json", "--update-snapshots", "-r", "cli", env=HERE)
    assert update.returncode == 0
    assert "3 updated" in update.stderr
    assert htrun("run", "collection.json", "--snapshot", "--silent", env=CI).returncode == 0
    now = (tmp_path / KEPT).read_text(encoding="utf-8")
    assert "$.items[].id: string\n" in now
    assert "$.items[].note?: string\n" in now
    assert "204" not in now
    assert "hush" not in now
    assert "secret" not in now


def _assertions(tmp_path: Path) -> list[Any]:
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    return [one for execution in report["run"]["executions"] for one in execution.get("assertions", ())]


def test_new_requests_in_ci_and_stale_ones(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    old, new = request("old", answering(server, [1])), request("new", answering(server, [1]))
    collection(old)
    in_ci = htrun("run", "collection.json", "--snapshot", *REPORT, env=CI)
    assert in_ci.returncode == 1
    assert not (tmp_path / KEPT).exists()
    assert failures(in_ci, tmp_path)[0][2].startswith(f"there is none in {KEPT}")
    assert htrun("run", "collection.json", "--snapshot", "--no-snapshot-ci", "--silent", env=CI).returncode == 0
    collection(new, request("fails", answering(server, {}), "pm.test('no', () => pm.expect(1).to.equal(2))"))
    grown = htrun("run", "collection.json", "--snapshot", env=HERE)
    assert f"snapshots in {KEPT}: 1 new, 1 not kept, because they failed, 1 stale" in grown.stderr
    assert "  old: stale, there is no such request\n" in grown.stderr
    kept = (tmp_path / KEPT).read_text(encoding="utf-8")
    assert '"old"' in kept
    assert '"new"' in kept
    assert '"fails"' not in kept
    part = htrun("run", "collection.json", "--snapshot", "--folder", "new", env=HERE)
    assert part.returncode == 0
    assert "1 match, 1 stale" in part.stderr
    tidied = htrun("run", "collection.json", "--update-snapshots", "--folder", "new", env=HERE)
    assert "1 match, 1 stale and removed" in tidied.stderr
    assert '"old"' not in (tmp_path / KEPT).read_text(encoding="utf-8")


@pytest.mark.parametrize("width", ["1", "4"])
def test_rows_are_kept_together(
    width: str, collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    rows = [
        {"status": 200, "body": json.dumps(body)}
        for body in ({"id": 1, "name": None}, {"id": 2, "name": "Ann", "note": "x"}, {"id": 2.5, "name": "Bo"})
    ]
    (tmp_path / "rows.json").write_text(json.dumps([*rows, {"status": 404, "body": "{}"}] * 3))
    url = f"{server.url}/respond?status={{{{status}}}}&type=application/json&body={{{{body}}}}"
    collection(request("user", url), request("user", url))
    run = ("run", "collection.json", "-d", "rows.json", "--parallel", width, "--silent", "--snapshot")
    assert htrun(*run, env=HERE).returncode == 0
    one = (
        "    200 application/json:\n      $: object\n      $.id: number\n      $.name: string | null\n"
        "      $.note?: string\n    404 application/json:\n      $: object\n"
    )
    kept = (tmp_path / KEPT).read_text(encoding="utf-8")
    assert kept.split("responses:\n")[1] == f'  "user[1]":\n{one}  "user[2]":\n{one}'
    assert htrun(*run, env=CI).returncode == 0
    assert (tmp_path / KEPT).read_text(encoding="utf-8") == kept


def test_workflows_and_several_inputs_have_a_file_each(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    collection(request("user", answering(server, {"id": 1})))
    (tmp_path / "flow.workflow.yaml").write_text(
        "collection: collection.json\nsteps:\n  - name: first\n    run: user\n  - name: second\n    run: user\n"
    )
    inputs = ("run", "collection.json", "flow.workflow.yaml")
    for more in ((), ("--parallel", "2")):
        run = htrun(*inputs, "--snapshot", *more, env=HERE)
        assert run.returncode == 0, run.stderr
    assert "htrun: snapshots in flow.workflow.snapshots.yaml: 2 match" in run.stderr
    kept = (tmp_path / "flow.workflow.snapshots.yaml").read_text(encoding="utf-8")
    assert '  "first: user":\n' in kept
    assert '  "second: user":\n' in kept
    collection(request("user", answering(server, {"id": "1"})))
    assert htrun(*inputs, "--snapshot", *REPORT, env=HERE).returncode == 1
    assert [one[2] for one in failures(run, tmp_path)] == ["$.id: integer -> string"] * 2
    elsewhere = htrun(*inputs, "--snapshot", "--snapshot-dir", "kept", "--silent", env=HERE)
    assert elsewhere.returncode == 0
    assert sorted(one.name for one in (tmp_path / "kept").iterdir()) == [
        KEPT,
        "flow.workflow.snapshots.yaml",
    ]


def test_what_cannot_be_kept(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    collection(request("user", answering(server, {"id": 1})))
    server.respond = lambda received: Answer(200, (tmp_path / "collection.json").read_bytes())
    by_url = htrun("run", f"{server.url}/collection.json", "--snapshot", env=HERE)
    assert by_url.returncode == 2
    assert "collection.json is no file: give --snapshot-dir" in by_url.stderr
    assert [one.target for one in server.take()] == ["/collection.json"]
    (tmp_path / KEPT).write_text("version: 1\nresponses: [1]\n")
    wrong = htrun("run", "collection.json", "--snapshot", env=HERE)
    assert (wrong.returncode, server.take()) == (3, ())
    assert f"{KEPT}:2: responses must be a mapping" in wrong.stderr
    (tmp_path / "file").write_text("")
    unwritable = htrun("run", "collection.json", "--snapshot", "--snapshot-dir", "file/x", env=HERE)
    assert unwritable.returncode == 3
    assert "snapshots" in unwritable.stderr
    assert "Traceback" not in unwritable.stderr


def test_bail_stops_at_a_broken_snapshot_and_an_interrupted_run_keeps_nothing(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    collection(request("a", answering(server, {"id": 1})), request("b", answering(server, {"id": 1})))
    limited = htrun("run", "collection.json", "--snapshot", "--delay-request", "400", "--timeout", "500", env=HERE)
    assert limited.returncode == 1
    assert not (tmp_path / KEPT).exists()
    htrun("run", "collection.json", "--snapshot", env=HERE)
    collection(request("a", answering(server, [])), request("b", answering(server, [])))
    server.take()
    assert htrun("run", "collection.json", "--snapshot", "--bail", "--silent", env=HERE).returncode == 1
    assert len(server.take()) == 1


def test_bodies_of_unfriendly_servers(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    bodies = {
        "deep": b"[" * 900 + b"]" * 900,
        "deeper": b"[" * 100_000 + b"]" * 100_000,
        "wide": json.dumps({f"k{'abcdefghij'[n % 10]}{n}": n for n in range(20_000)}).encode(),
        "broken": b'{"a": ',
        "odd": '{"a: b #": {"\\u2028\\u0007\\ud800": 1}, "- x": [], "é": NaN}'.encode(),
    }
    json_type = (("Content-Type", "application/json"),)
    server.respond = lambda received: Answer(200, bodies[received.target[1:]], json_type)
    collection(*(request(name, f"{server.url}/{name}") for name in bodies))
    first = htrun("run", "collection.json", "--snapshot", "--silent", env=HERE)
    assert (first.returncode, first.stderr) == (0, "")
    kept = (tmp_path / KEPT).read_text(encoding="utf-8")
    assert kept.count("\n") < 200
    assert '  "wide":\n    200 application/json: {}\n' in kept
    again = htrun("run", "collection.json", "--snapshot", "-r", "json", env=CI)
    assert again.returncode == 0, again.stdout
    bodies["odd"] = b"{"
    assert htrun("run", "collection.json", "--snapshot", *REPORT, env=CI).returncode == 1
    (failure,) = failures(again, tmp_path)
    assert failure == ("odd", "matches its snapshot", "$: object -> nothing that could be read as application/json")


def test_names_that_are_secrets_are_not_kept(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    body: dict[str, Any] = {"keys": {"open sesame": {"uses": 1}}}
    server.respond = lambda received: Answer(200, json.dumps(body).encode(), (("Content-Type", "application/json"),))
    collection(request("keys", f"{server.url}/"))
    run = ("run", "collection.json", "--snapshot", "--secret", "password=open sesame", "-r", "json")
    assert htrun(*run, env=HERE).returncode == 0
    kept = (tmp_path / KEPT).read_text(encoding="utf-8")
    assert "sesame" not in kept
    assert "      $.keys.*.uses: integer\n" in kept
    again = htrun(*run, env=HERE)
    assert again.returncode == 0
    assert "sesame" not in again.stderr


def test_collections_in_folders_and_by_url(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    collection(request("list", answering(server, [1])))
    assert htrun("convert", "collection.json", "-o", "apis/shop").returncode == 0
    run = ("run", "--snapshot", "--silent")
    assert htrun(*run, "apis/shop/", env=HERE).returncode == 0
    assert (tmp_path / "apis" / "shop.snapshots.yaml").exists()
    assert htrun(*run, "apis", env=CI).returncode == 0
    assert htrun(*run, "apis/shop/.resources/definition.yaml", env=CI).returncode == 0
    text = (tmp_path / "collection.json").read_bytes()
    respond = server.respond
    server.respond = lambda received: Answer(200, text) if "/apis/" in received.target else respond(received)
    url = f"{server.url}/apis/shop.json?key=k"
    assert htrun(*run, url, "--snapshot-dir", "apis", env=CI).returncode == 0

"""Newman's JSON report. What is expected here was taken from a report of Newman 6.2.2; the test that
runs Newman itself is in test_like_newman.py."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reporters.stream import (
    REFUSED,
    STARTED,
    Did,
    Play,
    Story,
    check,
    collection,
    exchange,
    folder,
    item,
    report,
    sample,
)
from runner.errors import HtrunError
from runner.model.collection import Example, Header, Variable, VariableSet
from runner.model.exchange import Cookie
from runner.model.result import ErrorInfo
from runner.reporters.json_report import JsonReport
from runner.reporters.json_text import to_json


def written(events: Any, path: Path) -> Any:
    target = path / "report.json"
    assert report("json", events, extra={"export": str(target)}) == ""
    return json.loads(target.read_text("utf-8"))


@pytest.fixture
def whole(tmp_path: Path) -> Any:
    return written(sample(2), tmp_path)


def test_members_have_newmans_names_and_order(whole: Any) -> None:
    assert list(whole) == ["collection", "environment", "globals", "variableChanges", "run"]
    assert list(whole["run"]) == ["stats", "timings", "executions", "transfers", "failures", "skipped", "error"]
    assert list(whole["run"]["stats"]) == [
        "iterations", "items", "scripts", "prerequests", "requests", "tests", "assertions", "testScripts",
        "prerequestScripts",
    ]  # fmt: skip
    assert list(whole["run"]["timings"]) == [
        "responseAverage", "responseMin", "responseMax", "responseSd", "dnsAverage", "dnsMin", "dnsMax", "dnsSd",
        "firstByteAverage", "firstByteMin", "firstByteMax", "firstByteSd", "started", "completed",
    ]  # fmt: skip
    first = whole["run"]["executions"][0]
    assert list(first) == ["cursor", "item", "request", "response", "id", "assertions"]
    assert list(first["cursor"]) == [
        "position", "iteration", "length", "cycles", "empty", "eof", "bof", "cr", "ref", "httpRequestId",
    ]  # fmt: skip
    assert list(first["response"]) == [
        "id", "status", "code", "header", "stream", "cookie", "responseTime", "responseSize",
    ]  # fmt: skip
    assert list(whole["run"]["failures"][0]) == ["error", "at", "source", "parent", "cursor"]


def test_counts_and_times(whole: Any) -> None:
    run = whole["run"]
    assert run["stats"]["iterations"] == {"total": 2, "pending": 0, "failed": 0}
    assert run["stats"]["items"]["total"] == 8
    assert run["stats"]["requests"] == {"total": 8, "pending": 0, "failed": 2}
    assert run["stats"]["assertions"] == {"total": 10, "pending": 0, "failed": 4}
    assert run["stats"]["tests"]["total"] == 6  # a skipped request has no test phase
    assert run["stats"]["prerequests"]["total"] == 8
    assert run["timings"]["started"] == round(STARTED * 1000)
    assert run["timings"]["completed"] == round((STARTED + 0.121) * 1000)
    assert (run["timings"]["responseMin"], run["timings"]["responseMax"]) == (3, 24)
    assert run["transfers"] == {"responseTotal": 80}
    assert run["error"] is None


def test_an_execution(whole: Any) -> None:
    first = whole["run"]["executions"][0]
    assert first["item"]["name"] == "List users"
    assert first["request"]["url"] == {
        "protocol": "http", "port": "8080", "path": ["echo"], "host": ["localhost"], "query": [], "variable": [],
    }  # fmt: skip
    assert {"key": "Host", "value": "localhost:8080", "system": True} in first["request"]["header"]
    assert bytes(first["response"]["stream"]["data"]) == b'{"args":{"x":"1"}}'
    assert first["response"]["stream"]["type"] == "Buffer"
    assert (first["response"]["responseTime"], first["response"]["responseSize"]) == (24, 18)
    assert first["assertions"] == [
        {"assertion": "status is 200", "skipped": False},
        {
            "assertion": "body has name",
            "skipped": False,
            "error": {
                "name": "AssertionError",
                "index": 1,
                "test": "body has name",
                "message": "expected undefined to deeply equal 'x'",
                "stack": "AssertionError: expected undefined to deeply equal 'x'\n"
                "   at Object.eval sandbox-script.js:2:1)",
            },
        },
        {"assertion": "later", "skipped": True},
    ]


def test_every_exchange_is_an_execution_with_all_findings_of_its_item(whole: Any) -> None:
    executions = [e for e in whole["run"]["executions"] if e["cursor"]["iteration"] == 0]
    assert [e["item"]["name"] for e in executions] == ["List users", "Throws", "Down", "Down"]
    assert [e["response"]["code"] if "response" in e else None for e in executions] == [200, 200, None, 200]
    for entry in executions[2:]:
        assert [a["assertion"] for a in entry["assertions"]] == ["never"]
        assert entry["requestError"]["code"] == "ECONNREFUSED"
        assert [e["error"]["message"] for e in entry["testScript"]] == ["thrown in a timer"]
    assert executions[1]["testScript"][0]["error"]["name"] == "ReferenceError"


def test_failures_in_the_order_in_which_they_happened(whole: Any) -> None:
    failures = [f for f in whole["run"]["failures"] if f["cursor"]["iteration"] == 0]
    assert [(f["at"], f["error"]["message"], f["source"]["name"]) for f in failures] == [
        ("assertion:1 in test-script", "expected undefined to deeply equal 'x'", "List users"),
        ("test-script", "undefinedFn is not defined", "Throws"),
        ("request", "connect ECONNREFUSED 127.0.0.1:1", "Down"),
        ("assertion:0 in test-script", "expected 1 to equal 2", "Down"),
        ("test-script", "thrown in a timer", "Down"),
    ]
    assert failures[0]["parent"] == {"id": "f-Users", "name": "Users"}
    assert failures[2]["parent"]["info"]["name"] == "Peer sample"
    assert failures[0]["cursor"]["scriptId"] == "s-test-1"
    refused = failures[2]["error"]
    assert {k: refused[k] for k in ("errno", "code", "syscall", "address", "port")} == {
        "errno": -111, "code": "ECONNREFUSED", "syscall": "connect", "address": "127.0.0.1", "port": 1,
    }  # fmt: skip
    for failure in failures:
        assert set(failure["error"]) >= {"name", "message", "checksum", "id", "timestamp", "stacktrace"}


def test_equal_errors_have_equal_checksums(whole: Any) -> None:
    failures = whole["run"]["failures"]
    assert failures[0]["error"]["checksum"] == failures[5]["error"]["checksum"]
    assert len({f["error"]["checksum"] for f in failures}) == 5
    assert len({f["error"]["id"] for f in failures}) == 10


def test_a_failed_request_of_a_script_is_an_item_without_a_name(tmp_path: Path) -> None:
    lost = exchange(item("other", path="other").request, error=REFUSED, origin="script")
    story = Story(collection(item("A")))
    run = written(story.events([Play("A", after=[Did("test", [lost])])]), tmp_path)["run"]
    source = run["failures"][0]["source"]
    assert "name" not in source
    assert source["request"]["url"]["path"] == ["other"]
    assert run["failures"][0]["parent"] == {"id": "id-A", "name": "A"}


def test_skipped_items_are_absent(whole: Any) -> None:
    assert "Skipped" not in [e["item"]["name"] for e in whole["run"]["executions"]]


def test_the_collection_is_normalised_json_with_ids(tmp_path: Path) -> None:
    example = Example("ex", "Saved", item("x").request, 200, "OK", (Header("A", "1"),), "{}")
    tree = collection(
        folder("F", item("a", "POST", body="raw", examples=(example,))),
        variables=[Variable("v", 1, "number"), Variable("off", "x", enabled=False)],
    )
    found = written(Story(tree).events(), tmp_path)
    assert found["collection"]["info"]["_postman_id"] == "c-1"
    assert found["collection"]["variable"] == [
        {"type": "number", "value": 1, "key": "v"},
        {"type": "any", "value": "x", "key": "off", "disabled": True},
    ]
    inner = found["collection"]["item"][0]["item"][0]
    assert (inner["id"], inner["request"]["body"]) == ("id-a", {"mode": "raw", "raw": "raw"})
    assert inner["response"][0]["name"] == "Saved"
    assert found["run"]["executions"][0]["item"]["response"] == []  # not repeated with every execution


def test_the_final_variables_are_written(tmp_path: Path) -> None:
    story = Story(
        collection(item("a")),
        environment=VariableSet("e", "dev", (Variable("user_id", "3f2a"),)),
        globals=VariableSet("g", None, (Variable("big", 2**64), Variable("n", float("nan")))),
    )
    found = written(story.events(), tmp_path)
    assert found["environment"] == {
        "id": "e", "name": "dev", "values": [{"type": "any", "value": "3f2a", "key": "user_id"}],
    }  # fmt: skip
    assert "name" not in found["globals"]
    assert [row["value"] for row in found["globals"]["values"]] == [2**64, None]


def test_all_bytes_of_a_body_survive(tmp_path: Path) -> None:
    body = bytes(range(256)) * 3
    play = Play("A", exchanges=[exchange(item("A").request, body, cookies=[Cookie("a", "1", "h", expires=9.0)])])
    response = written(Story(collection(item("A"))).events([play]), tmp_path)["run"]["executions"][0]["response"]
    assert bytes(response["stream"]["data"]) == body
    assert (response["cookie"][0]["name"], response["cookie"][0]["domain"]) == ("a", "h")


def test_text_of_all_kinds_is_valid_json(tmp_path: Path) -> None:
    nasty = 'quote " backslash \\ \x00 \x1b ]]> \u2028 😀 \ud83d half'
    play = Play(nasty, after=[Did("test", [check(nasty, nasty)], ErrorInfo(nasty, nasty))])
    tree = collection(item(nasty), name=nasty)
    found = written(Story(tree).events([play]), tmp_path)
    assert found["collection"]["info"]["name"] == nasty
    assert found["run"]["executions"][0]["assertions"][0]["error"]["message"] == nasty
    assert found["run"]["failures"][1]["error"]["name"] == nasty


def test_readable_like_newmans() -> None:
    assert to_json({"a": [1, "ž"], "b": {}}) == '{\n  "a": [\n    1,\n    "ž"\n  ],\n  "b": {}\n}'
    assert to_json([float("inf"), {"x": float("nan")}]) == '[\n  null,\n  {\n    "x": null\n  }\n]'


def test_an_empty_run(tmp_path: Path) -> None:
    run = written(Story(collection(), iterations=0).events(), tmp_path)["run"]
    assert (run["executions"], run["failures"]) == ([], [])
    assert run["timings"]["responseAverage"] == 0


# -- files


def test_the_default_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report("json", sample())
    (found,) = (tmp_path / "newman").iterdir()
    assert found.match("newman-run-report-20??-??-??-??-??-??-???-0.json")


def test_an_old_report_survives_a_crash_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    reporter = JsonReport(str(target))
    events = list(sample())
    for event in events:
        reporter.handle(event)
    assert target.read_text() == "old"  # nothing shows before the end

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", broken)
    with pytest.raises(HtrunError, match=r"cannot write the json report to .*report\.json: No space left on device"):
        reporter.close()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_place_that_cannot_be_written_to_is_refused_before_the_first_request(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    reporter = JsonReport(str(tmp_path / "file" / "report.json"))
    with pytest.raises(HtrunError, match="cannot write the json report"):
        reporter.handle(next(sample()))
    reporter.close()


def test_a_run_that_broke_off_is_reported_so_far(tmp_path: Path) -> None:
    story = Story(collection(item("a"), item("b")), whole=False)
    run = written(story.events([Play("a")]), tmp_path)["run"]
    assert len(run["executions"]) == 1
    assert run["error"] == {"name": "Error", "message": "the run broke off"}


def test_an_aborted_run_leaves_no_report_unless_it_is_wanted(tmp_path: Path) -> None:
    events = Story(collection(item("a")), error="too late").events()
    target = tmp_path / "report.json"
    assert report("json", events, extra={"export": str(target)}) == ""
    assert not target.exists()
    events = Story(collection(item("a")), error="too late").events()
    report("json", events, extra={"export": str(target), "aborted": True})
    assert json.loads(target.read_text("utf-8"))["run"]["error"]["message"] == "too late"


def test_why_a_run_ended_early(tmp_path: Path) -> None:
    tree = collection(item("a"))
    assert written(Story(tree, interrupted=True).events(), tmp_path)["run"]["error"]["name"] == "Interrupted"


def test_a_reporter_that_saw_no_run_writes_nothing(tmp_path: Path) -> None:
    report("json", [], extra={"export": str(tmp_path / "r.json")})
    assert list(tmp_path.iterdir()) == []

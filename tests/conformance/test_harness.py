"""The harness itself: it sees what it should see, forgives what it should forgive, and nothing else.

Runs without Newman, in the default suite."""

from __future__ import annotations

import http.client
import importlib
import json
import re
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from conformance.case import Case, case, item
from conformance.harness import DIFFERENCES, HERE, known_differences
from conformance.normalise import Normaliser
from conformance.observe import AXES, Record, differences, observe
from support.server import Received, RecordingServer

MODULES = sorted(path.stem for path in HERE.glob("test_*.py") if path.stem not in {"test_harness", "test_corpus"})
ALL: list[Case] = [one for name in MODULES for one in importlib.import_module(f"conformance.{name}").CASES]
TOKEN = "0b9c2c1e-7a4b-4c5d-8e6f-112233445566"
REPORT: dict[str, Any] = {
    "environment": {"values": [{"key": "a", "value": "1", "type": "any"}]},
    "globals": {"values": []},
    "collection": {"variable": [{"key": "base", "value": "http://127.0.0.1:40000"}]},
    "run": {
        "executions": [
            {
                "item": {"name": "r"},
                "cursor": {"iteration": 0, "position": 0},
                "response": {"code": 200},
                "assertions": [{"assertion": "t", "skipped": False, "error": {"name": "AssertionError", "message": "m"}}],
            }
        ],
        "failures": [
            {
                "source": {"name": "r"},
                "cursor": {"iteration": 0},
                "at": "assertion:0 in test-script",
                "error": {"name": "AssertionError", "message": "m"},
            }
        ],
    },
}
HEADERS = (("Host", "127.0.0.1:40000"), ("User-Agent", "PostmanRuntime/7.39.1"), ("Postman-Token", TOKEN), ("X-A", "1"))
REQUEST = Received("POST", "/x?y=1", HEADERS, b"body")


def seen(port: int = 40000, report: Any = REPORT, request: Received = REQUEST, code: int = 1) -> dict[str, Any]:
    return observe(Record((request,), report, code), Normaliser(port))


def changed(path: str, value: object) -> Any:
    report = deepcopy(REPORT)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = report
    for step in steps:
        place = place[step]
    place[last] = value
    return report


def test_the_same_is_the_same() -> None:
    assert differences(seen(), seen()) == {}


@pytest.mark.parametrize(
    ("axis", "other"),
    [
        ("wire", {"request": Received("PUT", "/x?y=1", HEADERS, b"body")}),
        ("wire", {"request": Received("POST", "/x?y=2", HEADERS, b"body")}),
        ("wire", {"request": Received("POST", "/x?y=1", HEADERS, b"bodY")}),
        ("wire", {"request": Received("POST", "/x?y=1", (*HEADERS, ("X-A", "1")), b"body")}),
        ("wire", {"request": Received("POST", "/x?y=1", HEADERS[:-1], b"body")}),
        ("wire", {"request": Received("POST", "/x?y=1", HEADERS, b"body", "127.0.0.2")}),
        ("executions", {"report": changed("run/executions/0/item/name", "s")}),
        ("executions", {"report": changed("run/executions/0/cursor/iteration", 1)}),
        ("executions", {"report": changed("run/executions/0/response", None)}),
        ("assertions", {"report": changed("run/executions/0/assertions/0/assertion", "u")}),
        ("assertions", {"report": changed("run/executions/0/assertions/0/error", None)}),
        ("assertions", {"report": changed("run/executions/0/assertions/0/error/message", "n")}),
        ("assertions", {"report": changed("run/executions/0/assertions/0/skipped", True)}),
        ("assertions", {"report": changed("run/executions/0/assertions", [])}),
        ("errors", {"report": changed("run/failures", [])}),
        ("errors", {"report": changed("run/failures/0/at", "request")}),
        ("errors", {"report": changed("run/executions/0/requestError", {"code": "ECONNREFUSED"})}),
        ("errors", {"report": changed("run/executions/0/testScript", [{"error": {"name": "Error", "message": "x"}}])}),
        ("errors", {"code": 0}),
        ("errors", {"report": None}),
        ("variables", {"report": changed("environment/values/0/value", 1)}),
        ("variables", {"report": changed("environment/values/0/type", "string")}),
        ("variables", {"report": changed("globals/values", [{"key": "g"}])}),
        ("variables", {"report": changed("collection/variable", [])}),
    ],
)
def test_a_difference_is_seen_on_its_axis(axis: str, other: dict[str, Any]) -> None:
    found = differences(seen(), seen(**other))
    assert axis in found
    assert found[axis].strip()
    assert other.get("report", REPORT) is None or set(found) <= {axis, "assertions"}


def test_headers_are_compared_as_a_multiset() -> None:
    turned = Received("POST", "/x?y=1", tuple((name.lower(), value) for name, value in reversed(HEADERS)), b"body")
    assert differences(seen(), seen(request=turned)) == {}


def test_another_port_and_another_runner_are_forgiven() -> None:
    headers = (("Host", "127.0.0.1:50001"), ("User-Agent", "htrun/0.1.0"), ("Postman-Token", TOKEN[::-1]), ("X-A", "1"))
    report = json.loads(json.dumps(REPORT).replace("40000", "50001"))
    other = Received("POST", "/x?y=1", headers, b"body")
    found = differences(seen(), seen(50001, report, other))
    assert set(found) == {"wire"}, "a reversed UUID is none"
    headers = (*headers[:2], ("Postman-Token", TOKEN.replace("2", "3")), headers[3])
    assert differences(seen(), seen(50001, report, Received("POST", "/x?y=1", headers, b"body"))) == {}


def test_boundaries_are_forgiven_only_if_they_are_well_formed() -> None:
    def form(boundary: str) -> dict[str, Any]:
        body = f"--{boundary}\r\nx\r\n--{boundary}--".encode()
        headers = (("Content-Type", f"multipart/form-data; boundary={boundary}"), ("Content-Length", str(len(body))))
        return seen(request=Received("POST", "/", headers, body))

    one, two, short = "-" * 26 + "1" * 24, "-" * 26 + "2" * 24, "-" * 26 + "2" * 23
    assert differences(form(one), form(two)) == {}
    assert set(differences(form(one), form(short))) == {"wire"}


def test_volatile_text_is_forgiven_where_the_case_says_so() -> None:
    pattern = (r"y=\d+",)
    one = observe(Record((REQUEST,), None, 0), Normaliser(40000, pattern))
    two = observe(Record((Received("POST", "/x?y=22", HEADERS, b"body"),), None, 0), Normaliser(40000, pattern))
    assert differences(one, two) == {}


def test_order_counts_unless_the_case_says_otherwise() -> None:
    a, b = Received("GET", "/a", (), b""), Received("GET", "/b", (), b"")
    one, two = Record((a, b), None, 0), Record((b, a), None, 0)
    assert set(differences(observe(one, Normaliser(1)), observe(two, Normaliser(1)))) == {"wire"}
    assert differences(observe(one, Normaliser(1), True), observe(two, Normaliser(1), True)) == {}


def test_a_record_survives_the_cache() -> None:
    record = Record((REQUEST,), REPORT, 1, "e")
    assert Record.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_every_axis_is_observed() -> None:
    assert set(seen()) == set(AXES)


def test_ids_are_unique_and_there_are_enough_cases() -> None:
    assert [name for name, count in Counter(one.id for one in ALL).items() if count > 1] == []
    assert len(ALL) >= 250


def test_the_table_of_differences_is_read(tmp_path: Path) -> None:
    page = tmp_path / "differences.md"
    page.write_text("| id | a | b | c | d | cases |\n|---|---|---|---|---|---|\n| one | a | b | c | - | `x-1`, `x-2` |\n")
    assert known_differences(page) == {"x-1": "one", "x-2": "one"}


def test_differences_name_only_cases_that_exist() -> None:
    assert set(known_differences()) <= {one.id for one in ALL} | set(corpus_names())
    rows = [line for line in DIFFERENCES.read_text().splitlines() if re.match(r"\| `?[a-z0-9-]+`? \|", line)]
    assert [line for line in rows if line.count("|") != 7] == []


def corpus_names() -> list[str]:
    return [name for name in known_differences() if name.startswith("corpus-")]


def test_a_case_is_files_and_a_command_line(tmp_path: Path) -> None:
    one = case("c", item(url="@BASE@/x"), environment={"a": "@PORT@"}, data="a\n1\n", args=("-n", "2"))
    one.write(tmp_path, 12345, tmp_path)
    assert one.command(12345) == ["run", "collection.json", "-e", "environment.json", "-d", "data.csv", "-n", "2"]
    document = json.loads((tmp_path / "collection.json").read_text())
    assert document["item"][0]["request"]["url"] == "http://127.0.0.1:12345/x"
    assert json.loads((tmp_path / "environment.json").read_text())["values"] == [{"key": "a", "value": "12345"}]
    assert one.fingerprint() != case("c", item(url="@BASE@/y")).fingerprint()


def test_the_server_remembers_bytes(server: RecordingServer) -> None:
    client = http.client.HTTPConnection(server.address)
    client.putrequest("POST", "/echo?x=%zz", skip_host=True, skip_accept_encoding=True)
    for name, value in (("X-A", "1"), ("x-a", "2"), ("Transfer-Encoding", "chunked")):
        client.putheader(name, value)
    client.endheaders()
    client.send(b"3\r\nabc\r\n0\r\n\r\n")
    answer = json.loads(client.getresponse().read())
    client.close()
    assert answer["body"] == "abc"
    headers = (("X-A", "1"), ("x-a", "2"), ("Transfer-Encoding", "chunked"))
    assert server.take() == (Received("POST", "/echo?x=%zz", headers, b"abc"),)
    assert server.take() == ()

"""Requests that scripts make, as children of their item in every report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.conftest import Htrun, folder, request
from support.server import RecordingServer


@pytest.fixture
def nested(collection: Callable[..., str], server: RecordingServer) -> str:
    url = server.url
    return collection(
        request("sends", f"{url}/own", f"pm.sendRequest('{url}/inner', () => {{}})",
                f"pm.sendRequest('{url}/before', () => {{}})"),
        folder("F", request("runs", f"{url}/runs",
                            "await pm.execution.runRequest('target'); pm.test('after', () => {})")),
        request("target", f"{url}/target", "pm.test('inside', () => {}); console.log('said')"),
    )  # fmt: skip


def test_terminal(htrun: Htrun, nested: str) -> None:
    shown = re.sub(r" \[200 OK.*?\]|http://[\d.:]+", "", htrun("run", nested, "--reporter-cli-no-summary").stdout)
    assert shown.partition("Example\n\n")[2] == (
        "→ sends\n"
        "  GET /before\n"
        "  GET /own\n"
        "  GET /inner\n"
        "\n"
        "❏ F\n"
        "↳ runs\n"
        "  GET /runs\n"
        "  ↳ target\n"
        "    GET /target\n"
        "    ✓  inside\n"
        "    ┌\n"
        "    │ 'said'\n"
        "    └\n"
        "  ✓  after\n"
        "\n"
        "→ target\n"
        "  GET /target\n"
        "  ✓  inside\n"
        "  ┌\n"
        "  │ 'said'\n"
        "  └\n"
    )


def test_json(htrun: Htrun, nested: str, tmp_path: Path) -> None:
    htrun("run", nested, "-r", "json", "--reporter-json-export", "r.json")
    found = [
        (entry["item"]["name"], entry["request"]["url"]["path"], entry.get("origin"),
         entry.get("parent", {}).get("name"))
        for entry in json.loads((tmp_path / "r.json").read_text())["run"]["executions"]
    ]  # fmt: skip
    assert found == [
        ("sends", ["before"], "script", None),
        ("sends", ["own"], None, None),
        ("sends", ["inner"], "script", None),
        ("target", ["target"], None, "runs"),
        ("runs", ["runs"], None, None),
        ("target", ["target"], None, None),
    ]


def test_junit(htrun: Htrun, nested: str, server: RecordingServer, tmp_path: Path) -> None:
    htrun("run", nested, "-r", "junit", "--reporter-junit-export", "r.xml")
    suites = ElementTree.parse(tmp_path / "r.xml").getroot().findall("testsuite")
    told = [
        [(row.get("name"), row.get("value")) for row in suite.iter("property") if "script" in (row.get("name") or "")]
        for suite in suites
    ]
    assert told == [
        [
            ("request of a script", f"GET {server.url}/before [200 OK]"),
            ("request of a script", f"GET {server.url}/inner [200 OK]"),
        ],
        [("run by a script of", "F / runs")],
        [],
        [],
    ]


def test_progress_counts_the_requests_of_the_collection(htrun: Htrun, nested: str) -> None:
    assert htrun("run", nested, "-r", "progress").stdout.rstrip().endswith("| 3/3")


def test_emojitrain(htrun: Htrun, nested: str) -> None:
    assert htrun("run", nested, "-r", "emojitrain").stdout == "😀 (😀) 😀 😀  😍\n"

"""Newman itself writes reports of the same run: same names, same order, same numbers where it is right."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import runner
from conformance import newman
from support.server import RecordingServer

pytestmark = pytest.mark.conformance

#: What Newman's report holds and ours does not: its own book-keeping, and stack traces in pieces.
NEWMAN_ONLY = re.compile(r"_lastExecutionId|cursor\.(execution|scriptId)|stacktrace\[\]|protocolProfileBehavior")
#: What ours adds: see the module's docstring.
OURS_ONLY = re.compile(
    r"cookie\[\]|requestError\.message|error\.stack|collectionVariables|variableChanges|(env|glob)\w+\.name|parent|origin"
    r"|run\.(skipped|retries|unresolved|inputs)\b"
)


def collection(base: str) -> dict[str, Any]:
    def item(name: str, url: str, test: str = "", pre: str = "", **request: Any) -> dict[str, Any]:
        listeners = [{"listen": "prerequest", "script": {"exec": [pre]}}] if pre else []
        listeners += [{"listen": "test", "script": {"exec": test.split("\n")}}] if test else []
        return {
            "name": name,
            "id": f"id-{name}",
            "request": {"method": "GET", "url": url, **request},
            "event": listeners,
        }

    checks = (
        "pm.test('status', () => pm.response.to.have.status(200));\n"
        "pm.test('fails', () => pm.expect(1).to.eql(2));\npm.test.skip('later', () => {});"
    )
    sends = f"pm.sendRequest('{base}/json', (e, r) => pm.test('sent', () => {{}}));"
    inside = [
        item("Checks", f"{base}/json?x=1", checks, "pm.environment.set('id', '7'); console.log('hi');",
             header=[{"key": "X-A", "value": "1"}]),
        item("Throws", f"{base}/mirror", "pm.test('x', () => {});\nnotDefined();", method="POST",
             body={"mode": "raw", "raw": '{"a":1}', "options": {"raw": {"language": "json"}}}),
    ]  # fmt: skip
    return {
        "info": {
            "_postman_id": "11111111-1111-4111-8111-111111111111",
            "name": "Both",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "event": [{"listen": "prerequest", "script": {"exec": ["pm.globals.set('g', 1)"]}}],
        "variable": [{"key": "v", "value": "w"}],
        "item": [
            {"name": "Folder", "item": inside},
            item("Sends", f"{base}/respond?body=x", sends),
            item("Down", "http://127.0.0.1:1/none", "pm.test('never', () => pm.expect(1).to.eql(3));"),
            item("Skipped", f"{base}/json", pre="pm.execution.skipRequest();"),
            item("Form", f"{base}/mirror", method="POST",
                 body={"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "b"}]}),
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with the reports of Newman and of htrun."""
    try:
        command = newman.command()
    except newman.NoNode as missing:
        pytest.skip(str(missing))
    folders = {}
    with RecordingServer() as server:
        for name, start in (("newman", command), ("htrun", [sys.executable, "-m", "runner"])):
            folder = folders[name] = tmp_path_factory.mktemp(name)
            (folder / "c.json").write_text(json.dumps(collection(server.url)))
            done = subprocess.run(
                [*start, "run", "c.json", "-n", "2", "-r", "cli,json,junit", "--color", "off",
                 "--reporter-json-export", "r.json", "--reporter-junit-export", "r.xml"],
                cwd=folder, capture_output=True, text=True, timeout=60,
                env={**newman.environment(folder), "PYTHONPATH": str(Path(runner.__file__).parents[1]),
                     "PATH": os.environ["PATH"]},
            )  # fmt: skip
            assert done.returncode == 1, done.stderr
            (folder / "cli.txt").write_text(done.stdout)
    return folders


@pytest.fixture(scope="module")
def reports(both: dict[str, Path]) -> tuple[Any, Any]:
    newmans, ours = (json.loads((both[name] / "r.json").read_text()) for name in ("newman", "htrun"))
    return newmans, ours


def shape(value: Any, path: str = "") -> set[str]:
    """The paths of all members, with their types."""
    if isinstance(value, dict):
        return set().union(*(shape(inner, f"{path}.{name}") for name, inner in value.items()), set())
    if isinstance(value, list):
        return set().union(*(shape(inner, f"{path}[]") for inner in value), set())
    kind = "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__
    return {f"{path}: {kind}"}


def test_the_json_report_has_newmans_members(reports: tuple[Any, Any]) -> None:
    newmans, ours = shape(reports[0]), shape(reports[1])
    assert sorted(p for p in newmans - ours if not NEWMAN_ONLY.search(p) and ".parent." not in p) == []
    assert sorted(p for p in ours - newmans if not OURS_ONLY.search(p)) == []


def test_in_newmans_order(reports: tuple[Any, Any]) -> None:
    def same_order(newmans: Any, ours: Any, path: str = "") -> None:
        if isinstance(newmans, dict) and isinstance(ours, dict):
            shared = [name for name in newmans if name in ours]
            assert [name for name in ours if name in newmans] == shared, path
            for name in shared:
                same_order(newmans[name], ours[name], f"{path}.{name}")
        elif isinstance(newmans, list) and isinstance(ours, list):
            for left, right in zip(newmans, ours, strict=False):
                same_order(left, right, f"{path}[]")

    newmans, ours = reports
    for part in ("stats", "timings", "transfers"):
        same_order(newmans["run"][part], ours["run"][part], part)
    assert [n for n in ours["run"] if n in newmans["run"]] == list(newmans["run"])
    assert [n for n in ours if n in newmans] == list(newmans)
    same_order(newmans["collection"]["item"], ours["collection"]["item"], "item")
    same_order(newmans["run"]["executions"][0], ours["run"]["executions"][0], "execution")
    same_order(newmans["run"]["failures"][0], ours["run"]["failures"][0], "failure")


def test_the_numbers_are_newmans(reports: tuple[Any, Any]) -> None:
    newmans, ours = (r["run"] for r in reports)
    assert ours["stats"] == newmans["stats"]

    def executed(run: Any) -> list[Any]:
        return [
            (e["item"]["name"], e["cursor"]["iteration"], e["cursor"]["position"], "requestError" in e,
             [(a["assertion"], a["skipped"], a.get("error")) for a in e.get("assertions", [])])
            for e in run["executions"]
        ]  # fmt: skip

    assert executed(ours) == executed(newmans)

    def failed(run: Any) -> list[Any]:
        return [(f["at"], f["error"]["name"], f["error"]["message"], f["source"]["name"]) for f in run["failures"]]

    assert failed(ours) == failed(newmans)


def test_the_summary_has_newmans_rows(both: dict[str, Path]) -> None:
    rows = {}
    for name, folder in both.items():
        text = (folder / "cli.txt").read_text()
        rows[name] = re.findall(r"│ +([a-z-]+) │ +(\d+) │ +(\d+) │", text)
        assert "total data received: " in text
    assert rows["htrun"] == rows["newman"]
    assert len(rows["htrun"]) == 5


def test_lines_of_requests_and_checks_are_newmans(both: dict[str, Path]) -> None:
    def lines(name: str) -> list[str]:
        text = (both[name] / "cli.txt").read_text().partition("┌──")[0]
        kept = re.compile(r"  (GET|POST) |  ✓|  -  \[skipped\] \w+$|❏|↳|→|Iteration| *\d+[.⠄] ")
        found = [line for line in text.split("\n") if kept.match(line)]
        return [re.sub(r", \d+ms\]$", ", 1ms]", line) for line in found]

    assert lines("htrun") == lines("newman")
    assert any(re.search(r"\[200 OK, \d+B, 1ms\]", line) for line in lines("htrun"))


def test_where_newmans_junit_is_right_ours_agrees(both: dict[str, Path]) -> None:
    """Newman merges iterations by name; taken apart again, the same checks have failed."""

    def failed(name: str) -> set[tuple[str, str]]:
        root = ElementTree.parse(both[name] / "r.xml").getroot()
        return {
            (re.sub(r" \[iteration \d+\]", "", suite.get("name", "")), case.get("name", ""))
            for suite in root.iter("testsuite")
            for case in suite.iter("testcase")
            if case.find("failure") is not None
        }

    assert failed("htrun") == failed("newman") == {("Folder / Checks", "fails"), ("Down", "never")}

"""Findings in collections of format v1 stand where they are written; ``--fix`` works there, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Htrun

FILE = """{
 "id": "c", "name": "Old",
 "order": ["r2"],
 "folders_order": ["f"],
 "variables": [{"key": "api_token", "value": "q7Zp2Lx9Vw4Rk8Ty"}],
 "folders": [
  {"id": "f", "name": "Users", "order": ["r1"], "events": [
   {"listen": "prerequest", "script": {"exec": ["let a;", "pm.globals.sett('a', 1);"]}}]}
 ],
 "requests": [
  {"id": "r1", "name": "one", "method": "GET",
   "url": "http://localhost/{{nobody}}",
   "headerData": [{"key": "X-Api-Key", "value": "t4Jm8Qw2Zx6Lp9Vn"}],
   "preRequestScript": "let b;\\nconst body = pm.response.json();",
   "tests": "pm.test('a', () => {});\\nif (1) { postman.setNextRequest('two'); }"},
  {"id": "r2", "name": "two", "method": "GET", "url": "http://localhost/",
   "tests": ""}
 ]
}
"""
#: Code and the text at whose beginning the finding stands.
FOUND = (
    ("HT501", '"q7Zp2Lx9Vw4Rk8Ty"'),
    ("HT202", "sett('a'"),
    ("HT101", "{{nobody}}"),
    ("HT501", '{"key": "X-Api-Key"'),
    ("HT207", "pm.response.json"),
    ("HT205", "postman.setNextRequest"),
    ("HT404", '"two", "method"'),
)


def place(text: str) -> tuple[int, int]:
    at = FILE.index(text)
    return FILE.count("\n", 0, at) + 1, at - FILE.rfind("\n", 0, at)


@pytest.mark.parametrize("wrapped", [False, True])
def test_findings_stand_where_they_are_written(htrun: Htrun, tmp_path: Path, wrapped: bool) -> None:
    (tmp_path / "old.json").write_text(f'{{"collection":\n{FILE}}}' if wrapped else FILE)
    done = htrun("check", "old.json", "--format", "json", "--fail-on", "never")
    found = json.loads(done.stdout)["files"][0]["findings"]
    seen = [(one["code"], (one["line"] - wrapped, one["column"])) for one in found]
    assert seen == [(code, place(text)) for code, text in FOUND]


def test_the_old_api_is_replaced(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(FILE)
    htrun("check", "old.json", "--fix")
    assert (tmp_path / "old.json").read_text() == FILE.replace("postman.setNext", "pm.execution.setNext")


def test_annotations_name_the_line_of_the_script(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(FILE)
    done = htrun("old.json", "-r", "github", "--folder", "two", "--timeout-request", "1")
    line, _ = place('"two", "method"')
    assert f"file=old.json,line={line}" in done.stdout.replace(str(tmp_path) + "/", "")

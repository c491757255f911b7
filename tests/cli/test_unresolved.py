"""Variables that nothing defined: every report names them, and says which request would set them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.conftest import Htrun, request
from support.server import RecordingServer

Write = Callable[..., str]


@pytest.fixture
def file(collection: Write, server: RecordingServer) -> str:
    return collection(
        request("Create", f"{server.url}/create", "pm.environment.set('user_id', 'u-1')"),
        request("Get", f"{server.url}/users/{{{{user_id}}}}?k={{{{a<b}}}}"),
    )


def test_reports_in_files(tmp_path: Path, htrun: Htrun, file: str) -> None:
    names = ("json", "junit", "ctrf")
    exports = [word for name in names for word in (f"--reporter-{name}-export", f"report.{name}")]
    done = htrun(file, "--folder", "Get", "-r", ",".join(names), *exports)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads((tmp_path / "report.json").read_text())["run"]["unresolved"]
    assert [entry["name"] for entry in found] == ["user_id", "a<b"]
    assert [entry["item"] for entry in found] == ["Get", "Get"]
    assert "Create" in found[0]["advice"]
    advice = found[0]["advice"]
    last = ElementTree.parse(tmp_path / "report.junit").getroot()[-1]
    assert (last.get("name"), last.get("tests"), last.get("failures")) == ("Example", "1", "0")
    skipped = last.find("testcase[@name='variables']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "without a value: {{user_id}}, {{a<b}}"
    said = last.findtext("system-out") or ""
    assert said.startswith("variables without a value, sent as they stand:\n  {{user_id}} in Get\n    {{user_id}} ")
    assert advice in said
    assert "{{a<b}} in Get" in said
    extra = json.loads((tmp_path / "report.ctrf").read_text())["results"]["extra"]
    assert extra["unresolved"][0] == f"{{{{user_id}}}} had no value in Get: {advice}"


@pytest.mark.parametrize("options", [("-r", "progress"), ("-r", "cli"), ("--reporter-cli-compact",)])
def test_the_terminal(htrun: Htrun, file: str, options: tuple[str, ...]) -> None:
    out = htrun(file, "--folder", "Get", *options).stdout
    title, _, rest = out.partition("variables without a value, sent as they stand:\n")
    assert rest.startswith("  {{user_id}} in Get\n    {{user_id}} ")
    assert "Create" in rest.split("\n")[1]
    assert title


def test_nothing_is_said_if_all_of_them_have_one(tmp_path: Path, htrun: Htrun, file: str) -> None:
    exports = ("--reporter-json-export", "r.json", "--reporter-junit-export", "r.xml")
    done = htrun(file, "--var", "a<b=1", "-r", "progress,json,junit", *exports)
    assert "without a value" not in done.stdout
    assert "unresolved" not in json.loads((tmp_path / "r.json").read_text())["run"]
    assert len(ElementTree.parse(tmp_path / "r.xml").getroot()) == 2


def test_attempts_and_requests_that_were_left_out(
    tmp_path: Path, htrun: Htrun, file: str, server: RecordingServer
) -> None:
    (tmp_path / "w.workflow.yaml").write_text(
        "collection: collection.json\nsteps:\n"
        "  - run: Create\n    retry: {on: [200], times: 1, backoff: 10ms}\n    on_failure: continue\n"
        "  - run: Get\n    when: 'false'\n"
    )
    exports = ("--reporter-json-export", "r.json", "--reporter-junit-export", "r.xml")
    done = htrun("w.workflow.yaml", "-r", "progress,json,junit", *exports)
    assert done.returncode == 1, done.stderr
    assert done.stdout.rstrip().endswith("2/2 | 1 failed | 1 tried again | 1 skipped")
    run = json.loads((tmp_path / "r.json").read_text())["run"]
    assert [entry["reason"] for entry in run["retries"]] == ["status 200"]
    assert len(run["skipped"]) == 1
    suites = ElementTree.parse(tmp_path / "r.xml").getroot()
    first = {found.get("name"): found.get("value") for found in suites[0].iter("property")}
    assert (first["attempts"], first["attempt 1"]) == ("2", "status 200")
    skipped = suites[1].find("testcase/skipped")
    assert skipped is not None
    assert "when" in (skipped.get("message") or "")
    compact = htrun("w.workflow.yaml", "--reporter-cli-compact").stdout
    assert "✖ Create  GET [200 OK, 66B, " in compact
    assert "attempt 2 (status 200)\n" in compact
    assert "\n- Get  [skipped] " in compact

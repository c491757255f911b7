"""Reports for CI systems: what each writes of a run with everything in it, as its readers read it."""

from __future__ import annotations

import csv
import io
import json
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema
from allure_commons import model2
from haralyzer import HarParser
from tap.parser import Parser

import runner
from reporters.scene import SCRIPT_TAG, scene
from reporters.stream import feed
from runner.engine import events as ev
from runner.reporters.cases import Cases
from runner.reporters.github import MAX_ANNOTATIONS
from runner.reporters.interface import ReporterOptions
from runner.reporters.registry import create_reporter

GOLDEN = Path(__file__).parent / "golden" / "ci"
FILES = {
    "tap": "report.tap", "teamcity": "report.txt", "github": "github.txt", "ctrf": "ctrf.json", "csv": "report.csv",
    "markdown": "report.md", "har": "report.har",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scene")


@pytest.fixture(scope="module")
def events(folder: Path) -> Iterator[list[ev.Event]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield list(scene(folder))


@pytest.fixture
def write(events: list[ev.Event], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes the report called ``name`` to a file and returns its text, without what changes from run to run."""
    monkeypatch.chdir(folder)

    def written(name: str, **more: Any) -> str:
        target = folder / FILES[name]
        reporter = create_reporter(name, ReporterOptions(out=io.StringIO(), options={"export": str(target)}, **more))
        feed(reporter, events)
        text = target.read_bytes().decode("utf-8").replace(runner.__version__, "VERSION")
        return re.sub(r'("Postman-Token", "value": ")[^"]*', r"\1TOKEN", text)

    return written


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_whole_report(name: str, write: Any) -> None:
    assert write(name) == (GOLDEN / FILES[name]).read_bytes().decode("utf-8")


@pytest.mark.parametrize("name", ["tap", "teamcity", "github"])
def test_what_others_send_is_on_no_line_of_its_own_and_moves_no_cursor(name: str, write: Any) -> None:
    text = write(name)
    own = re.compile(r"::(error |warning |stop-commands|htrun-)|##teamcity\[\w+[^\n]*\]$")
    lines = [line for line in text.split("\n") if line.lstrip().startswith(("::", "##"))]
    assert [line for line in lines if not own.match(line)] == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\ufffe]", text)


# -- TAP


def test_tap_by_its_reference_parser(write: Any, events: list[ev.Event]) -> None:
    lines = list(Parser().parse_text(write("tap")))
    results = [line for line in lines if line.category == "test"]
    assert [line.category for line in lines if line.category not in ("test", "diagnostic")] == ["version", "plan"]
    assert [int(line.number) for line in results] == list(range(1, len(results) + 1))
    assert next(line for line in lines if line.category == "plan").expected_tests == len(results)
    expected = Counter(case.status for case in cases(events))
    assert sum(not line.ok for line in results) == expected["failed"] + expected["error"]
    assert sum(line.skip for line in results) == expected["skipped"]
    blocks = [line.yaml_block for line in results if not line.ok]
    assert all(set(block) >= {"message", "severity", "type", "details"} for block in blocks)


def cases(events: list[ev.Event]) -> list[Any]:
    stream = Cases()
    done = [stream.new(event) for event in events]
    return [case for finished in done if finished and not finished.retried for case in finished.cases]


def test_tap_of_a_run_that_broke_off_is_no_success(events: list[ev.Event]) -> None:
    out = io.StringIO()
    feed(create_reporter("tap", ReporterOptions(out=out)), events[:20])
    lines = [line.category for line in Parser().parse_text(out.getvalue())]
    assert lines[-1] == "bail"
    assert "plan" not in lines


# -- TeamCity


def test_teamcity_messages_are_balanced(write: Any) -> None:
    messages = re.findall(
        r"^##teamcity\[(\w+)((?: \w+='(?:[^'|\n\]\[]|\|[^x]|\|0x[0-9A-F]{4})*')*)\]$", write("teamcity"), re.M
    )
    assert len(messages) == write("teamcity").count("\n")
    open_suites: list[str] = []
    running = ""
    for kind, attributes in messages:
        name = re.search(r" name='((?:[^'|]|\|.)*)'", attributes)
        match kind:
            case "testSuiteStarted":
                open_suites.append(name.group(1) if name else "")
            case "testSuiteFinished":
                assert open_suites.pop() == (name.group(1) if name else "")
            case "testStarted":
                assert not running
                running = name.group(1) if name else ""
            case "testFinished":
                assert running == (name.group(1) if name else "")
                running = ""
            case "message":
                assert "had no value" in attributes
            case "testFailed" | "testStdOut":
                assert running == (name.group(1) if name else "")
            case _:
                assert kind == "testIgnored"
    assert open_suites == []
    assert not running


def test_on_the_terminal_teamcity_listens_to_the_reporter_only(events: list[ev.Event]) -> None:
    out = io.StringIO()
    reporter = create_reporter("teamcity", ReporterOptions(out=out))
    reporter.handle(events[0])
    out.write("##teamcity[buildProblem description='by a server']\n")
    reporter.close()
    lines = out.getvalue().split("\n")
    at = lines.index("##teamcity[buildProblem description='by a server']")
    assert lines[at - 1] == "##teamcity[disableServiceMessages]"
    assert lines[at + 1] == "##teamcity[enableServiceMessages]"


# -- GitHub


def annotations(text: str) -> list[tuple[str, int, str]]:
    """File, line and title of each."""
    found = re.findall(r"^::error (?:file=([^,:]*),line=(\d+),)?title=([^:]*)::", text, re.M)
    return [(file, int(line or 0), title) for file, line, title in found]


def test_annotations_are_at_the_lines_of_the_collection(write: Any, folder: Path) -> None:
    lines = (folder / "scene.json").read_text("utf-8").split("\n")
    found = annotations(write("github"))
    at = {title: lines[line - 1] for _, line, title in found}
    assert {file for file, _, _ in found[:-1]} == {"scene.json"}
    assert 'pm.expect(pm.response.json().name).to.eql(\\"Bob\\")' in at["Users / Get%3A name"]
    assert "eql({list: [1, 3], ok: true})" in at["Users / Get%3A deep"]
    assert "to.be.below(400)" in at["Users / Denied%3A allowed"]
    assert '"name": "Down"' in at["Down%3A request"]
    assert "second of two" in at["Same%3A b"]


def test_github_shows_ten_errors_so_that_the_tenth_counts_the_rest(write: Any, events: list[ev.Event]) -> None:
    found = annotations(write("github"))
    assert len(found) == MAX_ANNOTATIONS
    named = {(case.name, id(case.failure.item.item)) for case in cases(events) if case.bad}
    assert found[-1] == ("", 0, "htrun")
    assert f"::and {len(named) - 9} more failures" in write("github")
    assert re.findall("^::warning .*", write("github"), re.M) == [
        "::warning title=variable without a value::{{missing}} had no value in Users/Denied"
    ]


def test_on_the_terminal_github_takes_no_commands_until_the_run_is_over(events: list[ev.Event]) -> None:
    out = io.StringIO()
    reporter = create_reporter("github", ReporterOptions(out=out))
    reporter.handle(events[0])
    out.write("::set-output name=x::by a server\n")
    reporter.close()
    first, between, last, _ = out.getvalue().split("\n")
    assert between.startswith("::set-output")
    assert first.removeprefix("::stop-commands::") == last.strip(":")
    assert len(last) > 32


def test_the_summary_of_the_job(
    events: list[ev.Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Any
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# Step before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    write("github")
    assert summary.read_text("utf-8").startswith("# Step before\n# ❌ Scene &lt;script&gt;")
    assert summary.read_text("utf-8").count("### ") == len([case for case in cases(events) if case.bad])


# -- GitLab


def test_gitlab_gets_both_files(events: list[ev.Event], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    feed(create_reporter("gitlab", ReporterOptions(out=io.StringIO(), options={"export": "gl"})), events)
    xmlschema.XMLSchema(str(Path(__file__).with_name("junit.xsd"))).validate("gl/gl-junit-report.xml")
    report = json.loads(Path("gl/gl-code-quality-report.json").read_text("utf-8"))
    assert len({entry["fingerprint"] for entry in report}) == len(report)
    assert {entry["severity"] for entry in report} == {"major", "critical"}
    lines = Path("scene.json").read_text("utf-8").split("\n")
    places = {entry["description"].partition(": ")[0]: entry["location"] for entry in report}
    assert all(set(entry) == {"description", "check_name", "fingerprint", "severity", "location"} for entry in report)
    assert "missing();" in lines[places["Throws"]["lines"]["begin"] - 1]
    again = json.loads(Path("gl/gl-code-quality-report.json").read_text("utf-8"))
    feed(create_reporter("gitlab", ReporterOptions(out=io.StringIO(), options={"export": "gl"})), events)
    assert json.loads(Path("gl/gl-code-quality-report.json").read_text("utf-8")) == again
    cases_ = ElementTree.parse("gl/gl-junit-report.xml").getroot().findall(".//testcase")
    assert len(cases_) == len(cases(events)) + 1  # what had no value
    assert cases_[-1].get("name") == "variables"


# -- CTRF


def test_ctrf_counts_what_it_lists(write: Any, events: list[ev.Event]) -> None:
    results = json.loads(write("ctrf"))["results"]
    found = Counter(test["status"] for test in results["tests"])
    summary = results["summary"]
    assert {status: summary[status] for status in found} == found
    assert summary["tests"] == len(results["tests"]) == len(cases(events))
    retried = [test for test in results["tests"] if test.get("retries")]
    assert {(test["name"], test["flaky"], test["retries"]) for test in retried} == {
        ("allowed", True, 1), ("in the end", True, 1), ("never", False, 3), ("request", False, 3),
    }  # fmt: skip
    assert {(one["message"], one["attempt"]) for test in retried for one in test["retryAttempts"]} == {
        ("status 503", 1), ("no response (ECONNREFUSED)", 1), ("no response (ECONNREFUSED)", 2),
        ("no response (ECONNREFUSED)", 3),
    }  # fmt: skip
    assert summary["flaky"] == 4


# -- CSV


def test_no_cell_is_a_formula(write: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(write("csv"))))
    assert all(not cell.lstrip().startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert any(row["requestName"].startswith("'=SUM(1)") for row in rows)


def test_every_request_has_its_row(write: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(write("csv"))))
    assert {(row["requestName"], row["origin"], row["code"]) for row in rows if row["requestName"] == "Calls"} == {
        ("Calls", "item", "200"), ("Calls", "script", "200"), ("Calls", "script", ""),
    }  # fmt: skip
    assert [(r["requestName"], r["parent"]) for r in rows if r["depth"] == "1"] == [("Moved", "Outer")] * 2
    assert [(r["attempt"], r["result"]) for r in rows if r["requestName"] == "Retried"] == [
        ("1", "retried"), ("2", "passed"),
    ] * 2  # fmt: skip
    assert [r["result"] for r in rows if r["requestName"] == "Skipped"] == ["skipped"] * 2


@pytest.mark.parametrize("name", ["csv", "markdown", "ctrf", "teamcity"])
def test_captured_variables_are_shown(name: str, write: Any) -> None:
    assert "user_id = u-1 (environment)" in write(name)


# -- Markdown


def test_markdown_holds_nothing_but_text_of_others(write: Any) -> None:
    text = write("markdown")
    fences = re.findall(r"^(`{3,})text$", text, re.M)
    outside = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.M | re.S)
    assert len(fences) >= 10
    assert SCRIPT_TAG not in outside
    assert "<" not in outside.replace("&lt;", "").replace("<br>", "")
    table = outside.partition("## Requests")[2].strip().split("\n")
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {7}


# -- HAR


def test_har_by_its_parser(write: Any, events: list[ev.Event]) -> None:
    archive = HarParser(json.loads(write("har")))
    entries = archive.har_data["entries"]
    exchanges = [
        one
        for event in events
        if isinstance(event, ev.ItemFinished | ev.ItemRetried)
        for exchange in event.result.exchanges
        for one in (*exchange.redirects, exchange)
    ]
    assert [entry["request"]["url"] for entry in entries] == [e.request.url for e in exchanges]
    bodies = [entry["response"]["content"].get("text", "") for entry in entries]
    for body, entry, exchange in zip(bodies, entries, exchanges, strict=True):
        content = exchange.response.body if exchange.response else b""
        encoded = entry["response"]["content"].get("encoding")
        assert (b64decode(body) if encoded else body.encode()) == content
        phases = {name: value for name, value in entry["timings"].items() if name != "ssl" and value > 0}
        assert sum(phases.values()) == pytest.approx(entry["time"], abs=0.01)
    moved = next(entry for entry in entries if entry["response"]["status"] == 302)
    assert moved["response"]["redirectURL"] == "http://api.test/moved"
    assert entries[0]["response"]["cookies"] == [
        {"name": "sid", "value": "********", "path": "/", "httpOnly": True, "secure": False}
    ]


# -- Allure


def test_allure_results_by_its_own_model(events: list[ev.Event], tmp_path: Path) -> None:
    feed(create_reporter("allure", ReporterOptions(out=io.StringIO(), options={"export": str(tmp_path)})), events)
    results = [json.loads(path.read_text("utf-8")) for path in tmp_path.glob("*-result.json")]
    for result in results:
        steps = [model2.TestStepResult(**step) for step in result.pop("steps", [])]
        files = [model2.Attachment(**one) for one in result.pop("attachments", [])]
        model2.TestResult(**result, steps=steps, attachments=files)
        assert all((tmp_path / file.source).is_file() for file in files)
        assert result["status"] in ("passed", "failed", "broken", "skipped")
    found = Counter((result["name"][:7], result["status"]) for result in results)
    assert found["Retried", "passed"] == found["Retried", "failed"] == 2
    assert found["Skipped", "skipped"] == found["Throws", "broken"] == found["Denied", "failed"] == 2
    retried = {result["historyId"] for result in results if result["name"] == "Retried"}
    assert len(retried) == 2  # one for each iteration: its two attempts belong together
    same = {result["historyId"] for result in results if result["name"] == "Same"}
    assert len(same) == 4  # two requests of one name
    texts = [path.read_text("utf-8") for path in tmp_path.glob("*-attachment.txt")]
    assert not any("\x1b" in text or "\x00" in text for text in texts)

"""The JUnit report: valid, and true for every iteration."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
import xmlschema

from reporters.stream import (
    REFUSED,
    Did,
    Play,
    Story,
    check,
    collection,
    exchange,
    folder,
    item,
    played,
    report,
    sample,
    say,
)
from runner.engine import events as ev
from runner.model.collection import Variable, VariableSet, walk
from runner.model.result import Cursor, ErrorInfo, Failure
from runner.reporters.junit import class_name

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).with_name("junit.xsd")))


def written(events: Iterable[ev.Event], path: Path) -> Element:
    """The report of a run, after it was found valid and its totals right."""
    target = path / "report.xml"
    assert report("junit", events, extra={"export": str(target)}) == ""
    SCHEMA.validate(str(target))
    root = ElementTree.parse(target).getroot()
    for whole, parts in [(root, root.findall("testsuite")), *((s, None) for s in root.findall("testsuite"))]:
        cases = whole.findall(".//testcase")
        assert int(whole.get("tests", "")) == len(cases)
        for total, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(whole.get(total, "")) == len(whole.findall(f".//{tag}")), (whole.get("name"), total)
        assert float(whole.get("time", "")) == pytest.approx(sum(float(c.get("time", "")) for c in cases), abs=0.002)
        if parts is not None:
            assert float(whole.get("time", "")) == pytest.approx(
                sum(float(p.get("time", "")) for p in parts), abs=0.002
            )
    return root


def outcomes(root: Element) -> list[tuple[str, str, str]]:
    """Suite, case and outcome of every case."""
    return [
        (suite.get("name", ""), case.get("name", ""), next((child.tag for child in case), "passed"))
        for suite in root.findall("testsuite")
        for case in suite.findall("testcase")
    ]


def test_the_whole_report(tmp_path: Path) -> None:
    root = written(sample(), tmp_path)
    assert root.get("name") == "Peer sample"
    assert outcomes(root) == [
        ("Users / List users", "status is 200", "passed"),
        ("Users / List users", "body has name", "failure"),
        ("Users / List users", "later", "skipped"),
        ("Users / Throws", "x", "passed"),
        ("Users / Throws", "test-script", "error"),
        ("Down", "never", "failure"),
        ("Down", "request", "error"),
        ("Down", "test-script", "error"),
        ("Skipped", "request", "skipped"),
    ]


def test_a_failure_of_one_iteration_is_not_erased_by_the_next(tmp_path: Path) -> None:
    """Three iterations, a failure in the first only, a skipped check, a script error, a refused connection."""
    tree = collection(item("A"))
    (place,) = walk(tree)
    lost = exchange(place.item.request, error=REFUSED)

    def events() -> Iterator[ev.Event]:
        yield ev.RunStarted(tree, VariableSet("e"), VariableSet("g"), 3, 1, 1.0)
        for iteration in range(3):
            cursor = Cursor(0, iteration, 1, 3, f"r{iteration}")
            checks = [check("c", "no" if iteration == 0 else None), check("s", skipped=True)]
            error = ErrorInfo("TypeError", "x is undefined") if iteration == 1 else None
            sent = [lost] if iteration == 2 else []
            yield from played(Play("A", exchanges=sent, after=[Did("test", checks, error)]), place, cursor)

    root = written(events(), tmp_path)
    assert outcomes(root) == [
        ("A [iteration 1]", "c", "failure"),
        ("A [iteration 1]", "s", "skipped"),
        ("A [iteration 2]", "c", "passed"),
        ("A [iteration 2]", "s", "skipped"),
        ("A [iteration 2]", "test-script", "error"),
        ("A [iteration 3]", "c", "passed"),
        ("A [iteration 3]", "s", "skipped"),
        ("A [iteration 3]", "request", "error"),
    ]
    classes = [case.get("classname") for case in root.iter("testcase")]
    assert len(set(zip(classes, (case.get("name") for case in root.iter("testcase")), strict=True))) == len(classes)


def test_names_are_newmans_in_a_run_of_one_iteration(tmp_path: Path) -> None:
    suite = written(sample(), tmp_path).findall("testsuite")[0]
    assert (suite.get("name"), suite.get("id")) == ("Users / List users", "id-List users")
    assert {case.get("classname") for case in suite.findall("testcase")} == {"UsersListUsers"}
    assert suite.get("hostname") == socket.gethostname()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Users / List users", "UsersListUsers"),
        ("get OAuth2 token", "GetOAuth2Token"),
        ("HTTPServer is_up", "HttpServerIsUp"),
        ("don't panic", "DontPanic"),
        ("v1.2-beta", "V12Beta"),
        ("???", ""),
    ],
)
def test_class_names(name: str, expected: str) -> None:
    assert class_name(name) == expected


def test_a_request_whose_name_has_no_letters_takes_the_class_of_the_collection(tmp_path: Path) -> None:
    root = written(Story(collection(item("???"), name="My API")).events(), tmp_path)
    assert root.findall(".//testcase")[0].get("classname") == "MyApi"


def test_requests_without_checks_are_there(tmp_path: Path) -> None:
    assert outcomes(written(Story(collection(item("a"))).events(), tmp_path)) == [("a", "request", "passed")]


def test_properties_say_what_was_run(tmp_path: Path) -> None:
    suite = written(sample(), tmp_path).findall("testsuite")[0]
    found = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert found == {
        "collection": "Peer sample", "collection-id": "c-1", "environment": "dev", "iteration": "1",
        "request": "GET http://localhost:8080/echo", "status": "200 OK",
    }  # fmt: skip


def test_a_failure_tells_why_and_what_was_sent_and_received(tmp_path: Path) -> None:
    play = Play(
        "A",
        exchanges=[exchange(item("A", "POST", body='{"a":1}').request, b'{"b":2}', code=500, reason="Broken")],
        after=[Did("test", [check("c", "expected 500 to equal 200")])],
    )
    failure = next(written(Story(collection(item("A"))).events([play]), tmp_path).iter("failure"))
    assert (failure.get("type"), failure.get("message")) == ("AssertionFailure", "expected 500 to equal 200")
    assert failure.text == (
        "AssertionError: expected 500 to equal 200\n\nat assertion:0 in test-script\n"
        "POST http://localhost:8080/echo [500 Broken, 62B, 24ms]\n"
        'sent:\n  {"a":1}\nreceived:\n  {"b":2}'
    )


def test_console_output_is_there(tmp_path: Path) -> None:
    play = Play("A", [Did("prerequest", [say("a", "b"), say("c", level="warn")])])
    assert (
        written(Story(collection(item("A"))).events([play]), tmp_path).findtext(".//system-out") == "log: a, b\nwarn: c"
    )


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    evil = "<b>&amp; ]]> \x00\x1b[31m \ufffe \ud83d \"q\" 'q' \n\t new"
    safe = "<b>&amp; ]]> [31m   \"q\" 'q' \n\t new"
    play = Play(
        evil,
        [Did("prerequest", [say(evil)], ErrorInfo(evil, evil))],
        [exchange(item("A").request, evil.encode("utf-8", "replace"))],
        [Did("test", [check(evil, evil)])],
    )
    root = written(Story(collection(folder(evil, item(evil)), name=evil)).events([play]), tmp_path)
    assert root.get("name") == safe
    suite = root.findall("testsuite")[0]
    assert suite.get("name") == f"{safe} / {safe}"
    assert suite.findtext("system-out") == f"log: {safe}"
    assert next(root.iter("error")).get("message") == safe
    assert safe in (next(root.iter("failure")).text or "")


def test_what_the_report_adds_to_newmans_hides_secrets(tmp_path: Path) -> None:
    play = Play(
        "A",
        exchanges=[exchange(item("A").request, b'{"token": "abc-in-body"}', url="http://h/?api_key=abc-in-url")],
        after=[Did("test", [say("abc-of-variable"), check("c", "no")])],
    )
    tree = collection(item("A"), variables=[Variable("s", "abc-of-variable", "secret")])
    written(Story(tree).events([play]), tmp_path)
    assert "abc-" not in (tmp_path / "report.xml").read_text()


def test_failures_of_the_run_itself_are_test_cases(tmp_path: Path) -> None:
    lost = Failure("setup", ErrorInfo("SetupError", "no certificate"), "setup", None)
    tree = collection(item("a"))
    root = written(Story(tree, extra=(lost,), interrupted=True).events(), tmp_path)
    assert outcomes(root)[1:] == [("Sample", "setup", "error"), ("Sample", "run", "error")]
    root = written(Story(tree, error="took too long").events(), tmp_path)
    assert next(root.iter("error")).get("message") == "took too long"


def test_an_empty_run(tmp_path: Path) -> None:
    assert outcomes(written(Story(collection(), iterations=0).events(), tmp_path)) == []


def test_the_default_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report("junit", sample())
    (found,) = (tmp_path / "newman").iterdir()
    assert found.match("newman-run-report-20??-??-??-??-??-??-???-0.xml")


def test_a_run_that_broke_off_is_reported_so_far(tmp_path: Path) -> None:
    story = Story(collection(item("a"), item("b")), whole=False)
    assert outcomes(written(story.events([Play("a")]), tmp_path)) == [("a", "request", "passed")]

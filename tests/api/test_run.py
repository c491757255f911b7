"""``runner.run``: what can be asked for in Python, and what comes back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import runner
from runner.model.collection import Variable

from .calls import collection, item, texts, told

ROOT = Path(__file__).parents[2]


def sent(options: Any, url: str = "http://a.test/{{x}}", **request: Any) -> list[str]:
    """The URLs (or bodies) of what a run sends."""
    seen: list[str] = []

    def answer(made: runner.Request) -> runner.Response:
        seen.append((made.body or b"").decode() or made.url)
        return runner.make_response()

    result = runner.run(collection(item("a", url, **request)), transport=answer, **options)
    assert result.passed, texts(result)
    return seen


def raw(text: str) -> dict[str, Any]:
    return {"method": "POST", "body": {"mode": "raw", "raw": text}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("v", "v"),
        (3, "3"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        ({"id": [1, "ä"]}, '{"id":[1,"ä"]}'),
        ((1, {"a": None}), '[1,{"a":null}]'),
    ],
)
@pytest.mark.parametrize(
    "scope", ["variables", "secrets", "environment", "globals", "environment_variables", "global_variables"]
)
def test_variables_may_be_any_json_value(scope: str, value: object, text: str) -> None:
    assert sent({scope: {"x": value}}, "http://a.test", **raw("{{x}}")) == [text]


def test_scripts_get_the_values_with_their_types() -> None:
    test = "pm.test('t', () => pm.expect(pm.variables.get('x')).to.eql({id: [1]}));"
    result = runner.run(
        collection(item("a", "http://a.test", test=test)), transport=told(), variables={"x": {"id": [1]}}
    )
    assert texts(result) == []
    assert result.assertions.total == 1


@pytest.mark.parametrize("value", [{1, 2}, b"x", object(), float("nan"), {"a": [timedelta(1)]}])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(runner.UsageError, match=r"variables\['x'\]"):
        runner.run(collection(), variables={"x": value})


def test_variables_from_files_and_sets(tmp_path: Path) -> None:
    file = tmp_path / "env.json"
    file.write_text(json.dumps({"values": [{"key": "x", "value": "file"}]}))
    assert sent({"environment": file}) == ["http://a.test/file"]
    assert sent({"environment": str(file), "variables": {"x": 2}}) == ["http://a.test/2"]
    known = runner.VariableSet("1", "e", (Variable("x", "set"),))
    assert sent({"environment": known}) == ["http://a.test/set"]
    assert sent({"environment": known, "environment_variables": {"x": "more"}}) == ["http://a.test/more"]


def test_the_process_environment_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTRUN_VAR_x", "process")
    assert sent({"globals": {"x": "mine"}}) == ["http://a.test/mine"]


def test_data_is_any_iterable_of_rows(tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, int]]:
        for number in range(1, 1000):
            yield {"x": number}

    assert sent({"data": rows(), "iterations": 3}) == [f"http://a.test/{number}" for number in (1, 2, 3)]
    file = tmp_path / "rows.csv"
    file.write_text("x\n7\n8\n")
    assert sent({"data": file}) == ["http://a.test/7", "http://a.test/8"]
    assert sent({"data": [{"x": {"a": 1}}]}, "http://a.test", **raw("{{x}}")) == ['{"a":1}']


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"data": []}, "no rows"),
        ({"data": {"x": 1}}, r"put the mapping in \[ \]"),
        ({"parallel": 0}, "parallel is a whole number from 1"),
        ({"iterations": True}, "iterations is a whole number from 1"),
        ({"max_response_size": "5MB"}, "max_response_size is a whole number from 1"),
        ({"timeout": -1}, "timeout is a number of milliseconds"),
        ({"timeout_request": "5s"}, "timeout_request is a number of milliseconds"),
        ({"bail": "folder"}, 'True, False or "error"'),
        ({"reporters": "cli"}, "reporters is a list"),
        ({"reporters": [3]}, "3 is no reporter"),
        ({"reporters": ["junt"]}, "did you mean"),
        ({"transport": 3}, "transport is an object"),
        ({"auth": {"x": 3}}, "auth"),
        ({"variables": [("x", 1)]}, "variables are names and values"),
        ({"variables": {1: 2}}, "names of variables"),
        ({"simulate": "nothing"}, "no simulator"),
        ({"before_request": 3}, "before_request is a callable, or a list of them; 3 cannot be called"),
        ({"after_response": [print, "x"]}, "after_response is a callable"),
        ({"checks": "fast"}, "checks is a callable"),
        ({"checks": {"fast": None}}, "checks is a callable"),
        ({"on": 3}, "on is a callable"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_sent(options: Any, reason: str) -> None:
    def answer(request: runner.Request) -> runner.Response:
        raise AssertionError("sent")

    with pytest.raises(runner.UsageError, match=reason):
        runner.run(collection(item("a", "http://a.test")), **{"transport": answer, **options})


@pytest.mark.parametrize("source", [None, 3, b"shop.json", [{"name": "a"}]])
def test_what_is_no_collection_at_all_is_said(source: Any) -> None:
    with pytest.raises(runner.UsageError, match=f"what is run is a file, .*, not a {type(source).__name__}"):
        runner.run(source)


def test_reporters_do_not_take_options_that_they_do_not_have() -> None:
    with pytest.raises(runner.UsageError, match="the reporter junit has no option 'exprt'; did you mean export"):
        runner.reporter("junit", exprt="report.xml")


def test_an_unknown_option_is_a_type_error_also_before_the_stream_begins() -> None:
    with pytest.raises(TypeError, match=r"run\(\).*'enviroment'; did you mean 'environment'"):
        runner.run(collection(), enviroment={})  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"stream\(\).*'zzz'"):
        runner.stream(collection(), zzz=1)  # type: ignore[call-arg]


def test_selection() -> None:
    small = collection(
        {"name": "F", "item": [item("a", "http://a.test/a"), item("b", "http://a.test/b")]},
        item("c", "http://a.test/c"),
    )

    def ran(**options: Any) -> list[str]:
        events = runner.stream(small, transport=told(), **options)
        return [event.result.located.path for event in events if isinstance(event, runner.ItemFinished)]

    assert ran() == ["F/a", "F/b", "c"]
    assert ran(folder="F") == ["F/a", "F/b"]
    assert ran(folder=["c", "a"]) == ["F/a", "c"]
    assert ran(select="F/b") == ["F/b"]
    assert ran(select=["F/*", "c"], exclude="F/a") == ["F/b", "c"]
    with pytest.raises(runner.SelectionError, match="zzz"):
        ran(select="zzz")


def test_what_is_needed_can_come_along() -> None:
    setting = item("set", "http://a.test/1", test="pm.globals.set('id', 5)")
    using = item("use", "http://a.test/{{id}}")
    urls: list[str] = []

    def answer(request: runner.Request) -> runner.Response:
        urls.append(request.url)
        return runner.make_response()

    runner.run(collection(setting, using), select="use", with_deps=True, transport=answer)
    assert urls == ["http://a.test/1", "http://a.test/5"]


def test_captures_and_the_variables_of_the_result() -> None:
    small = collection(item("a", "http://a.test/"), variable=[{"key": "v", "value": "1"}])
    result = runner.run(
        small, capture="who=$.name @ a", transport=told("Ann"), environment={"e": 2, "v": "hidden"}, globals={"g": [1]}
    )
    assert result.variables == {"v": "hidden", "e": 2, "g": [1], "who": "Ann"}


def test_a_jar_goes_from_run_to_run() -> None:
    jar = runner.CookieJar()
    cookies: list[str | None] = []

    def answer(request: runner.Request) -> runner.Response:
        cookies.append(request.header("cookie"))
        return runner.make_response(headers={"Set-Cookie": "s=1"})

    for _ in range(2):
        runner.run(collection(item("a", "http://a.test/")), transport=answer, cookies=jar)
    runner.run(collection(item("a", "http://a.test/")), transport=answer)
    assert cookies == [None, "s=1", None]


def test_time_limits_are_milliseconds_or_timedeltas() -> None:
    script = "while (true) {}"
    for limit in (100, timedelta(seconds=0.1)):
        result = runner.run(collection(item("a", "http://a.test", test=script)), transport=told(), timeout_script=limit)
        assert len(result.failures) == 1, texts(result)
        assert "timeout" in result.failures[0].error.message


@pytest.mark.parametrize(("bail", "expected"), [(False, ["a", "b", "c"]), (True, ["a"]), ("error", ["a", "b"])])
def test_bail(bail: Any, expected: list[str]) -> None:
    failing = "pm.test('t', () => pm.expect(1).to.equal(2))"
    small = collection(
        item("a", "http://a.test", test=failing),
        item("b", "http://a.test", test="throw Error('x')"),
        item("c", "http://a.test"),
    )
    events = runner.stream(small, transport=told(), bail=bail)
    ran = [event.result.located.path for event in events if isinstance(event, runner.ItemFinished)]
    assert ran == expected


def test_files_folders_and_workflows(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps(collection(item("a", "http://a.test/"), item("b", "http://a.test/"))))
    flow = tmp_path / "f.workflow.yaml"
    flow.write_text("collection: c.json\nsteps:\n  - run: a\n  - run: b\n    expect: {status: 201}\n")
    loaded, steps = runner.load(file), runner.load_workflow(flow)
    assert [located.path for located in loaded.items()] == ["a", "b"]
    for source in (file, str(file), loaded):
        assert runner.run(source, transport=told()).items.total == 2
    for source in (flow, str(flow), steps):
        result = runner.run(source, transport=told())
        assert len(result.failures) == 1
        assert texts(result)[0].startswith("b: ")
        assert runner.run(source, transport=told(), folder="a").passed
        for option in ({"select": "a"}, {"exclude": "a"}, {"with_deps": True}, {"capture": "auto"}):
            with pytest.raises(runner.UsageError, match="is for collections"):
                runner.run(source, transport=told(), **option)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["missing.json", "missing.workflow.yaml"])
def test_inputs_that_cannot_be_read(source: str) -> None:
    with pytest.raises(runner.InputError, match="missing") as caught:
        runner.run(source)
    assert caught.value.path == source
    with pytest.raises(runner.InputError):
        (runner.load_workflow if "workflow" in source else runner.load)(source)
    with pytest.raises(runner.InputError, match="not a collection"):
        runner.load({"values": []})


def test_a_workflow_that_is_loaded_as_a_collection_is_refused(tmp_path: Path) -> None:
    flow = tmp_path / "f.workflow.yaml"
    flow.write_text("collection: c.json\nsteps:\n  - run: a\n")
    with pytest.raises(runner.UsageError, match="load_workflow"):
        runner.load(flow)


def test_the_simulator_and_saved_examples() -> None:
    file = ROOT / "collections" / "hypertrack.postman_collection.json"
    result = runner.run(
        file, simulate="hypertrack", variables={"hypertrack_sk": "sk_test"}, capture="auto", timeout=60_000
    )
    assert result.passed, texts(result)
    assert result.items.total > 10
    example = {"name": "e", "originalRequest": {"method": "GET", "url": "{{base}}/x"}, "code": 200, "body": "saved"}
    small = collection({**item("a", "{{base}}/x", test="pm.test(pm.response.text())"), "response": [example]})
    events = runner.stream(small, mock=True)
    answers = [event.result.response.text for event in events if isinstance(event, runner.ItemFinished)]
    assert answers == ["saved"]


WORKFLOW = "secrets: [key]\ncollection: shop.json\nsteps:\n  - run: A\n"


@pytest.mark.parametrize(
    ("source", "options", "said"),
    [
        ("shop.json", {"select": "B"}, 'select "B": the collection has no such request or folder'),
        ("shop.json", {"exclude": "B"}, 'exclude "B": the collection has no such request or folder'),
        ("shop.json", {"capture": "one=$.id @ B"}, 'capture one: there is no request "B" in this run'),
        ("shop.json", {"mock": True, "simulate": "hypertrack"}, "mock and simulate exclude each other"),
        ("steps.workflow.yaml", {}, 'the secret "key" is not set: set it with secrets={"key": ...}'),
    ],
)
def test_errors_name_options_as_python_has_them(tmp_path: Path, source: str, options: Any, said: str) -> None:
    (tmp_path / "shop.json").write_text(json.dumps(collection(item("A", "http://test/"))), encoding="utf-8")
    (tmp_path / "steps.workflow.yaml").write_text(WORKFLOW, encoding="utf-8")
    with pytest.raises(runner.HtrunError) as error:
        runner.run(tmp_path / source, transport=told(), **options)
    assert said in str(error.value)
    assert "--" not in str(error.value)
    assert "HTRUN_" not in str(error.value)


def test_warnings_go_to_logging(caplog: pytest.LogCaptureFixture) -> None:
    runner.run(collection())
    assert [record.name for record in caplog.records] == ["htrun"]


_INTERRUPTED = """
import os, signal, sys, threading, time
import runner
def answer(request):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(30)
ended = []
options = {"transport": answer, "reporters": [runner.reporter("junit", export="r.xml")]}
def on(event):
    if isinstance(event, runner.RunFinished):
        ended.append(event.result.interrupted)
try:
    small = {"info": {"name": "c"}, "item": [{"name": "a", "request": "http://a.test"}] * 2}
    if sys.argv[1] == "run":
        runner.run(small, on=on, **options)
    else:
        for event in runner.stream(small, on=on, **options):
            pass
except KeyboardInterrupt:
    print("interrupted", ended, threading.active_count())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process there")
@pytest.mark.parametrize("way", ["run", "stream"])
def test_ctrl_c_finishes_the_reports_and_reaches_the_caller(tmp_path: Path, way: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ended = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, way],
        capture_output=True, text=True, cwd=tmp_path, timeout=25, check=False, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.stdout == "interrupted [True] 1\n", ended.stderr
    assert "<testsuites" in (tmp_path / "r.xml").read_text("utf-8")

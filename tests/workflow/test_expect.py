"""Every kind of expectation: when it holds, and what is said when it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Htrun
from support.server import Answer, Received, RecordingServer

BODY = {
    "id": 9007199254740993, "status": "open", "price": 1.5, "tags": ["a", "b"], "empty": [], "nothing": None,
    "items": [{"n": 1}, {"n": 2}], "user": {"name": "Ann", "age": 30}, "yes": True,
}  # fmt: skip
HEADERS = (("Content-Type", "application/json; charset=utf-8"), ("X-Rate", "7"), ("Set-Cookie", "sid=abc; Path=/"))


def answer(request: Received) -> Answer:
    if request.target == "/text":
        return Answer(404, "no such thing, Ärger".encode(), (("Content-Type", "text/plain; charset=utf-8"),))
    return Answer(200, json.dumps(BODY).encode(), HEADERS)


HOLDS = {
    "status": "status: 200",
    "status class": "status: [404, 2xx]",
    "status operators": "status: {gte: 200, lt: 300}",
    "status template": "status: '{{ ok }}'",
    "time": "time: 30s",
    "time operators": "time: {lt: 30s, gte: 0ms}",
    "header": "headers: {x-rate: '7'}",
    "header operators": "headers: {Content-Type: {contains: json, matches: 'utf-8$'}, X-No: {exists: false}}",
    "json value": "json: {$.status: open, $.id: 9007199254740993, $.price: 1.5, $.nothing: null, $.yes: true}",
    "json list": "json: {$.tags: [a, b]}",
    "json of several": "json: {'$.items[*].n': [1, 2]}",
    "json object": "json: {$.user: {equals: {name: Ann, age: 30}}, $.user.name: {not: Bob}}",
    "json numbers": "json: {$.price: {gt: 1, lt: 2, gte: 1.5, lte: 1.5}, $.id: {gt: 9007199254740992}}",
    "json texts": "json: {$.status: {gt: opel, lt: opens, in: [open, closed], contains: pe, not_contains: x}}",
    "json parts": "json: {$.tags: {contains: a}, $.user: {contains: name, not_contains: {age: 31}}}",
    "json exists": "json: {$.status: {exists: true}, $.gone: {exists: false}}",
    "json types": "json: {$.id: {type: integer}, $.price: {type: number}, $.user: {type: [object, 'null']}}",
    "json length": "json: {$.tags: {length: 2}, $.status: {length: {gt: 3, lte: 4}}, $.empty: {length: 0}}",
    "json template": "json: {$.status: '{{ wanted }}', $.tags: {contains: '{{ wanted[0] | replace(\"o\", \"a\") }}'}}",
    "body": 'body: {contains: \'"status": "open"\', matches: \'^."id"\'}',
    "schema": "schema: {type: object, required: [id], properties: {id: {type: integer}}}",
    "schema file": "schema: thing.json",
    "schema file in YAML": "schema: thing.yaml",
    "expressions": "that: [json.id == 9007199254740993, 'json.items | length == 2']",
    "headers": "that: \"response.headers['x-RATE'] == '7' and response.headers | length == 4\"",
    "response": "that: [response.size > 10, response.cookies.sid == 'abc', response.reason == 'OK']",
    "body of the response": "that: \"response.body[0] == '{'\"",
    "variables": "that: [wanted == json.status, \"vars['user-id'] == 5\", \"response.url.endswith('/thing')\"]",
}

FAILS = {
    "status": ("status: 201", "status is 201", "it is 200"),
    "status class": ("status: [3xx, 404]", "status is one of 3xx, 404", "it is 200"),
    "time": ("time: 0ms", "time is at most 0 ms", "it is "),
    "header": ("headers: {X-Rate: '8'}", 'header X-Rate is "8"', 'it is "7"'),
    "header not there": (
        "headers: {X-Rat: '7'}",
        'header X-Rat is "7"',
        "there is no header X-Rat; did you mean X-Rate?",
    ),
    "header there": ("headers: {X-Rate: {exists: false}}", "header X-Rate does not exist", 'it is "7"'),
    "json": ("json: {$.status: closed}", '$.status is "closed"', 'it is "open"'),
    "json type": ("json: {$.status: {type: number}}", '$.status is of type "number"', 'it is "open"'),
    "json text and number": (
        "json: {$.id: '9007199254740993'}",
        '$.id is "9007199254740993"',
        "it is 9007199254740993",
    ),
    "json true and 1": ("json: {$.yes: 1}", "$.yes is 1", "it is true"),
    "json big": ("json: {$.id: 9007199254740992}", "$.id is 9007199254740992", "it is 9007199254740993"),
    "json not there": (
        "json: {$.Status: open}",
        '$.Status is "open"',
        "$.Status is not in the response; did you mean $.status?",
    ),
    "json compared": (
        "json: {$.status: {gt: 5}}",
        "$.status is greater than 5",
        'it is "open", which cannot be compared with 5',
    ),
    "json length": (
        "json: {$.tags: {length: {gt: 2}}}",
        "$.tags has a length that is greater than 2",
        'it is ["a", "b"]',
    ),
    "json no length": ("json: {$.price: {length: 1}}", "$.price has the length 1", "it is 1.5, which has no length"),
    "json in": ("json: {$.status: {in: [a, b]}}", '$.status is one of "a", "b"', 'it is "open"'),
    "json template": ("json: {$.price: '{{ wanted }}'}", '$.price is "{{ wanted }}"', 'it is 1.5, not "open"'),
    "json unknown name": (
        "json: {$.price: '{{ nope }}'}",
        '$.price is "{{ nope }}"',
        "{{ nope }}: 'nope' is undefined",
    ),
    "body": ("body: {contains: nope}", 'body contains "nope"', "it is "),
    "schema": (
        "schema: {title: Thing, properties: {user: {properties: {age: {maximum: 18}}}}}",
        "the body matches the schema Thing",
        "$.user.age: 30 is greater than the maximum of 18",
    ),
    "schema reference": (
        "schema: {$ref: 'http://127.0.0.1:9/x'}",
        "the body matches the schema",
        "the schema cannot be used: ",
    ),
    "expression": (
        "that: json.user.age < 18 and wanted == 'x'",
        "json.user.age < 18 and wanted == 'x'",
        'json.user.age is 30, wanted is "open"',
    ),
    "expression without names": ("that: 1 > 2", "1 > 2", "it is false"),
    "expression of nothing": ("that: json.nope.x == 1", "json.nope.x == 1", "no attribute 'nope'"),
    "expression that cannot be": ("that: json.status > 5", "json.status > 5", "TypeError: "),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "c.json").write_text(
        json.dumps(
            {
                "info": {"name": "C"},
                "variable": [{"key": "user-id", "value": 5}],
                "item": [{"name": name, "request": f"{{{{base}}}}/{name}"} for name in ("thing", "text")],
            }
        )
    )
    schema = {"type": "object", "required": ["status"]}
    (tmp_path / "thing.json").write_text(json.dumps(schema))
    (tmp_path / "thing.yaml").write_text("type: object\nrequired: [status]\n")
    return tmp_path


def run(folder: Path, htrun: Htrun, steps: str, code: int) -> dict[str, str]:
    """Runs the steps; name -> message of every check, empty for those that hold."""
    head = "collection: c.json\nvariables: {wanted: open, ok: 200}\nsteps:\n"
    (folder / "w.workflow.yaml").write_text(head + steps, encoding="utf-8")
    with RecordingServer(respond=answer) as server:
        done = htrun("w.workflow.yaml", "--var", f"base={server.url}", "-r", "json", "--reporter-json-export", "r.json")
    assert done.returncode == code, done.stdout + done.stderr
    executions = json.loads((folder / "r.json").read_text("utf-8"))["run"]["executions"]
    checks = [check for execution in executions for check in execution["assertions"]]
    return {check["assertion"]: check.get("error", {}).get("message", "") for check in checks}


def test_expectations_that_hold(folder: Path, htrun: Htrun) -> None:
    steps = "".join(f"  - {{run: thing, name: {name}, expect: {{{text}}}}}\n" for name, text in HOLDS.items())
    found = run(folder, htrun, steps, 0)
    assert len(found) >= len(HOLDS)
    assert {title: message for title, message in found.items() if message} == {}


def test_expectations_that_fail_say_what_there_is(folder: Path, htrun: Htrun) -> None:
    steps = "".join(
        f"  - {{run: thing, name: {name}, on_failure: continue, expect: {{{text}}}}}\n"
        for name, (text, _, _) in FAILS.items()
    )
    found = run(folder, htrun, steps, 1)
    for name, (_, title, message) in FAILS.items():
        assert title in found, (name, list(found))
        assert message in found[title], name
        assert found[title], name


def test_a_body_that_is_no_json(folder: Path, htrun: Htrun) -> None:
    steps = """
  - run: text
    expect:
      status: 404
      body: no such thing, Ärger
      json: {$.id: 1}
      schema: {type: object}
      that: [json.id == 1, response.body is string]
"""
    assert run(folder, htrun, steps, 1) == {
        "status is 404": "",
        'body is "no such thing, Ärger"': "",
        "$.id is 1": "$.id needs JSON, and the body is none (text/plain; charset=utf-8)",
        "the body matches the schema": "the body is no JSON",
        "json.id == 1": "the body is no JSON (text/plain; charset=utf-8)",
        "response.body is string": "",
    }


def test_failures_name_the_line_of_the_expectation(folder: Path, htrun: Htrun) -> None:
    run(folder, htrun, "  - run: thing\n    expect:\n      status: 200\n      json:\n        $.id: 1\n", 1)
    failures = json.loads((folder / "r.json").read_text("utf-8"))["run"]["failures"]
    assert [failure["at"] for failure in failures] == ["w.workflow.yaml:8"]


def test_secrets_are_hidden_on_the_terminal(folder: Path, htrun: Htrun) -> None:
    (folder / "w.workflow.yaml").write_text(
        "collection: c.json\nsecrets: [pin]\nsteps:\n  - run: thing\n    overrides: {query: {q: '{{ pin }}'}}\n"
        "    expect: {that: pin == 'other'}\n"
    )
    with RecordingServer(respond=answer) as server:
        done = htrun("w.workflow.yaml", "--var", f"base={server.url}", "--var", "pin=quite-private", "--verbose")
        assert server.take()[0].target == "/thing?q=quite-private"
    assert done.returncode == 1
    assert "********" in done.stdout
    assert "quite-private" not in done.stdout + done.stderr

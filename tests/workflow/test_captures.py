"""``--capture`` through the command: where values come from, where they go, and what is said when there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from cli.conftest import Htrun, folder, request
from support.server import Answer, Received, RecordingServer

Json = Any
JSON = ("Content-Type", "application/json")
BIG = 9007199254740993  # 2**53 + 1: no double of JavaScript


class Answers:
    """A server that gives what it is told to, by path, and the request itself elsewhere."""

    def __init__(self) -> None:
        self.by_path: dict[str, Answer] = {}

    def __call__(self, one: Received) -> Answer:
        known = self.by_path.get(one.target.partition("?")[0])
        return known or Answer(200, one.body or b"{}", (JSON,))


@pytest.fixture
def answers(server: RecordingServer) -> Answers:
    made = Answers()
    server.respond = made
    return made


def text_body(text: str) -> Json:
    return {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}


def use(name: str = "x", **more: Json) -> Json:
    return request("Use", "{{base}}/use", method="POST", body=text_body(f'{{"value": {{{{{name}}}}}}}'), **more)


@pytest.fixture
def sent(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, answers: Answers
) -> Callable[..., tuple[str, str]]:
    """``sent(capture, answer)``: what a second request sends as ``{{x}}``, and the report."""

    def run(capture: str, answer: Answer, *args: str, script: str = "") -> tuple[str, str]:
        answers.by_path["/get"] = answer
        file = collection(request("Get", "{{base}}/get", test=script), use(prerequest=script))
        done = htrun(file, "--var", f"base={server.url}", "--capture", capture, *args)
        bodies = [one.body.decode() for one in server.take() if one.target == "/use"]
        return (bodies[0] if bodies else ""), done.stdout + done.stderr

    return run


def answer(value: Json, *headers: tuple[str, str]) -> Answer:
    text = value if isinstance(value, str) else json.dumps(value)
    return Answer(200, text.encode(), (*headers, JSON))


@pytest.mark.parametrize(
    ("capture", "body", "value"),
    [
        ("x=$.id @ Get", '{"id": 5}', "5"),
        ("x=$.a.b[1].c @ Get", '{"a": {"b": [{"c": 1}, {"c": "two"}]}}', "two"),
        ("x=$['user-id'] @ Get", '{"user-id": 7}', "7"),
        ("x=$.items[?(@.name=='b')].id @ Get", '{"items": [{"name": "a", "id": 1}, {"name": "b", "id": 2}]}', "2"),
        ("x=$.items[*].id @ Get", '{"items": [{"id": 1}, {"id": 2}]}', "[1,2]"),
        ("x=$.ok @ Get", '{"ok": true}', "true"),
        ("x=$.object @ Get", '{"object": {"n": 1.50, "s": "é", "l": [null]}}', '{"n":1.50,"s":"é","l":[null]}'),
        ("x=$.price @ Get", '{"price": 1.10}', "1.10"),
        ("x=$.far @ Get", '{"far": 1e400}', "1e400"),
        ("x=$.id @ Get", f'{{"id": {BIG}}}', str(BIG)),
        ("x=body @ Get", "plain", "plain"),
        ("x=status @ Get", "{}", "200"),
        (r"x=regex:order-(\d+) @ Get", "your order-123 is on its way", "123"),
        (r"x=regex:\d+ @ Get", "your order-123", "123"),
        ("x=$.link | regex:/users/([^/]+) @ Get", '{"link": "http://x/users/u-1/posts"}', "u-1"),
        ("x=$.id default: 9 @ Get", "{}", "9"),
        ("x=$.id @ Get default: 9", "{}", "9"),
        ("x=$.id @ Get default: [1, 2]", "{}", "1,2"),
        ("x=$.id @ Get default: some text", "{}", "some text"),
    ],
)
def test_what_is_captured_is_sent(sent: Callable[..., tuple[str, str]], capture: str, body: str, value: str) -> None:
    body_sent, output = sent(capture, answer(body))
    assert body_sent == f'{{"value": {value}}}', output


@pytest.mark.parametrize(
    ("capture", "value"),
    [
        ("x=header:x-request-id @ Get", "abc"),
        ("x=header:Location | regex:[^/]+$ @ Get", "u-9"),
        ("x=cookie:sid @ Get", "s1"),
    ],
)
def test_headers_and_cookies(sent: Callable[..., tuple[str, str]], capture: str, value: str) -> None:
    given = answer("{}", ("X-Request-Id", "abc"), ("Location", "/users/u-9"), ("Set-Cookie", "sid=s1; Path=/"))
    assert sent(capture, given)[0] == f'{{"value": {value}}}'


def test_the_url_is_the_one_after_redirects(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, answers: Answers
) -> None:
    answers.by_path["/get"] = Answer(302, b"", (("Location", "/there?code=c0de"),))
    file = collection(request("Get", "{{base}}/get"), use())
    htrun(file, "--var", f"base={server.url}", "--capture", "x=url | regex:code=(\\w+) @ Get")
    assert server.take()[-1].body == b'{"value": c0de}'


@pytest.mark.parametrize(
    ("expression", "kind", "body", "value"),
    [
        ("//user/@id", "application/xml", '<r><user id="5">Ann</user></r>', "5"),
        ("//user", "application/xml", '<r><user id="5"> Ann <b>B</b></user></r>', "Ann B"),
        ("count(//u)", "text/xml", "<r><u/><u/></r>", "2"),
        ("//_:id", "application/xml", '<r xmlns="urn:x"><id>7</id></r>', "7"),
        ("//s:id", "application/xml", '<r xmlns:s="urn:s"><s:id>8</s:id></r>', "8"),
        ("//input[@name='csrf']/@value", "text/html; charset=utf-8", "<p><input name=csrf value=tok><br>", "tok"),
    ],
)
def test_xpath(sent: Callable[..., tuple[str, str]], expression: str, kind: str, body: str, value: str) -> None:
    given = Answer(200, body.encode(), (("Content-Type", kind),))
    assert sent(f"x=xpath:{expression} @ Get", given)[0] == f'{{"value": {value}}}'


def test_xml_does_not_make_us_read_files(sent: Callable[..., tuple[str, str]], tmp_path: Any) -> None:
    (tmp_path / "secret").write_text("classified")
    body = f'<!DOCTYPE r [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><r><id>&e;</id></r>'
    got, output = sent("x=xpath://id @ Get", Answer(200, body.encode(), (("Content-Type", "application/xml"),)))
    assert "classified" not in got + output


@pytest.mark.parametrize("scope", ["", "globals:", "environment:", "collection:", "local:"])
def test_big_integers_stay_exact_while_scripts_run(sent: Callable[..., tuple[str, str]], scope: str) -> None:
    script = "pm.globals.set('a', 1); pm.environment.set('b', 2); pm.collectionVariables.set('c', 3);"
    script += "pm.variables.set('d', 4); pm.test('t', () => pm.expect(pm.variables.get('a')).to.equal(1));"
    body, output = sent(f"{scope}x=$.id @ Get", answer(f'{{"id": {BIG}}}'), script=script)
    assert body == f'{{"value": {BIG}}}', output


@pytest.mark.parametrize("scope", ["globals", "environment", "collection", "local"])
def test_the_report_says_what_was_captured_and_where(sent: Callable[..., tuple[str, str]], scope: str) -> None:
    _, output = sent(f"{scope}:x=$.id @ Get", answer({"id": "u-1"}))
    assert f"  x ← u-1 ({scope})" in output


def test_a_variable_that_would_hide_a_global_one_is_set_itself(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, answers: Answers
) -> None:
    answers.by_path["/get"] = answer({"id": 5})
    file = collection(request("Get", "{{base}}/get"), use(), variable=[{"key": "x", "value": "old"}])
    done = htrun(file, "--var", f"base={server.url}", "--capture", "x=$.id @ Get")
    assert server.take()[-1].body == b'{"value": 5}'
    assert "x ← 5 (collection)" in done.stdout


@pytest.mark.parametrize(
    ("capture", "given", "reason"),
    [
        ("x=$.id @ Get", '{"data": {"id": 1}}', "$.id is not in the response; did you mean $.data.id?"),
        ("x=$.user_id @ Get", '{"userId": 1}', "$.user_id is not in the response; did you mean $.userId?"),
        ("x=$.usrname @ Get", '{"username": 1}', "$.usrname is not in the response; did you mean $.username?"),
        ("x=$.id @ Get", '{"a": 1, "b": 2}', "$.id is not in the response; its keys: a, b"),
        ("x=$.id @ Get", '[{"a": 1}]', "$.id is not in the response; it is a list of 1 of objects with the keys a"),
        ("x=$.id @ Get", "oops", "$.id needs JSON, and the body is none (application/json)"),
        ("x=header:X-Idd @ Get", "{}", "there is no header X-Idd; did you mean X-Id?"),
        ("x=cookie:sid @ Get", "{}", "there is no cookie sid"),
        (r"x=regex:id-\d+ @ Get", "nothing", r"id-\d+ does not match the body (application/json)"),
        ("x=$.id | regex:[a-z]+ @ Get", '{"id": 5}', "$.id is there, but [a-z]+ does not match it"),
        ("x=xpath://id @ Get", "<r><ident/></r>", "//id is not in the response; its elements: r, ident"),
    ],
)
def test_nothing_found_fails_the_request_and_says_what_is_there(
    sent: Callable[..., tuple[str, str]], capture: str, given: str, reason: str
) -> None:
    _, output = sent(capture, answer(given, ("X-Id", "1")), "--color", "off")
    assert re.search(r"\d+\.\s+CaptureError\s", output)
    assert f"x: {reason}" in re.sub(r"\s+", " ", output)


def test_a_miss_stands_in_every_report_and_fails_the_run(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, answers: Answers, tmp_path: Any
) -> None:
    answers.by_path["/get"] = answer({"data": {"id": 1}})
    file = collection(request("Get", "{{base}}/get"))
    arguments = ("--var", f"base={server.url}", "--capture", "x=$.id @ Get", "-r", "cli,json,junit,progress")
    exports = ("--reporter-json-export", "out.json", "--reporter-junit-export", "out.xml")
    done = htrun(file, *arguments, *exports)
    assert done.returncode == 1
    failures = json.loads((tmp_path / "out.json").read_text())["run"]["failures"]
    reason = "x: $.id is not in the response; did you mean $.data.id?"
    assert [(one["error"]["name"], one["error"]["message"], one["at"]) for one in failures] == [
        ("CaptureError", reason, "capture x")
    ]
    assert "CaptureError" in (tmp_path / "out.xml").read_text()
    assert reason in (tmp_path / "out.xml").read_text()
    assert "CaptureError" in done.stdout


def test_secrets_are_hidden_in_the_report(sent: Callable[..., tuple[str, str]]) -> None:
    _, output = sent("access_token=$.token @ Get", answer({"token": "very-secret-value"}))
    assert "very-secret-value" not in output
    assert "access_token ← ********" in output


ITEMS = (
    folder("Users", request("Create user", "{{base}}/a"), request("Get user", "{{base}}/b")),
    folder("Admin", folder("Users", request("Create user", "{{base}}/c"))),
    request("Get", "{{base}}/d"),
)


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("Users/Create user", ["/a"]),
        ("Admin/Users/Create user", ["/c"]),
        ("Get user", ["/b"]),
        ("Users/*", ["/a", "/b"]),
        ("**/Create user", ["/a", "/c"]),
        ("Admin/**", ["/c"]),
        ("**", ["/a", "/b", "/c", "/d"]),
    ],
)
def test_requests_by_path_name_and_glob(
    htrun: Htrun,
    collection: Callable[..., str],
    server: RecordingServer,
    answers: Answers,
    pattern: str,
    paths: list[str],
) -> None:
    for path in "abcd":
        answers.by_path[f"/{path}"] = answer({"at": path})
    done = htrun(collection(*ITEMS), "--var", f"base={server.url}", "--capture", f"x=$.at @ {pattern}")
    assert [f"/{one}" for one in re.findall(r"x ← (\w) ", done.stdout)] == paths, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("capture", "code", "message"),
    [
        ("x=$.id @ Create user", 1, '"Create user" means several requests; give the path: Users/Create user or '
         "Admin/Users/Create user"),
        ("x=$.id @ Creat user", 1, 'there is no request "Creat user" in this run; did you mean Users/Create user'),
        ("x=$.id @ Users", 1, '"Users" is a folder; write "Users/**" for all requests in it'),
        ("x=$.id @ Nowhere/*", 1, 'there is no request "Nowhere/*" in this run'),
        ("x=$.id", 2, "does not say of which request: add @ and its name or path"),
        ("x=id @ Get", 2, "'id' says no place in the response"),
        ("x=$.[ @ Get", 2, "'$.[' is no valid JSONPath"),
        ("x=regex:( @ Get", 2, "'(' is no valid regular expression"),
        ("x=xpath:[ @ Get", 2, "'[' is no valid XPath"),
        ("x @ Get", 2, "is no capture: write NAME=EXPRESSION @ REQUEST"),
        ("globl:x=$.id @ Get", 2, "there is no scope 'globl'; did you mean globals:x?"),
        ("env:x=$.id @ Get", 2, "there is no scope 'env'; did you mean environment:x?"),
        ("wherever:x=$.id @ Get", 0, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said_before_the_first_request(
    htrun: Htrun,
    collection: Callable[..., str],
    server: RecordingServer,
    answers: Answers,
    capture: str,
    code: int,
    message: str,
) -> None:
    answers.by_path["/d"] = answer({"id": 1})
    done = htrun(collection(*ITEMS), "--var", f"base={server.url}", "--capture", capture)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    if code:
        assert server.take() == ()
        assert done.stderr.startswith("htrun: error: ")
        assert done.stderr.count("\n") == 1

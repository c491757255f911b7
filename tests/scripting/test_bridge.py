"""The message codec, without a V8."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runner.model.collection import Script
from runner.model.result import Assertion, ConsoleLine, ErrorInfo
from runner.scripting import bridge
from runner.scripting.interface import CookieCall, RunRequest, ScriptError, SendRequest
from scripting.run import context, response, row, scope


def parse(payload: bridge.Payload) -> list[Any]:
    assert payload.text[0] == "M"
    parsed: list[Any] = json.loads(payload.text[1:])
    return parsed


def test_execute() -> None:
    name, run_id, event, data, options = parse(
        bridge.execute(
            "7", Script("test", "1", "script"), context(timeout=500, environment=scope("e", row("k", 2**70)))
        )
    )
    assert (name, run_id) == ("execute", "7")
    assert event == {"listen": "test", "script": {"id": "script", "exec": "1"}}
    assert data["environment"]["values"] == [row("k", 2**70)]
    assert data["response"]["stream"] == {"base64": "eyJhIjogMX0=", "text": '{"a": 1}'}
    assert options["timeout"] == 500
    assert options["cursor"]["execution"] == "7"
    assert options["disabledAPIs"] == ["datasets", "execution.runRequest"]
    assert options["legacy"]["_itemPath"] == ["Folder", "The item"]


def test_no_limit_and_nested_requests() -> None:
    *_, options = parse(bridge.execute("7", Script("test", "1", "s"), context(timeout=None, allow_run_request=True)))
    assert "timeout" not in options
    assert options["disabledAPIs"] == ["datasets"]


def test_large_bodies_are_attached() -> None:
    body = b"\xef\xbb\xbf" + b"x" * 20_000
    payload = bridge.execute("7", Script("test", "1", "s"), context(response=response(body)))
    assert payload.attachments == [body]
    assert parse(payload)[3]["response"]["stream"] == {"attachment": 0}
    assert bridge.decoded(body) == "x" * 20_000


def test_text_that_is_no_unicode_can_be_sent() -> None:
    payload = bridge.execute("7", Script("test", "'\ud800'", "s"), context())
    assert payload.text.encode("utf-8")
    assert parse(payload)[2]["script"]["exec"] == "'\ud800'"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (["assertion", "1", "n", 0, None, False, False], Assertion("n", 0)),
        (
            ["assertion", "1", "n", 1, {"name": "E", "message": "m", "stack": "s"}, False, True],
            Assertion("n", 1, ErrorInfo("E", "m", "s"), False, True),
        ),
        (["console", "1", "warn", ["'a'"]], ConsoleLine("warn", ("'a'",))),
        (["error", "1", {"name": "E", "message": "m"}], ScriptError(ErrorInfo("E", "m"))),
    ],
)
def test_messages(raw: list[Any], expected: object) -> None:
    assert list(bridge.to_messages(raw, lambda name, arguments: None)) == [expected]


def test_unknown_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown message"):
        list(bridge.to_messages(["surprise", "1"], lambda name, arguments: None))


def test_answers() -> None:
    sent: list[list[Any]] = []

    def reply(name: str, arguments: Any) -> None:
        sent.append(parse(bridge.answer(name, arguments)))

    (request,) = bridge.to_messages(["request", "1", 5, {"url": "x"}], reply)
    assert isinstance(request, SendRequest)
    request.reply(ErrorInfo("Error", "no"), None)
    (cookie,) = bridge.to_messages(["cookies", "1", 6, "findCookies", ["a", "/"]], reply)
    assert isinstance(cookie, CookieCall)
    cookie.reply(None, [{"key": "k"}])
    cookie.reply(ErrorInfo("Error", "denied"), None)
    (nested,) = bridge.to_messages(["run", "1", 7, "id", None], reply)
    assert isinstance(nested, RunRequest)
    nested.reply(None, None, {"local": [1], "collection": [2]})
    assert sent == [
        ["execution.response.1", 5, {"type": "Error", "name": "Error", "message": "no"}, None, {"cookies": []}],
        ["execution.cookies.1", 6, None, [{"key": "k"}]],
        ["execution.cookies.1", 6, "denied", None],
        [
            "execution.run_collection_request_response.1",
            7,
            None,
            None,
            {"variableMutations": {"_variables": [1], "collectionVariables": [2]}},
        ],
    ]


def test_outcome_keeps_rows_that_were_not_written() -> None:
    before = context(environment=scope("e", row("a", 2**60 + 1), row("a", 2**60 + 3), row("b", True), row("c", "x")))
    result = {
        "mutations": [{"scope": "environment", "key": "c", "removed": False, "value": "y"}],
        "scopes": {
            "environment": [
                row("a", float(2**60)),
                row("a", float(2**60)),
                row("b", True),
                row("c", "y"),
                row("d", None),
            ]
        },
    }
    outcome = bridge.to_outcome(None, result, before)
    values = [r["value"] for r in outcome.scopes["environment"]]
    assert values == [2**60 + 1, 2**60 + 3, True, "y", None]

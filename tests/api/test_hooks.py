"""Hooks in Python: what they may change, and that nothing they do wrong is passed over."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import runner
from runner.auth import AuthContext, Replay, Signed
from runner.auth.params import with_header
from runner.model.collection import RequestSpec
from support.server import RecordingServer

from .calls import collection, item, texts, told


def test_a_request_is_sent_as_the_hook_leaves_it_and_seen_so_by_scripts(server: RecordingServer) -> None:
    def other(request: runner.Request, located: runner.Located) -> runner.Request:
        assert located.path == "F/a"
        changed = request.with_header("x-mine", "1").with_header("X-Mine", "2")
        return replace(changed, url=f"{server.url}/other?q=1", method="PUT", body=b'{"b": 1}')

    test = """
    pm.test('seen', () => {
        pm.expect(pm.request.url.getQueryString()).to.equal('q=1');
        pm.expect(pm.request.method).to.equal('PUT');
        pm.expect(pm.request.headers.get('X-Mine')).to.equal('2');
        pm.expect(pm.request.body.raw).to.equal('{"b": 1}');
    });"""
    body = {"method": "POST", "body": {"mode": "raw", "raw": "a longer body than the other"}}
    small = collection({"name": "F", "item": [item("a", f"{server.url}/first", test=test, **body)]})
    result = runner.run(small, before_request=other)
    assert texts(result) == []
    assert result.assertions.total == 1
    (received,) = server.take()
    assert (received.method, received.target, received.body) == ("PUT", "/other?q=1", b'{"b": 1}')
    assert [value for key, value in received.headers if key.lower() == "x-mine"] == ["2"]
    assert received.header("content-length") == "8"


def test_the_hook_comes_after_the_signature() -> None:
    seen: list[str | None] = []

    def look(request: runner.Request, located: runner.Located) -> None:
        seen.append(request.header("authorization"))

    auth = {"type": "bearer", "bearer": [{"key": "token", "value": "{{t}}"}]}
    runner.run(
        collection(item("a", "http://a.test", auth=auth)), transport=told(), before_request=look, variables={"t": 1}
    )
    assert seen == ["Bearer 1"]


def test_hooks_are_for_items_and_not_for_what_scripts_send() -> None:
    paths: list[str] = []

    def look(request: runner.Request, located: runner.Located) -> None:
        paths.append(located.path)

    script = "pm.sendRequest('http://a.test/other', () => {})"
    urls: list[str] = []

    def answer(request: runner.Request) -> runner.Response:
        urls.append(request.url)
        return runner.make_response()

    small = collection(item("a", "http://a.test/a", prerequest=script))
    runner.run(
        small, transport=answer, before_request=[look, look], after_response=lambda e, located: look(e.request, located)
    )
    assert urls == ["http://a.test/other", "http://a.test/a"]
    assert paths == ["a"] * 3


async def _async(*_: Any) -> None:
    """Nobody waits for it."""


def _raise(*_: Any) -> Any:
    raise ValueError("boom")


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        (_raise, "ValueError: boom"),
        (_async, "it is async"),
        (lambda request, located: "x", "returns a Request or None, not a str"),
    ],
)
def test_a_request_whose_hook_fails_is_not_sent_and_has_failed(hook: Any, reason: str) -> None:
    sent: list[str] = []

    def answer(request: runner.Request) -> runner.Response:
        sent.append(request.url)
        return runner.make_response()

    result = runner.run(
        collection(item("a", "http://a.test"), item("b", "http://a.test")), transport=answer, before_request=hook
    )
    assert sent == []
    assert [(failure.kind, failure.item and failure.item.path) for failure in result.failures] == [
        ("request", "a"), ("request", "b"),
    ]  # fmt: skip
    assert reason in texts(result)[0]


@pytest.mark.parametrize(("hook", "reason"), [(_raise, "boom"), (_async, "it is async")])
def test_what_fails_after_the_response_fails_the_item_and_scripts_run(hook: Any, reason: str) -> None:
    small = collection(item("a", "http://a.test", test="pm.test('t', () => {})"))
    result = runner.run(small, transport=told(), after_response=hook)
    assert result.assertions.total == 1
    assert [(failure.kind, failure.at) for failure in result.failures] == [("script", "after_response")]
    assert reason in texts(result)[0]


def test_after_response_comes_before_the_scripts_and_sees_failed_requests_too() -> None:
    order: list[str] = []

    def look(exchange: runner.Exchange, located: runner.Located) -> None:
        order.append(f"{located.path} {exchange.response.code if exchange.response else exchange.error}")

    def note(event: runner.Event) -> None:
        if isinstance(event, runner.ScriptStarted):
            order.append("script")

    def answer(request: runner.Request) -> runner.Response:
        if request.url.endswith("b"):
            raise OSError("gone")
        return runner.make_response(204)

    small = collection(item("a", "http://a.test/a", test="1"), item("b", "http://a.test/b"))
    runner.run(small, transport=answer, after_response=look, on=note)
    assert order[:2] == ["a 204", "script"]
    assert order[2].startswith("b ")
    assert "gone" in order[2]


def passes(result: runner.ItemResult) -> None:
    assert result.response.json()["name"] == "x"


def is_true(result: runner.ItemResult) -> bool:
    return result.response_time < 60_000


def asserts(result: runner.ItemResult) -> None:
    assert result.response.code == 201


def explains(result: runner.ItemResult) -> str:
    return "not what was wanted"


def test_checks_are_assertions_in_every_report(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    small = collection(item("a", "http://a.test", test="pm.test('own', () => {})"))
    result = runner.run(
        small,
        transport=told(),
        checks=[passes, is_true, asserts, explains],
        reporters=[runner.reporter("json", export=str(report))],
    )
    assert [failure.kind for failure in result.failures] == ["assertion", "assertion"]
    assert texts(result)[0].startswith("a: asserts: assert 200 == 201")  # in pytest's words
    assert texts(result)[1] == "a: explains: not what was wanted"
    assert (result.assertions.total, result.assertions.failed) == (5, 2)
    told_in_report = json.loads(report.read_text("utf-8"))["run"]["executions"][0]["assertions"]
    assert [one["assertion"] for one in told_in_report] == ["own", "passes", "is true", "asserts", "explains"]
    assert ["error" in one for one in told_in_report] == [False, False, False, True, True]


def test_a_bare_assert_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def created(result):\n    assert result.response.code == 201\n")
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)
    result = runner.run(collection(item("a", "http://a.test")), transport=told(), checks=names["created"])
    assert texts(result) == [f"a: created: assert result.response.code == 201 ({file}:2)"]


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (lambda result: False, "it returned False"),
        (_raise, "boom"),
        (_async, "it is async"),
        (lambda result: 0, "this one a int"),
        (lambda result: result.response.json()["missing"], "missing"),
    ],
)
def test_no_check_passes_by_accident(check: Callable[[runner.ItemResult], Any], reason: str) -> None:
    result = runner.run(collection(item("a", "http://a.test")), transport=told(), checks={"named": check})
    assert len(result.failures) == 1
    assert texts(result)[0].startswith("a: named: ")
    assert reason in texts(result)[0]


def test_checks_need_a_response_and_stop_a_run_that_bails() -> None:
    calls: list[str] = []

    def check(result: runner.ItemResult) -> bool:
        calls.append(result.located.path)
        return False

    def answer(request: runner.Request) -> runner.Response:
        if request.url.endswith("none"):
            raise OSError("gone")
        return runner.make_response()

    skipped = "pm.execution.skipRequest()"
    small = collection(
        item("none", "http://a.test/none"),
        item("skipped", "http://a.test", prerequest=skipped),
        item("a", "http://a.test"),
    )
    result = runner.run(small, transport=answer, checks=check)
    assert calls == ["a"]
    assert [failure.kind for failure in result.failures] == ["request", "assertion"]
    calls.clear()
    twice = collection(item("a", "http://a.test"), item("b", "http://a.test"))
    runner.run(twice, transport=answer, checks=check, bail=True)
    assert calls == ["a"]


def test_a_result_without_a_response_says_why() -> None:
    def answer(request: runner.Request) -> runner.Response:
        raise OSError("gone")

    events = runner.stream(collection(item("a", "http://a.test")), transport=answer)
    (result,) = [event.result for event in events if isinstance(event, runner.ItemFinished)]
    with pytest.raises(LookupError, match=r"a has no response: .*gone"):
        result.response.json()


def test_hooks_and_checks_of_workflows_and_of_parallel_iterations(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(collection(item("a", "http://a.test/{{n}}"))))
    flow = tmp_path / "f.workflow.yaml"
    flow.write_text("collection: c.json\nsteps:\n  - run: a\n    expect: {status: 200}\n")
    for source in (tmp_path / "c.json", flow):
        urls: list[str] = []

        def look(exchange: runner.Exchange, located: runner.Located) -> None:
            urls.append(exchange.request.url)  # noqa: B023

        data = [{"n": number} for number in range(6)]
        result = runner.run(
            source,
            transport=told(),
            data=data,
            parallel=3,
            before_request=lambda request, located: replace(request, url=f"{request.url}/x"),
            after_response=look,
            checks=[passes, explains],
        )
        assert sorted(urls) == [f"http://a.test/{number}/x" for number in range(6)]
        assert texts(result) == ["a: explains: not what was wanted"] * 6


def keyed(request: runner.Request, params: Mapping[str, Any]) -> runner.Request:
    signed = replace(request, url=f"{request.url}&key={params['key']}")
    return signed.with_header("X-Sum", f"{request.method} {request.url} {(request.body or b'').decode()}")


OWN = {"type": "own", "own": [{"key": "key", "value": "{{k}}"}]}


def test_auth_by_a_callable(server: RecordingServer) -> None:
    body = {"method": "POST", "body": {"mode": "raw", "raw": "{{x}}"}}
    small = collection(item("a", f"{server.url}/a?b=ä {{{{x}}}}", **body), auth=OWN)
    result = runner.run(small, auth={"own": keyed}, variables={"x": 1, "k": "s p"})
    assert texts(result) == []
    (received,) = server.take()
    assert received.target == "/a?b=%C3%A4%201&key=s%20p"
    assert received.header("x-sum") == f"POST {server.url}/a?b=%C3%A4%201 1"
    assert received.body == b"1"


class Dance:
    """Asks again with what the server wanted, like digest."""

    def sign(self, spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
        return Signed(spec)

    def challenge(
        self,
        spec: RequestSpec,
        params: Mapping[str, Any],
        response: runner.Response,
        context: AuthContext,
        attempt: int,
    ) -> Replay | None:
        if params["key"] == "bad":
            raise ValueError("boom")
        if response.code != 401:
            return None
        return Replay(with_header(spec, "X-Proof", response.header("x-nonce") or ""))


def test_auth_by_an_object_that_answers_to_the_server() -> None:
    proofs: list[str | None] = []

    def answer(request: runner.Request) -> runner.Response:
        proofs.append(request.header("x-proof"))
        return runner.make_response(200 if proofs[-1] else 401, headers={"X-Nonce": "n1"})

    small = collection(
        item("a", "http://a.test", test="pm.test('200', () => pm.response.to.have.status(200))"), auth=OWN
    )
    result = runner.run(small, auth={"own": Dance()}, transport=answer, variables={"k": "good"})
    assert texts(result) == []
    assert proofs == [None, "n1"]
    broken = runner.run(small, auth={"own": Dance()}, transport=answer, variables={"k": "bad"})
    assert [failure.kind for failure in broken.failures] == ["request", "assertion"]
    assert "own.auth: ValueError: boom" in texts(broken)[0]


@pytest.mark.parametrize(
    ("sign", "reason"),
    [
        (_raise, "ValueError: boom"),
        (_async, "it is async"),
        (lambda request, params: None, "returns a Request, not a NoneType"),
        (lambda request, params: replace(request, body=b"x"), "not the method or the body"),
    ],
)
def test_a_signature_that_fails_is_a_failed_request(sign: Any, reason: str) -> None:
    sent: list[str] = []

    def answer(request: runner.Request) -> runner.Response:
        sent.append(request.url)
        return runner.make_response()

    result = runner.run(
        collection(item("a", "http://a.test"), auth=OWN), auth={"own": sign}, transport=answer, variables={"k": "1"}
    )
    assert sent == []
    assert len(result.failures) == 1
    assert reason in texts(result)[0]


def test_an_auth_type_of_a_run_comes_before_that_of_htrun_and_ends_with_it() -> None:
    basic = {"type": "basic", "basic": [{"key": "username", "value": "u"}, {"key": "password", "value": "p"}]}
    seen: list[str | None] = []

    def answer(request: runner.Request) -> runner.Response:
        seen.append(request.header("authorization"))
        return runner.make_response()

    small = collection(item("a", "http://a.test"), auth=basic)
    runner.run(
        small, auth={"basic": lambda request, params: request.with_header("Authorization", "mine")}, transport=answer
    )
    runner.run(small, transport=answer)
    assert seen == ["mine", "Basic dTpw"]

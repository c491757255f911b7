"""Runs without a network: callables, WSGI and ASGI applications, transports of one's own."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import flask
import pytest

import runner

from .calls import collection, item, nothing_left, texts


class Own:
    """A transport as ``runner.Transport`` has it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.closed = False

    def send(self, request: runner.Request, options: runner.SendOptions, jar: runner.CookieJar) -> runner.Exchange:
        self.sent.append((options.origin, request.url))
        return runner.Exchange("1", request, runner.make_response(200, {"a": 1}))

    def close(self) -> None:
        self.closed = True


def test_a_transport_of_ones_own_sends_everything_and_stays_open() -> None:
    own = Own()
    script = (
        "pm.sendRequest('http://b.test/s', () => {}); pm.test('a', () => pm.expect(pm.response.json().a).to.equal(1))"
    )
    for _ in range(2):
        result = runner.run(collection(item("a", "http://a.test/x", test=script)), transport=own)
        assert texts(result) == []
        assert not own.closed
    assert own.sent == [("item", "http://a.test/x"), ("script", "http://b.test/s")] * 2


def results(small: dict[str, Any], transport: Any, **options: Any) -> list[runner.ItemResult]:
    events = runner.stream(small, transport=transport, **options)
    return [event.result for event in events if isinstance(event, runner.ItemFinished)]


def test_cookies_redirects_and_encodings_of_a_callable() -> None:
    seen: list[tuple[str, str, str | None]] = []

    def answer(request: runner.Request) -> runner.Response:
        seen.append((request.method, request.url, request.header("cookie")))
        if request.url.endswith("/a"):
            return runner.make_response(302, headers={"Location": "/b?x=1", "Set-Cookie": "s=1; Path=/"})
        return runner.make_response(200, gzip.compress(b'{"n": 1}'), {"Content-Encoding": "gzip"})

    small = collection(item("a", "http://a.test/a", method="POST"))
    (result,) = results(small, answer)
    assert seen == [("POST", "http://a.test/a", None), ("GET", "http://a.test/b?x=1", "s=1")]
    assert result.response.json() == {"n": 1}
    assert result.response.url == "http://a.test/b?x=1"
    assert [cookie.name for cookie in result.response.cookies] == ["s"]
    (exchange,) = [one for one in result.exchanges if one.origin == "item"]
    assert [hop.response.code for hop in exchange.redirects if hop.response] == [302]
    (result,) = results(small, answer, follow_redirects=False)
    assert result.response.code == 302


def test_a_callable_that_sends_in_circles() -> None:
    result = runner.run(
        collection(item("a", "http://a.test/")),
        transport=lambda r: runner.make_response(301, headers={"Location": "/"}),
    )
    assert len(result.failures) == 1
    assert "redirect loop" in texts(result)[0]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda request: 1 / 0, "the transport raised ZeroDivisionError: division by zero ("),
        (lambda request: None, "returns a Response, not a NoneType"),
        (
            lambda request: runner.make_response(200, b"no gzip at all", {"Content-Encoding": "gzip"}),
            "incorrect header check",
        ),
    ],
)
def test_a_callable_that_fails_is_a_failed_request(answer: Any, reason: str) -> None:
    result = runner.run(collection(item("a", "http://a.test/")), transport=answer)
    assert [failure.kind for failure in result.failures] == ["request"]
    assert reason in texts(result)[0]


@pytest.mark.parametrize(
    ("body", "content", "kind"),
    [
        (b"\x00", b"\x00", None),
        ("ä", "ä".encode(), "text/plain; charset=utf-8"),
        ({"a": [1]}, b'{"a": [1]}', "application/json"),
        (None, b"null", "application/json"),
    ],
)
def test_responses_that_are_made(body: object, content: bytes, kind: str | None) -> None:
    made = runner.make_response(404, body)
    assert (made.code, made.reason, made.body, made.header("CONTENT-type")) == (404, "Not Found", content, kind)
    assert runner.make_response(299, body, {"content-type": "x"}, reason="Own").headers == (
        runner.Header("content-type", "x"),
    )


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; charset=latin-1", b"\xe4", "ä"),
        ("text/plain; charset=no-such", "ä".encode(), "ä"),
        ("text/plain; charset=base64", "ä".encode(), "ä"),
        ("text/plain", "\ufeffä".encode(), "ä"),
        ("text/plain", b"\xff", "\ufffd"),
    ],
)
def test_the_text_of_a_response(kind: str, body: bytes, text: str) -> None:
    assert runner.make_response(200, body, {"Content-Type": kind}).text == text


def flask_app() -> flask.Flask:
    app = flask.Flask("shop")
    app.testing = True

    @app.get("/start")
    def start() -> Any:
        answer = flask.redirect("/echo/ä?x=1")
        answer.set_cookie("s", "1")
        return answer

    @app.route("/echo/<name>", methods=["GET", "POST"])
    def echo(name: str) -> Any:
        request = flask.request
        body = request.get_data(as_text=True)
        return {"name": name, "args": request.args, "body": body, "cookies": request.cookies, "host": request.host,
                "type": request.content_type, "two": request.headers.get("X-Two")}  # fmt: skip

    @app.get("/boom")
    def boom() -> Any:
        raise ValueError("broken")

    return app


def test_a_wsgi_application() -> None:
    headers = [{"key": "X-Two", "value": "1"}, {"key": "X-Two", "value": "2"}]
    body = {"mode": "raw", "raw": "{}", "options": {"raw": {"language": "json"}}}
    small = collection(
        item("start", "http://shop.test:81/start"),
        item("post", "http://shop.test/echo/n?a=%20b", method="POST", body=body, header=headers),
        item("boom", "http://shop.test/boom"),
        item("missing", "http://shop.test/missing", method="HEAD"),
    )
    start, post, boom, missing = results(small, runner.WSGITransport(flask_app()))
    answered = start.response.json()
    assert (answered["name"], answered["args"], answered["host"]) == ("ä", {"x": "1"}, "shop.test:81")
    assert answered["cookies"] == {"s": "1"}
    answered = post.response.json()
    assert answered["args"] == {"a": " b"}
    assert (answered["body"], answered["type"], answered["two"]) == ("{}", "application/json", "1,2")
    assert "ValueError: broken" in str(boom.failures[0])
    assert (missing.response.code, missing.response.body) == (404, b"")


def test_a_wsgi_application_that_is_slow_to_begin_and_has_to_be_closed() -> None:
    closed: list[bool] = []

    class Body:
        def __init__(self, start: Any) -> None:
            self.start = start

        def __iter__(self) -> Any:
            self.start("200 Fine", [("X-A", "1")])(b"first ")
            yield b"second"

        def close(self) -> None:
            closed.append(True)

    def late(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return Body(start_response)

    def silent(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return []

    (result,) = results(collection(item("a", "http://a.test")), runner.WSGITransport(late))
    assert (result.response.reason, result.response.text, closed) == ("Fine", "first second", [True])
    (result,) = results(collection(item("a", "http://a.test")), runner.WSGITransport(silent))
    assert "did not call start_response" in str(result.failures[0])


class Asgi:
    """An application that writes down what it is told. ``lifespan``: whether it knows of start and end."""

    def __init__(self, lifespan: str) -> None:
        self.lifespan, self.log = lifespan, [""][:0]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        body = (await receive())["body"]
        self.log.append(f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} {scope['state']}")
        if scope["path"] == "/boom":
            raise ValueError("broken")
        if scope["path"] == "/silent":
            return
        headers = [(b"content-type", b"text/plain"), (b"x-host", dict(scope["headers"])[b"host"])]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"got ", "more_body": True})
        await send({"type": "http.response.body", "body": body})
        assert (await receive())["type"] == "http.disconnect"

    async def _live(self, scope: Any, receive: Any, send: Any) -> None:
        if self.lifespan == "unknown":
            raise NotImplementedError
        for what in ("startup", "shutdown"):
            message = await receive()
            self.log.append(message["type"])
            scope["state"]["n"] = 1
            await send(
                {"type": f"lifespan.{what}.{'failed' if self.lifespan == 'fails' else 'complete'}", "message": "no db"}
            )


def test_an_asgi_application() -> None:
    app = Asgi("known")
    body = {"method": "POST", "body": {"mode": "raw", "raw": "x"}}
    small = collection(
        item("a", "http://a.test/ä?b=%201", **body),
        item("boom", "http://a.test/boom"),
        item("silent", "http://a.test/silent"),
    )
    with nothing_left(), runner.ASGITransport(app) as transport:
        a, boom, silent = results(small, transport)
        again = results(small, transport, parallel=3, iterations=3)
    assert (a.response.code, a.response.text, a.response.header("x-host")) == (201, "got x", "a.test")
    assert "ValueError: broken" in str(boom.failures[0])
    assert "did not send a response" in str(silent.failures[0])
    assert len(again) == 9
    assert app.log[:2] == ["lifespan.startup", "POST /ä?b=%201 {'n': 1}"]
    assert app.log[-1] == "lifespan.shutdown"
    assert app.log.count("lifespan.startup") == 1


@pytest.mark.parametrize(("lifespan", "reason"), [("unknown", None), ("fails", "the application did not start: no db")])
def test_an_asgi_application_without_a_lifespan_and_one_that_does_not_start(lifespan: str, reason: str | None) -> None:
    with runner.ASGITransport(Asgi(lifespan)) as transport:
        found = [results(collection(item("a", "http://a.test")), transport)[0] for _ in range(2)]
    if reason is None:
        assert all(result.passed for result in found)
    else:  # not only the first request: nothing answers in place of what has not started
        assert all(reason in str(result.failures[0]) for result in found)


@pytest.mark.parametrize("in_thread", [True, False])
def test_an_asgi_application_where_an_event_loop_runs(in_thread: bool) -> None:
    app = Asgi("known")
    small = collection(item("a", "http://a.test"))

    async def main() -> runner.RunResult:
        with runner.ASGITransport(app) as transport:
            if in_thread:
                return await asyncio.to_thread(runner.run, small, transport=transport)
            return runner.run(small, transport=transport)

    with nothing_left():
        assert asyncio.run(main()).passed
    assert app.log[-1] == "lifespan.shutdown"


def test_hooks_work_with_any_transport() -> None:
    small = collection(item("a", "http://a.test/"))
    (result,) = results(
        small,
        runner.WSGITransport(flask_app()),
        before_request=lambda request, located: replace(request, url="http://a.test/echo/z"),
    )
    assert result.response.json()["name"] == "z"

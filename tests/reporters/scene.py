"""A run of everything that reports have to cope with: the real engine and real scripts, a network that always answers
the same, and a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runner.engine import events as ev
from runner.engine.assemble import Given, new_session
from runner.engine.item import run_item
from runner.engine.run import run
from runner.engine.session import RunOptions
from runner.model.collection import Header
from runner.model.exchange import Exchange, NetworkError, Request, Response, Timings
from runner.parse.collection import load_collection
from runner.transport.cookies import CookieJar
from runner.transport.interface import SendOptions
from runner.workflow.attempts import attempting
from runner.workflow.spec import Backoff, Retry

STARTED = 1_795_505_797.0
SCRIPT_TAG = "<script>alert(1)</script>"
COMMANDS = "::error file=x::injected\n##teamcity[buildProblem description='injected']\n##vso[task.complete]\n"
#: What a server may send to break a report: markup, escapes, ends of sections, of fences and of tables, commands.
HOSTILE = (
    f"{SCRIPT_TAG} ]]> \x1b[31mred\x1b[0m \x07\x00\r\n{COMMANDS}```\n| a | `b` |\n=1+1\nnot ok 1\n\u2028\u202e\ufffe"
)
BODIES: dict[str, tuple[int, str, bytes]] = {
    "json": (200, "OK", b'{"id": 12345678901234567890, "name": "Ann", "nested": {"list": [1, 2, 3], "ok": true}}'),
    "hostile": (200, "OK ::error::x", HOSTILE.encode()),
    "broken": (200, "OK", b"\xff\xfe\x00 \xc3\x28 broken utf-8"),
    "denied": (401, "Unauthorized", b'{"error": "no key"}'),
    "busy": (200, "OK", b"not any more"),
    "moved": (200, "OK", b"there"),
}
REFUSED = NetworkError("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED", -111, "connect", "127.0.0.1", 1)


class Network:
    """Answers by the last part of the path; every exchange takes 24 ms and starts a second after that of the item
    before."""

    def __init__(self) -> None:
        self.sent = 0
        self.busy = False  # the last answer was that it is

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        name = request.url.partition("?")[0].rpartition("/")[2]
        # Those of scripts are sent from threads, in an order of their own.
        self.sent += options.origin == "item"
        began = STARTED + self.sent + (0.1 * len(name) if options.origin == "script" else 0)
        timings = Timings(began, dns=1.5, connect=0.4, first_byte=20.0, download=0.3, total=24.0)
        identity = f"x{self.sent}"
        if name == "down":
            return Exchange(identity, request, None, REFUSED, timings, options.origin)
        code, reason, body = BODIES[name]
        if name == "busy":
            self.busy = not self.busy
            code, reason = (503, "Busy ::error::x") if self.busy else (code, reason)
        kind = "application/json" if body[:1] == b"{" else "text/html"
        headers = (Header("Content-Type", kind), Header("Set-Cookie", "sid=abc; Path=/; HttpOnly"))
        response = Response(code, reason, headers, body, request.url, downloaded=len(body), header_size=90)
        hops: tuple[Exchange, ...] = ()
        if name == "moved":
            to = (Header("Location", request.url),)
            first = Response(302, "Found", to, b"", "http://api.test/old", header_size=60)
            hops = (Exchange(f"{identity}-0", request, first, None, timings, "redirect"),)
        return Exchange(identity, request, response, None, timings, options.origin, hops)

    def close(self) -> None:
        """There is nothing to close."""


def item(name: str, path: str, test: str = "", pre: str = "", **more: Any) -> dict[str, Any]:
    listeners = [
        {"listen": listen, "script": {"exec": source.split("\n")}}
        for listen, source in (("prerequest", pre), ("test", test))
        if source
    ]
    url = path if "://" in path else "{{base}}/" + path
    return {"name": name, "event": listeners, "request": {"method": "GET", "url": url, **more}}


def collection() -> dict[str, Any]:
    """Passes, failures of checks, skips, errors of scripts, refused connections, retries, nested requests."""
    checks = """pm.test("status is 200", () => pm.response.to.have.status(200));
pm.test("name", () => {
  pm.expect(pm.response.json().name).to.eql("Bob");
});
pm.test("deep", () => pm.expect(pm.response.json().nested).to.eql({list: [1, 3], ok: true}));
pm.test.skip("later", () => {});
pm.environment.set("user_id", "u-1");"""
    quotes = f"""console.log(pm.response.text());
pm.test({json.dumps(HOSTILE)}, () => pm.expect(pm.response.text()).to.eql("harmless"));
throw new Error(pm.response.text());"""
    calls = """pm.sendRequest(pm.variables.replaceIn("{{base}}/json"), () => {});
pm.sendRequest("http://api.test/down", () => {});"""
    guide = (
        "Text.\n\n| status | meaning | what to do |\n|---|---|---|\n| 401 | missing or *invalid* key | set `key` |\n"
    )
    denied = 'pm.test("allowed", () => pm.expect(pm.response.code).to.be.below(400));'
    data: dict[str, Any] = {
        "info": {"_postman_id": "c-1", "name": f"Scene {SCRIPT_TAG} | `x` @all", "description": guide},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}"}]},
        "variable": [{"key": "base", "value": "http://api.test"}, {"key": "key", "value": "k"}],
        "item": [
            {
                "name": "Users",
                "item": [
                    item("Get", "json", checks),
                    item("Denied", "denied?u={{user_id}}&m={{missing}}", method="POST", body=RAW),
                    item("Retried", "busy", 'pm.test("in the end", () => {});'),
                    item("Moved", "moved"),
                ],
                "event": [{"listen": "test", "script": {"exec": [denied]}}],
            },
            item(f"=SUM(1) {SCRIPT_TAG} ]]> | `q` # SKIP %0A\n::error::x \x1b[31m", "hostile", quotes),
            item("Broken", "broken", 'pm.test("text", () => pm.response.text());'),
            item("Down", "http://api.test/down", 'pm.test("never", () => pm.response.to.have.status(200));'),
            item("Calls", "json", calls),
            item("Skipped", "json", pre="pm.execution.skipRequest();"),
            item("Same", "json", 'pm.test("a", () => {});'),
            item("Same", "json", 'pm.test("b", () => { throw new Error("second of two"); });'),
            item("Outer", "json", 'pm.test("inner", async () => { await pm.execution.runRequest("Moved"); });'),
            item("More", "json", "for (const n of [1, 2]) pm.test(`no ${n}`, () => pm.expect(n).to.eql(3));"),
            item("Throws", "json", "const one = 1;\nmissing();"),
        ],
    }
    for number, one in enumerate([*data["item"][0]["item"], *data["item"]]):
        one["id"] = f"id-{number}"
    return data


RAW = {"mode": "raw", "raw": '{"a": "it\'s"}', "options": {"raw": {"language": "json"}}}


def scene(folder: Path, iterations: int = 2) -> Iterator[ev.Event]:
    """The events of the run. The collection is ``scene.json`` in ``folder``, which has to be the current one."""
    (folder / "scene.json").write_text(json.dumps(collection(), indent=2), "utf-8")
    now = iter(range(10_000_000))
    loaded = load_collection("scene.json")
    session = new_session(loaded, Given(), RunOptions(iterations=iterations), transport=Network())
    session.clock = lambda: STARTED + next(now)
    session.monotonic = lambda: 0.0
    session.sleep = lambda seconds: None
    try:
        retry = Retry(backoff=Backoff(jitter=0))
        yield from run(session, attempting(run_item, retry, None, "retry"))
    finally:
        session.close()

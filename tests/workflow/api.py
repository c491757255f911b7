"""A small API whose answers change from call to call, and the collection that calls it.

====================  ===============================================================================
``POST /items``       201 and an object with a new id and what was sent
``/flaky/<n>``        ``status`` (503) the first ``n`` times, with ``after`` as Retry-After; then 200
``/job/<n>``          ``{"status": "working"}``, from the ``n``-th call on ``"done"``
``/status/<code>``    that status
``/slow/<ms>``        answers after so many ms
``/login/<name>``     sets the cookie ``user``
anything else         the request as JSON
====================  ===============================================================================
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from support.server import Answer, Received

JSON = ("Content-Type", "application/json; charset=utf-8")
BIG = 9007199254740993  # 2**53 + 1: no double of JavaScript


@dataclass
class Api:
    """What a RecordingServer answers.

    Attributes:
        seen: calls by path.
        most: how many were answered at the same time at most.
    """

    seen: Counter[str] = field(default_factory=Counter)
    most: int = 0
    busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Received) -> Answer:
        with self.lock:
            self.busy += 1
            self.most = max(self.most, self.busy)
        try:
            return self.answer(request)
        finally:
            with self.lock:
                self.busy -= 1

    def answer(self, request: Received) -> Answer:
        parts = urlsplit(request.target)
        with self.lock:
            self.seen[parts.path] += 1
            times = self.seen[parts.path]
        first, _, rest = parts.path.lstrip("/").partition("/")
        query = dict(parse_qsl(parts.query))
        if first == "items":
            return _json({"id": BIG + times - 1, "sent": request.body.decode()}, 201)
        if first == "flaky" and times <= int(rest):
            more = [("Retry-After", query["after"])] if "after" in query else []
            return _json({"error": "busy"}, int(query.get("status", "503")), more)
        if first == "job":
            return _json({"status": "done" if times >= int(rest) else "working", "calls": times})
        if first == "status":
            return _json({"error": "as asked"}, int(rest))
        if first == "slow":
            time.sleep(int(rest) / 1000)
        if first == "login":
            return _json({"user": rest}, more=[("Set-Cookie", f"user={rest}; Path=/")])
        return _json(
            {
                "method": request.method,
                "path": parts.path,
                "args": query,
                "body": request.body.decode(),
                "headers": {name.lower(): value for name, value in request.headers},
                "tags": ["a", "b"],
                "nothing": None,
            }
        )


def _json(value: Any, status: int = 200, more: Any = ()) -> Answer:
    return Answer(status, json.dumps(value).encode(), (JSON, *more))


def _item(name: str, url: str, script: str = "", **request: Any) -> dict[str, Any]:
    events = [{"listen": "test", "script": {"exec": [script]}}] if script else []
    return {"name": name, "request": {"method": "GET", "url": f"{{{{base}}}}{url}", **request}, "event": events}


def _raw(text: str) -> dict[str, Any]:
    return {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}


OK = "pm.test('is 200', () => pm.response.to.have.status(200));"
COLLECTION = {
    "info": {"name": "Things"},
    "variable": [{"key": "base", "value": ""}, {"key": "id", "value": ""}, {"key": "who", "value": "nobody"}],
    "item": [
        {
            "name": "Setup",
            "item": [
                _item("Create", "/items", method="POST", body=_raw('{"name": "x", "size": {"w": 1, "h": 2}}')),
                _item("Log in", "/login/{{who}}"),
            ],
        },
        {
            "name": "Work",
            "item": [
                _item("Get", "/things/{{id}}?q={{item}}", OK),
                _item("Flaky", "/flaky/{{failures}}", OK),
                _item("Flaky later", "/flaky/{{failures}}?after={{after}}", OK),
                _item("Job", "/job/{{ready}}", OK),
                _item("Broken", "/status/500"),
                _item("Refused", "/status/200", "pm.test('never', () => pm.expect(1).to.equal(2));"),
                _item("Slow", "/slow/{{ms}}"),
                _item("Set", "/set", "pm.globals.set('written', pm.variables.get('value'));"),
                _item("Templates", "/templates", method="POST", body=_raw('{"n": {{n}}, "p": 1.10, "s": "{{n}}"}')),
                _item("Jump", "/jump", "pm.execution.setNextRequest(pm.variables.get('next'));"),
                _item(
                    "Form",
                    "/form",
                    method="POST",
                    body={"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]},
                ),
            ],
        },
        {"name": "End", "item": [_item("Clean", "/clean/{{id}}")]},
    ],
}

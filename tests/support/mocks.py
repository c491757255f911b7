"""Collections with saved examples, and a client for a running mock."""

from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import dataclass
from typing import Any

import requests

Json = Any


def example(name: str, code: int = 200, body: str = "", request: Json = None, **more: Json) -> Json:
    """A saved response; without ``request`` it answers the request that it is saved with."""
    row = {"id": f"id-{name}", "name": name, "code": code, "status": "", "header": [], "body": body, **more}
    return row if request is None else {**row, "originalRequest": request}


def request(url: Json, method: str = "GET", **more: Json) -> Json:
    return {"method": method, "url": url, **more}


def item(name: str, sent: Json, *examples: Json, test: str = "") -> Json:
    event = [{"listen": "test", "script": {"exec": test.splitlines()}}] if test else []
    return {"name": name, "request": sent, "response": list(examples), "event": event}


def json_body(value: Json) -> Json:
    raw = value if isinstance(value, str) else json.dumps(value)
    return {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}


@dataclass
class Mock:
    """A running mock, and a client for it."""

    url: str
    process: subprocess.Popen[str]
    ready: str

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return requests.request(method, self.url + path, timeout=10, allow_redirects=False, **options)

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.call("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def requests(self) -> list[Json]:
        return [json.loads(line) for line in self.get("/__htrun/requests").text.splitlines()]

    def stop(self) -> tuple[int, str, str]:
        """Exit code, the rest of its output, and its errors."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err

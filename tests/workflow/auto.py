"""Collections for ``--capture auto``, and what came of running one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from cli.conftest import request
from workflow.stateful_server import StatefulApi

Json = Any
Play = Callable[..., "Result"]

JSON_BODY = {"raw": {"language": "json"}}


class Result:
    """A run: its output, what was inferred, what the server refused and what it got."""

    def __init__(self, code: int, out: str, err: str, api: StatefulApi, targets: tuple[str, ...]) -> None:
        self.code, self.out, self.err, self.api, self.targets = code, out, err, api, targets
        lines = re.findall(r"^  (\S+) ← (.*) of (.*) \(inferred\)", out, re.MULTILINE)
        self.inferred = {(name, path, item) for name, path, item in lines}

    @property
    def sentences(self) -> list[str]:
        return re.findall(r"^     (\{\{.*)$", self.out, re.MULTILINE)


def post(name: str, path: str, body: Json = None, **more: Json) -> Json:
    raw = {"mode": "raw", "raw": json.dumps(body or {"name": "x"}), "options": JSON_BODY}
    return request(name, f"{{{{base}}}}{path}", method="POST", body=raw, **more)


def get(name: str, path: str, **more: Json) -> Json:
    return request(name, f"{{{{base}}}}{path}", **more)


def bearer(name: str) -> Json:
    return {"type": "bearer", "bearer": [{"key": "token", "value": f"{{{{{name}}}}}"}]}

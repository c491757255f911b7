"""A run of 200 requests in which a bit of everything matters when it is killed, and the server that counts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cli.conftest import request
from support.server import Answer, Received

ROOT = Path(__file__).parents[2]
ROUNDS = 66
#: One login, three requests in each round, one farewell.
ITEMS = 2 + 3 * ROUNDS
#: What arrives at the server: each round has a request of a script too.
ARRIVING = ITEMS + ROUNDS
TOKEN = "tok-5f1e9c0a7d3b"
SESSION = "sid-83ac11d90b77"


def collection(url: str) -> dict[str, Any]:
    """Login, then rounds of create (with a capture, and ``pm.sendRequest``), get, note; then a farewell.

    Each request says in its path which round it belongs to, so that two of the same are one that was sent twice.
    """
    create = (
        "const body = pm.response.json();\n"
        "pm.test('created', () => pm.expect(pm.response.code).to.eql(201));\n"
        "pm.environment.set('id', body.id);\n"
        "pm.globals.set('ids', (pm.globals.get('ids') || '') + body.n + ' ');\n"
        f"pm.sendRequest({{ url: '{url}/audit/' + body.n, method: 'POST', header: "
        "{ Authorization: 'Bearer ' + pm.environment.get('token') } }, (error, answer) => {\n"
        "  pm.test('audited', () => pm.expect(answer.code).to.eql(200));\n"
        "});"
    )
    note = (
        "const n = Number(pm.collectionVariables.get('n'));\n"
        "pm.collectionVariables.set('n', n + 1);\n"
        f"pm.execution.setNextRequest(n < {ROUNDS} ? 'create' : 'farewell');"
    )
    authorization = [{"key": "Authorization", "value": "Bearer {{token}}"}]
    return {
        "info": {"name": "Rounds"},
        "variable": [{"key": "n", "value": 1}],
        "item": [
            request("login", f"{url}/login", "pm.environment.set('token', pm.response.json().token);", method="POST"),
            request("create", f"{url}/create/{{{{n}}}}", create, method="POST", header=authorization),
            request(
                "get",
                f"{url}/item/{{{{n}}}}/{{{{id}}}}",
                "pm.test('mine', () => pm.expect(pm.response.json().n).to.eql(pm.collectionVariables.get('n')));",
                header=authorization,
            ),
            request("note", f"{url}/note/{{{{n}}}}", note, method="PUT", header=authorization),
            request("farewell", f"{url}/farewell", "pm.test('ok', () => pm.response.to.be.ok);", method="POST"),
        ],
    }


class Counting:
    """Answers the requests of the collection, counts them, and kills who sends them.

    Args:
        at: how many requests arrive before that; 0: it kills nobody.
        answered: whether that request is answered first.
        later: seconds to wait before the kill.
    """

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.refused: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self.at, self.answered, self.later = 0, False, 0.0
        self._lock = threading.Lock()

    def kill_at(self, at: int, *, answered: bool, later: float) -> None:
        self.at, self.answered, self.later = at, answered, later

    def __call__(self, received: Received) -> Answer:
        with self._lock:
            self.arrived[f"{received.method} {received.target}"] += 1
            kill = self.at and sum(self.arrived.values()) == self.at
        if kill and not self.answered:
            self._kill()
        elif kill:
            threading.Thread(target=self._kill).start()
        return self._answer(received)

    def _kill(self) -> None:
        time.sleep(self.later)
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        if not self.answered:
            self.process.wait(10)

    def _answer(self, received: Received) -> Answer:
        kind, *rest = received.target.strip("/").split("/")
        if kind == "login":
            cookie = ("Set-Cookie", f"session={SESSION}; Path=/")
            return Answer(200, json.dumps({"token": TOKEN}).encode(), (("Content-Type", "application/json"), cookie))
        wanted = kind == "farewell" or received.header("authorization") == f"Bearer {TOKEN}"
        if not wanted or received.header("cookie") != f"session={SESSION}":
            self.refused.append(f"{received.method} {received.target}")
            return Answer(401)
        number = int(rest[0]) if rest else 0
        body = {"n": number, "id": f"item-{number}"}
        if kind == "item" and rest[1] != body["id"]:
            return Answer(404)
        return Answer(
            201 if kind == "create" else 200, json.dumps(body).encode(), (("Content-Type", "application/json"),)
        )


def environment(home: Path) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("HTRUN_", "XDG_"))}
    return {**known, "PYTHONPATH": str(ROOT), "HOME": str(home)}


def start(place: Path, *arguments: str) -> subprocess.Popen[str]:
    """htrun, in a folder that is its home too."""
    return subprocess.Popen(
        [sys.executable, "-m", "runner", *arguments],
        cwd=place,
        env=environment(place),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def finished(place: Path, arguments: Sequence[str]) -> tuple[int, str]:
    """Exit code and output of a command."""
    process = start(place, *arguments)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output

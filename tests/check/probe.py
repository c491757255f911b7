"""The table of Postman's API, as the sandbox has it: ``python tests/check/probe.py`` writes it anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.model.collection import Listen, Script
from runner.scripting.interface import ScopeValues, ScriptContext, ScriptResponse
from runner.scripting.v8 import V8Engine

SCRIPT = Path(__file__).with_name("api_probe.js")
TABLE = Path(__file__).parents[2] / "runner" / "check" / "postman_api.json"
_REQUEST = {
    "url": {"protocol": "http", "host": ["localhost"], "path": ["a"], "query": [{"key": "b", "value": "c"}]},
    "method": "POST",
    "header": [{"key": "A", "value": "b"}],
    "body": {"mode": "raw", "raw": "x"},
    "auth": {"type": "basic", "basic": [{"key": "username", "value": "a"}]},
}


def probe() -> dict[str, Any]:
    """Kind of script -> names of ``pm`` and ``postman``, and of what ``pm.expect`` returns."""
    engine = V8Engine()
    engine.start()
    try:
        return {listen: _probe(engine, listen) for listen in ("prerequest", "test")}
    finally:
        engine.close()


def _probe(engine: V8Engine, listen: Listen) -> Mapping[str, Any]:
    empty = ScopeValues("x", ())
    headers = (("Content-Type", "application/json"),)
    response = ScriptResponse("r", 200, "OK", headers, b'{"a": 1}', 5) if listen == "test" else None
    context = ScriptContext(
        empty, empty, empty, empty, {"column": 1}, _REQUEST, response, (),
        {"ref": "x", "length": 1, "cycles": 1, "position": 0, "iteration": 0}, "i", "Item", ("C", "Item"), "Item",
        allow_run_request=True,
    )  # fmt: skip
    messages = engine.run(Script(listen, SCRIPT.read_text("utf-8"), "probe"), context)
    while True:
        try:
            next(messages)
        except StopIteration as stop:
            outcome = stop.value
            break
    assert outcome.error is None, outcome.error
    rows = {row["key"]: row["value"] for row in outcome.scopes["local"]}
    found: Mapping[str, Any] = json.loads(rows["found"])
    return found


if __name__ == "__main__":
    TABLE.write_text(json.dumps(probe(), indent=1, sort_keys=True) + "\n", "utf-8")

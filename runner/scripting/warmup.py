"""A first script that has V8 compile what most scripts use."""

from __future__ import annotations

from runner.model.collection import Script
from runner.scripting.interface import ScopeValues, ScriptContext, ScriptResponse

_EMPTY = ScopeValues("0", ())
SCRIPT = Script(
    "test",
    """pm.test("0", () => { pm.response.to.have.status(200); pm.expect(pm.response.json().a).to.eql("0"); });
pm.environment.set("0", pm.variables.get("0")); pm.collectionVariables.set("0", pm.response.headers.get("0"));""",
    "0",
)
CONTEXT = ScriptContext(
    globals=_EMPTY,
    environment=_EMPTY,
    collection=_EMPTY,
    local=ScopeValues("0", ({"key": "0", "value": "0", "type": "any"},)),
    data={},
    request={"url": "http://localhost/0?0=0", "method": "GET", "header": [{"key": "0", "value": "0"}]},
    response=ScriptResponse("0", 200, "OK", (("Content-Type", "application/json"),), b'{"a":"0"}', 0),
    cookies=(),
    cursor={"ref": "0", "length": 1, "cycles": 1, "position": 0, "iteration": 0},
    item_id="0",
    item_name="0",
    item_path=("0",),
    event_item_name="0",
)

"""An API whose answers want to break out of a report, and a collection that calls it in every way there is."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

from cli.conftest import folder, request
from support.server import Answer, Received, answer_to

Json = Any

#: Sent as a body, a header, a cookie, in names, descriptions, console lines and messages: none of it may run.
ATTACK = (
    '</script><script>window.pwned=1</script><img src=x onerror="window.pwned=2"><!--<script>'
    "]]>\u2028\u2029\x1b[2J\x1b[31mred\x1b[0m\x07\x00\u202egnp.exe{{7*7}}&lt;b&gt;"
)
HEADER = "</script><script>window.pwned=3</script>"
#: Text that is not Latin-1, UTF-8 or anything else.
BROKEN = b'{"a":"\xff\xfe\xc3\x28 caf\xe9 \xf0\x9f\x92","b":"\xed\xa0\x80</script>"}'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f00038401806af5b1"
    "400000000049454e44ae426082"
)
SVG = (
    f"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'><script>{ATTACK[17:31]}</script>"
    "<circle cx='20' cy='20' r='18' fill='teal'/></svg>"
)
HTML = f"<!doctype html><html><body onload='window.pwned=4'><h1>Hi</h1>{ATTACK}</body></html>"
XML = """<?xml version="1.0"?><users count="2"><user id="1"><name>Ann</name></user><user id="2"/>
<!-- a note --><![CDATA[a < b]]></users>"""
BODIES = {
    "broken": (BROKEN, "application/json; charset=utf-8"),
    "png": (PNG, "image/png"),
    "svg": (SVG.encode(), "image/svg+xml"),
    "html": (HTML.encode(), "text/html"),
    "xml": (XML.encode(), "application/xml"),
    "binary": (bytes(range(256)) * 40, "application/octet-stream"),
    "hostile": (
        json.dumps({"attack": ATTACK, ATTACK: [1, None, True]}, ensure_ascii=False).encode(),
        "application/json",
    ),
}
BIG_ITEMS = 100_000

CHECKS = """
pm.test("The status is 200", () => pm.response.to.have.status(200));
pm.test("The user is Ann", () => pm.expect(pm.response.json().name).to.equal("Ann"));
pm.environment.set("user_id", pm.response.json().id);
pm.globals.set("seen", (pm.globals.get("seen") || 0) + 1);
console.log("the answer has", Object.keys(pm.response.json()).length, "members");
console.warn("a warning");
"""
FAILS = """
pm.test("The document is as it was", () => {
  pm.expect(pm.response.json().nested).to.eql({ list: [1, 2, { deep: "y" }], float: 1.5, more: true });
});
pm.test("The name", () => pm.expect(pm.response.json().name).to.equal("Anna"));
pm.test("The status is 201", () => pm.response.to.have.status(201));
pm.test.skip("Later", () => {});
const nothing = null;
nothing.member;
"""
CALLS = """
pm.sendRequest({ url: pm.variables.get("url") + "/echo", method: "POST", header: { "X-From": "script" },
  body: { mode: "raw", raw: "{\\"from\\":\\"script\\"}" } }, (error, response) => {
  pm.test("The script got an answer", () => pm.expect(response.code).to.equal(200));
});
await pm.execution.runRequest("Called by another");
"""
VISUAL = """
const end = "</scr" + "ipt>";
pm.visualizer.set(`<style>h1 { color: rgb(1, 2, 3) }</style><h1>{{title}}</h1>
<ul>{{#each tags}}<li>{{this}}</li>{{/each}}</ul><p id="out">not yet</p>
<script>pm.getData((error, data) => { document.getElementById("out").textContent = data.title; });${end}
<script>try { parent.document.title = "pwned"; parent.window.pwned = 5; } catch (error) { }${end}`,
{ title: "Pictures of <b>data</b>", tags: pm.response.json().tags });
"""
DESCRIPTION = """Gets **one** user.

<script>window.pwned=6</script>

![tracker](http://example.com/t.png) [bad](javascript:alert(1))"""
COLLECTION_DESCRIPTION = """# A collection

| a | b |
|---|---|
| 1 | 2 |
"""


def big() -> bytes:
    """10 MB of JSON."""
    one = '{"id":%d,"name":"item </script> \\u2028 %d","tags":["a","b","c"],"nested":{"deep":[1,2,3],"text":"%s"}}'
    return ("[" + ",".join(one % (number, number, "x" * 20) for number in range(BIG_ITEMS)) + "]").encode()


def answer(received: Received) -> Answer:
    """A body of the table, ``/big``, or what the server answers by itself."""
    name = urlsplit(received.target).path[1:]
    if name == "big":
        return Answer(200, big(), (("Content-Type", "application/json"),))
    if name in BODIES:
        body, kind = BODIES[name]
        more = (("X-Attack", HEADER), ("Set-Cookie", f"a={HEADER}")) if name == "hostile" else ()
        return Answer(200, body, (("Content-Type", kind), *more), reason="<b>OK</b>" if name == "hostile" else None)
    if name == "slow":
        time.sleep(0.03)
    return answer_to(received)


def collection(url: str) -> Json:
    """Calls all of it; ``url`` is the server's."""
    attack = json.dumps(ATTACK)
    hostile = f"console.log({attack}); pm.test({attack}, () => pm.expect(pm.response.text()).to.equal({attack}));"
    json_header = [{"key": "Content-Type", "value": "application/json"}]
    form = {"mode": "urlencoded", "urlencoded": [{"key": "a b", "value": "c&d=é"}]}
    raw = {"mode": "raw", "raw": '{"name": "Ann", "note": "it\'s"}'}
    digest = [{"key": "username", "value": "u"}, {"key": "password", "value": "p"}]
    items = [
        folder(
            "Users",
            {**request("Get a user", "{{url}}/json?{{missing}}", CHECKS), "description": DESCRIPTION},
            request("Create a user", "{{url}}/echo", method="POST", header=json_header, body=raw),
            request("Send a form", "{{url}}/echo", method="PUT", body=form),
            folder("Deep", request("Redirected", "{{url}}/redirect/302?to=/json&cookie=a%3Db")),
            description="About users.",
        ),
        folder(
            "Failures",
            request("Fails", "{{url}}/json", FAILS),
            request("Refused", "http://127.0.0.1:1/nothing"),
            request("Throws before", "{{url}}/json", "", "throw new Error('before')"),
        ),
        folder(
            "Calls",
            request("Calls others", "{{url}}/slow", CALLS),
            request("Called by another", "{{url}}/json", CHECKS),
            request("Digest", "{{url}}/digest/auth", auth={"type": "digest", "digest": digest}),
            request("Skipped", "{{url}}/json", "", "pm.execution.skipRequest()"),
            request("Visual", "{{url}}/json", VISUAL),
        ),
        folder(
            ATTACK,
            {**request(ATTACK, "{{url}}/hostile", hostile), "description": ATTACK},
            *(request(name, f"{{{{url}}}}/{name}") for name in (*BODIES, "big") if name != "hostile"),
        ),
    ]
    return {
        "info": {"name": f"Everything {ATTACK}", "description": COLLECTION_DESCRIPTION},
        "item": items,
        "variable": [{"key": "url", "value": url}],
    }

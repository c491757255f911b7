"""A collection with one fault for each rule, and where each of them stands: ``(code, item, marker)``.

The marker is a text that the file holds once; the finding is to stand at its ``@`` (which is taken out), else at its
beginning.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

Json = Any


class Seed(NamedTuple):
    """A fault. ``marker``: JSON text around it."""

    code: str
    item: str | None
    marker: str

    def position(self, text: str) -> tuple[int, int]:
        """Line and column in the file."""
        plain = self.marker.replace("@", "")
        assert text.count(plain) == 1, (self.marker, text.count(plain))
        at = text.index(plain) + max(self.marker.find("@"), 0)
        return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def item(name: str, *, test: str = "pm.test('ok', () => pm.response.to.be.ok);", pre: str = "", **more: Json) -> Json:
    scripts = (("prerequest", pre), ("test", test))
    events = [{"listen": one, "script": {"exec": source.split("\n")}} for one, source in scripts if source]
    request = {"method": "GET", "url": "http://localhost/", **more.pop("request", {})}
    return {"name": name, **more, "event": events, "request": request}


def bearer(token: str) -> Json:
    return {"type": "bearer", "bearer": [{"key": "token", "value": token, "type": "string"}]}


def faulty() -> Json:
    """The collection. What is right stands beside what is wrong."""
    return {
        "info": {"name": "Faults"},
        "variable": [
            {"key": "base_url", "value": "http://localhost"},
            {"key": "note_text", "value": ""},
            {"key": "deploy_token", "value": "q7Zp2Lx9Vw4Rk8Ty"},
            {"key": "page_token", "value": "{{base_url}}"},
        ],
        "item": [
            item("unset", request={"url": "{{base_url}}/{{nobody_sets_this}}"}),
            item("misspelt", request={"header": [{"key": "X-A", "value": "{{base_ulr}}"}]}),
            item("early", request={"url": "{{base_url}}/{{created_id}}"}),
            item("setter", test="pm.test('a', () => {});\npm.globals.set('created_id', 1);"),
            item("empty", request={"url": "{{base_url}}/{{note_text}}/{{created_id}}"}),
            item("scope", test="pm.test('b', () => pm.environment.get('created_id'));"),
            item("dynamic", request={"url": "{{base_url}}/{{$randomUserNam}}/{{$guid}}"}),
            {"name": "inner", "variable": [{"key": "unused", "value": "1"}], "item": [item("in it")]},
            item("call", test="pm.test('c', () => {});\npm.setNextRequest('unset');"),
            item("chai", test="pm.test('d', () => {\n  pm.response.to.have.statuss(200);\n});"),
            item("member", test="pm.test('e', () => pm.expect(pm.response.statusCode).to.eql(200));"),
            item("next", test="pm.test('f', () => {});\nif (pm.info.iteration) pm.execution.setNextRequest('unsett');"),
            item("old", test="pm.test('g', () => {});\nif (1) { postman.setNextRequest('unfinished'); }"),
            item("unfinished", test="pm.test('h', () => {\n  pm.expect(1).to.equal;\n});"),
            item("too soon", pre="const body = pm.response.json();"),
            item("lost", test="pm.test('k', () => {});\npm.environment.values.add({key: 'n', value: 1});"),
            item(
                "file",
                request={
                    "method": "POST",
                    "body": {"mode": "formdata", "formdata": [{"key": "f", "type": "file", "src": "gone.bin"}]},
                },
            ),
            item("certificate", request={"certificate": {"cert": {"src": "gone.pem"}, "key": {"src": "gone.key"}}}),
            item("unsigned", request={"auth": bearer("")}),
            item("signed", request={"auth": bearer("{{deploy_token}}")}),
            item("no url", request={"url": ""}),
            {"name": "twins", "item": [item("twin"), item("twin", description="the second")]},
            item(
                "to a twin", test="pm.test('i', () => {});\nif (pm.info.iteration) pm.execution.setNextRequest('twin');"
            ),
            item("one id", id="11111111-2222-3333-4444-555555555555"),
            item("same id", id="11111111-2222-3333-4444-555555555555", description="copied"),
            item("unchecked", test="console.log('nothing')"),
            item("key", request={"header": [{"key": "X-Api-Key", "value": "t4Jm8Qw2Zx6Lp9Vn"}]}),
            item("last", test="pm.test('j', () => {});\npm.execution.setNextRequest(null);"),
            item("never run"),
        ],
    }


#: Its faults. Two are in ``certificate``: the key is missing as well.
FAULTS = (
    Seed("HT101", "unset", "{{base_url}}/@{{nobody_sets_this}}"),
    Seed("HT102", "misspelt", '"@{{base_ulr}}"'),
    Seed("HT103", "early", '"{{base_url}}/@{{created_id}}"'),
    Seed("HT104", None, '"key": @"note_text"'),
    Seed("HT105", "scope", "pm.environment.get('@created_id')"),
    Seed("HT106", "dynamic", "/@{{$randomUserNam}}"),
    Seed("HT107", "inner", '@[\n    {\n     "key": "unused"'),
    Seed("HT202", "call", "pm.@setNextRequest('unset');"),
    Seed("HT202", "chai", "pm.response.to.have.@statuss"),
    Seed("HT203", "member", "pm.response.@statusCode"),
    Seed("HT204", "next", "pm.execution.@setNextRequest('unsett')"),
    Seed("HT205", "old", "@postman.setNextRequest"),
    Seed("HT206", "unfinished", "pm.expect(1).to.@equal;"),
    Seed("HT207", "too soon", "const body = @pm.response.json()"),
    Seed("HT208", "lost", "pm.environment.values.@add("),
    Seed("HT301", "file", '@{\n       "key": "f"'),
    Seed("HT302", "certificate", '@{\n      "src": "gone.pem"'),
    Seed("HT302", "certificate", '@{\n      "src": "gone.key"'),
    Seed(
        "HT303",
        "unsigned",
        '@{\n     "type": "bearer",\n     "bearer": [\n      {\n       "key": "token",\n       "value": ""',
    ),
    Seed("HT304", "no url", '"url": @""'),
    Seed("HT401", "twins/twin", '@"twin",\n     "description": "the second"'),
    Seed("HT402", "to a twin", "pm.execution.@setNextRequest('twin')"),
    Seed("HT403", "same id", '@"11111111-2222-3333-4444-555555555555",\n   "description": "copied"'),
    Seed("HT404", "unchecked", '@"unchecked"'),
    Seed("HT405", "never run", '@"never run"'),
    Seed("HT501", None, '@"q7Zp2Lx9Vw4Rk8Ty"'),
    Seed("HT501", "key", '@{\n      "key": "X-Api-Key"'),
)


def unparsable() -> Json:
    """Scripts that do not parse make much else uncertain, so that these stand apart."""
    return {"info": {"name": "Broken"}, "item": [item("broken", test="pm.test('x', () => {\n  const a = ;\n});")]}


BROKEN = (Seed("HT201", "broken", "const a = @;"),)


def written(document: Json) -> str:
    return json.dumps(document, indent=1)

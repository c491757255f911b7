"""What a collection file may look like, and the options that decide what is read."""

from __future__ import annotations

import json

from conformance.case import SCHEMA, Case, case, item, rows
from conformance.harness import Compare

R = item("r", "@BASE@/r", test="pm.test('t');")
V20 = "https://schema.getpostman.com/json/collection/v2.0.0/collection.json"
SMALL = {"info": {"name": "small", "schema": SCHEMA}, "item": [R]}
ID = "11111111-1111-4111-8111-11111111111"

V1 = {
    "id": f"{ID}0", "name": "version one", "order": [f"{ID}3"], "folders_order": [f"{ID}2"],
    "folders": [{"id": f"{ID}2", "name": "f", "order": [f"{ID}4", f"{ID}5"], "collectionId": f"{ID}0"}],
    "variables": [{"key": "v", "value": "x"}],
    "requests": [
        {"id": f"{ID}3", "name": "first", "method": "GET", "url": "@BASE@/{{v}}?a=1", "headers": "X-A: 1\nX-B: 2\n", "collectionId": f"{ID}0", "tests": "tests['ok'] = responseCode.code === 200;", "preRequestScript": "postman.setGlobalVariable('g', 1);"},
        {"id": f"{ID}4", "name": "second", "method": "POST", "url": "@BASE@/post", "headers": "", "dataMode": "urlencoded", "data": [{"key": "a", "value": "1", "type": "text"}], "collectionId": f"{ID}0"},
        {"id": f"{ID}5", "name": "third", "method": "PUT", "url": "@BASE@/put/:p", "pathVariables": {"p": "path"}, "headers": "Content-Type: application/json\n", "dataMode": "raw", "rawModeData": "{\"a\": 1}", "currentHelper": "basicAuth", "helperAttributes": {"id": "basic", "username": "u", "password": "p"}, "collectionId": f"{ID}0"},
    ],
}  # fmt: skip


def encoded(name: str, encoding: str, prefix: bytes = b"") -> Case:
    collection = {"info": {"name": "caf\u00e9 cr\u00e8me", "schema": SCHEMA}, "item": [item("br\u00fbl\u00e9e", "@BASE@/x?q=\u00fc\u00e9")]}
    text = json.dumps(collection, ensure_ascii=False).replace("@BASE@", "http://127.0.0.1:1" if encoding == "utf-16-le" else "@BASE@")
    return case(f"format-{name}", document=prefix + text.encode(encoding))


CASES = [
    # -- shapes of a file
    case("format-v2.1", document=SMALL),
    case("format-v2.0", document={"info": {"name": "two", "schema": V20}, "item": [{"name": "r", "request": {"method": "GET", "url": {"raw": "@BASE@/r", "protocol": "http", "host": ["127", "0", "0", "1"], "port": "@PORT@", "path": ["r"]}, "auth": {"type": "basic", "basic": {"username": "u", "password": "p"}}}}]}),
    case("format-v1", document=V1),
    case("format-v1-folder", document=V1, args=("--folder", "f")),
    case("format-wrapped", document={"collection": SMALL}),
    case("format-empty-object", document={}),
    case("format-empty-array", document=[]),
    case("format-empty-file", document=""),
    case("format-broken-json", document='{"info": {"name": "x"}, "item": [}'),
    case("format-with-comments", document='{"info": {"name": "x"}, // comment\n "item": []}'),
    case("format-a-number", document="5"),
    case("format-null", document="null"),
    case("format-without-info", document={"item": [R]}),
    case("format-without-schema", document={"info": {"name": "x"}, "item": [R]}),
    case("format-name-missing", document={"info": {"schema": SCHEMA}, "item": [R]}),
    case("format-merge-conflict", document='{"info": {"name": "x"},\n<<<<<<< HEAD\n"item": []\n=======\n"item": [1]\n>>>>>>> other\n}'),
    case("format-html", document="<html></html>"),
    case("format-missing-file", args=(), document=SMALL, files={"collection.json": "{"}),
    case("format-unknown-fields", document={**SMALL, "whatever": {"a": 1}, "event": [{"listen": "x"}]}),
    encoded("utf-8", "utf-8"),
    encoded("utf-8-bom", "utf-8", b"\xef\xbb\xbf"),
    encoded("utf-16-le", "utf-16-le", b"\xff\xfe"),
    encoded("latin-1", "latin-1"),
    # -- shapes of items
    case("format-item-without-name", document={**SMALL, "item": [{"request": "@BASE@/x"}]}),
    case("format-item-without-request", document={**SMALL, "item": [{"name": "nothing"}, R]}),
    case("format-item-request-null", document={**SMALL, "item": [{"name": "nothing", "request": None}, R]}),
    case("format-items-null", document={**SMALL, "item": [None, R, 5, "x"]}),
    case("format-folder-and-request", document={**SMALL, "item": [{"name": "both", "request": "@BASE@/both", "item": [R]}]}),
    case("format-item-as-object", document={**SMALL, "item": R}),
    case("format-item-missing", document={"info": SMALL["info"]}),
    case("format-duplicate-ids", document={**SMALL, "item": [item("a", "@BASE@/1", extra={"id": f"{ID}1"}), item("b", "@BASE@/2", extra={"id": f"{ID}1"})]}),
    case("format-duplicate-names", document={**SMALL, "item": [item("a", "@BASE@/1"), item("a", "@BASE@/2")]}),
    case("format-names-with-odd-characters", document={**SMALL, "item": [item("\u00fc/\U0001f600 \"q\" <b> {{x}}\n", "@BASE@/1")]}),
    case("format-id-of-mongo-kind", document={**SMALL, "item": [{"_postman_id": "abc", "name": "r", "request": "@BASE@/x"}]}),
    case("format-description-object", document={**SMALL, "item": [item("r", description={"content": "text", "type": "text/markdown"})]}),
    case("format-saved-responses", document={**SMALL, "item": [item("r", extra={"response": [{"name": "saved", "code": 200, "originalRequest": {"url": "@BASE@/saved"}}]})]}),
    case("format-disabled-item", document={**SMALL, "item": [item("r", extra={"disabled": True}), R]}),
    case("format-variables-as-object", document={**SMALL, "item": [item("r", "@BASE@/{{a}}")], "variable": {"a": "x"}}),
    case("format-variables-null", document={**SMALL, "variable": None, "event": None, "auth": None}),
    case("format-certificate-and-proxy-fields", document={**SMALL, "item": [item("r", certificate={"name": "c", "matches": []})]}),
    case("format-many", document={**SMALL, "item": [item(f"r{n}", f"@BASE@/{n}") for n in range(120)]}),
    case("format-deep", document={**SMALL, "item": [{"name": "1", "item": [{"name": "2", "item": [{"name": "3", "item": [R]}]}]}]}),
    # -- options
    case("option-delay", item("a"), item("b"), args=("--delay-request", "20")),
    case("option-environment-missing", R, args=("-e", "missing.json")),
    case("option-environment-broken", R, args=("-e", "e.json"), files={"e.json": "{"}),
    case("option-globals-missing", R, args=("-g", "missing.json")),
    case("option-timeout-request", item("slow", "@BASE@/respond?delay=1500", test="pm.test('x');"), item("next"), args=("--timeout-request", "300")),
    case("option-timeout-request-is-idle-time", item("drips", "@BASE@/respond?body=abcdefgh&drip=100", test="pm.test(pm.response.text());"), args=("--timeout-request", "400")),
    case("option-timeout-script-asynchronous", item("a", test="setTimeout(() => {}, 3000);"), item("b"), args=("--timeout-script", "300")),
    case("option-timeout-not-reached", R, args=("--timeout", "60000", "--timeout-script", "60000", "--timeout-request", "60000")),
    case("option-both-files", item("r", "@BASE@/{{a}}/{{b}}"), environment={"a": "e"}, globals={"b": "g"}),
    case("option-environment-name", item("r", test="pm.test(pm.environment.name);"), args=("-e", "e.json"), files={"e.json": {"id": f"{ID}1", "name": "my env", "values": rows({"a": "1"})}}),
    case("option-verbose-and-others", R, args=("--verbose", "--disable-unicode", "--color", "off")),
    case("option-silent", R, args=("--silent",)),
    case("option-insecure", R, args=("-k",)),
    case("option-equals-sign", R, args=("--iteration-count=2",)),
    case("option-count-zero", R, args=("-n", "0")),
    case("option-count-word", R, args=("-n", "abc")),
    case("option-color-unknown", R, args=("--color", "purple")),
    case("option-unknown", R, args=("--no-such-option",)),
    case("option-missing-value", R, args=("-e",)),
    case("option-long-names", item("r", "@BASE@/{{a}}"), args=("--iteration-count", "2", "--environment", "e.json"), files={"e.json": {"values": rows({"a": "1"})}}),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)

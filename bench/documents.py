"""The collections that are run: small ones of given items, and the large one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.case import SCHEMA, auth, events, folder, item

Json = Any
#: the request of the large collection that is run; the rest is only read
CHOSEN = "the one that is run"
#: of the generated collection: that of the largest one in the corpus that was collected for this project
LARGE_REQUESTS, LARGE_BYTES = 2000, 3_600_000
STATUS = "pm.test('status is 200', () => pm.response.to.have.status(200));"
JSON_BODY = STATUS + "\npm.test('has rows', () => pm.expect(pm.response.json()).to.be.an('array').that.is.not.empty);"
SETTING = "pm.variables.set('started', Date.now());"
NAMED = "pm.test('has a name', () => pm.expect(pm.response.json().name).to.eql('Ann'));"


def collection(*items: Json, pre: str | None = None, test: str | None = None) -> Json:
    document: dict[str, Json] = {"info": {"name": "bench", "schema": SCHEMA}, "item": list(items)}
    if found := events(pre, test):
        document["event"] = found
    return document


def large(requests: int = LARGE_REQUESTS, size: int = LARGE_BYTES) -> Json:
    """A collection like the largest of the wild: folders of requests with headers, bodies, scripts,
    descriptions and saved answers, about ``size`` bytes of JSON. The request to run is the last one."""
    each = size // requests
    folders = [
        folder(f"folder {first // 20}", *(_request(number, each) for number in range(first, first + 20)), pre=SETTING)
        for first in range(0, requests, 20)
    ]
    return collection(*folders, item(CHOSEN, test=STATUS))


def _request(number: int, size: int) -> Json:
    url = {
        "raw": "{{base}}/things/:thing/parts?page=1&limit={{limit}}",
        "host": ["{{base}}"],
        "path": ["things", ":thing", "parts"],
        "query": [{"key": "page", "value": "1"}, {"key": "limit", "value": "{{limit}}", "description": "How many"}],
        "variable": [{"key": "thing", "value": str(number)}],
    }
    header = [{"key": "Content-Type", "value": "application/json"}, {"key": "X-Trace", "value": "{{$guid}}"}]
    body = {"mode": "raw", "raw": json.dumps({"id": number, "name": "Ann", "note": "{{note}}"}, indent=2)}
    found = item(f"request {number}", url, "POST", test=f"{STATUS}\n{NAMED}", header=header, body=body)
    answer = {"name": "ok", "code": 200, "status": "OK", "header": header, "cookie": [], "body": ""}
    missing = size - len(json.dumps([found, answer]))
    answer["body"] = "0123456789abcde " * (max(0, missing) // 16)
    return {**found, "response": [answer]}


def largest(place: Path) -> Json:
    """The largest collection of a directory (or the given one), with one request of ours at its end.
    What it would do around every request is taken out: only this server is to be asked.

    Raises:
        SystemExit: there is no collection.
    """
    files = [place] if place.is_file() else sorted(place.rglob("*.json"), key=lambda path: -path.stat().st_size)
    for path in files:
        try:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError:
            continue
        found = document.get("collection", document) if isinstance(document, dict) else {}
        if isinstance(found.get("item"), list):
            kept = {key: value for key, value in found.items() if key not in {"event", "auth"}}
            chosen = item(CHOSEN, test=STATUS, auth=auth("noauth"))
            return {**kept, "item": [*found["item"], chosen]}
    raise SystemExit(f"{place} holds no collection (a JSON file with a list `item`).")

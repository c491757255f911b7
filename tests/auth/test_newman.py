"""The same bytes as Newman, wherever chance and the clock play no part."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from runner.auth import AuthContext, sign
from runner.model.collection import RequestSpec, walk
from runner.parse.collection import collection_from_json
from runner.transport.encode import encode_request
from runner.transport.files import FileReader

from .newman_cases import CASES, HOST, RECORDED, collection

ITEMS = {located.item.name: located.item for located in walk(collection_from_json(collection()))}
NEWMAN: dict[str, Any] = json.loads(RECORDED.read_text())

#: Headers with random or version-bound values.
VOLATILE = {"postman-token", "user-agent", "accept-encoding"}


def files() -> FileReader:
    return FileReader(Path.cwd())


def wire(spec: RequestSpec) -> dict[str, Any]:
    request, _ = encode_request(spec, files())
    return {
        "method": request.method,
        "target": request.url,
        "headers": Counter((h.key, h.value) for h in request.headers if h.key.lower() not in VOLATILE),
        "body": (request.body or b"").decode(),
    }


@pytest.mark.parametrize("name", [row["name"] for row in CASES])
def test_the_request_is_that_of_newman(name: str) -> None:
    spec = ITEMS[name].request
    context = AuthContext(
        url=lambda request: encode_request(request, files())[0].url,
        body=lambda request: encode_request(request, files())[0].body,
    )
    signed = sign(spec, spec.auth, context)
    newman = NEWMAN[name]
    expected = {
        "method": newman["method"],
        "target": newman["target"],
        "headers": Counter((key, value) for key, value in newman["headers"] if key.lower() not in VOLATILE),
        "body": newman["body"],
    }
    assert wire(signed.spec) == expected


def test_every_case_was_recorded_from_a_real_request() -> None:
    assert [row["name"] for row in CASES] == list(NEWMAN)
    assert all(row["target"].lower().startswith(HOST) for row in NEWMAN.values())

"""What a source is, is recognised by its content; what cannot be imported is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Htrun
from support.server import RecordingServer

ROOT = Path(__file__).parents[2]
ALL = ".http files, cURL commands, HAR and OpenAPI 3"
OPENAPI = {"openapi": "3.0.3", "info": {"title": "T"}, "paths": {"/a": {"get": {"responses": {}}}}}


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("curl https://api.test/a", "cURL"),
        ("#!/bin/sh\nset -e\ncurl https://api.test/a", "cURL"),
        ("$ curl https://api.test/a", "cURL"),
        ("GET https://api.test/a", ".http"),
        ("# notes\n\n@a = 1\n\nhttps://api.test/a", ".http"),
        ("{{host}}/a", ".http"),
        (json.dumps(OPENAPI), "OpenAPI 3.0.3"),
        ("openapi: 3.1.0\ninfo: {title: T}\npaths:\n  /a:\n    get: {}\n", "OpenAPI 3.1.0"),
        ('{"log": {"version": "1.2", "entries": [{"request": {"url": "https://a.test/"}}]}}', "HAR 1.2"),
    ],
)
def test_the_content_says_what_it_is(htrun: Htrun, tmp_path: Path, text: str, format: str) -> None:
    (tmp_path / "source.txt").write_text(text)
    done = htrun("import", "source.txt", "-o", "c.json")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, f"htrun: 1 request from {format} written to c.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("hello", f"is in no format that can be imported; what can: {ALL}"),
        ("[1]", f"is in no format that can be imported; what can: {ALL}"),
        ("paths:\n  /v1/x:\n    get: 1\n", f"is in no format that can be imported; what can: {ALL}"),
        ('{"swagger": "2.0"}', "is Swagger 2.0, which cannot be imported; convert it to OpenAPI 3 first"),
        ("swagger: '2.0'\n", "is Swagger 2.0, which cannot be imported; convert it to OpenAPI 3 first"),
        ('{"info": {}, "item": []}', "is a Postman collection already; run it with `htrun run`"),
        ('{"_type": "export"}', f"is an Insomnia export, which cannot be imported; what can: {ALL}"),
        ("asyncapi: 3.0.0\n", f"is AsyncAPI, which cannot be imported; what can: {ALL}"),
        ('{"openapi": "4.0.0"}', "is OpenAPI 4.0.0; OpenAPI 3.0 to 3.2 can be imported"),
        ('{"openapi": "3.0.0"}', "describes no operation"),
    ],
)
def test_what_cannot_be_imported_is_named(htrun: Htrun, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x").write_text(text)
    done = htrun("import", "x", "-o", "c.json")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", f"htrun: error: x: {said}\n")
    assert not (tmp_path / "c.json").exists()


def test_broken_json_is_said_with_its_line(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text('{\n "log": \n')
    done = htrun("import", "x.har")
    assert (done.returncode, done.stderr.startswith("htrun: error: x.har:")) == (3, True)
    assert "is not valid JSON" in done.stderr


def test_a_file_is_replaced_only_on_request(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("mine")
    source = "curl https://api.test/"
    refused = htrun("import", source, "-o", "c.json")
    assert (refused.returncode, (tmp_path / "c.json").read_text()) == (2, "mine")
    assert "--force" in refused.stderr
    assert htrun("import", source, "-o", "c.json", "--force").returncode == 0
    assert json.loads((tmp_path / "c.json").read_text())["info"]["name"] == "cURL"
    assert [path.name for path in tmp_path.iterdir()] == ["c.json"]


def test_sources_by_url_and_from_standard_input(htrun: Htrun, server: RecordingServer) -> None:
    text = json.dumps({**OPENAPI, "servers": [{"url": "/v1"}]})
    from urllib.parse import quote

    url = f"{server.url}/respond?type=application/json&body={quote(text)}"
    done = htrun("import", url)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["variable"] == [{"key": "baseUrl", "value": f"{server.url}/v1"}]
    piped = subprocess.run(
        [sys.executable, "-m", "runner", "import", "-"],
        input=text,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert json.loads(piped.stdout)["info"]["name"] == "T"


def test_the_same_source_gives_the_same_ids(htrun: Htrun) -> None:
    source = "curl https://api.test/a https://api.test/a"
    first, second = htrun("import", source).stdout, htrun("import", source).stdout
    assert first == second
    ids = [item["id"] for item in json.loads(first)["item"]]
    assert len(set(ids)) == 2

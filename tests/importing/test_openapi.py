"""OpenAPI 3: operations become requests that fit the description, answered by examples that fit it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cli.conftest import Htrun
from importing.conftest import sent_headers
from support.server import Received, RecordingServer

Json = Any

SHOP = """
openapi: 3.1.0
info: {title: Shop, description: Sells things., version: "1"}
servers:
  - url: "{scheme}://shop.test/{version}/"
    variables: {scheme: {default: https}, version: {default: v2}}
tags:
  - {name: things, description: What is sold.}
security: [{key: []}]
paths:
  /things:
    parameters:
      - {name: X-Trace, in: header, required: true, schema: {type: string, format: uuid}}
    get:
      tags: [things]
      summary: List things
      parameters:
        - {name: page, in: query, required: true, schema: {type: integer, minimum: 1}}
        - {name: tag, in: query, required: true, schema: {type: array, items: {type: string}}, example: [a, b]}
        - {name: ids, in: query, required: true, style: pipeDelimited, explode: false, example: [1, 2],
           schema: {type: array, items: {type: integer}}}
        - {name: filter, in: query, required: true, style: deepObject, example: {color: red, size: "10"}}
        - {name: sort, in: query, schema: {enum: [up, down]}}
        - {name: session, in: cookie, required: true, example: abc}
      responses:
        "200":
          description: All of them
          headers: {X-Total: {schema: {type: integer}, example: 1}}
          content:
            application/json:
              schema: {type: array, minItems: 1, items: {$ref: "#/components/schemas/Thing"}}
        default: {$ref: "#/components/responses/Error"}
    post:
      tags: [things]
      operationId: createThing
      security: [{login: []}, {}]
      requestBody:
        content:
          application/xml: {schema: {type: object}}
          application/json: {schema: {$ref: "#/components/schemas/Thing"}}
      responses:
        "201":
          description: Made
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              examples:
                small: {value: {id: 1, name: s, kind: tool, made: "2024-01-01"}}
                large: {$ref: "#/components/examples/Large"}
        4XX: {$ref: "#/components/responses/Error"}
  /things/{id}/files/{name}.txt:
    put:
      tags: [files]
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}, example: 7}
        - {name: name, in: path, required: true, example: note}
      security: []
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                note: {type: string, example: hello}
                file: {type: string, format: binary}
                meta: {type: object, properties: {a: {type: boolean}}}
            encoding: {meta: {contentType: application/json}}
      responses: {"204": {description: Stored}}
  /token:
    post:
      security: [{basic: []}]
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {grant_type: {const: client_credentials}, scope: {type: string}}}
      responses: {"200": {description: OK}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    login: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
  examples: {Large: {value: {id: 2, name: large, kind: toy, made: "2024-02-02"}}}
  responses:
    Error:
      description: Went wrong
      content: {application/problem+json: {schema: {type: object, properties: {title: {type: string}}}}}
  schemas:
    Thing:
      allOf:
        - {$ref: "#/components/schemas/Named"}
        - type: object
          required: [id, kind]
          properties:
            id: {type: integer, readOnly: true, minimum: 1}
            secret: {type: string, writeOnly: true, minLength: 8}
            kind: {enum: [tool, toy]}
            price: {oneOf: [{type: number, exclusiveMinimum: 0}, {type: "null"}]}
            note: {type: [string, "null"], maxLength: 4}
            parts: {type: array, items: {$ref: "#/components/schemas/Thing"}}
    Named:
      type: object
      required: [name, made]
      properties: {name: {type: string}, made: {type: string, format: date}}
"""


def requests_of(made: Json) -> dict[str, Json]:
    return {item["name"]: item for node in made["item"] for item in node.get("item", [node])}


@pytest.fixture
def shop(imported: Callable[..., Json]) -> Json:
    return imported("shop.yaml", SHOP, warnings=0)


def test_folders_names_variables_and_auth(shop: Json) -> None:
    assert shop["info"]["name"] == "Shop"
    assert shop["info"]["description"] == "Sells things."
    assert [(node["name"], node.get("description"), len(node.get("item", ""))) for node in shop["item"]] == [
        ("things", "What is sold.", 2),
        ("files", None, 1),
        ("POST /token", None, 0),
    ]
    assert list(requests_of(shop)) == [
        "List things",
        "createThing",
        "PUT /things/{id}/files/{name}.txt",
        "POST /token",
    ]
    names = [row["key"] for row in shop["variable"]]
    assert shop["variable"][0] == {"key": "baseUrl", "value": "https://shop.test/v2"}
    assert sorted(names[1:]) == ["basic_password", "basic_username", "key"]
    assert shop["auth"]["type"] == "apikey"


def test_requests_are_sent_as_described(
    shop: Json, run: Callable[..., list[Received]], server: RecordingServer, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("x")
    made = json.loads((tmp_path / "made.json").read_text())
    fields = requests_of(made)["PUT /things/{id}/files/{name}.txt"]["request"]["body"]["formdata"]
    assert [(field["key"], field["type"]) for field in fields] == [("note", "text"), ("file", "file"), ("meta", "text")]
    fields[1]["src"] = "note.txt"
    (tmp_path / "made.json").write_text(json.dumps(made))
    variables = {"baseUrl": f"{server.url}/v2", "key": "k3y", "basic_username": "a"}
    options = [word for name, value in variables.items() for word in ("--var", f"{name}={value}")]
    listed, created, stored, token = run(*options)
    assert listed.target == "/v2/things?page=1&tag=a&tag=b&ids=1|2&filter[color]=red&filter[size]=10"
    headers = sent_headers(listed)
    assert (headers["x-key"], headers["cookie"]) == ("k3y", "session=abc")
    assert headers["x-trace"] == "00000000-0000-4000-8000-000000000000"
    assert sent_headers(created)["content-type"] == "application/json"
    assert "authorization" not in sent_headers(created)  # it is optional there
    assert json.loads(created.body) == {
        "name": "string",
        "made": "2024-01-01",
        "secret": "stringxx",
        "kind": "tool",
        "price": 1,
        "note": "stri",
        "parts": [],
    }
    assert (stored.method, stored.target) == ("PUT", "/v2/things/7/files/note.txt")
    assert "x-key" not in sent_headers(stored)
    assert b'name="meta"\r\nContent-Type: application/json\r\n\r\n{"a": true}' in stored.body
    assert token.body == b"grant_type=client_credentials&scope=string"
    assert sent_headers(token)["authorization"].startswith("Basic ")


def test_bodies_and_examples_fit_their_schemas(shop: Json) -> None:
    document = yaml.safe_load(SHOP)
    thing = {"$ref": "#/components/schemas/Thing", "components": document["components"]}
    items = requests_of(shop)
    sent = json.loads(items["createThing"]["request"]["body"]["raw"])
    assert "id" not in sent  # only read
    jsonschema.validate({**sent, "id": 1}, thing)
    names = []
    for example in (*items["List things"]["response"], *items["createThing"]["response"]):
        names.append((example["name"], example["code"]))
        answer = json.loads(example["body"])
        if example["code"] < 300:
            for one in answer if isinstance(answer, list) else [answer]:
                jsonschema.validate(one, thing)
                assert "secret" not in one  # only written
        else:
            assert answer == {"title": "string"}
    assert names == [
        ("200 All of them", 200),
        ("500 Went wrong", 500),
        ("201 Made: small", 201),
        ("201 Made: large", 201),
        ("400 Went wrong", 400),
    ]
    assert items["List things"]["response"][0]["header"] == [
        {"key": "Content-Type", "value": "application/json"},
        {"key": "X-Total", "value": "1"},
    ]


def test_an_imported_description_can_be_mocked(shop: Json, htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("x")
    done = htrun("made.json", "--mock", "-r", "json", "--reporter-json-export", "out.json")
    assert done.returncode == 0, done.stdout + done.stderr
    codes = [row["response"]["code"] for row in json.loads((tmp_path / "out.json").read_text())["run"]["executions"]]
    assert codes == [200, 201, 204, 200]


def test_a_description_in_several_files(htrun: Htrun, imported: Callable[..., Json], tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "paths.yaml").write_text(
        "users:\n  get:\n    summary: Users\n    responses:\n      '200':\n        description: OK\n        content:\n"
        "          application/json: {schema: {$ref: 'schemas.json#/User'}}\n"
    )
    friend = {"$ref": "#/User"}
    user = {"type": "object", "properties": {"name": {"type": "string"}, "friends": {"type": "array", "items": friend}}}
    (tmp_path / "parts" / "schemas.json").write_text(json.dumps({"User": user}))
    text = "openapi: 3.0.3\ninfo: {title: T}\nservers: [{url: 'https://a.test'}]\npaths:\n"
    text += "  /users: {$ref: 'parts/paths.yaml#/users'}\n"
    made = imported("api.yaml", text)
    (item,) = made["item"]
    assert json.loads(item["response"][0]["body"]) == {"name": "string", "friends": [{}]}
    (tmp_path / "parts" / "schemas.json").unlink()
    missing = htrun("import", "api.yaml")
    assert (missing.returncode, missing.stderr.count("\n")) == (3, 1)
    assert "schemas.json: no such file" in missing.stderr


@pytest.mark.slow
def test_a_large_description_in_yaml(imported: Callable[..., Json]) -> None:
    """More values than a file may have by aliases."""
    lines = ["openapi: 3.0.0", "info: {title: big}", "servers: [{url: 'https://a.test'}]", "paths:"]
    for number in range(3000):
        lines += [
            f"  /r{number}:",
            "    get:",
            f"      summary: R{number}",
            "      responses: {'204': {description: x}}",
        ]
        lines += ["      parameters:", *["        - {name: q, in: query, schema: {type: string, example: a}}"] * 6]
    assert len(imported("big.yaml", "\n".join(lines))["item"]) == 3000


def oauth2(**flows: Json) -> str:
    scheme = {"type": "oauth2", "flows": flows}
    return json.dumps(
        {
            "openapi": "3.0.0",
            "info": {"title": "T"},
            "servers": [{"url": "https://a.test"}],
            "paths": {"/a": {"get": {"responses": {}, "security": [{"o": []}]}}},
            "components": {"securitySchemes": {"o": scheme}},
        }
    )


def test_oauth_2_becomes_a_flow_that_can_be_run(imported: Callable[..., Json]) -> None:
    flow = {"tokenUrl": "https://a.test/token", "scopes": {"read": "", "write": ""}}
    made = imported("o.json", oauth2(authorizationCode={**flow, "authorizationUrl": "x"}, clientCredentials=flow))
    auth = made["item"][0]["request"]["auth"]
    assert {row["key"]: row["value"] for row in auth["oauth2"]} == {
        "grant_type": "client_credentials",
        "clientId": "{{o_client_id}}",
        "clientSecret": "{{o_client_secret}}",
        "accessTokenUrl": "https://a.test/token",
        "scope": "read write",
        "addTokenTo": "header",
    }
    assert [row["key"] for row in made["variable"]] == ["baseUrl", "o_client_id", "o_client_secret"]


def test_the_implicit_flow_becomes_a_token_that_is_given(
    imported: Callable[..., Json], run: Callable[..., list[Received]], server: RecordingServer
) -> None:
    made = imported("o.json", oauth2(implicit={"authorizationUrl": "https://a.test/", "scopes": {}}))
    assert [row["key"] for row in made["variable"]] == ["baseUrl", "o"]
    (sent,) = run("--var", f"baseUrl={server.url}", "--var", "o=t0ken")
    assert sent_headers(sent)["authorization"] == "Bearer t0ken"


def test_what_is_left_out_is_said(htrun: Htrun, tmp_path: Path) -> None:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T"},
        "servers": [{"url": "/v1"}, {"url": "https://b.test"}],
        "webhooks": {"x": {}},
        "paths": {
            "/a": {
                "post": {
                    "deprecated": True,
                    "callbacks": {"x": {}},
                    "security": [{"m": []}],
                    "requestBody": {"content": {"application/xml": {"schema": {"type": "object"}}}},
                    "responses": {},
                }
            }
        },
        "components": {"securitySchemes": {"m": {"type": "mutualTLS"}}},
    }
    (tmp_path / "x.json").write_text(json.dumps(document))
    done = htrun("import", "x.json", "-o", "c.json")
    assert [line.removeprefix("htrun: warning: ") for line in done.stderr.splitlines()] == [
        "the variable baseUrl is the first server; others: https://b.test",
        "the server /v1 is relative; give the variable baseUrl its host",
        "security scheme m (mutualTLS) is not supported and was left out",
        "POST /a: there is no example of its application/xml body, which was left empty",
        "POST /a: callbacks are requests that the API sends; they were left out",
        "POST /a is deprecated",
        "webhooks are requests that the API sends; they were left out",
        "htrun: 1 request from OpenAPI 3.1.0 written to c.json",
    ]


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("#/components/x", "x.json: $ref '#/components/x' leads nowhere"),
        ("#/paths/~1a", "x.json: $ref '#/paths/~1a' leads in a circle"),
        ("https://a.test/x.json", "leads to another document on the network"),
    ],
)
def test_references_that_lead_nowhere_are_said(htrun: Htrun, tmp_path: Path, reference: str, said: str) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"openapi": "3.0.0", "paths": {"/a": {"$ref": reference}}}))
    done = htrun("import", "x.json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert said in done.stderr

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from runner.errors import InputError
from runner.model.collection import Auth, walk
from runner.parse.collection import collection_from_json, load_collection
from runner.parse.environment import variable_set_from_json

MINIMAL = {"info": {"name": "c"}, "item": [{"name": "r", "request": "http://h/"}]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "c.json"
    file.write_bytes(json.dumps({**MINIMAL, "info": {"name": "Grüße ✓"}}, ensure_ascii=False).encode(encoding))
    assert load_collection(str(file)).name == "Grüße ✓"


def test_the_wrapper_of_postmans_api_is_taken_off() -> None:
    assert [located.path for located in walk(collection_from_json({"collection": MINIMAL}))] == ["r"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"item": [\n  {"name": }\n]}', "c.json:2:12: is not valid JSON: expecting value"),
        (
            '{"info": {},\n<<<<<<< HEAD\n"item": []\n=======\n"item": []\n>>>>>>> other\n}',
            "c.json:2:1: has an unresolved merge conflict",
        ),
        ("", "c.json: is empty"),
        ("[1]", "c.json: is not a collection: it holds a list"),
        ('{"values": []}', "c.json: is an environment, not a collection"),
        ('{"openapi": "3.0.0"}', "c.json: is an OpenAPI description, not a Postman collection; `htrun import` makes"),
        ('{"swagger": "2.0"}', "c.json: is a Swagger 2.0 description, not a Postman collection"),
        ('{"log": {"entries": []}}', "c.json: is a HAR recording, not a Postman collection; `htrun import` makes"),
        ("{}", 'c.json: is not a collection: it has neither "info" nor "item"'),
        ("[" * 100_000, "c.json: is nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "c.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_collection(str(file))
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_file_of_another_tool_is_for_the_import(tmp_path: Path) -> None:
    file = tmp_path / "api.http"
    file.write_text("GET http://localhost/\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not a Postman collection; `htrun import` makes one of it"):
        load_collection(str(file))


def test_a_missing_file_and_a_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_collection(str(tmp_path / "none.json"))
    with pytest.raises(InputError, match="is a directory"):
        load_collection(str(tmp_path))


def test_shapes_that_people_have() -> None:
    collection = collection_from_json(
        {
            "info": {"name": "c", "_postman_id": "id1", "description": {"content": "text"}},
            "auth": {"type": "basic", "basic": [{"key": "username", "value": "u"}, {"key": "password", "value": "p"}]},
            "variable": [{"id": "old", "value": 1}, {"key": "off", "value": "x", "disabled": True}],
            "item": [
                {
                    "name": "folder",
                    "auth": {"type": "bearer", "bearer": {"token": "t"}},
                    "item": [
                        {
                            "name": "item",
                            "request": {
                                "method": "get",
                                "url": {"host": "h"},
                                "header": "A: 1\nB: 2",
                                "body": {"mode": "urlencoded", "urlencoded": "a=1&b"},
                            },
                            "event": [
                                {"listen": "test", "script": {"exec": ["a", "b"]}},
                                {"listen": "test", "disabled": True, "script": "c"},
                                {"listen": "other", "script": "d"},
                            ],
                        }
                    ],
                }
            ],
        }
    )
    (located,) = walk(collection)
    item = located.item
    assert collection.id == "id1"
    assert collection.description == "text"
    assert collection.auth == Auth("basic", {"username": "u", "password": "p"})
    assert [(v.key, v.value, v.enabled) for v in collection.variables] == [("old", 1, True), ("off", "x", False)]
    assert located.path == "folder/item"
    assert located.parents[1].auth == Auth("bearer", {"token": "t"})
    assert item.request.method == "GET"
    assert [(h.key, h.value) for h in item.request.headers] == [("A", "1"), ("B", "2")]
    assert item.request.body is not None
    assert [(p.key, p.value) for p in item.request.body.urlencoded] == [("a", "1"), ("b", None)]
    assert [(s.source, s.enabled) for s in item.scripts] == [("a\nb", True), ("c", False)]


def test_environments_honour_enabled_false_and_keep_big_integers() -> None:
    values = [{"key": "a", "value": 9007199254740993}, {"key": "b", "value": "x", "enabled": False}]
    for data in ({"name": "e", "values": values}, {"environment": {"values": values}}, values):
        rows = variable_set_from_json(data).values
        assert [(row.key, row.value, row.enabled) for row in rows] == [("a", 9007199254740993, True), ("b", "x", False)]


def test_a_collection_given_as_an_environment_is_refused() -> None:
    with pytest.raises(InputError, match="is a collection, not a file of environment variables"):
        variable_set_from_json(MINIMAL, "x.json")


def test_a_byte_order_mark_alone_is_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_bytes(codecs.BOM_UTF8)
    with pytest.raises(InputError, match="is empty"):
        load_collection(str(file))


def test_every_true_value_switches_a_variable_off() -> None:
    rows = [{"key": str(value), "value": "v", "disabled": value} for value in (True, 1, "true", False, 0, "", None)]
    assert [row.enabled for row in variable_set_from_json({"values": rows}).values] == [False] * 3 + [True] * 4

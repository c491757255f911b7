"""The files that a run leaves behind."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import runner
from runner.errors import HtrunError
from runner.export import Exports
from runner.model.collection import Collection, VariableSet
from runner.parse.collection import collection_from_json, load_collection
from runner.parse.environment import load_variable_set, variable_set_from_json
from runner.transport.cookies import CookieJar
from runner.variables import VariableScope

EMPTY = VariableSet("g1", None)
COLLECTION = collection_from_json({"info": {"name": "C", "_postman_id": "c1"}, "item": []})


def written(
    folder: Path, environment: VariableSet = EMPTY, globals: VariableSet = EMPTY, collection: Collection = COLLECTION
) -> dict[str, dict[str, Any]]:
    exports = Exports(*(str(folder / f"{kind}.json") for kind in ("environment", "globals", "collection", "jar")))
    exports.check()
    paths = exports.write(
        environment=environment, globals=globals, collection=collection, cookies=CookieJar().to_json()
    )
    assert [path.parent for path in paths] == [folder] * 4
    return {path.stem: json.loads(path.read_text("utf-8")) for path in paths}


def test_environment_and_globals(tmp_path: Path) -> None:
    rows = [
        {"key": "a", "value": "1", "type": "default", "enabled": True},
        {"key": "off", "value": "2", "type": "secret", "enabled": False},
        {"key": "n", "value": 12345678901234567890, "type": "number"},
        {"key": "list", "value": [1], "type": "array", "description": "why"},
    ]
    scope = VariableScope(variable_set_from_json({"id": "e1", "name": "Dev", "values": rows}))
    scope.set("new", {"x": [1.0, 0.5, float("nan")]})
    scope.set("a", None)
    files = written(tmp_path, scope.snapshot())
    exported_at = files["environment"].pop("_postman_exported_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", exported_at)
    assert files["environment"] == {
        "id": "e1",
        "name": "Dev",
        "values": [
            {"type": "any", "value": None, "key": "a"},
            {"disabled": True, "type": "any", "value": "2", "key": "off"},
            {"type": "number", "value": 12345678901234567890, "key": "n"},
            {
                "description": {"content": "why", "type": "text/plain"},
                "type": "array",
                "value": "[1]",
                "key": "list",
            },
            {"type": "any", "value": {"x": [1, 0.5, None]}, "key": "new"},
        ],
        "_postman_variable_scope": "environment",
        "_postman_exported_using": f"htrun/{runner.__version__}",
    }
    assert files["globals"]["name"] == "globals"
    assert files["globals"]["_postman_variable_scope"] == "globals"
    assert files["globals"]["values"] == []
    assert files["jar"]["cookies"] == []


def test_what_is_exported_can_be_read_again(tmp_path: Path) -> None:
    variables = variable_set_from_json(
        {
            "name": "Zoë",
            "values": [
                {"key": "a", "value": "\ud800 é", "type": "string"},
                {"key": "b", "type": "any", "enabled": False},
            ],
        }
    )
    source = {
        "info": {"name": "C", "_postman_id": "c1", "description": "about"},
        "auth": {"type": "basic", "basic": {"username": "u"}},
        "variable": [
            {"key": "v", "value": "1", "type": "any"},
            {"key": "w", "type": "string", "disabled": True},
        ],
        "event": [{"listen": "prerequest", "script": {"exec": "a()\nb()"}}],
        "protocolProfileBehavior": {"followRedirects": False},
        "item": [
            {
                "name": "F",
                "item": [
                    {
                        "name": "R",
                        "request": {
                            "method": "POST",
                            "url": {
                                "host": ["h"],
                                "path": [":id"],
                                "query": [{"key": "a", "value": "1"}, {"key": "b"}],
                            },
                            "header": [{"key": "A", "value": "1", "disabled": True}],
                            "body": {"mode": "urlencoded", "urlencoded": [{"key": "k", "value": "v"}]},
                            "auth": {"type": "noauth"},
                        },
                        "response": [{"name": "ok", "code": 200, "header": [{"key": "B", "value": "2"}], "body": "hi"}],
                    }
                ],
            },
            {"name": "S", "request": "http://h/s"},
        ],
    }
    collection = collection_from_json(source)
    written(tmp_path, variables, variables, collection)
    again = load_collection(str(tmp_path / "collection.json"))
    assert replace(again, path=None) == collection
    assert load_variable_set(str(tmp_path / "environment.json")).values == VariableScope(variables).snapshot().values


def test_a_folder_gets_a_file_with_a_time_in_its_name(tmp_path: Path) -> None:
    exports = Exports(environment=str(tmp_path), cookie_jar=f"{tmp_path}/new/")
    exports.check()
    names = [
        path.relative_to(tmp_path).as_posix()
        for path in exports.write(environment=EMPTY, globals=EMPTY, collection=COLLECTION, cookies={})
    ]
    stamp = r"\d{4}(-\d\d){5}-\d{3}-0"
    assert re.fullmatch(rf"newman-environment-{stamp}\.json", names[0])
    assert re.fullmatch(rf"new/newman-cookie-jar-{stamp}\.json", names[1])


def test_nothing_wanted_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Exports().check()
    assert Exports().write(environment=EMPTY, globals=EMPTY, collection=COLLECTION, cookies={}) == ()
    assert list(tmp_path.iterdir()) == []


def test_missing_folders_are_made_and_an_older_file_is_replaced_through_its_link(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text("old")
    (tmp_path / "link.json").symlink_to(real)
    exports = Exports(str(tmp_path / "a/b/env.json"), str(tmp_path / "link.json"))
    exports.check()
    assert real.read_text() == "old"
    exports.write(environment=EMPTY, globals=EMPTY, collection=COLLECTION, cookies={})
    assert json.loads(real.read_text())["id"] == "g1"
    assert (tmp_path / "link.json").is_symlink()
    assert sorted(path.name for path in tmp_path.rglob("*.json")) == ["env.json", "link.json", "real.json"]
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")]


def test_a_place_that_cannot_be_written_to_is_found_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HtrunError, match=r"cannot write the cookie jar to .*file/jar\.json: "):
        Exports(cookie_jar=str(tmp_path / "file/jar.json")).check()
    if os.geteuid() != 0:
        (tmp_path / "file").chmod(0o400)
        with pytest.raises(HtrunError, match=r"cannot write the globals to .*: permission denied"):
            Exports(globals=str(tmp_path / "file")).check()

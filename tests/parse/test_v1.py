"""Collection format v1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runner.errors import InputError
from runner.model.collection import Folder, Header, Item, Param, walk
from runner.parse.collection import collection_from_json, load_collection


def v1(*requests: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = [{"id": f"r{index}", "name": f"R{index}", "url": "http://h/", "method": "GET"} for index in range(9)]
    requests_ = [{**row, **request} for row, request in zip(rows, requests, strict=False)]
    return {"id": "c1", "name": "C", "order": [row["id"] for row in requests_], "requests": requests_, **more}


def only(request: dict[str, Any]) -> Item:
    return next(walk(collection_from_json(v1(request)))).item


def test_info_and_order(tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps(v1({}, {}, order=["r1", "r0", "gone", "r1"], description="Old")))
    collection = load_collection(str(file))
    assert (collection.id, collection.name, collection.description) == ("c1", "C", "Old")
    assert [child.id for child in collection.children] == ["r1", "r0"]
    assert [child.name for child in collection.children] == ["R1", "R0"]


def test_folders_come_first_and_nest() -> None:
    folders = [
        {"id": "inner", "name": "Inner", "order": ["r2"], "folders_order": []},
        {"id": "b", "name": "B", "order": ["r1"], "folders_order": ["inner", "gone"], "description": "Bees"},
        {"id": "a", "name": "A", "order": []},
    ]
    data = v1({}, {}, {}, order=["r0"], folders=folders, folders_order=["a", "b", "a"])
    collection = collection_from_json(data)
    assert [child.name for child in collection.children] == ["A", "B", "R0"]
    assert [located.path for located in walk(collection)] == ["B/Inner/R2", "B/R1", "R0"]
    without = {key: value for key, value in data.items() if key != "folders_order"}
    assert [child.name for child in collection_from_json(without).children] == ["B", "A", "R0"]
    assert isinstance(collection.children[1], Folder)
    assert collection.children[1].description == "Bees"


def test_folders_with_the_same_id_are_joined() -> None:
    folders = [{"id": "a", "name": "First", "order": ["r0"]}, {"id": "a", "name": "Second", "order": ["r1"]}]
    collection = collection_from_json(v1({}, {}, order=[], folders=folders))
    assert [located.path for located in walk(collection)] == ["Second/R0", "Second/R1"]


def test_a_folder_inside_itself_is_refused() -> None:
    folders = [
        {"id": "top", "name": "Top", "folders_order": ["a"]},
        {"id": "a", "name": "A", "folders_order": ["b"]},
        {"id": "b", "name": "B", "folders_order": ["a"]},
    ]
    with pytest.raises(InputError, match=r'old.json: the folder "A" contains itself'):
        collection_from_json(v1({}, folders=folders), "old.json")


def test_without_an_order_requests_run_as_they_stand() -> None:
    data = v1({}, {}, {}, folders=[{"id": "a", "name": "A", "order": ["r1"]}])
    del data["order"]
    assert [located.path for located in walk(collection_from_json(data))] == ["A/R1", "R0", "R2"]


def test_headers_from_text() -> None:
    text = "Accept: a/b\n// X-Off: 1\nX-Colon: a:b:c \r\nnot a header\n//X-Off2: 2\n"
    assert only({"headers": text}).request.headers == (
        Header("Accept", "a/b"),
        Header("X-Off", "1", enabled=False),
        Header("X-Colon", "a:b:c"),
        Header("X-Off2", "2", enabled=False),
    )


def test_header_rows_win_over_the_text() -> None:
    rows = [
        {"key": "A", "value": "row", "description": "why"},
        {"key": "// B", "value": "2"},
        {"key": "C", "value": "3", "enabled": False},
    ]
    assert only({"headers": "A: text\nD: 4\nB: no\n", "headerData": rows}).request.headers == (
        Header("A", "row", description="why"),
        Header("B", "2", enabled=False),
        Header("C", "3", enabled=False),
        Header("D", "4"),
    )
    listed = only({"headers": [{"key": "A", "value": "1"}, {"key": "B", "value": "2", "enabled": False}]})
    assert listed.request.headers == (Header("A", "1"), Header("B", "2", enabled=False))


def test_url_query_and_path_variables() -> None:
    url = only({"url": "https://{{host}}/:a/:b?x=1&y"}).request.url
    assert (url.protocol, url.host, url.path) == ("https", ("{{host}}",), (":a", ":b"))
    assert url.query == (Param("x", "1"), Param("y", None))
    item = only(
        {
            "url": "http://h/:a/:b?x=1",
            "queryParams": [
                {"key": "x", "value": "2", "enabled": False},
                {"key": "y", "value": "", "equals": False},
                {"key": "z", "value": None, "equals": True},
            ],
            "pathVariables": {"a": "old", "b": "2"},
            "pathVariableData": [{"id": "i", "key": "a", "value": "1"}],
        }
    )
    assert item.request.url.query == (Param("x", "2", enabled=False), Param("y", None), Param("z", ""))
    assert [(row.key, row.value) for row in item.request.url.variables] == [("a", "1"), ("b", "2")]
    assert item.source["request"]["url"]["raw"] == "http://h/:a/:b?y&z="


@pytest.mark.parametrize(
    ("request_", "mode", "content"),
    [
        ({"dataMode": "raw", "rawModeData": "text"}, "raw", "text"),
        ({"dataMode": "raw", "rawModeData": ["text"]}, "raw", "text"),
        ({"dataMode": "raw", "data": "text"}, "raw", "text"),
        ({"dataMode": "raw"}, "raw", ""),
        ({"rawModeData": "text"}, "raw", "text"),
        ({"data": "text"}, "raw", "text"),
        ({"graphqlModeData": {"query": "{a}"}}, "graphql", "{a}"),
        ({"dataMode": "graphql", "data": {"query": "{a}"}, "dataOptions": {"graphql": {}}}, "graphql", "{a}"),
        ({"dataMode": "binary", "rawModeData": "a.bin"}, "file", "a.bin"),
        ({"dataMode": "params", "data": [{"key": "k", "value": "v"}]}, "formdata", [("k", "v", True)]),
        ({"data": [{"key": "k", "value": "v", "enabled": True}]}, "formdata", [("k", "v", True)]),
        ({"dataMode": "urlencoded", "data": [{"key": "k", "value": "v", "enabled": False}, {"value": "no key"}]},
         "urlencoded", [("k", "v", False)]),
    ],
)  # fmt: skip
def test_bodies(request_: dict[str, Any], mode: str, content: Any) -> None:
    body = only(request_).request.body
    assert body is not None
    assert body.mode == mode
    found: Any = {"raw": body.raw, "graphql": body.graphql and body.graphql.query, "file": body.file and body.file.src}
    rows = body.formdata if mode == "formdata" else body.urlencoded
    assert found.get(mode, [(row.key, row.value, row.enabled) for row in rows]) == content


@pytest.mark.parametrize(
    "request_", [{}, {"data": []}, {"rawModeData": ""}, {"dataMode": None, "rawModeData": "kept but unused"}]
)
def test_no_body(request_: dict[str, Any]) -> None:
    assert only(request_).request.body is None


def test_body_options_files_and_the_switch() -> None:
    body = only({"dataMode": "raw", "rawModeData": "{}", "dataOptions": {"raw": {"language": "json"}}}).request.body
    assert body is not None
    assert body.options == {"raw": {"language": "json"}}
    data = [{"key": "f", "type": "file", "value": "a.txt"}, {"key": "g", "type": "file", "value": ["b", "c"]}]
    body = only({"dataMode": "params", "data": data, "dataDisabled": True}).request.body
    assert body is not None
    assert [(row.key, row.type, row.src) for row in body.formdata] == [
        ("f", "file", "a.txt"),
        ("g", "file", ("b", "c")),
    ]
    assert not body.enabled


@pytest.mark.parametrize(
    ("request_", "kind", "params"),
    [
        ({"currentHelper": "basicAuth", "helperAttributes": {"id": "basic", "username": "u", "password": "p"}},
         "basic", {"username": "u", "password": "p"}),
        ({"currentHelper": "basicAuth", "helperAttributes": '{"username": "u"}'}, "basic", {"username": "u"}),
        ({"currentHelper": "bearerAuth", "helperAttributes": {"token": "t"}}, "bearer", {"token": "t"}),
        ({"currentHelper": "oAuth1", "helperAttributes": {"consumerKey": "k", "header": True, "includeEmpty": False}},
         "oauth1", {"consumerKey": "k", "addParamsToHeader": True, "addEmptyParamsToSign": False}),
        ({"currentHelper": "hawkAuth", "helperAttributes": {"hawk_id": "i", "hawk_key": "k", "ext": "e", "dlg": "d"}},
         "hawk", {"authId": "i", "authKey": "k", "extraData": "e", "delegation": "d"}),
        ({"currentHelper": "awsSigV4", "helperAttributes": {"accessKey": "a"}}, "awsv4", {"accessKey": "a"}),
        ({"currentHelper": "apikeyAuth", "helperAttributes": {"key": "k", "in": "query"}}, "apikey",
         {"key": "k", "in": "query"}),
        ({"auth": {"type": "digest", "digest": [{"key": "username", "value": "u"}]}}, "digest", {"username": "u"}),
        ({"auth": {"type": "noauth"}}, "noauth", {}),
    ],
)  # fmt: skip
def test_auth(request_: dict[str, Any], kind: str, params: dict[str, Any]) -> None:
    auth = only(request_).request.auth
    assert auth is not None
    assert (auth.type, dict(auth.params)) == (kind, params)


@pytest.mark.parametrize(
    "request_",
    [
        {"currentHelper": "normal"},
        {"currentHelper": None, "helperAttributes": {}},
        {"currentHelper": None, "auth": {"type": "basic", "basic": []}},
        {"currentHelper": "basicAuth", "helperAttributes": "{broken"},
        {"auth": None},
    ],
)
def test_no_auth_of_its_own(request_: dict[str, Any]) -> None:
    assert only(request_).request.auth is None


def test_auth_scripts_variables_and_behavior_of_collection_and_folder() -> None:
    common = {
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "t"}]},
        "events": [{"listen": "prerequest", "script": {"exec": "a()\nb()"}}],
        "variables": [
            {"key": "x", "value": 1, "type": "text"},
            {"id": "y", "value": "2", "disabled": True},
        ],
        "protocolProfileBehavior": {"followRedirects": False},
    }
    collection = collection_from_json(v1({}, order=[], folders=[{"id": "a", "order": ["r0"], **common}], **common))
    folder = collection.children[0]
    assert isinstance(folder, Folder)
    for part in (collection, folder):
        assert part.auth is not None
        assert (part.auth.type, part.auth.params) == ("bearer", {"token": "t"})
        assert [(script.listen, script.source) for script in part.scripts] == [("prerequest", "a()\nb()")]
        assert [(row.key, row.value, row.type, row.enabled) for row in part.variables] == [
            ("x", 1, "string", True),
            ("y", "2", None, False),
        ]
        assert part.behavior == {"followRedirects": False}


def test_a_collection_without_auth_says_nothing_of_it() -> None:
    assert collection_from_json(v1({}, auth={"type": "noauth"})).auth is None


def test_scripts_of_a_request() -> None:
    scripts = only({"tests": "one;\ntwo;", "preRequestScript": "zero;", "events": [{"listen": "test"}]}).scripts
    assert [(script.listen, script.source) for script in scripts] == [
        ("test", "one;\ntwo;"),
        ("prerequest", "zero;"),
    ]
    scripts = only({"tests": "", "events": [{"script": {"exec": ["a", "b"]}}]}).scripts
    assert [(script.listen, script.source) for script in scripts] == [("test", "a\nb")]


def test_saved_responses() -> None:
    responses = [
        {"id": "x", "name": "Last", "text": "{}", "responseCode": {"code": 404, "name": "Not Found"},
         "headers": [{"key": "A", "value": "1"}], "request": {"url": "http://h/x", "method": "PUT"}},
        {"id": "y", "requestObject": '{"url": "http://h/y", "method": "POST"}', "responseCode": {"code": "200"}},
        {"id": "z", "request": "r0"},
    ]  # fmt: skip
    examples = only({"url": "http://h/z", "responses": responses, "responses_order": ["y", "z", "x"]}).examples
    assert [(one.id, one.name, one.code, one.status) for one in examples] == [
        ("y", "response", 200, None),
        ("z", "response", None, None),
        ("x", "Last", 404, "Not Found"),
    ]
    assert [(one.request.method, one.request.url.path) for one in examples if one.request] == [
        ("POST", ("y",)),
        ("GET", ("z",)),
        ("PUT", ("x",)),
    ]
    assert examples[2].headers == (Header("A", "1"),)
    assert examples[2].body == "{}"


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [None, 1, "x", []], {"a": 1}])
def test_nonsense_in_any_place_is_passed_over(junk: Any) -> None:
    fields = (
        "url", "headers", "headerData", "queryParams", "pathVariables", "pathVariableData", "data", "rawModeData",
        "dataOptions", "graphqlModeData", "events", "variables", "responses", "responses_order", "helperAttributes",
        "auth", "method", "tests", "protocolProfileBehavior",
    )  # fmt: skip
    for field in fields:
        assert only({field: junk, "dataMode": "params", "currentHelper": "basicAuth"}).id == "r0"
    for field in ("folders", "folders_order", "events", "variables", "auth", "order"):
        assert collection_from_json(v1({}, **{field: junk})).name == "C"


def test_folders_that_multiply_are_refused_at_once() -> None:
    """Each of the 60 folders stands in two others: 2^30 requests."""
    names = [(f"a{level}", f"b{level}") for level in range(31)]
    folders = [
        {"id": one, "name": one, "order": ["r0"], "folders_order": list(names[level + 1])}
        for level in range(30)
        for one in names[level]
    ]
    data = v1({}, folders=folders, folders_order=list(names[0]))
    with pytest.raises(InputError, match=r"old\.json: its folders stand in so many others"):
        collection_from_json(data, "old.json")
    shallow = v1({}, folders=folders[-12:], folders_order=list(names[24]))
    assert len(list(walk(collection_from_json(shallow)))) == 2**7 - 2 + 1
